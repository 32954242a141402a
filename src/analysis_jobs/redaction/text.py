"""The one redaction: of texts, of documents as JSON has them, of command lines; and what holds a secret, in words."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar, cast

from analysis_jobs.redaction.addresses import HIDDEN, hidden_in_addresses
from analysis_jobs.redaction.broken_addresses import hidden_in_broken_addresses
from analysis_jobs.redaction.finding import merged_spans, spans, without
from analysis_jobs.redaction.known import forms_of, known_secrets
from analysis_jobs.redaction.names import SHORTEST, is_secret_field

_Document = TypeVar("_Document")
_CUT = re.compile(r"\.\.\.|…")
_LONG = 4_096  # characters, of a text in which to look for each form is the quicker
_NUMBER = re.compile(r"\d{1,300}(\.\d{1,300})?", re.ASCII)
_FRAGMENT = 6  # characters: fewer of a secret beside an ellipsis tell little
# An option, or a name with its value as the value of one: `--set.note password=...`
_OPTION = re.compile(r"""(?<![^\s=])(['"]?)(?:--?(?P<option>[\w.-]+)(?:=|\s+)|(?P<name>[\w.-]+)=)""")
_VALUE = re.compile(r"""'[^']*'|"[^"]*"|\S+""")
_IN_QUOTES = {"'": re.compile("[^']*"), '"': re.compile('[^"]*')}


def redacted(text: str) -> str:
    """Return a text without the secrets that this process knows, and without logins and signatures in addresses."""
    return redacted_of(text, forms_of(known_secrets()))


def redacted_of(text: str, forms: Sequence[str]) -> str:
    """Return a text without some secrets, in the forms that they are written in; see `redacted`."""
    return redacted_rest(without(text, merged_spans(spans(text, forms)), HIDDEN), forms)


def redacted_rest(text: str, forms: Sequence[str]) -> str:
    """Return a text that has lost its whole secrets without what else `redacted_of` hides."""
    if len(text) > _LONG or _beginnings(tuple(forms)).search(text):
        text = _without_fragments(text, forms)
    return _without_addresses(text) if "/" in text or "=" in text or "%3" in text else text


def _without_addresses(text: str) -> str:
    """Return a text without logins and signatures in addresses, also in those that are broken over lines."""
    return hidden_in_addresses(hidden_in_broken_addresses(text))


@lru_cache(2)
def _beginnings(forms: tuple[str, ...]) -> "re.Pattern[str]":
    """Return what finds the beginning or the end of a form in a text, of which most have none."""
    parts = {part for form in forms for part in (form[:_FRAGMENT], form[-_FRAGMENT:])}
    return re.compile("|".join(map(re.escape, sorted(parts))) or "(?!)")


def _without_fragments(text: str, forms: Sequence[str]) -> str:
    """Return a text without the beginnings and ends of secrets that somebody has cut, and put an ellipsis there."""
    if "..." not in text and "…" not in text:
        return text
    parts = _parts_of(tuple(forms))
    pieces: list[str] = []
    rest = 0
    for cut in _CUT.finditer(text):
        before, after = text[max(0, cut.start() - _FRAGMENT) : cut.start()], text[cut.end() : cut.end() + _FRAGMENT]
        if before not in parts and after not in parts:
            continue
        pieces += [text[rest : cut.start()], cut[0]]
        rest = cut.end()
    if not pieces:
        return text
    pieces.append(text[rest:])
    for form in forms:
        for index in range(0, len(pieces), 2):
            piece = pieces[index]
            if index + 1 < len(pieces) and (begin := _beginning_at_end(piece, form)):
                piece = f"{piece[:-begin]}{HIDDEN}"
            if index and (end := _end_at_beginning(piece, form)):
                piece = f"{HIDDEN}{piece[end:]}"
            pieces[index] = piece
    return "".join(pieces)


@lru_cache(2)
def _parts_of(forms: tuple[str, ...]) -> frozenset[str]:
    """Return all parts of secrets that are as long as the shortest that is looked for beside an ellipsis."""
    starts = ((form, start) for form in forms for start in range(len(form) - _FRAGMENT + 1))
    return frozenset(form[start : start + _FRAGMENT] for form, start in starts)


def _beginning_at_end(text: str, secret: str) -> int:
    """Return how many characters of the end of a text are the beginning of a secret."""
    start = text.find(secret[:_FRAGMENT], max(0, len(text) - len(secret)))
    while start >= 0 and not secret.startswith(text[start:]):
        start = text.find(secret[:_FRAGMENT], start + 1)
    return len(text) - start if start >= 0 else 0


def _end_at_beginning(text: str, secret: str) -> int:
    """Return how many characters of the beginning of a text are the end of a secret."""
    start = text.rfind(secret[-_FRAGMENT:], 0, len(secret))
    while start >= 0 and not secret.endswith(text[: start + _FRAGMENT]):
        start = text.rfind(secret[-_FRAGMENT:], 0, start + _FRAGMENT - 1)
    return start + _FRAGMENT if start >= 0 else 0


def redacted_values(document: _Document) -> _Document:
    """Return a document, of JSON's kinds, with every text in it redacted, names as well."""
    return cast(_Document, _walked(document, forms_of(known_secrets())))


def _walked(value: Any, forms: tuple[str, ...]) -> Any:
    if isinstance(value, str):
        return redacted_of(value, forms)
    if isinstance(value, Mapping):
        return {
            _walked(name, forms): _without_texts(item) if _tells(name, item) else _walked(item, forms)
            for name, item in value.items()
        }
    return [_walked(item, forms) for item in value] if isinstance(value, list | tuple) else value


def _without_texts(value: Any) -> Any:
    if isinstance(value, str):
        return HIDDEN
    if isinstance(value, Mapping):
        return {name: _without_texts(item) for name, item in value.items()}
    return [_without_texts(item) for item in value] if isinstance(value, list | tuple) else value


def redacted_command(line: str) -> str:
    """Return a command line without secrets: as `redacted`, and without values whose option or name tells."""
    text, pieces, end = redacted(line), [], 0
    for option in _OPTION.finditer(text):
        name = option["option"] or option["name"]
        if option.start() >= end and is_secret_field(name.rpartition(".")[2]):
            value = (_IN_QUOTES[option[1]] if option[1] else _VALUE).match(text, option.end())
            pieces += [text[end : option.end()], HIDDEN]
            end = value.end() if value else option.end()
    return "".join([*pieces, text[end:]])


def secret_in(value: Any, path: str = "") -> tuple[str, str] | None:
    """Return where in a JSON value the first secret is, and what it is, in words; None where there is none.

    A secret is one that this process knows, also as a number, a login or a signature in an address, and a text whose
    name tells.
    """
    return _secret_in(value, path, _origins(tuple(known_secrets().items())))


class _Origins(NamedTuple):
    """Where the secrets are from: by each form of each of them, and by the number of those that are one."""

    of_forms: dict[str, str]
    forms: tuple[str, ...]
    of_numbers: dict[float, str]


@lru_cache(1)
def _origins(secrets: tuple[tuple[str, str], ...]) -> _Origins:
    of_forms = {form: origin for secret, origin in secrets for form in forms_of((secret,))}
    of_numbers = {number: origin for secret, origin in secrets for number in _numbers_of(secret)}
    return _Origins(of_forms, tuple(of_forms), of_numbers)


def _numbers_of(secret: str) -> set[float]:
    """Return a secret that is a number as such: as a float, and as an integer, which may have more digits."""
    if not _NUMBER.fullmatch(secret):
        return set()
    return {float(secret)} | ({int(secret)} if secret.isdigit() else set())


def _secret_in(value: Any, path: str, secrets: _Origins) -> tuple[str, str] | None:
    if isinstance(value, str):
        what = _what(value, secrets)
        return (path, what) if what else None
    if isinstance(value, int | float):
        origin = secrets.of_numbers.get(abs(value)) if secrets.of_numbers else None
        return (path, f"the value of {origin}") if origin else None
    if isinstance(value, Mapping):
        for name, item in value.items():
            if what := _what(str(name), secrets):
                return path or "a name", what
            inside = f"{path}.{name}" if path else str(name)
            if _tells(name, item):
                return inside, "a secret by its name"
            if found := _secret_in(item, inside, secrets):
                return found
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            if found := _secret_in(item, f"{path}.{number}" if path else str(number), secrets):
                return found
    return None


def _what(text: str, secrets: _Origins) -> str:
    if found := max(spans(text, secrets.forms), key=lambda span: span.is_whole, default=None):
        return f"the value of {secrets.of_forms[found.form]}"
    if _without_addresses(text) != text:
        return "an address with a login or a signature"
    return ""


def _tells(name: object, value: Any) -> bool:
    return is_secret_field(name) and any(len(text) >= SHORTEST for text in _texts(value))


def secret_texts(values: Any) -> list[str]:
    """Return the texts in a JSON value whose names tell that they are secrets."""
    if isinstance(values, Mapping):
        found = (_texts(item) if is_secret_field(name) else secret_texts(item) for name, item in values.items())
        return [text for some in found for text in some]
    return [text for item in values for text in secret_texts(item)] if isinstance(values, list | tuple) else []


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inside = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    return [text for item in inside for text in _texts(item)]
