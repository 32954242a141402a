"""All that SUMMARIZE does: account for every job, and write the table, the report and the counts.

Imports within functions are for a quick start.
"""

import json
import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

from analysis_jobs.documents import Decision, LaunchDocument, LeftJobs, Outcome
from analysis_jobs.report.account import (
    NONE_LEFT,
    Settled,
    closing_line,
    final_rows,
    plan_lines,
    write_jobs_table,
)
from analysis_jobs.report.asked import advice
from analysis_jobs.report.columns import WITHOUT_RESULT
from analysis_jobs.report.links import NO_LINKS, Links
from analysis_jobs.retries import timed
from analysis_jobs.stages.files import LEFT, read_decisions, read_launch, read_left, read_outcomes
from analysis_jobs.stages.task_deaths import death_words, read_death
from analysis_jobs.wording import plural

if TYPE_CHECKING:
    from analysis_jobs.report.notify import When
    from analysis_jobs.report.run import Run

log = logging.getLogger(__name__)


def summarize(
    decisions: Path,
    settled: Path | None,
    run: Path | None,
    links: Links = NO_LINKS,
    *,
    profile: str | None = None,
    dry_run: bool = False,
) -> "Run | None":
    """Write ``jobs.tsv``, ``report.html`` and ``failed.txt`` into the current folder, and print the counts.

    Parameters
    ----------
    decisions
        ``decisions.jsonl`` of DEDUPE.
    settled
        Folder of the files that RECORD wrote; None for a plan: then only its decisions are printed. Beside it may be
        ``deaths/``, what is known of RECORD tasks that died, and the seconds of ANALYZE tasks that did, and
        ``left.json``, what was not started.
    run
        ``run.json`` of DEDUPE.
    links
        Where the report will lie and where the results are, for its links and images; by default it has none.
    profile
        AWS profile to read the results with.
    dry_run
        Whether nothing was published.

    Returns
    -------
    Run or None
        What is accounted for; None for a plan.
    """
    if settled is None:
        planned = list(read_decisions(decisions))
        print(plan_lines(planned))
        without = sum(decision["decision"] in WITHOUT_RESULT for decision in planned)
        Path("failed.txt").write_text(str(without))
        return None
    about = read_launch(run) if run else cast(LaunchDocument, {})
    outcomes = (outcome for path in sorted(settled.glob("*")) for outcome in read_outcomes(path))
    deaths, left = settled.with_name("deaths"), read_left(settled.with_name(LEFT))
    told = Told(read_decisions(decisions), outcomes, about, _record_death(deaths), _lost_seconds(deaths), left)
    account = write_account(told, Path(), links, profile=profile, dry_run=dry_run)
    Path("failed.txt").write_text(str(account.without_result))
    print("\n".join([account.text, *advice(account.run)]))
    return account.run


def give_left_back(left: LeftJobs, about: LaunchDocument, store: str, profile: str | None) -> None:
    """End the claims of a launch on jobs that it has not started, so that the next one may take them at once.

    Parameters
    ----------
    left
        These jobs.
    about
        ``run.json``.
    store, profile
        As `open_store` takes them.

    Raises
    ------
    ServiceUnavailable
        If the store does not answer.
    """
    if left["keys"]:
        from analysis_jobs.store.opening import open_store
        from analysis_jobs.store.release import release_own

        opened = open_store(store, profile=profile)
        release_own(left["keys"], opened, about["owner"]["session"], about["experimenter"])


def tell_end(run: "Run", report: str, *, store: str | None, notify: "When | None", profile: str | None) -> None:
    """Tell how a launch has ended: the store, which remembers it, and those who get a message.

    Parameters
    ----------
    run
        What `summarize` has accounted for.
    report
        The address of its report.
    store, profile
        As `open_store` takes them; None where nothing is remembered.
    notify
        When there is a message; None for never.
    """
    if store:
        from analysis_jobs.stages.launches import remember_end

        remember_end(run, report, store, profile)
    if notify:
        from analysis_jobs.report.notify import notify as send_message

        send_message(run, report, notify)


@dataclass(frozen=True)
class Told:
    """What the stages of a launch told: decisions, outcomes of RECORD, and ``run.json``, which may be empty."""

    decisions: Iterable[Decision]
    outcomes: Iterable[Outcome]
    about: LaunchDocument
    unrecorded: tuple[str, str] | None = None  # type and words of how the RECORD tasks died, the first that did
    lost: Sequence[float] = ()  # seconds of ANALYZE tasks that died
    left: LeftJobs = field(default_factory=NONE_LEFT.copy)  # what was not started


@dataclass(frozen=True)
class Account:
    """What came of jobs: the counts in words, how many are without a result, and the run that is accounted for."""

    text: str
    without_result: int
    run: "Run"


def write_account(
    told: Told, folder: Path, links: Links = NO_LINKS, *, profile: str | None = None, dry_run: bool = False
) -> Account:
    """Write ``jobs.tsv`` and ``report.html`` into a folder.

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

    outcomes, environments = _read_settled(told.outcomes)
    rows = final_rows(told.decisions, outcomes, dry_run=dry_run, unrecorded=told.unrecorded, left=told.left)
    line = closing_line(rows, dry_run=dry_run)
    write_jobs_table(rows, folder / "jobs.tsv")
    with timed(log.info, f"look for images in {links.bucket}") as came:
        images = published_images(rows, profile, links)
        came.append(f"of {plural(len(images.jobs), 'job')}")
    run = Run(rows, line, told.about, environments, datetime.now(UTC), dry_run, told.lost)
    write_report(run, images, links, folder / "report.html")
    return Account(line, sum(row["state"] in WITHOUT_RESULT for row in rows), run)


def _record_death(folder: Path) -> tuple[str, str] | None:
    """Return how RECORD tasks died: the first of them, as mostly all have one cause."""
    paths = sorted(folder.glob("*.json"))
    death = read_death(paths[0]) if paths else None
    return death_words(death, "record") if death else None


def _lost_seconds(folder: Path) -> list[float]:
    return [float(line) for path in sorted(folder.glob("*.lost")) for line in path.read_text().split()]


def _read_settled(told: Iterable[Outcome]) -> tuple[dict[str, Settled], Counter[str]]:
    """Return of each outcome what the account needs, by key, and how many jobs ran in which environment, as JSON."""
    outcomes, environments = dict[str, Settled](), Counter[str]()
    for outcome in told:
        kept = {name: value for name, value in outcome.items() if name in Settled.__annotations__}
        outcomes[outcome["key"]] = cast(Settled, kept)
        if read := outcome.get("inputs_read"):
            outcomes[outcome["key"]]["input_bytes"] = sum(identity["size"] for identity in read)
        if "environment" in outcome:  # some ten kilobytes, nearly always the same
            environments[json.dumps(outcome["environment"], sort_keys=True)] += 1
    return outcomes, environments
