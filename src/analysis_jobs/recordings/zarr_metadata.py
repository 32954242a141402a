"""What a Zarr store says of itself, versions 2 and 3 of the format: its documents are JSON, and need no library.

Nothing of it is of one library's generation, so both read stores by the same rules.
"""

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from analysis_jobs.plain_files import open_plain
from analysis_jobs.recordings.remote_file import shown_location

# Returns the content of a file of a store by its name, or None where it is not there.
Get = Callable[[str], bytes | None]
# Of a file or folder with chunks: a slash may separate the numbers, and of version 3 there is a `c` before them; of an
# array without dimensions it is 0 or that alone.
CHUNK_NAME = re.compile(r"c|(c\.)?\d+(\.\d+)*")
_DOCUMENTS = (".zarray", ".zattrs", ".zgroup", ".zmetadata", "zarr.json")


@dataclass(frozen=True)
class Node:
    """A group or an array.

    `grid` is how many chunks (of version 3, or shards) an array has along each dimension: None of groups, and of
    arrays whose chunks are not all of one shape. Of version 2 `is_pickled` is whether reading it would run Python's
    pickle, and of version 3 `has_references` whether it holds the paths of others.
    """

    path: str
    is_array: bool
    grid: tuple[int, ...] | None = None
    is_pickled: bool = False
    has_references: bool = False


@dataclass(frozen=True)
class Root:
    """The root of a store.

    `documents` are those of all that is in it, by their names, and `nodes` what they are of; None of a store that is
    not consolidated.
    """

    version: int
    attributes: dict[str, Any]
    is_array: bool = False
    documents: dict[str, bytes] | None = None
    nodes: tuple[Node, ...] | None = None


def is_document(key: str) -> bool:
    """Return whether a name in a store is that of a document, and not of a chunk."""
    return key.rpartition("/")[2] in _DOCUMENTS


def read_root(get: Get, location: str) -> Root | None:
    """Return the root of the store at a location, None where there is none.

    Raises
    ------
    ValueError
        If a document is not JSON.
    """
    if (content := get("zarr.json")) is not None:
        return _root_3(content, location)
    if (content := get(".zmetadata")) is not None:
        documents = _parsed(content, ".zmetadata", location).get("metadata", {})
        as_read = {key: json.dumps(document).encode() for key, document in documents.items()}
        nodes = tuple(_nodes_2(documents))
        return Root(2, documents.get(".zattrs", {}), False, {**as_read, ".zmetadata": content}, nodes)
    if (content := get(".zgroup")) is not None:
        attributes = get(".zattrs")
        return Root(2, _parsed(attributes, ".zattrs", location) if attributes else {})
    return None


def _root_3(content: bytes, location: str) -> Root:
    document = _parsed(content, "zarr.json", location)
    attributes, is_array = document.get("attributes", {}), document.get("node_type") == "array"
    if not (consolidated := document.get("consolidated_metadata")):
        return Root(3, attributes, is_array)
    below = consolidated.get("metadata", {})
    documents = {f"{path}/zarr.json": _alone(each) for path, each in below.items()}
    nodes = tuple(_node_3(path, each) for path, each in below.items())
    return Root(3, attributes, is_array, {**documents, "zarr.json": content}, nodes)


def _alone(document: dict[str, Any]) -> bytes:
    """Return a document as it is in a store: within a consolidated one, a group says that it has nothing in it."""
    return json.dumps({name: value for name, value in document.items() if name != "consolidated_metadata"}).encode()


def _parsed(content: bytes, name: str, location: str) -> dict[str, Any]:
    try:
        document = json.loads(content)
    except ValueError as error:
        raise ValueError(
            f"{shown_location(location)} has a {name} that is not JSON ({error}); copy it again"
        ) from error
    return document if isinstance(document, dict) else {}


def _nodes_2(documents: Mapping[str, Any]) -> Iterator[Node]:
    for key, document in documents.items():
        path, _, name = key.rpartition("/")
        if name == ".zarray":
            yield _array_2(path, document)
        elif name == ".zgroup" and path:
            yield Node(path, is_array=False)


def _array_2(path: str, document: Mapping[str, Any]) -> Node:
    codecs = [document.get("compressor"), *(document.get("filters") or [])]
    is_pickled = any(codec and codec.get("id") == "pickle" for codec in codecs)
    return Node(path, True, _grid(document["shape"], document["chunks"]), is_pickled)


def _node_3(path: str, document: Mapping[str, Any]) -> Node:
    if document.get("node_type") != "array":
        return Node(path, is_array=False)
    chunks = document["chunk_grid"].get("configuration", {}).get("chunk_shape")
    attributes = document.get("attributes", {})
    has_references = attributes.get("_DTYPE") == "object_reference" or "_REFERENCE_FIELDS" in attributes
    is_regular = document["chunk_grid"]["name"] == "regular"
    return Node(path, True, _grid(document["shape"], chunks) if is_regular else None, False, has_references)


def _grid(shape: list[int], chunks: list[int]) -> tuple[int, ...]:
    return tuple(-(-size // max(chunk, 1)) for size, chunk in zip(shape, chunks, strict=True))


def nodes_in(folder: str) -> tuple[list[Node], list[str]]:
    """Return what a store on a disk holds, as each one's own document has it, and what has lost its document.

    Returns
    -------
    nodes : list of Node
        The groups and arrays.
    bare : list of str
        The paths of folders that have none, but attributes, chunks, groups or arrays.
    """
    nodes, bare = list[Node](), set[str]()
    for place, folders, files in os.walk(folder):
        path = os.path.relpath(place, folder).replace(os.sep, "/")
        if ".zarray" in files:
            nodes.append(_array_2(path, _own(place, ".zarray")))
            folders.clear()  # of chunks
        elif "zarr.json" in files:
            nodes.append(_node_3(path, _own(place, "zarr.json")))
            if nodes[-1].is_array:
                folders.clear()
        elif ".zgroup" in files:
            nodes.append(Node(path, is_array=False))
        elif path != "." and (array := _bare_in(path, files)):
            bare.add(array)
    paths = {node.path for node in nodes}
    above = {parent.as_posix() for path in paths for parent in PurePosixPath(path).parents}
    return nodes, sorted((bare | above) - paths - {"."})


def _bare_in(path: str, files: Iterable[str]) -> str | None:
    """Return the path of the array whose attributes or chunks are among the files of a folder; None where none are."""
    if not any(name == ".zattrs" or CHUNK_NAME.fullmatch(name) for name in files):
        return None
    parts = path.split("/")
    while len(parts) > 1 and CHUNK_NAME.fullmatch(parts[-1]):
        parts.pop()
    return "/".join(parts)


def _own(place: str, name: str) -> dict[str, Any]:
    path = os.path.join(place, name)
    with open_plain(path) as file:
        return _parsed(file.read(), name, place)


def pickled_text(location: str, path: str) -> str:
    """Return the message for a store with pickled objects, which may not be read."""
    return (
        f"{shown_location(location)} has pickled Python objects ({path}), and reading them runs whatever program their "
        "writer put there; if you trust the writer, pass allow_pickle=True to open_nwb, or launch with --allow_pickle"
    )
