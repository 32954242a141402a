"""The end of a job's process: what Python does at its end, within a bounded time.

Imports within functions are for a quick start.
"""

import faulthandler
import signal
import sys
import threading
import time
from types import FrameType

# For threads and processes that a job leaves running, and for Python's own end after that
GRACE, END = 30.0, 60.0


class _Overdue(BaseException):
    """Raised in the main thread when it has waited long enough."""


def wait_for_others() -> None:
    """Wait, for a bounded time, for the threads and processes that Python waits for at its end; end those that stay.

    After that the interpreter ends as it always does: exit handlers run, modules are taken apart, and files that are
    still open are written to their end. Where even that takes too long, the process ends with status 1, and its log
    says where it was.
    """
    end = time.monotonic() + GRACE
    _join_threads()
    _join_processes(end)
    faulthandler.dump_traceback_later(END, exit=True)


def _join_threads() -> None:
    """Join threads as the interpreter does, which also lets those of executors end."""
    signal.signal(signal.SIGALRM, _raise_overdue)
    signal.setitimer(signal.ITIMER_REAL, GRACE)
    try:
        threading._shutdown()  # type: ignore[attr-defined]
    except _Overdue:
        here = threading.current_thread()
        left = (thread.name for thread in threading.enumerate() if thread is not here and not thread.daemon)
        print(f"threads that the analysis left running are ended: {', '.join(left)}; join them", file=sys.stderr)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        threading._shutdown = lambda: None  # type: ignore[attr-defined]  # which would wait once more, and for ever


def _raise_overdue(number: int, _: FrameType | None) -> None:
    raise _Overdue


def _join_processes(end: float) -> None:
    if "multiprocessing.process" not in sys.modules:
        return
    from multiprocessing import active_children  # only where the analysis has it

    mine = [process for process in active_children() if not process.daemon]
    for process in mine:
        process.join(max(0.0, end - time.monotonic()))
    for process in mine:
        if process.is_alive():
            print(f"a process that the analysis left running is ended: {process.name}; join it", file=sys.stderr)
            process.kill()
