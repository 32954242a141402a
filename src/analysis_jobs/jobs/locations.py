"""The normal form of a location: one name for the same data, whoever wrote it and however."""

import os
import posixpath
import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

# One letter before the colon is a drive; a path made of a URL has lost one of its two slashes.
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):(/+)(.*)", re.DOTALL)
_NOTHING = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/*")
_OBJECTS = ("s3", "gs")
_PORTS = {"http": ":80", "https": ":443"}


def normal_location(location: str) -> str:
    """Return the one spelling of a location; what cannot be told to be the same stays as it is.

    A ``file:`` URL becomes a path, percent-decoded. Of paths and of objects in a bucket, ``//``, ``.``, ``..`` and
    trailing slashes go; schemes and the hosts of web addresses get lower case. Nothing is looked up, so a ``..`` is
    taken by its letters; see `leads_elsewhere`.
    """
    if not (url := _URL.fullmatch(location)):
        return _normal_path(location)
    scheme, slashes, rest = url[1].lower(), url[2], url[3]
    if scheme == "file":
        return _normal_path("/" + _decoded(rest.removeprefix("localhost/") if slashes == "//" else rest))
    if scheme in _OBJECTS:
        bucket, slash, key = rest.partition("/")
        return f"{scheme}://{bucket}{_normal_path(slash + key)}".rstrip("/")
    if scheme in _PORTS:
        return f"{scheme}://{_normal_address(rest, _PORTS[scheme])}"
    return scheme + location[len(scheme) :]


def _normal_path(path: str) -> str:
    # A path without a slash may be anything, such as the "test" of an example; POSIX leaves two leading slashes.
    return posixpath.normpath(re.sub("^/+", "/", path)) if "/" in path else path


def _decoded(text: str) -> str:
    try:
        decoded = unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        return text
    return text if "\0" in decoded else decoded


def _normal_address(address: str, port: str) -> str:
    # What comes after ? and # is the server's, and so is what it makes of // and of a slash at the end.
    place, after = re.fullmatch(r"([^?#]*)(.*)", address, re.DOTALL).groups()  # type: ignore[union-attr]  # it fits all
    host, slash, path = place.partition("/")
    login, at, name = host.rpartition("@")
    return f"{login}{at}{name.lower().removesuffix(port)}{slash}{'/'.join(_without_dots(path))}{after}"


def _without_dots(path: str) -> list[str]:
    *segments, last = path.split("/")
    kept: list[str] = []
    for segment in segments if last not in (".", "..") else [*segments, last]:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    return [*kept, "" if last in (".", "..") else last]


def leads_elsewhere(location: str) -> bool:
    """Return whether a path and its normal form are different files here: a folder before a ``..`` is a link."""
    if "://" in location or not location.startswith("/") or ".." not in location.split("/"):
        return False
    return os.path.realpath(location) != os.path.realpath(normal_location(location))


def blank_places(locations: list[str]) -> Iterator[tuple[int, str]]:
    """Yield index and reason of each location that names nothing, or that a blank stands before or after."""
    for index, location in enumerate(locations):
        if not any(character.isprintable() and not character.isspace() for character in location):
            yield index, "which is blank; write a location, or remove it"
        elif location != location.strip():
            yield index, "with a blank at an end; remove the blank"
        elif _NOTHING.fullmatch(location):
            yield index, "which names nothing but its kind; write all of the location"
