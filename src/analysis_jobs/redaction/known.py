"""The secrets that this process knows: of its environment, and those that it has read."""

import html
import json
import os
from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from urllib.parse import quote, quote_plus

from analysis_jobs.redaction.addresses import secrets_of
from analysis_jobs.redaction.names import SHORTEST, is_secret_variable, is_withheld

# Between the lines of a secret, as they are shown: the last are those of groups of exceptions
_SEPARATORS = ("\n", "\r\n", " ", "", "\n  ", "\n    ", "\\\n", "\n  | ", "\n    | ", "\n      | ")
_learned: dict[str, str] = {}
_seen: dict[str, Any] = {}  # environment and learned secrets when they were looked at last, and what they gave


def learn(values: Iterable[str], origin: str) -> None:
    """Let values count as secrets from now on, in this process and those that it forks.

    Parameters
    ----------
    values
        Those that are too short would hide ordinary words, and are left out.
    origin
        Where they are from, as a message says it.
    """
    for value in values:
        if len(value) >= SHORTEST:
            _learned.setdefault(value, origin)


def withhold() -> None:
    """Take from the environment what no analysis gets: see `analysis_jobs.redaction.names.is_withheld`."""
    for name in [name for name in os.environ if is_withheld(name)]:
        learn([os.environ.pop(name)], f"the environment variable {name}")


def known_secrets() -> dict[str, str]:
    """Return the secrets that this process knows, the longest first, each with where it is from."""
    # Asked for each text: to decode the whole environment would take a hundred times as long as to compare it.
    seen = (os.environ._data, _learned)  # type: ignore[attr-defined]
    if seen != _seen.get("then"):
        _seen.update(then=tuple(map(dict, seen)), secrets=_secrets_now())
    secrets: dict[str, str] = _seen["secrets"]
    return secrets


def _secrets_now() -> dict[str, str]:
    found = dict(_learned)
    for name, value in os.environ.items():
        origin = f"the environment variable {name}"
        if "://" in value:
            found.update(dict.fromkeys((part for word in value.split() for part in secrets_of(word)), origin))
        if is_secret_variable(name) and not _is_place(value):
            found[value.strip()] = origin
            if "://" in value:  # several addresses: each is one
                found.update(dict.fromkeys((word.strip(",") for word in value.split()), origin))
    long_enough = (value for value in found if len(value) >= SHORTEST)
    return {value: found[value] for value in sorted(long_enough, key=len, reverse=True)}


def _is_place(value: str) -> bool:
    """Return whether a value is a path that is there, which tells where a secret is."""
    return value.startswith("/") and "\0" not in value and os.path.lexists(value)


def forms_of(secrets: Iterable[str]) -> tuple[str, ...]:
    """Return the ways in which secrets are written down, the longest first; of several lines each line is one."""
    return _forms_of(tuple(secrets))


@lru_cache(4)
def _forms_of(secrets: tuple[str, ...]) -> tuple[str, ...]:
    forms: set[str] = set()
    for secret in secrets:
        lines = [line.strip() for line in secret.splitlines()]
        if len(lines) > 1:
            forms.update(separator.join(lines) for separator in _SEPARATORS)
        for part in (secret, *(line for line in lines if len(line) >= SHORTEST)):
            forms.update(_written(part))
    return tuple(sorted(filter(None, forms), key=len, reverse=True))


def _written(text: str) -> Iterable[str]:
    """Yield a text as languages and addresses write it down."""
    yield text
    quoted = [json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1], repr(text)[1:-1]]
    yield from quoted
    yield from (json.dumps(once)[1:-1] for once in quoted)  # JSON within JSON
    yield quoted[0].replace("/", "\\/")
    yield text.encode("unicode_escape").decode()
    yield repr(text.encode(errors="surrogateescape"))[2:-1]
    yield from (html.escape(text), html.escape(text).replace("&#x27;", "&#39;").replace("&quot;", "&#34;"))
    yield text.replace("'", "'\\''")
    yield text.replace("'", "'\"'\"'")  # both as a shell has them
    for encoded in {quote(text, safe=safe, errors="replace") for safe in ("", "/", "/=", "/+=:@", "+=")} | {
        quote_plus(text)
    }:
        yield from (encoded, _lower(encoded), encoded.replace("%", "%25"))


def _lower(encoded: str) -> str:
    first, *others = encoded.split("%")
    return "%".join([first, *(part[:2].lower() + part[2:] for part in others)])
