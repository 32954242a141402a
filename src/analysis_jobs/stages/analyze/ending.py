"""The end of a job's process: what Python does at its end, within a bounded time.

Imports within functions are for a quick start.
"""

import atexit
import errno
import faulthandler
import gc
import io
import logging
import os
import signal
import sys
import threading
import time
import traceback
from _io import _BufferedIOBase, _TextIOBase
from types import FrameType
from typing import Any

from analysis_jobs.stages.analyze.kinds import is_a, of_kinds, types_of

log = logging.getLogger(__name__)

# For threads and processes that a job leaves running, and for Python's own end after that
GRACE, END = 30.0, 60.0


# Of a disk, a quota or a limit: Python says nothing of them where it closes what is still open.
_NOT_WRITTEN = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


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


def fail_where_nothing_can_be_written() -> None:
    """See to it that the process ends with status 1 where files that are still open cannot be written to their end.

    Called before the analysis registers exit handlers of its own, as those run before this one.
    """
    atexit.register(_flush_files)
    sys.unraisablehook = _fail_if_not_written


def _flush_files() -> None:
    """Write what files have in their buffers; those of gzip and the like have more to write, and are closed."""
    there = _files()
    texts = [each for each in there if isinstance(each, io.TextIOWrapper)]
    packers = [each for each in there if isinstance(each, io.BufferedIOBase) and type(each).__module__ != "_io"]
    buffers = [each for each in there if isinstance(each, io.BufferedWriter | io.BufferedRandom)]
    ends = [*((each, each.flush) for each in texts), *((each, each.close) for each in packers)]
    for file, end in (*ends, *((each, each.flush) for each in buffers)):
        try:
            if not file.closed:
                end()
        except OSError as error:
            _end_if_not_written(error, getattr(file, "name", file))
        except Exception:  # it was taken apart before, or is of the analysis
            log.debug("%r could not be written to its end", file, exc_info=True)


def _files() -> list[Any]:
    """Return the files that are there, found by their types, of which there are few.

    No type is kept beyond this, as the order in which Python takes modules apart would be another one.
    """
    objects = gc.get_objects()
    # Those that others are derived from, too: who asks an abstract class runs code of what it is asked about
    return of_kinds(objects, (kind for kind in types_of(objects) if is_a(kind, _TextIOBase, _BufferedIOBase)))


def _fail_if_not_written(ignored: Any) -> None:
    if isinstance(ignored.exc_value, _Overdue):
        return
    sys.__unraisablehook__(ignored)
    _end_if_not_written(ignored.exc_value, ignored.object)


def _end_if_not_written(error: object, what: object) -> None:
    if isinstance(error, OSError) and error.errno in _NOT_WRITTEN:
        print(f"{what} could not be written to its end: {error.strerror}", file=sys.stderr, flush=True)
        os._exit(1)


def _join_threads() -> None:
    """Join threads as the interpreter does, which also lets those of executors end."""
    overdue = list[_Overdue]()

    def end_waiting(number: int, _: FrameType | None) -> None:
        overdue.append(_Overdue())
        raise overdue[0]

    signal.signal(signal.SIGALRM, end_waiting)
    signal.setitimer(signal.ITIMER_REAL, GRACE)
    try:
        threading._shutdown()  # type: ignore[attr-defined]
    except _Overdue:  # from Python 3.13 on it ends the waiting, and comes no further
        pass
    except Exception:  # such as of an executor whose pipe is closed: Python tells of it as well, and goes on
        traceback.print_exc()
    signal.setitimer(signal.ITIMER_REAL, 0)
    if overdue:
        here = threading.current_thread()
        left = (thread.name for thread in threading.enumerate() if thread is not here and not thread.daemon)
        print(f"threads that the analysis left running are ended: {', '.join(left)}; join them", file=sys.stderr)
    threading._shutdown = lambda: None  # type: ignore[attr-defined]  # which would wait once more, and for ever


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
