"""The launches that a store remembers, as a page shows them."""

from collections.abc import Mapping
from dataclasses import dataclass

from analysis_jobs.browse.catalog import Catalog
from analysis_jobs.report.facts import time_text
from analysis_jobs.results.launches import LaunchLine, launch_lines, run_names
from analysis_jobs.results.times import seconds_of
from analysis_jobs.wording import seconds_text


@dataclass(frozen=True)
class LaunchInWords:
    """A launch, in words.

    Attributes
    ----------
    session
        Of Nextflow, by which its jobs are found.
    names
        What Nextflow called its runs.
    state, note
        What became of it, and how that is known where it has no end.
    who, started, took, jobs, cost
        As people read them; empty where they are not known.
    facts
        What else is known, by name.
    """

    session: str
    names: list[str]
    state: str
    note: str
    analysis: str
    who: str
    started: str
    took: str
    jobs: str
    cost: str
    facts: dict[str, str]


def launches(catalog: Catalog) -> list[LaunchInWords]:
    """Return all launches, the newest first."""
    return list(map(_launch, catalog.ask(launch_lines)))


def launch_of(catalog: Catalog, session: str) -> LaunchInWords | None:
    """Return the launch of a session; None where the store remembers none."""
    return next(map(_launch, catalog.ask(lambda store: launch_lines(store, [session]))), None) if session else None


def _launch(line: LaunchLine) -> LaunchInWords:
    launch = line.launch
    took = seconds_of(launch["ended"]) - seconds_of(launch["started"]) if "ended" in launch else None
    counts = launch.get("counts")
    pipeline = launch["pipeline"]
    facts = {
        "command": launch["command_line"],
        "jobs": launch["jobs"],
        "profile": launch["profile"],
        "analysis code": launch["code"],
        "commit": launch.get("commit", ""),
        "pipeline": f"{pipeline['name']} {pipeline['version']}",
        "Nextflow": launch["nextflow"],
        "report": launch.get("report", ""),
        "session": launch["session"],
    }
    return LaunchInWords(
        session=launch["session"],
        names=run_names(launch),
        state=line.state,
        note=line.note,
        analysis=launch["analysis"],
        who=f"{launch['user']} on {launch['host']}",
        started=time_text(launch["started"]),
        took="" if took is None else seconds_text(took),
        jobs=_counted(counts) if counts is not None else f"decided: {_counted(launch['decided'])}",
        cost=f"{launch['cost']:g}" if "cost" in launch else "",
        facts={name: text for name, text in facts.items() if text},
    )


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number:,} {name}" for name, number in counts.items() if number) or "none"
