"""Run one job: the user's function in a folder of its own, and its outcome, whatever happens."""

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

from analysis_jobs.analysis.contract import NothingToReport
from analysis_jobs.analysis.loading import Analysis
from analysis_jobs.bucket.names import RESERVED
from analysis_jobs.documents import Entry, JobDocument, JobError, Measured, Outcome, ResourceUse, Values
from analysis_jobs.jobs.job import Job
from analysis_jobs.jobs.outcome import new_outcome
from analysis_jobs.json_values import json_value, not_finite
from analysis_jobs.recordings.traffic import traffic, traffic_since
from analysis_jobs.redaction import redacted
from analysis_jobs.wording import relative_name, shown

LONGEST_TRACEBACK = 20_000


class BadOutcome(Exception):
    """The analysis ended well, but what it returned or wrote cannot be published; says why and what to do."""


def run_analysis(analysis: Analysis, job: Job, parameters: Values, results: Path) -> Values:
    """Run an analysis on one job, in this process and with nothing caught, and return its outputs.

    Parameters
    ----------
    analysis
        The loaded analysis.
    job
        The job; its inputs are not opened here.
    parameters
        The merged parameters as they were given, which the specification validates.
    results
        An existing folder, which is the current folder meanwhile.

    Returns
    -------
    dict
        The outputs, as JSON values.

    Raises
    ------
    BadOutcome
        If the outputs are not an `AnalysisOutputs`, JSON cannot hold them, or a file cannot be published.
    """
    os.environ.setdefault("MPLBACKEND", "Agg")  # no display where jobs run
    specification = analysis.specification.model_validate(parameters)
    with contextlib.chdir(results):
        returned = analysis.run(job, specification, results)
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
        values: Values = json_value(returned.model_dump(by_alias=True, warnings="error"))
    except Exception as error:
        said = " ".join(str(error).split())
        raise BadOutcome(f"the outputs cannot be written as JSON: {said}; return plain numbers and texts") from None
    if bad := not_finite(values):
        raise BadOutcome(f"the output {bad}, which JSON cannot hold; leave it out, or declare it `| None`")
    return values


def check_results(results: Path, job: JobDocument) -> None:
    """Check that everything in a results folder can be published.

    Raises
    ------
    BadOutcome
        If the folder is gone, a name is taken by the pipeline or is not UTF-8, or something is not a regular file; a
        link may lead to one within the results, or to one of the job's inputs.
    """
    if not results.is_dir() or results.is_symlink():
        raise BadOutcome("the results folder was moved or removed; leave it where it is, and write into it")
    allowed = [results.resolve(), *(Path(place).resolve() for place in _local_inputs(job))]
    for parent, folders, files in os.walk(results):
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
            f"the results hold {shown(name)}, a link to {shown(str(path.resolve()))}, which is no input of the job; "
            "copy the file"
        )
    if not name.isprintable():
        raise BadOutcome(f"the results hold {shown(name)}, no printable name; choose another name")


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
        Called with what the analysis raised, and with its traceback as text.

    Returns
    -------
    Outcome
        Times and memory are those of this process and its children.
    """
    started, clock, before = datetime.now(UTC), time.monotonic(), traffic()
    outcome = new_outcome(entry)
    try:
        job = Job.model_construct(**entry["job"])  # validated by DEDUPE
        outcome["outputs"] = run_analysis(analysis, job, entry["given"], results)
    except NothingToReport as nothing:
        outcome["state"], outcome["reason"] = "empty", str(nothing) or "nothing to report"
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        outcome["state"], outcome["error"] = "failed", analysis_error(error)
        on_failure(error, outcome["error"]["traceback"])
    measured: Measured = {
        "started": started.isoformat(),
        "ended": datetime.now(UTC).isoformat(),
        "seconds": round(time.monotonic() - clock, 3),
        **resource_use(),
        **traffic_since(before),
    }
    return {**outcome, **measured}


def analysis_error(error: BaseException) -> JobError:
    """Describe what an analysis raised."""
    import traceback

    text = "".join(traceback.format_exception(type(error), error, user_frames(error)))
    return {
        "stage": "analyze",
        "cause": "analysis",
        "type": type(error).__name__,
        "message": redacted(_message(error)),
        "traceback": redacted(text[-LONGEST_TRACEBACK:]),
    }


def _message(error: BaseException) -> str:
    """Return what an exception says, or what its kind means to somebody who has not seen the code."""
    if isinstance(error, SystemExit):
        return f"the analysis called sys.exit({error.code!r}); raise an exception, or return the outputs"
    if isinstance(error, KeyboardInterrupt):
        return "the analysis raised KeyboardInterrupt, as if somebody had interrupted it; raise another exception"
    if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        return f"too many files are open (at most {most}): {error}; close them, or raise the limit (ulimit -n)"
    try:
        said = str(error)
    except Exception:  # of an exception class of the user's
        return "(its message cannot be read)"
    if isinstance(error, MemoryError):
        return f"there was not enough memory{f': {said}' if said else ''}; raise --analysis_memory, or use less"
    return said or "(no message)"


def user_frames(error: BaseException) -> TracebackType | None:
    """Return where an error comes from, from the analysis on; all frames if it failed in this package.

    What an analysis returned or wrote (`BadOutcome`) is told without frames, none of which are the user's.
    """
    here = str(Path(__file__).parents[2]) + os.sep  # of all rooms
    frames = inside = None if isinstance(error, BadOutcome) else error.__traceback__
    while inside and inside.tb_frame.f_code.co_filename.startswith(here):
        inside = inside.tb_next
    return inside or frames


def resource_use() -> ResourceUse:
    """Return what this process and its children used; the peak of memory is that of the one that used most."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    unit = 1 if sys.platform == "darwin" else 1024  # Linux counts in KiB
    cpu = own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
    return {"cpu_seconds": round(cpu, 3), "peak_memory_bytes": max(own.ru_maxrss, children.ru_maxrss) * unit}
