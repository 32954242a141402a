"""Run one job: the user's function in a folder of its own, and its outcome, whatever happens.

Imports within functions are for a quick start.
"""

import contextlib
import errno
import os
import resource
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from pydantic import BaseModel

from analysis_jobs.analysis.contract import NothingToReport
from analysis_jobs.analysis.loading import Analysis
from analysis_jobs.bucket.names import RESERVED
from analysis_jobs.documents import Entry, JobDocument, JobError, Measured, Outcome, ResourceUse, Values
from analysis_jobs.errors import InvalidInput, no_room
from analysis_jobs.jobs.job import Job, opened_job
from analysis_jobs.jobs.outcome import NO_ROOM, infrastructure_error, new_outcome
from analysis_jobs.jobs.specification import rebuilt
from analysis_jobs.json_values import MOST_LEVELS, json_value, unstorable
from analysis_jobs.recordings.traffic import traffic, traffic_since
from analysis_jobs.redaction.text import redacted, secret_in
from analysis_jobs.wording import (
    LONGEST_MESSAGE,
    LONGEST_NAME,
    LONGEST_TRACEBACK,
    kept,
    message_of,
    relative_name,
    shown,
)

_SPARE_DESCRIPTORS = 16
OWN_CODE = str(Path(__file__).parents[2]) + os.sep  # with which the files of this package begin


class BadSpecification(Exception):
    """The parameters that were recorded cannot be had here; says which, and why."""


class BadOutcome(Exception):
    """The analysis ended well, but what it returned or wrote cannot be published; says why and what to do."""


def run_analysis(analysis: Analysis, job: Job, given: Values, parameters: Values, results: Path) -> Values:
    """Run an analysis on one job, in this process and with nothing caught, and return its outputs.

    Parameters
    ----------
    analysis
        The loaded analysis.
    job
        The job; its inputs are not opened here.
    given, parameters
        The merged parameters as they were given, and all of them as the specification typed and completed them, which
        is what the analysis gets.
    results
        An existing folder, which is the current folder meanwhile.

    Returns
    -------
    dict
        The outputs, as JSON values.

    Raises
    ------
    BadSpecification
        If the specification makes other parameters of what was given.
    BadOutcome
        If the outputs are not an `AnalysisOutputs`, JSON cannot hold them, or a file cannot be published.
    """
    os.environ.setdefault("MPLBACKEND", "Agg")  # no display where jobs run
    try:
        specification = rebuilt(given, parameters, analysis.specification)
    except InvalidInput as error:
        raise BadSpecification(str(error)) from None
    before = Path.cwd()
    os.chdir(results)
    try:
        returned = analysis.run(job, specification, results)
    finally:
        with contextlib.suppress(OSError):  # the analysis has removed it, or moved it
            os.chdir(before)
    outputs = _outputs(returned, analysis)
    check_results(results, job.document())
    return outputs


def _outputs(returned: object, analysis: Analysis) -> Values:
    if not isinstance(returned, analysis.outputs):
        raise BadOutcome(
            f"run_analysis returned {shown(returned)} of type {type(returned).__name__}; "
            "return AnalysisOutputs(...), or raise NothingToReport(...)"
        )
    if missing := analysis.outputs.model_fields.keys() - vars(returned).keys():
        raise BadOutcome(f"the outputs do not fit AnalysisOutputs: {min(missing)} is missing; add it")
    try:
        # A model can be changed, or made without validation, after its creation: then its types are warned of.
        # Not validated once more: validators may change a value each time.
        values = _as_json(returned)
    except Exception as error:
        problem = _unwritable(returned) or _in_one_line(error)
        raise BadOutcome(f"the outputs cannot be written as JSON: {problem}; return plain numbers and texts") from None
    if bad := unstorable(values):
        raise BadOutcome(f"the output {bad}")
    if found := secret_in(values):
        raise BadOutcome(f"the output {found[0]} holds {found[1]}, and outputs are published; leave it out")
    return values


