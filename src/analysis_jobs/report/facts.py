"""What is known of the run: what was asked for, what ran, and what it took."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from analysis_jobs.report.asked import usages
from analysis_jobs.report.costs import costs
from analysis_jobs.report.run import Run
from analysis_jobs.wording import cut, plural, size_text

# Packages that results depend on most; the others are listed below them.
MATTER = (
    "aind_analysis_jobs", "aind_data_schema", "h5py", "hdmf_zarr", "numpy", "pandas", "pynwb", "scikit_learn", "scipy",
    "spikeinterface", "torch", "zarr",
)  # fmt: skip
LONGEST_FACT = 2_000
MOST_VALUES = 5


@dataclass(frozen=True)
class Fact:
    """A fact: its name, what it is, and what is shown on demand."""

    name: str
    value: str
    more: list[str] = field(default_factory=list)
    code: bool = False  # to be copied, in the letters of a terminal


@dataclass(frozen=True)
class Section:
    """Facts under one heading."""

    title: str
    facts: list[Fact]


def facts(run: Run) -> list[Section]:
    """Return all that is known of a run, without what is not."""
    about = run.about
    sections = {
        "The analysis": _of_code(about),
        "Parameters": _of_parameters(run),
        "The launch": _of_launch(run),
        "What ran": _of_environment(run),
        "What it took": _of_use(run),
    }
    return [
        Section(title, known)
        for title, possible in sections.items()
        if (known := [fact for fact in possible if fact.value])
    ]


def _of_code(about: Mapping[str, Any]) -> Iterator[Fact]:
    code = about.get("code") or {}
    yield Fact("Analysis", about.get("source", {}).get("path") or about.get("analysis") or "", code=True)
    kind, _, identity = str(about.get("identity") or "").partition(":")
    yield Fact("Code version" if kind == "version" else "SHA-256 of its code", identity, code=kind != "version")
    yield Fact("Repository", code.get("url") or "")
    if commit := code.get("commit"):
        yield Fact("Commit", f"{commit}, {_state_of(code)}", code=True)
    elif about:
        yield Fact("Commit", "not known: the code is in no git checkout, or nothing was to be run")


def _state_of(code: Mapping[str, Any]) -> str:
    changes = "with uncommitted changes" if code.get("dirty") else "as committed"
    return f"{changes}, {'pushed' if code.get('pushed') else 'not pushed to any known remote'}"


def _of_parameters(run: Run) -> Iterator[Fact]:
    if launch := run.about.get("launch"):
        yield Fact("File", launch["parameters"] or "", code=True)
        yield Fact("--set", " ".join(launch["set"]), code=True)
    values: dict[str, dict[str, int]] = {}
    jobs = [row["parameters"] for row in run.rows if row.get("parameters")]
    for parameters in jobs:
        for name, value in parameters.items():
            text = json.dumps(value, ensure_ascii=False)
            counts = values.setdefault(name, {})
            counts[text] = counts.get(text, 0) + 1
    for name, counts in values.items():
        yield Fact(name, _values_of(counts), code=True)


def _values_of(counts: Mapping[str, int]) -> str:
    if len(counts) == 1:
        return cut(next(iter(counts)), LONGEST_FACT)
    first = ", ".join(
        f"{cut(text, 200)} ({plural(number, 'job')})" for text, number in list(counts.items())[:MOST_VALUES]
    )
    return f"{len(counts)} values: {first}{', ...' if len(counts) > MOST_VALUES else ''}"


def _of_launch(run: Run) -> Iterator[Fact]:
    about, launch = run.about, run.about.get("launch")
    yield Fact("Jobs folder", launch["jobs"] if launch else "", code=True)
    yield Fact("Nextflow run", about.get("run_name") or "")
    yield Fact("Nextflow session", about.get("owner", {}).get("session") or "", code=True)
    yield Fact("Launched by", about.get("experimenter") or "")
    yield from (Fact(f"Code Ocean {name}", str(value)) for name, value in about.get("code_ocean", {}).items())
    yield Fact("Started", time_text(launch["started"] if launch else None))
    yield Fact("Ended", time_text(run.ended.isoformat()))
    yield Fact("Command line", about.get("command_line") or "", code=True)
    yield Fact("Pickled objects", "could be read" if launch and launch.get("allow_pickle") else "")


def _of_environment(run: Run) -> Iterator[Fact]:
    if pipeline := run.about.get("pipeline"):
        commit = f", commit {pipeline['commit']}" if pipeline.get("commit") else ""
        yield Fact("Pipeline", f"{pipeline['name']} {pipeline['version']}{commit}")
    yield Fact("Nextflow", run.about.get("nextflow") or "")
    for title, name in {"Python": "python", "Image": "container", "System": "os", "Processor": "cpu"}.items():
        yield Fact(title, _each(run.environment_values(name)))
    yield Fact("Executor", _each(run.environment_values("executor")))
    yield Fact("Hosts", _each(run.environment_values("host")))
    yield from _of_packages(run)


def _each(values: Mapping[str, int]) -> str:
    if len(values) == 1:
        return next(iter(values))
    first = ", ".join(f"{value} ({plural(number, 'job')})" for value, number in list(values.items())[:MOST_VALUES])
    return f"{first} and {len(values) - MOST_VALUES} more" if len(values) > MOST_VALUES else first


def _of_packages(run: Run) -> Iterator[Fact]:
    if not run.environments:
        return
    most = json.loads(run.environments.most_common(1)[0][0])
    versions = {
        name.lower().replace("-", "_"): f"{name} {version}" for name, version in most.get("packages", {}).items()
    }
    different = len({json.dumps(json.loads(text).get("packages")) for text in run.environments})
    note = f" (in {plural(different - 1, 'other environment')} they differ)" if different > 1 else ""
    named = [versions[name] for name in MATTER if name in versions]
    yield Fact(
        "Packages",
        (", ".join(named) or plural(len(versions), "package")) + note if versions else "",
        sorted(versions.values()),
    )


def _of_use(run: Run) -> Iterator[Fact]:
    yield from (Fact(name, value) for name, value in costs(run))
    if most := max((row.get("peak_memory_bytes") or 0 for row in run.computed), default=0):
        yield Fact("Most memory", size_text(most))
    yield from (Fact(name, usage.text) for name, usage in usages(run.computed).items())
    again = sum(row.get("asked", {}).get("attempt", 1) > 1 for row in run.computed)
    yield Fact("Tried again", f"{plural(again, 'job')}, as the first attempt was killed" if again else "")


def time_text(text: str | None) -> str:
    """Return an ISO time as a person reads it, to the second; what is none as it is."""
    try:
        return datetime.fromisoformat(str(text)).strftime("%Y-%m-%d %H:%M:%S %Z").strip()
    except ValueError:
        return text or ""
