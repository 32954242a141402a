"""JSON that somebody else wrote, read strictly: names the file, the value seen, and what to do."""

import json
import math
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.packed import PackedFile
from analysis_jobs.redaction.names import is_secret_field
from analysis_jobs.redaction.text import redacted
from analysis_jobs.wording import shown, size_text

# A job file of a dispatcher has some kilobytes; one of many megabytes is data that came here by mistake.
LARGEST_FILE = 10_000_000
# Validating and comparing values takes several frames of Python's stack for each level.
DEEPEST = 100
_NAMES = re.compile(r'"([^"\\]{1,100})"\s*:')


def read_json(path: Path | PackedFile, name: str) -> Any:
    """Read a JSON file that somebody else wrote.

    Parameters
    ----------
    path
        The file, or one of a pack.
    name
        What messages call it.

    Raises
    ------
    InvalidInput
        If it cannot be read or is not strict JSON in UTF-8: names the file, the value, and what to do.
    """
    text = _read_text(path, name)
    if not text.strip():
        raise InvalidInput(f"{name} is empty; write the JSON again, or remove the file")
    try:
        value = json.loads(
            text, parse_constant=_refuse_constant, parse_float=_finite, object_pairs_hook=_object_of_once
        )
        _refuse_odd_text(text, value)
        if text.count("[") + text.count("{") > DEEPEST:
            _refuse_depth(value)
    except json.JSONDecodeError as error:
        near = "" if _may_hold_secrets(text) else f", near {shown(text[max(0, error.pos - 10) : error.pos + 20])}"
        raise InvalidInput(
            f"{name} is not JSON: {error.msg} at line {error.lineno}, column {error.colno}{near}; write the file again"
        ) from None
    except RecursionError:
        raise InvalidInput(f"{name} is nested too deeply to be read; flatten it") from None
    except ValueError as error:
        raise InvalidInput(f"{name} {error}") from None
    return value


def _may_hold_secrets(text: str) -> bool:
    return redacted(text) != text or any(map(is_secret_field, _NAMES.findall(text)))


def _read_text(path: Path | PackedFile, name: str) -> str:
    try:
        problem = path.remark if isinstance(path, PackedFile) else _problem_of(path)
        if problem:
            raise InvalidInput(_problem_text(name, *problem.split(" ", 1)))
        return (path.read() if isinstance(path, PackedFile) else path.read_bytes()).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        seen = error.object[error.start : error.start + 4]
        raise InvalidInput(f"{name} is not UTF-8: {shown(seen)} at byte {error.start}; save it as UTF-8") from None
    except OSError as error:
        raise InvalidInput(_problem_text(name, "unreadable", str(error.strerror))) from None


def _problem_of(path: Path) -> str:
    """Return why nothing is read from a path, as remarks of a pack say it; an empty text if something is."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return f"link {os.readlink(path)}" if path.is_symlink() else "missing"
    if stat.S_ISDIR(status.st_mode):
        return "folder"
    if not stat.S_ISREG(status.st_mode):
        return "special"
    return f"large {status.st_size}" if status.st_size > LARGEST_FILE else ""


def _problem_text(name: str, kind: str, detail: str = "") -> str:
    match kind:
        case "folder":
            return f"{name} is a folder, not a file; rename or remove it"
        case "special":
            return f"{name} is a pipe or a device, not a file; remove it"
        case "large":
            return (
                f"{name} has {size_text(int(detail))}, more than the {size_text(LARGEST_FILE)} that is read; "
                "a job holds locations and parameters, keep data elsewhere"
            )
        case "link":
            return f"{name} is a broken link to {shown(detail)}; fix or remove it"
        case "missing":
            return f"{name} does not exist; check the path"
        case _:
            return f"{name} cannot be read: {detail}; check the file and its permissions"


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"holds {constant}, which JSON cannot hold and which equals nothing; use null or a number")


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"holds {shown(text)}, too large for a number; use null or a smaller one")
    return value


def _object_of_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # JSON's readers take the last of two, in silence.
    values = dict(pairs)
    if len(values) < len(pairs):
        name = next(name for index, (name, _) in enumerate(pairs) if name in dict(pairs[:index]))
        raise ValueError(f"names {shown(name)} twice in one object, and one of them would be lost; keep one")
    return values


def _refuse_depth(value: object, depth: int = 0) -> None:
    if depth > DEEPEST:
        raise RecursionError
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _refuse_depth(item, depth + 1)


def _refuse_odd_text(text: str, value: object) -> None:
    # Looked for in the text first: almost no file has either, and a walk over every value costs more.
    if "\\u0000" in text and any("\x00" in part for part in _texts(value)):
        raise ValueError("has a text with a NUL character (\\u0000), which no database stores; remove it")
    if "\\ud" in text.lower():
        for part in _texts(value):
            if any("\ud800" <= character <= "\udfff" for character in part):
                raise ValueError(f"has half a character in {shown(part)} (a lone surrogate); write it whole")


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield name
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def json_type(value: object) -> str:
    """Return JSON's word for the type of a value."""
    names = {dict: "object", list: "list", str: "text", bool: "boolean", int: "number", float: "number"}
    return names.get(type(value), "null")
