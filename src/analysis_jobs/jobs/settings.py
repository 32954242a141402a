"""What Nextflow makes of ``--set``: of its command line, which has words, and of files, whose values have types.

Nextflow takes words for numbers where it can (``--set.tag 0.10`` is the number 0.1), so what its command line says is
taken from there.
"""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from analysis_jobs.documents import Values
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.parameter_sources import parse_assignments
from analysis_jobs.jobs.words import NoWord, Word, typed

# Names that YAML takes for a boolean, null or a date, and Nextflow for a text again
_NO_TEXT = re.compile(r"true|false|null|\w{3} \w{3} \d\d \d\d:\d\d:\d\d \w+ \d+")
# and for a number: with a --set on the command line as well, Nextflow loses their values.
_NUMBER = re.compile(r"NaN|-?Infinity|-?\d+(\.\d+)?([eE]-?\d+)?")
_IN_QUOTES = "put it in quotes in -params-file, or write it into the file of --parameters"


def read_settings(described: str, command_line: str) -> Values:
    """Return the values of ``--set``: words of the command line, other values as they are in JSON.

    Parameters
    ----------
    described
        ``params.set`` of Nextflow as JSON: objects are ``{"map": [[name, value], ...]}``, lists ``{"list": [...]}``,
        numbers ``{"number": text}`` and dates ``{"date": text}``, so that nothing is lost on the way.
    command_line
        Nextflow's, as it quotes it.

    Raises
    ------
    InvalidInput
        If a value is not as it was written, and nobody can know how: names it.
    """
    values: Values = _value(json.loads(described), (), written_words(command_line))
    return values


def written_words(command_line: str) -> dict[str, str]:
    """Return the value of each ``--NAME`` of Nextflow's command line, as it was written; `NoWord` where it has none."""
    try:
        words = shlex.split(command_line)
    except ValueError:  # it is not as Nextflow quotes it
        words = command_line.split()
    values = {}
    for word, following in zip(words, [*words, "--"][1:], strict=True):
        if word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            values[name] = value if equals else following if _is_value(following) else NoWord("true")
    return values


def _is_value(word: str) -> bool:
    # As Nextflow sees it
    return len(word) < 2 or not word.startswith("-") or " " in word or bool(re.fullmatch(r"-[\d.].*", word))


def _value(value: Any, path: tuple[str, ...], words: Mapping[str, str]) -> Any:
    name = "set." + ".".join(part.replace(".", "\\.") for part in path)
    if isinstance(value, dict) and "map" in value:
        items = [(_name(inner, item, path), item) for inner, item in value["map"]]
        return {inner: _value(item, (*path, inner), words) for inner, item in items}
    if name in words:
        written = words[name]
        return written if isinstance(written, NoWord) else Word(value if isinstance(value, str) else written)
    if isinstance(value, dict) and "list" in value:
        return [_value(item, (*path, str(number)), {}) for number, item in enumerate(value["list"])]
    if isinstance(value, dict):
        ((kind, text),) = value.items()
        return _number(text, name) if kind == "number" else _date(text, name)
    return value


def _name(described: Any, item: Any, path: tuple[str, ...]) -> str:
    text = described if isinstance(described, str) else _said(described)
    is_lost = _NO_TEXT.fullmatch(text) or (item is None and _NUMBER.fullmatch(text))
    if is_lost or not isinstance(described, str):
        raise InvalidInput(
            f"--{'.'.join(('set', *path))} has the name {text!r}, which YAML does not read as a text "
            f"(on, yes and no are booleans); {_IN_QUOTES}"
        )
    return text


def _said(described: Any) -> str:
    return str(next(iter(described.values()))) if isinstance(described, dict) else json.dumps(described)


def _number(text: str, name: str) -> Any:
    if text.strip("-") in ("NaN", "Infinity"):
        raise InvalidInput(f"--{name} is {text}, which is not a number that JSON can hold; {_IN_QUOTES}")
    return json.loads(text)


def _date(text: str, name: str) -> str:
    day, _, time = text.partition("T")
    if time != "00:00:00Z":
        raise InvalidInput(f"--{name} is a time ({text}) to YAML, not a text; {_IN_QUOTES}")
    return day


def as_assignments(values: Values, specification: type[BaseModel]) -> list[str]:
    """Return ``name=value`` for each value of ``--set``, such that a command line gives the same again."""
    return [_assignment(path, value, specification) for path, value in _parts(values)]


def _parts(values: Values, path: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, dict) and _has_words(value):
            yield from _parts(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", value


def _has_words(value: Any) -> bool:
    return isinstance(value, Word) or (isinstance(value, dict) and any(map(_has_words, value.values())))


def _assignment(path: str, value: Any, specification: type[BaseModel]) -> str:
    plain = f"{path}={value if isinstance(value, str) else json.dumps(value)}"
    if isinstance(value, Word) or not isinstance(value, str):
        return plain
    quoted = f"{path}={json.dumps(value, ensure_ascii=False)}"
    return quoted if _typed_at(path, plain, specification) != value == _typed_at(path, quoted, specification) else plain


def _typed_at(path: str, assignment: str, specification: type[BaseModel]) -> Any:
    value: Any = typed(parse_assignments([assignment]), specification)
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value
