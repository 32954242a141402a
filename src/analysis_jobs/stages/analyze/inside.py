"""What happens within the process of a job: its own log, its own random numbers, the analysis, and the end."""

import faulthandler
import logging
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from analysis_jobs.analysis.loading import Analysis
from analysis_jobs.bucket.names import LOG
from analysis_jobs.documents import Entry
from analysis_jobs.jobs.outcome import failed, write_outcome
from analysis_jobs.stages.analyze.ending import fail_where_nothing_can_be_written, wait_for_others
from analysis_jobs.stages.analyze.job import analysis_error, outcome_of
from analysis_jobs.stages.analyze.limits import limited_memory
from analysis_jobs.stages.analyze.randomness import generators_at_import, numbers_of_its_own
from analysis_jobs.stages.attempts import OUTCOME

# Credentials of services that an analysis has no business with
WITHHELD = ("CODEOCEAN_API_TOKEN", "GIT_ACCESS_TOKEN")


def run_inside(
    analysis: Analysis, entry: Entry, folder: Path, seconds: float | None, *, shared: bool, memory: int | None = None
) -> Callable[[], None]:
    """Return what the process of a job does: run it in a folder, and write ``outcome.json`` and the log there.

    Parameters
    ----------
    analysis
        The loaded analysis.
    entry
        The job.
    folder
        An absolute path, with an empty folder `results` in it.
    seconds
        After which the log is told where the analysis is, as its time is over; None for never.
    shared
        Whether other jobs begin with the same state of what was imported.
    memory
        Bytes that the analysis may have; see `analysis_jobs.stages.analyze.limits.limited_memory`.
    """
    draw_its_own = numbers_of_its_own(analysis)

    def run_limited(*given: Any) -> Any:
        with limited_memory(memory):  # not beyond, as there must be enough to say what became of the job
            return analysis.run(*given)

    def run() -> None:
        for name in WITHHELD:
            os.environ.pop(name, None)
        _log_to(folder / LOG)
        _be_no_script()
        fail_where_nothing_can_be_written()
        os.chdir(folder / "results")  # also for what is written at the very end
        if seconds:
            faulthandler.dump_traceback_later(seconds)
        draw_its_own()
        for name in generators_at_import(analysis) if shared else ():
            print(f"warning: {name} was made at the import, and gives every job of this task the same numbers; make it "
                  "in run_analysis", file=sys.stderr)  # fmt: skip
        try:
            outcome = outcome_of(replace(analysis, run=run_limited), entry, folder / "results")
        except KeyboardInterrupt as error:  # not from a keyboard: the process has none
            outcome = failed(entry, analysis_error(error))
        write_outcome(folder / OUTCOME, outcome)
        wait_for_others()
        # The frames of the task end with this process too, and are to say nothing of it in the log of a job.
        logging.getLogger("analysis_jobs").handlers.clear()

    return run


def _log_to(path: Path) -> None:
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    os.dup2(log, 1)  # the descriptors themselves, so that programs which the analysis starts log there too
    os.dup2(log, 2)
    os.close(log)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True, errors="backslashreplace")  # type: ignore[union-attr]


def _be_no_script() -> None:
    """Let processes that `multiprocessing` spawns not run our script again, which it takes for the user's."""
    main = sys.modules["__main__"]
    main.__spec__ = None
    vars(main).pop("__file__", None)
