"""Run the jobs of a batch, each in a process and a folder of its own."""

import logging
import os
import shutil
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from analysis_jobs.analysis.loading import Analysis, load_exported
from analysis_jobs.bucket.names import LOG
from analysis_jobs.documents import Cause, Entry, JobError, Outcome
from analysis_jobs.jobs.outcome import failed, read_outcome, write_outcome
from analysis_jobs.process import end_process
from analysis_jobs.redaction import redact_file
from analysis_jobs.retries import timed
from analysis_jobs.stages.analyze.environment import describe_environment
from analysis_jobs.stages.analyze.job import outcome_of
from analysis_jobs.stages.files import count_failed, read_batch, states_line

log = logging.getLogger(__name__)

LOG_TAIL = 4_000
# Signals by which a process is ended from outside; by others (SIGSEGV, SIGABRT) it ends itself.
FROM_OUTSIDE = {signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGXCPU}

# Credentials of services that an analysis has no business with
WITHHELD = ("CODEOCEAN_API_TOKEN", "GIT_ACCESS_TOKEN")


def analyze_batch(analysis: Path, batch: Path, output: Path, container: str | None) -> None:
    """Run every job of a batch and write ``<output>/<key>/`` with `results/`, `analysis.log` and `outcome.json`.

    ``failed.txt`` in the current folder says how many failed.

    Parameters
    ----------
    analysis
        Folder that `analysis_jobs.analysis.source.Source.export` wrote.
    batch
        The batch file.
    output
        Made here, or left by a task that was killed: `-resume` starts in the same work folder. Then the jobs
        that it finished are kept.
    container
        Name of the image that this runs in, for the record.

    Raises
    ------
    SystemExit
        As of `run_jobs`.
    """
    loaded, entries = load_exported(analysis), read_batch(batch)["jobs"]
    with timed(log.info, "run the jobs of a batch") as came:
        outcomes = run_jobs(loaded, entries, output, container)
        came.append(states_line(outcomes))
    count_failed(outcomes)


def run_jobs(analysis: Analysis, entries: Sequence[Entry], output: Path, container: str | None) -> list[Outcome]:
    """Run jobs with a loaded analysis, and return the outcomes of those that ran now; see `analyze_batch`.

    Raises
    ------
    SystemExit
        With 128 + the signal's number if the only job was killed, so that Nextflow tries again,
        perhaps elsewhere. In a larger batch the job's outcome says so, and the others are kept.
    """
    environment = describe_environment(container)
    unfinished = output.with_name(f"{output.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    outcomes = []
    for entry in entries:
        target = output / str(entry["key"])
        if _is_finished(target):
            continue
        # A name never used before: what a killed Nextflow left running may still write to its own.
        folder = unfinished / os.urandom(8).hex()
        (folder / "results").mkdir(parents=True)
        with timed(log.debug, f"run job {entry['key']} in a process of its own") as came:
            exit_code = _in_child(analysis, entry, folder)
            came.append(f"exit code {exit_code}")
        if exit_code < 0 and -exit_code in FROM_OUTSIDE and len(entries) == 1:
            sys.exit(128 - exit_code)
        redact_file(folder / LOG)
        outcome = _outcome_in(folder, entry, exit_code)
        outcomes.append(outcome)
        write_outcome(folder / "outcome.json", {**outcome, "environment": environment})
        _finish(folder, target)
    shutil.rmtree(unfinished, ignore_errors=True)
    return outcomes


def _is_finished(folder: Path) -> bool:
    path = folder / "outcome.json"
    return path.exists() and read_outcome(path)["state"] in ("done", "empty")


def _finish(folder: Path, target: Path) -> None:
    """Let a job's folder appear under its name, with everything in it."""
    for parent, folders, files in os.walk(folder):
        for path in (Path(parent, name) for name in [*folders, *files]):
            # A link within the folder is to hold wherever the folder lies.
            if path.is_symlink() and Path(os.readlink(path)).is_relative_to(folder.absolute()):
                inside = os.path.relpath(os.readlink(path), parent)
                path.unlink()
                path.symlink_to(inside)
    if target.exists():
        shutil.rmtree(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    folder.rename(target)


def _in_child(analysis: Analysis, entry: Entry, folder: Path) -> int:
    """Run a job in a forked process: it shares what is imported, and can neither stop nor mark its neighbours.

    Returns its exit code, or the negative number of the signal that ended it.
    """
    sys.stdout.flush()  # or the child would write it once more
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        end_process(lambda: _run(analysis, entry, folder.absolute()))

    def end_child(number: int, _: FrameType | None) -> None:
        os.kill(child, signal.SIGKILL)
        sys.exit(128 + number)

    signal.signal(signal.SIGTERM, end_child)
    _, status = os.waitpid(child, 0)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    return os.waitstatus_to_exitcode(status)


def _run(analysis: Analysis, entry: Entry, folder: Path) -> None:
    for name in WITHHELD:
        os.environ.pop(name, None)
    log = os.open(folder / LOG, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    os.dup2(log, 1)  # the descriptors themselves, so that programs which the analysis starts log there too
    os.dup2(log, 2)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True, errors="backslashreplace")  # type: ignore[union-attr]
    write_outcome(folder / "outcome.json", outcome_of(analysis, entry, folder / "results"))


def _outcome_in(folder: Path, entry: Entry, exit_code: int) -> Outcome:
    path = folder / "outcome.json"
    outcome = read_outcome(path) if path.exists() else failed(entry, death(exit_code))
    if outcome["state"] == "failed":
        outcome["error"]["log_tail"] = _tail(folder / LOG)
    return outcome


def death(exit_code: int) -> JobError:
    """Return the error of a job whose process ended before its analysis: by an exit code, or minus a signal."""
    if exit_code >= 0:
        message = f"the analysis ended its process with exit code {exit_code}; raise an exception instead"
        return {"stage": "analyze", "cause": "analysis", "type": "ProcessExit", "message": message}
    number = signal.Signals(-exit_code)
    outside = number in FROM_OUTSIDE
    message = f"the process of the analysis was killed by {number.name}" + (
        ": out of memory, over its time limit, or ended by somebody" if outside else ", in native code; see its log"
    )
    cause: Cause = "infrastructure" if outside else "analysis"
    return {"stage": "analyze", "cause": cause, "type": number.name, "message": message}


def _tail(path: Path) -> str:
    if not path.exists():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - LOG_TAIL))
        return file.read().decode(errors="replace")
