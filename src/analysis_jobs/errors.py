"""The errors that a user can do something about, each with its exit code."""

import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

EXIT_INVALID = 2
EXIT_UNAVAILABLE = 75


class InvalidInput(Exception):
    """Something the user gave is wrong; the message says what happened, the value seen, and what to do."""


class ServiceUnavailable(Exception):
    """The store or the bucket did not answer in time; trying again later may help."""


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


def _end(said: str, code: int) -> None:
    from analysis_jobs.redaction import redacted

    print(redacted(said), file=sys.stderr)
    sys.exit(code)


def _print_traceback(*error: Any) -> None:
    import traceback

    from analysis_jobs.redaction import redacted

    print(redacted("".join(traceback.format_exception(*error))), end="", file=sys.stderr)


def nearest(name: str, names: Iterable[str]) -> str:
    """Return `"; did you mean X?"` for the known name most like `name`, or which names there are."""
    import difflib

    known = sorted(names)
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; known are: {', '.join(known)}" if known else "; none is known here"


def shown(value: object, limit: int = 80) -> str:
    """Return `value` as a message shows it: its repr, cut to `limit` characters."""
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 3] + "..."


def size_text(size: int) -> str:
    """Return a number of bytes as a person reads it, in decimal units (kB, MB, GB)."""
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= scale:
            return f"{size / scale:.1f} {unit}"
    return f"{size} bytes"


def relative_name(path: Path, folder: Path) -> str:
    """Return the path of a file within `folder`, with forward slashes."""
    return path.relative_to(folder).as_posix()
