"""Run the jobs of a batch, each in a process and a folder of its own."""

import gc
import logging
import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryFile

from analysis_jobs.analysis.loading import Analysis, load_exported
from analysis_jobs.bucket.names import LOG
from analysis_jobs.documents import AskedResources, Entry, Environment, Outcome
from analysis_jobs.errors import no_room
from analysis_jobs.jobs.addresses import addresses_of
from analysis_jobs.jobs.job import Job
from analysis_jobs.jobs.labels import name_in_log
from analysis_jobs.jobs.outcome import OF_MEMORY, failed, read_outcome, write_outcome
from analysis_jobs.redaction.pump import PumpThread
from analysis_jobs.redaction.text import redacted, redacted_values
from analysis_jobs.retries import timed
from analysis_jobs.stages.analyze.deaths import death, unclean_end
from analysis_jobs.stages.analyze.environment import describe_environment
from analysis_jobs.stages.analyze.inputs_read import InputsRead
from analysis_jobs.stages.analyze.inside import beginning, run_inside, with_limited_memory
from analysis_jobs.stages.analyze.job import BadOutcome, analysis_error, check_results, no_room_error
from analysis_jobs.stages.analyze.job_process import Ending, JobProcesses, RunJob
from analysis_jobs.stages.analyze.limits import NO_LIMITS, Limits, take_gpus, take_processors
from analysis_jobs.stages.analyze.quick_end import QuickEnd
from analysis_jobs.stages.attempts import OUTCOME, finish_attempt, has_ended_well, new_attempt
from analysis_jobs.stages.files import count_failed, note_seconds, read_batch, states_line
from analysis_jobs.stages.result_lines import written_lines
from analysis_jobs.wording import kept

log = logging.getLogger(__name__)

LOG_TAIL = 4_000
_SOME = 8_192  # bytes, that an outcome takes
# Seconds for what was printed to be in the log
_LAST_WORDS = 60.0
_PROMPTLY = 2.0  # where the task is asked to end
_ONLY_INSIDE = "write into the results folder only, not beside it"
_NOTHING: AskedResources = {}


def analyze_batch(
    analysis: Path,
    batch: Path,
    output: Path,
    container: str | None,
    limits: Limits = NO_LIMITS,
    asked: AskedResources = _NOTHING,
) -> bool:
    """Run every job of a batch and write ``<output>/<key>/<attempt>/``; see `analysis_jobs.stages.attempts`.

    ``failed.txt`` in the current folder says how many failed, ``seconds.txt`` what all took.

    Parameters
    ----------
    analysis
        Folder that `analysis_jobs.analysis.source.Source.export` wrote.
    batch
        The batch file.
    output
        Made here, or left by a task that was killed: `-resume` starts in the same work folder, where a task of the
        launch before may even be running still. The jobs that it finished are kept, and nothing of it is removed.
    container
        Name of the image that this runs in, for the record.
    limits
        What the task may use, where nothing else limits it.
    asked
        What the task asked for, for the records. A job has the time that it says, or as much as it takes.

    Returns
    -------
    bool
        Whether the only job was killed, or had too little memory, which another attempt may not be or have. Of several
        jobs the others are kept.
    """
    if limits.processors:
        take_processors(limits.processors)
    if limits.gpus:
        take_gpus(limits.gpus)
    Job.model_rebuild()  # which is put off until it is needed: here once, and not in the process of each job
    # As the process of each job ends, Python looks through all objects again, which takes longer than a short job. Not
    # through these; but through those of the analysis, as some write a last line when they go.
    gc.freeze()
    frozen = gc.get_freeze_count()
    loaded = load_exported(analysis)
    quick_end, entries = QuickEnd(frozen), read_batch(batch)["jobs"]
    began = time.monotonic()
    with timed(log.info, "run the jobs of a batch") as came:
        loaded = with_limited_memory(loaded, limits.memory_bytes)
        outcomes = run_jobs(loaded, entries, output, describe_environment(container), quick_end, asked)
        came.append(states_line(outcomes))
    count_failed(outcomes)
    note_seconds(time.monotonic() - began)
    return len(entries) == 1 and any(_was_killed(outcome) for outcome in outcomes)


def run_jobs(
    analysis: Analysis,
    entries: Sequence[Entry],
    output: Path,
    environment: Environment,
    quick_end: QuickEnd,
    asked: AskedResources,
) -> list[Outcome]:
    """Run jobs with a loaded analysis, and return the outcomes of those that ran now; see `analyze_batch`."""
    outcomes = list[Outcome]()
    for entry in entries:
        addresses_of(entry)  # whose secrets are known before anything is printed
    environment = redacted_values(environment)

    def prepare() -> RunJob:
        begin, by_key = beginning(analysis, shared=len(entries) > 1), {entry["key"]: entry for entry in entries}
        quick_end.prepare()

        def run(job: str, stream: int) -> None:
            key, _, folder = job.partition(" ")
            run_inside(analysis, by_key[key], Path(folder), stream, asked.get("seconds"), begin)
            quick_end.take()

        return run

    with JobProcesses(prepare) as processes, InputsRead() as inputs:
        for entry in entries:
            if not has_ended_well(output / entry["key"]):
                outcomes.append(_run_one(processes, inputs, entry, output, environment, asked))
    return outcomes