def _as_json(outputs: BaseModel, only: set[str] | None = None) -> Values:
    values: Values = json_value(outputs.model_dump(by_alias=True, warnings="error", include=only))
    return values


def _unwritable(outputs: BaseModel) -> str:
    """Return the first field that cannot be written, its value, and why; an empty text if that is no single one."""
    for name in type(outputs).model_fields:
        try:
            _as_json(outputs, {name})
        except Exception as error:
            return f"{name} is {shown(getattr(outputs, name))}: {_in_one_line(error)}"
    return ""


def _in_one_line(error: Exception) -> str:
    message = " ".join(str(error).split())
    if isinstance(error, RecursionError) or "Circular reference" in message:
        return f"it is nested in more than {MOST_LEVELS} levels, or holds itself"
    return message


def check_results(results: Path, job: JobDocument) -> None:
    """Check that everything in a results folder can be published.

    Raises
    ------
    BadOutcome
        If the folder is gone, a name holds a secret, is taken by the pipeline or is not UTF-8, or something is not a
        regular file; a link may lead to one within the results, or to one of the job's inputs.
    """
    if not results.is_dir() or results.is_symlink():
        raise BadOutcome("the results folder was moved or removed; leave it where it is, and write into it")
    allowed = [results.resolve(), *(Path(place).resolve() for place in _local_inputs(job))]
    walked = list(os.walk(results))
    if found := secret_in([[*files, *folders] for _, folders, files in walked]):
        raise BadOutcome(f"the results hold a file whose name holds {found[1]}, and names are published; rename it")
    for parent, folders, files in walked:
        for name in [*files, *folders]:
            path = Path(parent, name)
            if path.is_symlink() or not path.is_dir() or path.name.lower() in RESERVED:
                _check_file(path, relative_name(path, results), allowed)


def _local_inputs(job: JobDocument) -> list[str]:
    return [place for place in (*job["s3_location"], *job.get("file_location", [])) if "://" not in place]


def _check_file(path: Path, name: str, allowed: Sequence[Path]) -> None:
    if name.lower() in RESERVED:  # some file systems do not tell a.json and A.json apart
        raise BadOutcome(f"the results hold {name}, a name that the pipeline uses; choose another one")
    if path.is_dir() and not path.is_symlink():
        return
    if not path.is_file():
        kind = "a link to a folder or to nothing" if path.is_symlink() else "not a regular file"
        raise BadOutcome(f"the results hold {shown(name)}, which is {kind}; write a regular file")
    if path.is_symlink() and not any(path.resolve().is_relative_to(place) for place in allowed):
        raise BadOutcome(
            f"the results hold {shown(name)}, a link to {shown(str(path.resolve()))}, which is not an input of the "
            "job; copy the file"
        )
    if not name.isprintable():
        raise BadOutcome(f"the results hold {shown(name)}, which is not a printable name; choose another name")


def _into_the_log(error: BaseException, traceback: str) -> None:
    print(traceback, file=sys.stderr)


def outcome_of(
    analysis: Analysis,
    entry: Entry,
    results: Path,
    on_failure: Callable[[BaseException, str], object] = _into_the_log,
) -> Outcome:
    """Run one job of a batch and return what became of it; nothing that the analysis does is raised.

    Parameters
    ----------
    analysis
        The loaded analysis.
    entry
        The job as DEDUPE wrote it.
    results
        An existing, empty folder.
    on_failure
        Called with what the analysis raised, and with its whole traceback as text.

    Returns
    -------
    Outcome
        Times and memory are those of this process and its children.
    """
    started, clock, before = datetime.now(UTC), time.monotonic(), traffic()
    outcome = new_outcome(entry)
    spare = [os.open(os.devnull, os.O_RDONLY) for _ in range(_SPARE_DESCRIPTORS)]
    try:
        job = opened_job(entry)
        try:
            outcome["outputs"] = run_analysis(analysis, job, entry["given"], entry["parts"]["parameters"], results)
        finally:
            for descriptor in spare:  # to say what happened where the analysis has used up all others
                os.close(descriptor)
    except NothingToReport as nothing:
        outcome["state"], outcome["reason"] = "empty", str(nothing) or "nothing to report"
        outcome["reason"] = _told(outcome["reason"])
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        outcome["state"], outcome["error"] = "failed", analysis_error(error)
        on_failure(error, traceback_of(error))
    measured: Measured = {
        "started": started.isoformat(),
        "ended": datetime.now(UTC).isoformat(),
        "seconds": round(time.monotonic() - clock, 3),
        **resource_use(),
        **traffic_since(before),
    }
    return {**outcome, **measured}


