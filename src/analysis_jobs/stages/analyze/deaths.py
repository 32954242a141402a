"""What is said of a job whose process ended before, or otherwise than, its analysis: the cause, and what to do."""

import signal

from analysis_jobs.documents import Cause, JobError
from analysis_jobs.jobs.outcome import TIME_LIMIT
from analysis_jobs.stages.analyze.job_process import Ending

# Signals by which a process is ended from outside; by others (SIGSEGV, SIGABRT) it ends itself.
FROM_OUTSIDE = {signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT}
_REMEDIES: dict[int, str] = {
    signal.SIGXCPU: "its limit of CPU time was reached: raise it (ulimit -t)",
    signal.SIGXFSZ: "a file grew larger than allowed: raise the limit (ulimit -f)",
    signal.SIGALRM: "an alarm that nobody handled went off: cancel it, or handle it",
    signal.SIGPIPE: "it wrote to a pipe that nobody reads: see its log",
}


def death(ending: Ending, seconds: float | None = None) -> JobError:
    """Return the error of a job whose process ended before its analysis.

    Parameters
    ----------
    ending
        How it ended.
    seconds
        The time that it had.
    """
    if ending.overtime:
        message = (
            f"the analysis ran longer than --analysis_time ({seconds:g} s) and was ended; the end of its log shows "
            "where it was: give it more time, or make it faster"
        )
        return _error(TIME_LIMIT, message)
    if ending.code >= 0:
        message = f"the analysis ended its process with exit code {ending.code}; raise an exception instead"
        return _error("ProcessExit", message)
    return _signal(-ending.code, ending.out_of_memory)


def unclean_end(ending: Ending) -> JobError:
    """Return the error of a job whose analysis returned, and whose process then did not end well.

    What Python writes at its end, such as files still open, may be missing.
    """
    how = f"exit code {ending.code}" if ending.code >= 0 else f"signal {_name(-ending.code)}"
    message = (
        f"the analysis returned, and then its process did not end well ({how}), so that files may be incomplete; its "
        "log says more: close files and pools, and join threads, before run_analysis returns"
    )
    return _error("UncleanEnd", message)


def _signal(number: int, out_of_memory: bool) -> JobError:
    name = _name(number)
    if out_of_memory:
        message = (
            "the system ended the analysis because it needed more memory than it may have; raise --analysis_memory"
        )
        return _error("OutOfMemory", message)
    if number in FROM_OUTSIDE:
        message = f"the process of the analysis was killed by {name}: out of memory, or ended by somebody or by itself"
        return _error(name, message, "infrastructure" if number == signal.SIGKILL else "analysis")
    remedy = _REMEDIES.get(number, "in native code, or by itself: see its log")
    return _error(name, f"the process of the analysis was killed by {name}; {remedy}")


def _name(number: int) -> str:
    """Return the name of a signal; some, as those for real time, have none."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _error(kind: str, message: str, cause: Cause = "analysis") -> JobError:
    return {"stage": "analyze", "cause": cause, "type": kind, "message": message}
