"""Recordings in Zarr by zarr 2 and hdmf-zarr 0.13 or older, as on Python 3.11: version 2 of the format.

Not imported before a recording needs it, as it imports what is heavy.
"""

import re
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, cast

import zarr
from fsspec.mapping import FSMap
from hdmf.build import BuildManager
from hdmf_zarr import NWBZarrIO
from hdmf_zarr.utils import ZarrSpecReader
from pynwb import get_type_map
from zarr.storage import DirectoryStore, listdir  # type: ignore[attr-defined]  # of zarr 2

from analysis_jobs.recordings.completeness import Incomplete, check_documents, incomplete_text
from analysis_jobs.recordings.folders import LocalFolder, RemoteFolder
from analysis_jobs.recordings.zarr_metadata import Root, is_document, pickled_text

if TYPE_CHECKING:
    from pynwb import NWBFile

_CHUNK = re.compile(r"(?:^|/)(\d+(?:[./]\d+)*)$")


def read_by_zarr_2(
    folder: LocalFolder | RemoteFolder, root: Root, allow_missing: bool | None, allow_pickle: bool, stack: ExitStack
) -> "NWBFile":
    """Read a recording; see `analysis_jobs.recordings.zarr.read_zarr`."""
    store, options = folder.location, None
    if isinstance(folder, LocalFolder):
        store = DirectoryStore(folder.location)  # a plain path with "::" in it would be taken for a URL
    else:
        if not allow_missing:
            folder.filesystem.get_mapper = _whole(folder)
        # Nothing but what is not there is missing: to zarr every error is, and it reads as zeros.
        options = {"fs": folder.filesystem, "exceptions": (KeyError, FileNotFoundError)}
    if root.nodes is None:
        group = zarr.open_group(store, mode="r", storage_options=options)
    else:
        group = zarr.open_consolidated(store, mode="r", storage_options=options)
    if root.nodes is None and isinstance(folder, RemoteFolder):
        _check_nodes(group, folder, allow_missing, allow_pickle)
    manager = _manager(group, store, options)
    io = stack.enter_context(NWBZarrIO(store, mode="r", manager=manager, storage_options=options))
    return cast("NWBFile", io.read())


def _whole(folder: RemoteFolder) -> Any:
    """Return what makes mappings, from which zarr gets no fill values for missing chunks.

    To count them, as on a disk, would take a request for each thousand chunks.
    """

    class Whole(FSMap):  # type: ignore[misc]  # fsspec has no types
        def __getitem__(self, key: str, default: Any = None) -> Any:
            try:
                return super().__getitem__(key, default)
            except KeyError:
                refuse(key)
                raise

        def getitems(self, keys: list[str], on_error: str = "raise") -> dict[str, Any]:
            found: dict[str, Any] = super().getitems(keys, on_error)
            for key in keys:
                if isinstance(found.get(key, KeyError()), KeyError | FileNotFoundError):
                    refuse(key)
            return found

    def refuse(key: str) -> None:
        if chunk := _CHUNK.search(key):
            what = f"the chunk {chunk[1]} of {key[: chunk.start()]} is not there"
            raise Incomplete(incomplete_text(folder.location, what))

    def get_mapper(path: str = "", check: bool = False, create: bool = False, missing: Any = None) -> FSMap:
        return Whole(path, folder.filesystem, check, create, missing)

    return get_mapper


def _check_nodes(group: Any, folder: RemoteFolder, allow_missing: bool | None, allow_pickle: bool) -> None:
    """See that no group or array has lost its document, and none is of pickled objects that may not be read."""
    unknown = list[str]()

    def visit(group: Any) -> None:
        for name in listdir(group.store, group.path):
            if name not in group:
                unknown.append(f"{group.path}/{name}".strip("/"))
                continue
            node = group[name]
            if isinstance(node, zarr.Group):
                visit(node)
            elif not allow_pickle and any(getattr(each, "codec_id", "") == "pickle" for each in node.filters or ()):
                raise ValueError(pickled_text(folder.location, node.path))

    visit(group)
    if not allow_missing:
        check_documents(folder, [path for path in unknown if not is_document(path)])


def _manager(group: Any, store: Any, options: dict[str, Any] | None) -> BuildManager:
    """Return a build manager that knows the extensions in the store.

    NWBZarrIO would read every schema in it, file by file, past the consolidated metadata: 130 of 155 requests
    for a session over HTTP. The core schemas are those of the installed pynwb in any case.
    """
    name = group.attrs.get(".specloc", "specifications")
    types = get_type_map()
    known = set(types.namespace_catalog.namespaces)
    # Stores of older hdmf-zarr were consolidated before the schemas were added.
    if name not in group and _namespaces(group) - known:
        group = zarr.open_group(store, mode="r", storage_options=options)
    schemas = group.get(name, {})
    if new := set(schemas) - known:
        versions = {namespace: schemas[namespace][sorted(schemas[namespace])[-1]] for namespace in new}
        readers = {namespace: ZarrSpecReader(version) for namespace, version in versions.items()}
        types.load_namespaces("namespace", reader=readers)
    return BuildManager(types)


def _namespaces(group: Any) -> set[str]:
    """Return the namespaces of all that a store holds."""
    namespaces = {group.attrs["namespace"]}

    def visit(node: Any) -> None:
        namespaces.add(node.attrs.get("namespace", "core"))

    group.visitvalues(visit)
    return namespaces