def _told(reason: str) -> str:
    reason = redacted(reason)
    if len(reason) > LONGEST_MESSAGE:
        print(reason)  # whole, into the log
    return kept(reason)


def analysis_error(error: BaseException) -> JobError:
    """Describe what an analysis raised, in texts of a length that is kept."""
    if no_room(error):
        return {**no_room_error(error), "traceback": kept(traceback_of(error), LONGEST_TRACEBACK)}
    return {
        "stage": "analyze",
        "cause": "analysis",
        "type": kept(redacted(type(error).__name__), LONGEST_NAME),
        "message": kept(redacted(_message(error))),
        "traceback": kept(traceback_of(error), LONGEST_TRACEBACK),
    }


def no_room_error(error: BaseException) -> JobError:
    """Describe that a disk was full, which is no fault of the analysis."""
    message = redacted(f"{message_of(error)}: {no_room(error)}, and launch again")
    return infrastructure_error("analyze", NO_ROOM, message)


def traceback_of(error: BaseException) -> str:
    """Return where an error comes from, whole."""
    import traceback

    try:
        text = "".join(traceback.format_exception(type(error), error, user_frames(error)))
    except Exception:  # of an exception class of the user's
        text = "".join([*traceback.format_tb(user_frames(error)), type(error).__name__])
    return redacted(text)


def _message(error: BaseException) -> str:
    """Return what an exception says, or what its kind means to somebody who has not seen the code."""
    if isinstance(error, SystemExit):
        return f"the analysis called sys.exit({error.code!r}); raise an exception, or return the outputs"
    if isinstance(error, KeyboardInterrupt):
        return "the analysis raised KeyboardInterrupt, as if somebody had interrupted it; raise another exception"
    if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        return f"too many files are open (at most {most}): {error}; close them, or raise the limit (ulimit -n)"
    message = message_of(error)
    if isinstance(error, MemoryError):
        return f"there was not enough memory{f': {message}' if message else ''}; raise --analysis_memory, or use less"
    # Such as the recording that was open: the traceback has them as well, but it is not in tables.
    notes = getattr(error, "__notes__", ())
    told = [note for note in notes if isinstance(note, str)] if isinstance(notes, list) else []
    return " ".join([message or "(no message)", *told])


def user_frames(error: BaseException) -> TracebackType | None:
    """Return where an error comes from, from the analysis on; all frames if it failed in this package.

    What is wrong with its parameters, or with what it returned or wrote, is told without frames: none are the user's.
    """
    frames = inside = None if isinstance(error, BadOutcome | BadSpecification) else error.__traceback__
    while inside and inside.tb_frame.f_code.co_filename.startswith(OWN_CODE):
        inside = inside.tb_next
    return inside or frames


def resource_use() -> ResourceUse:
    """Return what this process and its children used; the peak of memory is that of the one that used most."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    unit = 1 if sys.platform == "darwin" else 1024  # Linux counts in KiB
    cpu = own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
    return {"cpu_seconds": round(cpu, 3), "peak_memory_bytes": max(own.ru_maxrss, children.ru_maxrss) * unit}
