"""The documents of launches, as they are read from a store."""

from typing import Any, cast

from analysis_jobs.documents import LaunchRecord, PipelineCode
from analysis_jobs.shapes import Damaged, misshapen
from analysis_jobs.store.states import is_time

# Every field that one may have: a store that changes documents field by field removes those that are not set.
LAUNCH_FIELDS = tuple(name for name in LaunchRecord.__annotations__ if name != "_id")


def checked_launch(document: Any, session: str) -> LaunchRecord:
    """Return what a store knows of a launch as it was read, having seen that all that is read of it is there.

    Parameters
    ----------
    document
        The JSON value. What is null of it is as if it were not there, but for its process.
    session
        Of which session it is.

    Raises
    ------
    Damaged
        If it is none; says in a few words why not.
    """
    if isinstance(document, dict):
        document = {name: value for name, value in document.items() if value is not None or name == "process"}
        document.setdefault("process", None)
    if wrong := misshapen(document, LaunchRecord, (PipelineCode,)) or _inconsistent(document, session):
        raise Damaged(wrong)
    return cast(LaunchRecord, document)


def _inconsistent(launch: LaunchRecord, session: str) -> str:
    if launch["session"] != session or launch["_id"] != session:
        return "it belongs to another session"
    if launch["state"] == "ended" and not ("ended" in launch and "counts" in launch):
        return "it has ended and does not say when, or with which counts"
    times = {"started": launch["started"], "expires": launch["expires"], "ended": launch.get("ended")}
    wrong = next((name for name, text in times.items() if text is not None and not is_time(text)), "")
    return wrong and f"{wrong} is not a time with a zone"
