"""Logins and signatures in addresses: hidden where they stand in a text, and taken out of what is recorded."""

import re
from collections.abc import Iterator
from urllib.parse import unquote

HIDDEN = "***"
# Names in a query whose values open what they are in the address of
_TELLING = (
    r"[\w.-]*(?:signature|credential|password|passwd|secret|api[_-]?key|access[_-]?key)[\w.-]*"
    r"|(?:[\w.-]*(?:access|refresh|auth|id|security|session|bearer|sas|api|private|download)[_-]?)?token"
    r"|sig|auth|jwt|hdnts"
)
_SIGNS = re.compile(rf"{_TELLING}|AWSAccessKeyId|GoogleAccessId", re.IGNORECASE)
# What is there beside a signature, and changes with it
_BESIDE = re.compile(r"x-(amz|goog)-.*|expires|policy|key-pair-id|AWSAccessKeyId|GoogleAccessId", re.IGNORECASE)
_BESIDE_SIG = re.compile(r"s[vretspdki]|spr|sip|sdd|ss|srt|ske|skt|sks|skv|skoid|sktid|saoid|suoid|scid", re.IGNORECASE)

_BEGIN = r"(?P<scheme>\b[A-Za-z][A-Za-z0-9+.-]*)?:(?:\\?/){2}"
# Up to the last @ before the path; or, where a password has what none should have, of all that is no port
LOGIN = re.compile(
    rf"""({_BEGIN})(?:[^\s/?\#'"<>\\@]+@(?:[^\s/?\#'"<>\\@]*@)*|[^\s/?\#'"<>\\@:\[]*:(?!\d*(?:[/?\#\s]|$))[^\s'"<>]*?@)"""
)
# A member of a query that tells, with its value
MEMBER = rf"(?:[?&;\#]|%3F|%26|\\u0026)(?:{_TELLING})(?:=|%3D|\\u003d)"
VALUE = r"""(?:(?!&|%26|\\u0026)[^\s'"<>\#\\;)\]},])"""
QUERY = re.compile(rf"({MEMBER})({VALUE}+)", re.IGNORECASE)
_ADDRESS = re.compile(
    r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*@|[^/?#@:\[]*:(?!\d*(?:[/?#]|$))[^@]*@)?([^?#]*)(.*)", re.DOTALL
)
# Where a name alone opens nothing
_NAME_ALONE = re.compile(r"(.*\+)?(ssh|sftp|scp|rsync|ftp)", re.IGNORECASE)


def hidden_in_addresses(text: str) -> str:
    """Return a text without the logins and signatures of the addresses in it."""
    if "@" in text:
        text = LOGIN.sub(_hidden_login, text)
    return QUERY.sub(rf"\1{HIDDEN}", text) if "=" in text or "%3" in text or "\\u003d" in text else text


def _hidden_login(found: "re.Match[str]") -> str:
    return f"{found[1]}{HIDDEN}@" if opens(found["scheme"] or "", found[0][len(found[1]) :]) else found[0]


def opens(scheme: str, login: str) -> bool:
    """Return whether a login, with its @, is more than the name of a user."""
    return ":" in login or (login != "git@" and not _NAME_ALONE.fullmatch(scheme))


def open_address(address: str) -> str:
    """Return an address without what opens it: its login, and a signature with what changes as that does."""
    if not (parts := _ADDRESS.fullmatch(address)):
        return address
    scheme, _, place, after = parts.groups()
    query, fragment = _split(after)
    return f"{scheme}://{place}{_unsigned(query)}{_unsigned(fragment)}"


def secrets_of(address: str) -> Iterator[str]:
    """Yield what `open_address` takes out of an address and nobody is to see, as it stands there and decoded."""
    if not (parts := _ADDRESS.fullmatch(address)):
        return
    scheme, login, _, after = parts.groups()
    found = []
    if login and opens(scheme, login):
        user, colon, password = login[:-1].partition(":")
        found.append(password if colon else user)
    for part in _split(after):
        found += [value for name, value in _members(part) if _SIGNS.fullmatch(name)]
    for value in found:
        yield from {value, unquote(value)} - {""}


def _split(after: str) -> tuple[str, str]:
    query, mark, fragment = after.partition("#")
    return query, mark + fragment


def _unsigned(part: str) -> str:
    """Return a query or a fragment, with the mark that it begins with, without a signature; as it is if it has none."""
    names = {name.lower() for name, _ in _members(part)}
    if not any(_SIGNS.fullmatch(name) for name in names):
        return part
    kept = [member for member in part[1:].split("&") if not _is_of_signature(unquote(member.partition("=")[0]), names)]
    return f"{part[0]}{'&'.join(kept)}" if kept else ""


def _is_of_signature(name: str, others: set[str]) -> bool:
    with_sig = "sig" in others and _BESIDE_SIG.fullmatch(name)
    return bool(_SIGNS.fullmatch(name) or _BESIDE.fullmatch(name) or with_sig)


def _members(part: str) -> Iterator[tuple[str, str]]:
    for member in part[1:].split("&"):
        name, equals, value = member.partition("=")
        if equals:
            yield unquote(name), value
