"""What the store remembers of a launch: written by DEDUPE when it has claimed, completed by SUMMARIZE.

Where nothing is to run, DEDUPE writes it complete: SUMMARIZE then does not ask the store, which may be far away.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from analysis_jobs.documents import Asked, LaunchAttempt, LaunchDocument, LaunchRecord, MeasuredJobs
from analysis_jobs.errors import InvalidInput, ServiceUnavailable
from analysis_jobs.pipeline import PIPELINE_NAME, PIPELINE_URL, __version__
from analysis_jobs.redaction.text import redacted, redacted_values
from analysis_jobs.stages.experience import measured_jobs
from analysis_jobs.store.opening import open_store
from analysis_jobs.store.protocol import Store

if TYPE_CHECKING:
    from analysis_jobs.report.run import Run

log = logging.getLogger(__name__)
_SAID = "the store could not remember this launch: %s; its jobs go on"


@dataclass(frozen=True)
class LaunchEnd:
    """How a launch has ended.

    Attributes
    ----------
    counts
        How many jobs are in which state.
    report
        The address of ``report.html``.
    ended
        When.
    seconds
        What the jobs took that it has computed, one after the other.
    cost
        Of these; None where the launch was given no price.
    measured
        What is remembered of these; None where none of them ended well.
    """

    counts: Mapping[str, int]
    report: str
    ended: datetime = field(default_factory=partial(datetime.now, UTC))
    seconds: float = 0.0
    cost: float | None = None
    measured: MeasuredJobs | None = None


@dataclass(frozen=True)
class Beginning:
    """What of a launch DEDUPE knows beside ``run.json``.

    Attributes
    ----------
    analysis
        What people call it: its parameter `analysis_name`; an empty text for what its code is called.
    host
        The machine that launches.
    claim_hours
        After which its claims end.
    decided
        How many jobs were decided on how.
    ending
        How the launch ends, where nothing is to run; else None.
    """

    analysis: str
    host: str
    claim_hours: float
    decided: Mapping[str, int]
    ending: LaunchEnd | None = None


def remember_beginning(about: LaunchDocument, beginning: Beginning, store: Store) -> None:
    """Write down that a launch has begun; where that cannot be, warn, as no job depends on it.

    Parameters
    ----------
    about
        ``run.json``.
    beginning
        What else is known.
    store
        Where to write. Of an earlier run of the same session it keeps the end.
    """
    try:
        # Only -resume takes a session up again; of many instances of a stage each would ask for nothing
        before = next(store.launches([about["owner"]["session"]]), None) if about.get("resumed") else None
        begun = _begun(about, beginning, before)
        refused = store.put_launch(_ended(begun, beginning.ending) if beginning.ending else begun)
    except (InvalidInput, ServiceUnavailable) as error:
        refused = str(error)
    if refused:
        log.warning(_SAID, refused)


def remember_end(run: "Run", report: str, store: str, profile: str | None) -> None:
    """Write down how a launch has ended, beside what DEDUPE wrote of it; where it wrote nothing, it said why.

    Of a launch that had nothing to run, DEDUPE wrote the end as well.

    Parameters
    ----------
    run
        The launch.
    report
        The address of ``report.html``.
    store, profile
        Where to write, as `open_store` takes it.
    """
    if not run.had_jobs_to_run:
        return
    ending = LaunchEnd(run.counts, report, run.ended, run.seconds, run.cost, measured_jobs(run.computed))
    try:
        opened = open_store(store, profile=profile)
        begun = next(opened.launches([run.about["owner"]["session"]]), None)
        if begun is None or begun["run_name"] != run.about["run_name"]:  # or another has taken the session up
            return
        refused = opened.put_launch(_ended(begun, ending))
    except (InvalidInput, ServiceUnavailable) as error:
        refused = str(error)
    if refused:
        log.warning("the store could not remember how this launch ended: %s", refused)


def _begun(about: LaunchDocument, beginning: Beginning, before: LaunchRecord | None) -> LaunchRecord:
    owner, asked, now = about["owner"], about.get("launch"), datetime.now(UTC)
    expires = now + timedelta(hours=beginning.claim_hours)
    begun: LaunchRecord = {
        "_id": owner["session"],
        "session": owner["session"],
        "state": "running",
        "run_name": about["run_name"],
        "analysis": beginning.analysis or about["analysis"],
        "user": about["experimenter"],
        "host": beginning.host,
        "profile": about.get("profile", ""),
        "process": owner["process"],
        "started": _started(asked, now),
        "expires": expires.isoformat(),
        "command_line": about.get("command_line", ""),
        "jobs": asked["jobs"] if asked else "",
        "nextflow": about["nextflow"],
        "pipeline": about.get("pipeline") or {"name": PIPELINE_NAME, "url": PIPELINE_URL, "version": __version__},
        "code": about.get("identity", ""),
        "decided": dict(beginning.decided),
        "earlier": _earlier(about, before) if before else [],
    }
    if before and "measured" in before:
        begun["measured"] = before["measured"]
    if commit := about["code"].get("commit"):
        begun["commit"] = commit
    if code_ocean := about.get("code_ocean"):
        begun["code_ocean"] = code_ocean
    return redacted_values(begun)


def _ended(begun: LaunchRecord, ending: LaunchEnd) -> LaunchRecord:
    ended: LaunchRecord = {
        **begun,
        "state": "ended",
        "ended": ending.ended.isoformat(),
        "counts": dict(ending.counts),
        "seconds": ending.seconds,
        "report": redacted(ending.report),
    }
    if ending.cost is not None:
        ended["cost"] = ending.cost
    if ending.measured:
        ended["measured"] = ending.measured
    return ended


def _started(asked: Asked | None, now: datetime) -> str:
    try:
        return datetime.fromisoformat(str(asked["started"]) if asked else "").astimezone(UTC).isoformat()
    except ValueError:  # nobody said it: the script was called by hand
        return now.isoformat()


def _earlier(about: LaunchDocument, before: LaunchRecord) -> list[LaunchAttempt]:
    if before["run_name"] == about["run_name"]:  # a DEDUPE that is tried again
        return before["earlier"]
    attempt: LaunchAttempt = {"run_name": before["run_name"], "started": before["started"]}
    if "ended" in before:
        attempt |= {"ended": before["ended"], "counts": before["counts"]}
    return [*before["earlier"], attempt]
