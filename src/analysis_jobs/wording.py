"""Values, sizes, names and errors as messages say them.

Imports within functions are for a quick start.
"""

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

MOST_PROBLEMS = 5
# The most characters that are kept of a text from outside; docs/files.md tells users.
LONGEST_MESSAGE = 2_000
LONGEST_TRACEBACK = 20_000
LONGEST_NAME = 200
_FORMULA = re.compile(r"'*\s*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_COLOUR = re.compile(r"(\x1b\[[0-9;]*m)")
# All but line breaks and tabs; also what separates lines and turns the direction of writing without being seen
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def nearest(name: str, names: Iterable[str]) -> str:
    """Return `"; did you mean X?"` for the known name most like `name`, or which names there are."""
    import difflib

    known = sorted(names)
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; known are: {', '.join(known)}" if known else "; none is known here"


def similar_path(path: str, fits: Callable[[str], bool]) -> str | None:
    """Return what lies beside a path that is not there, has almost its name, and fits; None if nothing does."""
    import difflib

    folder = os.path.dirname(path)
    try:
        names = sorted(os.listdir(folder or "."))
    except OSError:
        return None
    # Without their endings, in which all are alike
    fitting = {os.path.splitext(name)[0]: name for name in names if fits(os.path.join(folder, name))}
    close = difflib.get_close_matches(os.path.splitext(os.path.basename(path))[0], fitting, n=1, cutoff=0.7)
    return os.path.join(folder, fitting[close[0]]) if close else None


def shown(value: object, limit: int = 80) -> str:
    """Return `value` as a message shows it: its repr, cut to `limit` characters."""
    try:
        text = repr(value)
    except Exception:  # of a class of the user's, or nested too deeply
        text = f"<{type(value).__name__}>"
    return text if len(text) <= limit else text[: limit - 3] + "..."


def message_of(error: BaseException) -> str:
    """Return the message of an error, whose class may be one of the user's."""
    try:
        return str(error)
    except Exception:
        return "(its message cannot be read)"


def cut(text: str, limit: int) -> str:
    """Return a text with at most `limit` characters; what was left out shows as an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def shortened(text: str, limit: int, telling: slice | None = None) -> str:
    """Return a text with at most `limit` characters, which no other text becomes.

    Of one that is longer these are its two ends, or what is around the `telling` part of it, and a short digest.
    """
    if len(text) <= limit:
        return text
    digest = f"#{sha256(text.encode(errors='backslashreplace')).hexdigest()[:6]}"
    room = limit - len(digest) - 1
    if telling is None or telling.stop - telling.start > room - 1:
        return f"{text[: room // 3]}…{text[len(text) - room + room // 3 :]}{digest}"
    first = min(max(0, telling.start - (room - 1 - telling.stop + telling.start) // 2), len(text) - room + 1)
    last = first + room - 1
    return f"{'…' if first else ''}{text[first:last]}{'…' if last < len(text) else ''}{digest}"


def kept(text: str, limit: int = LONGEST_MESSAGE) -> str:
    """Return a text from outside as tables, stores and reports keep it, which a log may have whole.

    What no database keeps in a text is written as Python writes it. Of a text that is longer than `limit` characters
    the middle is left out.
    """
    text = text.replace("\x00", "\\x00").encode(errors="backslashreplace").decode()
    if len(text) <= limit:
        return text
    between = f" … ({len(text):,} characters, whole in the job's log) … "
    room = max(0, limit - len(between))
    end = room // 3
    return f"{text[: room - end]}{between}{text[len(text) - end :]}"[:limit]


def visible(text: str) -> str:
    """Return a text with its lines and tabs, and other control characters escaped, which could move a cursor.

    A carriage return, by which progress bars overwrite themselves, ends a line.
    """
    if _CONTROL.search(text) is None:
        return text
    return _CONTROL.sub(_escaped, text.replace("\r\n", "\n").replace("\r", "\n"))


def visible_in_colours(text: str) -> str:
    """Return a text as `visible` does, with the colours of a terminal as they are."""
    return "".join(part if index % 2 else visible(part) for index, part in enumerate(_COLOUR.split(text)))


def cell(value: object) -> str:
    """Return a value as a cell of a table holds it: what a spreadsheet would run has a ' before it, and is a text.

    Numbers, such as -1.5, are no formulas. Whoever reads a cell that begins so takes one ' away.
    """
    text = str(value)
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def _escaped(character: "re.Match[str]") -> str:
    return character[0].encode("unicode_escape").decode()


def is_url(place: str) -> bool:
    """Return whether a place has a scheme, such as ``s3://``, and so is no path."""
    return "://" in place


def is_inside(name: str) -> bool:
    """Return whether a relative name stays within the folder that it is relative to."""
    path = PurePosixPath(name)
    return bool(name) and not path.is_absolute() and ".." not in path.parts and "\0" not in name


def listed(names: Sequence[str], most: int = 5) -> str:
    """Return the first of some names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def plural(number: int, word: str) -> str:
    """Return a number with its word: ``1 job``, ``2,000 jobs``, ``2 launches``."""
    ending = "" if number == 1 else "es" if word.endswith("ch") else "s"
    return f"{number:,} {word}{ending}"


def size_text(size: int) -> str:
    """Return a number of bytes as a person reads it, in decimal units (kB, MB, GB)."""
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= scale:
            return f"{size / scale:.1f} {unit}"
    return plural(size, "byte")


def seconds_text(seconds: float) -> str:
    """Return a duration as a person reads it: ``0.25 s``, ``1 min 05 s``, ``10 min``, ``2 h``, ``2 h 01 min``."""
    if seconds < 60:
        return f"{seconds:.3g} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    large, small = (f"{hours} h", f"{minutes:02} min") if hours else (f"{minutes} min", f"{rest:02} s")
    return large if small.startswith("00") else f"{large} {small}"


def memory_text(size: float) -> str:
    """Return a number of bytes as parameters have it, where a GB is 1,024 MB: ``1.5 GB``, ``700 MB``."""
    if size >= 2**30:
        return f"{size / 2**30:.1f}".removesuffix(".0") + " GB"
    return f"{size / 2**20:.0f} MB"


def to_the_second(text: str) -> str:
    """Return a time without parts of a second, in ISO 8601 as it is written; what is no time as it is."""
    try:
        return datetime.fromisoformat(text).isoformat(timespec="seconds")
    except ValueError:
        return text


def relative_name(path: Path, folder: Path) -> str:
    """Return the path of a file within `folder`, with forward slashes."""
    return path.relative_to(folder).as_posix()


def error_text(error: Mapping[str, Any], *, with_cause: bool = False) -> str:
    """Return the error of a job, as its outcome and its state have it, in words: type and message.

    Parameters
    ----------
    error
        `cause`, `message` and, if it is known, `type`.
    with_cause
        Say first whether the analysis or the infrastructure is the cause.
    """
    words = (error["cause"] if with_cause else "", error.get("type"), error["message"])
    return ": ".join(word for word in words if word)


def refusal_text(error: "ValidationError") -> str:
    """Return what a pydantic model refused, as one line: each field, what was seen, what is wanted."""
    problems = [problem_text(problem) for problem in error.errors(include_url=False)[:MOST_PROBLEMS]]
    if (more := error.error_count() - MOST_PROBLEMS) > 0:
        problems.append(f"and {more} more")
    return "; ".join(problems)


def problem_text(problem: "ErrorDetails") -> str:
    """Return one of the things that a pydantic model refused: the field, what was seen, what is wanted."""
    field = ".".join(str(part) for part in problem["loc"]) or "the whole"
    if problem["type"] == "missing":
        return f"{field} is missing; add it"
    return f"{field} is {shown(problem['input'])}: {problem['msg']}"
