"""What the store remembers of a launch: written by DEDUPE when it has claimed, completed by SUMMARIZE."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from analysis_jobs.documents import Asked, LaunchAttempt, LaunchDocument, LaunchRecord
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
    """

    analysis: str
    host: str
    claim_hours: float
    decided: Mapping[str, int]


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
        refused = store.put_launch(_begun(about, beginning, before))
    except (InvalidInput, ServiceUnavailable) as error:
        refused = str(error)
    if refused:
        log.warning(_SAID, refused)


def remember_end(run: "Run", report: str, store: str, profile: str | None) -> None:
    """Write down how a launch has ended, beside what DEDUPE wrote of it; where it wrote nothing, it said why.

    Parameters
    ----------
    run
        The launch.
    report
        The address of ``report.html``.
    store, profile
        Where to write, as `open_store` takes it.
    """
    try:
        opened = open_store(store, profile=profile)
        begun = next(opened.launches([run.about["owner"]["session"]]), None)
        if begun is None or begun["run_name"] != run.about["run_name"]:  # or another has taken the session up
            return
        refused = opened.put_launch(_ended(begun, run, report))
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


def _ended(begun: LaunchRecord, run: "Run", report: str) -> LaunchRecord:
    ended: LaunchRecord = {
        **begun,
        "state": "ended",
        "ended": run.ended.isoformat(),
        "counts": dict(run.counts),
        "seconds": run.seconds,
        "report": redacted(report),
    }
    if run.cost is not None:
        ended["cost"] = run.cost
    if measured := measured_jobs(run.computed):
        ended["measured"] = measured
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