def _run_one(
    processes: JobProcesses,
    inputs: InputsRead,
    entry: Entry,
    output: Path,
    environment: Environment,
    asked: AskedResources,
) -> Outcome:
    job, folder, seconds = output / entry["key"], new_attempt(output), asked.get("seconds")
    read = inputs.identities_of(entry)
    with timed(log.debug, f"run job {name_in_log(entry)} in a process of its own") as came:
        ending = _run_logged(processes, entry, folder.absolute(), seconds)
        came.append(f"exit code {ending.code}")
    read = inputs.compared_with_now(read, entry)
    try:
        outcome = _outcome_in(folder, entry, ending, seconds)
        if read:
            outcome["inputs_read"] = read
        _finish(folder, job, _with_asked(outcome, asked), environment)
    except Exception as error:  # the analysis has done something to the folder around its results
        log.exception("what job %s left cannot be read", name_in_log(entry))
        if no_room(error):
            shutil.rmtree(folder)  # which makes some, for what is to be told of it
            reason = no_room_error(error)
        else:
            reason = analysis_error(BadOutcome(f"what it left cannot be read: {error}; {_ONLY_INSIDE}"))
        outcome = _with_asked(failed(entry, reason), asked)
        _finish(new_attempt(output), job, outcome, environment)
    return outcome


def _with_asked(outcome: Outcome, asked: AskedResources) -> Outcome:
    if asked:
        outcome["asked"] = asked
    return outcome


def _run_logged(processes: JobProcesses, entry: Entry, folder: Path, seconds: float | None) -> Ending:
    """Run a job in a process of its own, and let all that it and its programs print into its log, redacted."""
    processes.start()
    with (folder / LOG).open("wb") as file:
        pump = PumpThread(file.fileno())
    ending = processes.run(f"{entry['key']} {folder}", pump.pipe, seconds, lambda: pump.finish(_PROMPTLY))
    if not pump.finish(_LAST_WORDS):  # though nobody is left who could write
        log.warning("the log of job %s could not be written to its end", name_in_log(entry))
    return ending


def _finish(folder: Path, job: Path, outcome: Outcome, environment: Environment) -> None:
    if outcome["state"] == "failed":
        _hide_names(folder / "results")
    write_outcome(folder / OUTCOME, {**outcome, "environment": environment})
    finish_attempt(folder, job)


def _hide_names(results: Path) -> None:
    """Give other names to files that have a secret in theirs, for which their job has failed."""
    for number, path in enumerate(sorted(results.rglob("*"), reverse=True)):  # what is in a folder before it
        if (name := redacted(path.name)) != path.name:
            path.rename(path.with_name(f"{name}-{number}"))


def _was_killed(outcome: Outcome) -> bool:
    return outcome["state"] == "failed" and outcome["error"]["type"] in OF_MEMORY


def _say_what_was_left(folder: Path, ending: Ending) -> None:
    if ending.left:
        with (folder / LOG).open("a") as log:
            log.write(f"programs that the analysis left running are ended: {', '.join(ending.left)}; wait for them\n")


def _outcome_in(folder: Path, entry: Entry, ending: Ending, seconds: float | None) -> Outcome:
    if changed := [name for name in (LOG, OUTCOME) if _is_replaced(folder / name)]:
        return failed(entry, analysis_error(BadOutcome(f"it replaced {changed[0]}; {_ONLY_INSIDE}")))
    _say_what_was_left(folder, ending)
    outcome = _written_by_the_job(folder / OUTCOME, entry)
    if outcome is None:
        _see_room_in(folder)  # or it could not write why it ended
        outcome = failed(entry, death(ending, seconds))
    if ending.overtime:
        outcome = failed(entry, death(ending, seconds))
    elif outcome["state"] != "failed" and ending.code != 0:
        outcome = failed(entry, unclean_end(ending))
    if outcome["state"] == "done":
        outcome = _with_files(outcome, folder)
    if outcome["state"] == "failed":
        outcome["error"]["log_tail"] = _tail(folder / LOG)
    return outcome


def _see_room_in(folder: Path) -> None:
    with TemporaryFile(dir=folder) as probe:
        probe.write(bytes(_SOME))


def _is_replaced(path: Path) -> bool:
    """Return whether something else than a file is there, which is put out of the way."""
    if not os.path.lexists(path) or (path.is_file() and not path.is_symlink()):
        return False
    path.rename(path.with_name(f"{path.name}.replaced"))
    path.touch()
    return True


def _written_by_the_job(path: Path, entry: Entry) -> Outcome | None:
    """Return the outcome that the process of a job wrote; None if it wrote none, or the analysis spoilt it."""
    try:
        outcome = read_outcome(path)
    except (OSError, ValueError):
        return None
    known = isinstance(outcome, dict) and outcome.get("key") == entry["key"]
    return outcome if known and outcome.get("state") in ("done", "empty", "failed") else None


def _with_files(outcome: Outcome, folder: Path) -> Outcome:
    """List the files of a job that is done, also those that were written at the very end of its process."""
    try:
        check_results(folder / "results", outcome["job"])
    except BadOutcome as error:
        return failed(outcome, analysis_error(error))
    outcome["written"] = written_lines(folder)
    return outcome


def _tail(path: Path) -> str:
    if not path.exists():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - LOG_TAIL))
        return kept(file.read().decode(errors="replace"), LOG_TAIL)
