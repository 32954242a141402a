"""All that SUMMARIZE does: account for every job, and write the table, the report and the counts.

Imports within functions are for a quick start.
"""

import json
import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from analysis_jobs.documents import Decision, LaunchDocument
from analysis_jobs.report.account import WITHOUT_RESULT, Settled, closing_line, final_rows, plan_lines, write_jobs_table
from analysis_jobs.report.links import NO_LINKS, Links
from analysis_jobs.retries import timed
from analysis_jobs.stages.files import read_decisions, read_launch, read_outcomes
from analysis_jobs.stages.task_deaths import death_words, read_death

log = logging.getLogger(__name__)


def summarize(
    decisions: Path,
    settled: Path | None,
    run: Path | None,
    links: Links = NO_LINKS,
    *,
    profile: str | None = None,
    dry_run: bool = False,
) -> None:
    """Write ``jobs.tsv``, ``report.html`` and ``failed.txt`` into the current folder, and print the counts.

    Parameters
    ----------
    decisions
        ``decisions.jsonl`` of DEDUPE.
    settled
        Folder of the files that RECORD wrote; None for a plan: then only its decisions are printed. Beside it may be
        ``deaths/``, what is known of RECORD tasks that died.
    run
        ``run.json`` of DEDUPE.
    links
        Where the report will lie and where the results are, for its links and images; by default it has none.
    profile
        AWS profile to read the results with.
    dry_run
        Whether nothing was published.
    """
    if settled is None:
        planned = list(read_decisions(decisions))
        print(plan_lines(planned))
        _count_failed(decision["decision"] for decision in planned)
        return
    about = read_launch(run) if run else cast(LaunchDocument, {})
    told = Told(read_decisions(decisions), settled.glob("*"), about, _record_death(settled.with_name("deaths")))
    print(write_account(told, Path(), links, profile=profile, dry_run=dry_run))


@dataclass(frozen=True)
class Told:
    """What the stages of a launch told: decisions, the files of RECORD, and ``run.json``, which may be empty."""

    decisions: Iterable[Decision]
    settled: Iterable[Path]
    about: LaunchDocument
    unrecorded: tuple[str, str] | None = None  # type and words of how the RECORD tasks died, the first that did


def write_account(
    told: Told, folder: Path, links: Links = NO_LINKS, *, profile: str | None = None, dry_run: bool = False
) -> str:
    """Write ``jobs.tsv``, ``report.html`` and ``failed.txt`` into a folder, and return the counts in words.

    Parameters
    ----------
    told
        Of a launch, or of many.
    folder
        Where to write.
    links, profile, dry_run
        As `summarize` has them.
    """
    from analysis_jobs.report.report import write_report
    from analysis_jobs.report.run import Run
    from analysis_jobs.report.thumbnails import published_images

    outcomes, environments = _read_settled(told.settled)
    rows = final_rows(told.decisions, outcomes, dry_run=dry_run, unrecorded=told.unrecorded)
    line = closing_line(rows, dry_run=dry_run)
    write_jobs_table(rows, folder / "jobs.tsv")
    with timed(log.info, f"look for images in {links.bucket}") as came:
        images = published_images(rows, profile, links)
        came.append(f"of {len(images.jobs)} jobs")
    run = Run(rows, line, told.about, environments, datetime.now(UTC), dry_run)
    write_report(run, images, links, folder / "report.html")
    _count_failed((row["state"] for row in rows), folder)
    return line


def _record_death(folder: Path) -> tuple[str, str] | None:
    """Return how RECORD tasks died: the first of them, as mostly all have one cause."""
    paths = sorted(folder.glob("*.json"))
    death = read_death(paths[0]) if paths else None
    return death_words(death, "record") if death else None


def _read_settled(files: Iterable[Path]) -> tuple[dict[str, Settled], Counter[str]]:
    """Return of each outcome what the account needs, by key, and how many jobs ran in which environment, as JSON."""
    outcomes, environments = dict[str, Settled](), Counter[str]()
    for path in sorted(files):
        for outcome in read_outcomes(path):
            kept = {name: value for name, value in outcome.items() if name in Settled.__annotations__}
            outcomes[outcome["key"]] = cast(Settled, kept)
            if "environment" in outcome:  # some ten kilobytes, nearly always the same
                environments[json.dumps(outcome["environment"], sort_keys=True)] += 1
    return outcomes, environments


def _count_failed(states: Iterable[str], folder: Path = Path()) -> None:
    (folder / "failed.txt").write_text(str(sum(state in WITHOUT_RESULT for state in states)))
