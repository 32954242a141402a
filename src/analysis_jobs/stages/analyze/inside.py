"""What happens within the process of a job: its own log, its own random numbers, the analysis, and the end."""

import faulthandler
import logging
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from analysis_jobs.analysis.loading import Analysis
from analysis_jobs.documents import Entry
from analysis_jobs.jobs.outcome import failed, write_outcome
from analysis_jobs.stages.analyze.ending import fail_where_nothing_can_be_written, wait_for_others
from analysis_jobs.stages.analyze.job import analysis_error, outcome_of
from analysis_jobs.stages.analyze.limits import limited_memory
from analysis_jobs.stages.analyze.randomness import generators_at_import, numbers_of_its_own
from analysis_jobs.stages.attempts import OUTCOME


def with_limited_memory(analysis: Analysis, size: int | None) -> Analysis:
    """Return an analysis that may have so many bytes; see `analysis_jobs.stages.analyze.limits.limited_memory`."""

    def run(*given: Any) -> Any:
        with limited_memory(size):  # not beyond, as there must be enough to say what became of the job
            return analysis.run(*given)

    return replace(analysis, run=run)


def beginning(analysis: Analysis, *, shared: bool) -> Callable[[], None]:
    """Return what the process of each job begins with: random numbers of its own, and a word of those that are not.

    Parameters
    ----------
    analysis
        The loaded analysis.
    shared
        Whether other jobs begin with the same state of what was imported.
    """
    draw_its_own = numbers_of_its_own(analysis)
    made_before = list[str]()
    with suppress(Exception):  # of an object of the analysis that cannot be looked at
        made_before += generators_at_import(analysis.modules()) if shared else ()

    def begin() -> None:
        draw_its_own()
        for name in made_before:
            print(f"warning: {name} was made at import, and gives every job of this task the same numbers; make it "
                  "in run_analysis", file=sys.stderr)  # fmt: skip

    return begin


def run_inside(
    analysis: Analysis,
    entry: Entry,
    folder: Path,
    stream: int,
    seconds: float | None,
    begin: Callable[[], None],
) -> None:
    """Do what the process of a job does: run it in a folder, write ``outcome.json`` there, and its log to a stream.

    Parameters
    ----------
    analysis
        The loaded analysis.
    entry
        The job.
    folder
        An absolute path, with an empty folder `results` in it.
    stream
        The descriptor that all is printed to.
    seconds
        After which the log is told where the analysis is, as its time is over; None for never.
    begin
        What `beginning` returned, once for all jobs of the task.
    """
    _log_to(stream)
    _be_no_script()
    fail_where_nothing_can_be_written()
    os.chdir(folder / "results")  # also for what is written at the very end
    if seconds:
        faulthandler.dump_traceback_later(seconds)
    begin()
    try:
        outcome = outcome_of(analysis, entry, folder / "results")
    except KeyboardInterrupt as error:  # not from a keyboard: the process has none
        outcome = failed(entry, analysis_error(error))
    write_outcome(folder / OUTCOME, outcome)
    wait_for_others()
    # The frames of the task end with this process too, and are to say nothing of it in the log of a job.
    logging.getLogger("analysis_jobs").handlers.clear()


def _log_to(stream: int) -> None:
    os.dup2(stream, 1)  # the descriptors themselves, so that programs which the analysis starts log there too
    os.dup2(stream, 2)
    os.close(stream)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    # Those of Python take it for what it was before, which may have been a file that can be sought in.
    sys.stdout, sys.stderr = (
        os.fdopen(number, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)
        for number in (1, 2)
    )


def _be_no_script() -> None:
    """Let processes that `multiprocessing` spawns not run our script again, which it takes for the user's."""
    main = sys.modules["__main__"]
    main.__spec__ = None
    vars(main).pop("__file__", None)
