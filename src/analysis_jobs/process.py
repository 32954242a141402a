"""How a process of ours begins and ends: its log, what it says of an error, its exit code, and its quick end.

Imports within functions are for a quick start: `--help` needs none of them.
"""

import atexit
import os
import sys
import threading
from collections.abc import Callable
from typing import Any, NoReturn

from analysis_jobs.errors import InvalidInput, ServiceUnavailable

EXIT_INVALID = 2
EXIT_UNAVAILABLE = 75


def run_script(main: Callable[[], None]) -> None:
    """Run `main` and end the process with the exit code of what went wrong.

    Exit codes: 2 invalid input (never retried), 75 service unavailable (retried), 1 unexpected (traceback kept).
    """
    # To look for plugins pydantic reads a file of every installed package, in every task.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    sys.excepthook = _print_traceback
    try:
        main()
    except InvalidInput as error:
        _end(f"error: {error}", EXIT_INVALID)
    except ServiceUnavailable as error:
        _end(f"error: {error}", EXIT_UNAVAILABLE)


def start_logging() -> None:
    """Write what our modules log to standard error: from the level that ``ANALYSIS_LOG_LEVEL`` names, else warnings.

    Not what other libraries log: at debug those for S3 write down what they sign requests with, and an analysis
    may log as it likes.
    """
    import logging

    from analysis_jobs.redaction import redacted

    class Redacting(logging.Formatter):
        def format(self, record: logging.LogRecord) -> str:
            return redacted(super().format(record))

    handler = logging.StreamHandler()
    handler.setFormatter(Redacting("%(levelname)s: %(message)s"))
    ours = logging.getLogger("analysis_jobs")
    ours.handlers, ours.propagate = [handler], False
    ours.setLevel((os.environ.get("ANALYSIS_LOG_LEVEL") or "warning").upper())


def _end(said: str, code: int) -> None:
    from analysis_jobs.redaction import redacted

    print(redacted(said), file=sys.stderr)
    sys.exit(code)


def _print_traceback(*error: Any) -> None:
    import traceback

    from analysis_jobs.redaction import redacted

    print(redacted("".join(traceback.format_exception(*error))), end="", file=sys.stderr)


def end_process(run: Callable[[], None]) -> NoReturn:
    """Run something and end this process as the interpreter would, but for taking all modules apart.

    That takes a tenth of a second where the processors are busy, and in a forked process it writes to every
    page of memory that the fork shares. The exit code is what `sys.exit` was given, and 1 after an exception.
    """
    code = 1
    try:
        run()
        threading._shutdown()  # type: ignore[attr-defined]  # waits for threads, as multiprocessing has it
        atexit._run_exitfuncs()
        code = 0
    except SystemExit as ending:
        code = ending.code if isinstance(ending.code, int) else 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
