"""How a process of ours begins and ends: its log, what it says of an error and its exit code.

Imports within functions are for a quick start: `--help` needs none of them.
"""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NoReturn

from analysis_jobs.errors import InvalidInput, ServiceUnavailable, no_room
from analysis_jobs.pipeline import PIPELINE_NAME, NoPipeline, __version__

EXIT_INVALID = 2
EXIT_UNAVAILABLE = 75
EXIT_AGAIN = 128  # the task is tried again at once, as one that was killed


def run_script(main: Callable[[], None]) -> None:
    """Run `main` and end the process with the exit code of what went wrong.

    Exit codes: 2 invalid input (never retried), 75 service unavailable or no room on a disk (retried), 1 unexpected
    (traceback kept).
    """
    # To look for plugins pydantic reads a file of every installed package, in every task.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    sys.excepthook = _print_traceback
    try:
        main()
    except (InvalidInput, NoPipeline) as error:
        _end(f"error: {error}", EXIT_INVALID)
    except ServiceUnavailable as error:
        _end(f"error: {error}", EXIT_UNAVAILABLE)
    except OSError as error:
        if not (remedy := no_room(error)):
            raise
        # A relative name is one in the folder of the task
        place = os.path.abspath(os.fsdecode(error.filename or "."))
        _end(f"error: {place} cannot be written, as {remedy}", EXIT_UNAVAILABLE)
    # To take numpy and pydantic apart takes 40 ms, in every task; nothing of ours waits for it. A job's own process
    # does not come here: it ends as Python ends.
    from analysis_jobs.redaction.pump import finish_descriptors

    _flush()
    finish_descriptors()
    os._exit(0)


def run_task(main: Callable[[], None]) -> None:
    """Run the script of a task: as `run_script`, with all that it and the analysis print redacted, and visible."""
    from analysis_jobs.redaction.pump import redact_descriptors
    from analysis_jobs.wording import visible

    redact_descriptors(visible)
    run_script(main)


def check_version(pipeline: str | None) -> None:
    """Refuse to work for a pipeline of another version, which calls this package in ways that it may not know.

    Parameters
    ----------
    pipeline
        The version of the pipeline that starts this process; None where nothing is known of it.
    """
    if pipeline and pipeline != __version__:
        raise InvalidInput(
            f"the package {PIPELINE_NAME} that tasks find is version {__version__}, and the pipeline is {pipeline}; "
            "give an image, or an environment, of that version"
        )


def become(program: str, arguments: Sequence[str], environment: Mapping[str, str]) -> NoReturn:
    """Go on as another program, in this process: signals reach it, and its exit status is this one's.

    Parameters
    ----------
    program
        The path of it.
    arguments
        All of them, the name that it is called by first.
    environment
        All variables that it gets.
    """
    import signal

    _flush()
    # Python ignores these, and what a process ignores its successor ignores as well
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    os.execve(program, list(arguments), dict(environment))


def start_logging(*warnings: str | os.PathLike[str]) -> None:
    """Write what our modules log to standard error: from the level that ``ANALYSIS_LOG_LEVEL`` names, else warnings.

    Not what other libraries log: at debug those for S3 write down what they sign requests with, and an analysis
    may log as it likes.

    Parameters
    ----------
    warnings
        Files for warnings alone, a line each, which Nextflow shows to whoever launched; made where there are any.
    """
    import logging

    class Redacting(logging.Formatter):
        def format(self, record: logging.LogRecord) -> str:
            return outward(super().format(record))

    handler = logging.StreamHandler()
    handler.setFormatter(Redacting("%(levelname)s: %(message)s"))
    ours = logging.getLogger("analysis_jobs")
    ours.handlers, ours.propagate = [handler], False
    for path in warnings:
        ours.addHandler(_shown_by_nextflow(path))
    ours.setLevel((os.environ.get("ANALYSIS_LOG_LEVEL") or "warning").upper())


def _shown_by_nextflow(path: str | os.PathLike[str]) -> Any:
    import logging

    class Warnings(logging.FileHandler):
        def filter(self, record: logging.LogRecord) -> bool:
            # An error is told with its job; that a service does not answer is over when this is read.
            return record.levelno == logging.WARNING and record.name != "analysis_jobs.retries"

        def format(self, record: logging.LogRecord) -> str:
            return outward(" ".join(record.getMessage().split()))

    return Warnings(path, delay=True)


def outward(text: str) -> str:
    """Return a text as it may leave a process: without secrets, and with control characters that can be seen."""
    from analysis_jobs.redaction.text import redacted
    from analysis_jobs.wording import visible

    return visible(redacted(text))


def _end(message: str, code: int) -> None:
    _say(f"{message}\n")
    _flush()
    sys.exit(code)


def _flush() -> None:
    """Write what was printed; not to a log on a full disk, as what counts is in files, which are written."""
    for name in ("stdout", "stderr"):
        try:
            getattr(sys, name).flush()
        except OSError:  # Python would try once more at its end, and have a code of its own for that
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115


def _print_traceback(*error: Any) -> None:
    import traceback

    _say("".join(traceback.format_exception(*error)))


def _say(text: str) -> None:
    with suppress(OSError):  # of a log on a full disk
        print(outward(text), end="", file=sys.stderr, flush=True)
