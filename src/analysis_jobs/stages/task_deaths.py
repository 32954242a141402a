"""What is said of jobs whose task ended without a word: cause and remedy, by exit status and Nextflow's reason."""

import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from analysis_jobs.documents import Entry, Outcome, TaskDeath
from analysis_jobs.jobs.outcome import NO_ROOM, TIME_LIMIT, failed, infrastructure_error
from analysis_jobs.process import EXIT_UNAVAILABLE
from analysis_jobs.stages.files import batch_name, read_batch
from analysis_jobs.wording import plural

_LOST = "its machine was lost (a node that failed, or a spot instance that was reclaimed): launch again"
_MEMORY = "it needed more memory than it had: raise {memory}"
_FULL = "the disk of the work folder was full: free some space, and launch again (-resume keeps what was computed)"
_ENDED = "it was ended from outside, by somebody or by a queue when its time was over: launch again, or raise {time}"
_TIME = "its time was over: raise {time}"
# What gives a task more, by its process: only that of ANALYZE has parameters
_MORE = {
    "memory": "--analysis_memory, and --max_memory if that is given",
    "time": "--analysis_time, and what the queue or a configuration of yours allows",
}
_MORE_OF_OTHERS = {"memory": "its memory in a configuration of yours (-c)", "time": "what the queue allows"}
# By what Nextflow or the executor says, in lower case: type of the error, cause and remedy. The first that fits holds.
_BY_REASON: tuple[tuple[str, str, str], ...] = (
    (r"out.?of.?memory", "OutOfMemory", _MEMORY),
    (r"no space left|quota exceeded", NO_ROOM, _FULL),
    (r"time limit|exceeded timeout|attempt duration|\btimeout$", TIME_LIMIT, _TIME),
    (r"\bhost ec2\b|\bspot\b|\bnode.?fail|unknown reason", "NodeLost", _LOST),
    (
        r"cannotpull|pull access denied|manifest unknown",
        "NoImage",
        "its image could not be fetched: check --analysis_image, and that the machines may read the registry",
    ),
    (
        r"cannotstart|cannotcreate",
        "NoContainer",
        "its container could not be started: try the image by hand (docker run)",
    ),
    (r"\bcancel", "Cancelled", "it was cancelled by somebody, or by another launch of yours: launch again"),
    (r"\bpreempted", "Preempted", "its machine was taken for a job that goes first: launch again"),
    (r"\bjob killed\b", "Ended", "somebody, or another launch of yours, ended it: launch again"),
)
_BY_EXIT: dict[int | None, tuple[str, str]] = {
    EXIT_UNAVAILABLE: (
        "ServiceUnavailable",
        "what it needs was not there, four times in some minutes: launch again when it is back",
    ),
    126: ("NotExecutable", "a command may not be run there: check the image, and that it is for that processor"),
    137: ("SIGKILL", f"it was killed, mostly as {_MEMORY}; if somebody ended it, launch again"),
    139: ("SIGSEGV", "it crashed in native code: see its log"),
    140: (TIME_LIMIT, _TIME),
    143: ("SIGTERM", _ENDED),
    None: ("NodeLost", _LOST),
}
_COMMAND = "the environment or the image lacks bash, Python or this package: see docs/places.md"
_COMMAND_ON_BATCH = "mostly `aws`: build the images with --build-arg AWS_CLI=1, or give --aws_cli"


def died(
    entry: Entry, stage: str, death: TaskDeath | None = None, *, others: int = 0, batch: str | None = None
) -> Outcome:
    """Return the outcome of a job whose task ended without a word.

    Parameters
    ----------
    entry
        The job, from its batch.
    stage
        The process whose task it was.
    death
        What Nextflow knew of its end, if it was written down.
    others
        How many other jobs the task had.
    batch
        What of ANALYZE the batch is called, which the next launch takes apart.
    """
    shared = f" and of {plural(others, 'other')}" if others else ""
    if death is None:
        kind, words = "TaskDied", "the cause is not known; .nextflow.log has its exit status and work folder"
    else:
        kind, words = death_words(death, stage)
    message = f"the {stage.upper()} task of this job{shared} died before it could report, {words}"
    error = infrastructure_error(stage, kind, message)
    outcome = failed(entry, {**error, "batch": batch} if batch else error)
    if death and (asked := death.get("asked")):
        outcome["asked"] = asked
    return outcome


def death_words(death: TaskDeath, stage: str) -> tuple[str, str]:
    """Return how a task died: the type of the error, and in words how it ended, why, what to do, where its log is."""
    kind, cause = _cause(death, stage)
    more = _MORE if stage == "analyze" else _MORE_OF_OTHERS
    return kind, f"{_ending(death)}: {cause.format(**more)}; {_log_place(death)}"


def jobs_of_tasks(batches: Path, stage: str, deaths: Path) -> Iterator[tuple[Entry, Callable[[], Outcome]]]:
    """Yield each job of the batch files in a folder, with what gives its outcome if the task of its batch died."""
    for path in sorted(batches.glob("*.json")):
        batch = batch_name(path)
        death = read_death(deaths / f"{stage}-{batch}.json")
        entries = read_batch(path)["jobs"]
        for entry in entries:
            yield entry, partial(died, entry, stage, death, others=len(entries) - 1, batch=batch)


def read_death(path: Path) -> TaskDeath | None:
    """Read what was written down of a task that died, or None where nothing was."""
    if not path.is_file():
        return None
    death: TaskDeath = json.loads(path.read_text())
    return death


def _cause(death: TaskDeath, stage: str) -> tuple[str, str]:
    if stage == "analyze" and death["exit"] == EXIT_UNAVAILABLE:  # which asks no service of ours
        return NO_ROOM, _FULL
    # What a task of ours said itself names places, which may be called anything
    reason = "" if death["exit"] == EXIT_UNAVAILABLE else death["reason"].lower()
    for pattern, kind, words in _BY_REASON:
        if re.search(pattern, reason):
            return kind, words
    if death["exit"] == 127:
        where = _COMMAND_ON_BATCH if death["executor"] == "awsbatch" else _COMMAND
        return "CommandNotFound", f"a command was not found, {where}"
    return _BY_EXIT.get(death["exit"]) or ("TaskDied", "it ended in a way that has no name: see its log")


def _ending(death: TaskDeath) -> str:
    status = "without an exit status" if death["exit"] is None else f"with exit status {death['exit']}"
    return f"{status} ({death['reason'].strip('.')})" if death["reason"] else status


def _log_place(death: TaskDeath) -> str:
    place = f"its log is {death['work']}/.command.log"
    if death["executor"] == "awsbatch" and death["job"]:
        stream = f"aws batch describe-jobs --jobs {death['job']} --query 'jobs[].container.logStreamName'"
        place += f", and in CloudWatch in the group /aws/batch/job ({stream} tells the stream)"
    return place
