"""Looking for files where assets are: what matches a pattern, and what lies in folders."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from fnmatch import fnmatchcase
from itertools import takewhile
from pathlib import Path

from analysis_jobs.dispatch.folders import Folders, Places
from analysis_jobs.errors import InvalidInput
from analysis_jobs.wording import shown

# Folders that are one recording each, of thousands of small objects: what lies in them is no file of its own.
_STORES = (".zarr", ".nwb")
_AT_ONCE = 16
_ANY_DEPTH = "**"


def absolute(location: str) -> str:
    """Return a location as tasks can use it, which run elsewhere: a URL as it is, an absolute path."""
    return location if "://" in location else str(Path(location).expanduser().absolute())


def matches(pattern: str) -> list[str]:
    """Return the locations, sorted, that match a pattern: a path, or an ``s3://`` URL.

    ``*``, ``?`` and ``[abc]`` stand for what has no slash in it, ``**`` for folders at any depth.

    Raises
    ------
    InvalidInput
        If it cannot be listed.
    """
    with _listing(pattern):
        folders, path = Places().folders(pattern)
        parts = path.split("/")
        if any(_ANY_DEPTH in part and part != _ANY_DEPTH for part in parts):
            raise ValueError(f"Invalid pattern: '{_ANY_DEPTH}' can only be an entire path component")
        return sorted({folders.location(match) for match in _matching(folders, "", parts)})


def files_below(locations: list[str], extension: str) -> list[list[str]]:
    """Return, for each location, the files in it at any depth whose names end with `extension`, sorted.

    A folder of such a name (Zarr) counts as a file, and so does a location itself. Of a location that is not
    there the list is empty.

    Raises
    ------
    InvalidInput
        If one cannot be listed.
    """
    places = Places()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(lambda location: _files(places, location, extension), locations))


def _matching(folders: Folders, folder: str, parts: Sequence[str]) -> Iterator[str]:
    """Yield the paths below a folder that match the parts of a pattern."""
    literal = list(takewhile(lambda part: not set("*?[") & set(part), parts))
    path, rest = _join(folder, literal), parts[len(literal) :]
    if not rest:
        yield from [path] if folders.exists(path) else []
    elif rest[0] == _ANY_DEPTH:
        yield from (_join(path, names) for names in folders.everything(path) if _fits(names, rest))
    else:
        for name, is_folder in _entries(folders, path):
            if fnmatchcase(name, rest[0]) and (is_folder or not rest[1:]):
                yield from _matching(folders, _join(path, [name]), rest[1:]) if rest[1:] else [_join(path, [name])]


def _entries(folders: Folders, path: str) -> list[tuple[str, bool]]:
    try:
        return folders.entries(path)
    except OSError as error:
        if error.errno is None:  # of S3, where it is the whole bucket that cannot be listed
            raise
        return []


def _fits(names: Sequence[str], parts: Sequence[str]) -> bool:
    if not parts:
        return not names
    if parts[0] == _ANY_DEPTH:
        return any(_fits(names[depth:], parts[1:]) for depth in range(len(names) + 1))
    return bool(names) and fnmatchcase(names[0], parts[0]) and _fits(names[1:], parts[1:])


def _join(folder: str, names: Sequence[str]) -> str:
    return "/".join(filter(None, [folder, *names]))


def _files(places: Places, location: str, extension: str) -> list[str]:
    if location.rstrip("/").endswith(extension):
        return [location.rstrip("/")]
    with _listing(location):
        try:
            folders, path = places.folders(location)
            return sorted({folders.location(file) for file in _below(folders, path, extension)})
        except (FileNotFoundError, NotADirectoryError):
            return []


def _below(folders: Folders, folder: str, extension: str) -> Iterator[str]:
    for name, is_folder in folders.entries(folder):
        if name.endswith(extension):
            yield _join(folder, [name])
        elif is_folder and not name.endswith(_STORES):
            yield from _below(folders, _join(folder, [name]), extension)


@contextmanager
def _listing(place: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise InvalidInput(f"there is nothing at {shown(place)}; check the path or the bucket") from None
    except OSError as error:
        raise InvalidInput(
            f"{shown(place)} cannot be listed: {error.strerror or error}; check permissions, for S3 the credentials "
            "(AWS_PROFILE) and the network"
        ) from None
    except ValueError as error:  # another kind of URL, or no pattern
        raise InvalidInput(f"{shown(place)} cannot be listed: {error}; give a path or an s3:// URL") from None
