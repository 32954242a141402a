"""Zarr stores of recordings: opening them, local or remote, and the schemas that they bring.

Imports within functions are for a quick start.
"""

import json
import re
from typing import Any

from analysis_jobs.aws.credentials import s3_access
from analysis_jobs.recordings.completeness import Incomplete, incomplete_text
from analysis_jobs.recordings.remote_file import shown_location

_CHUNK = re.compile(r"(?:^|/)(\d+(?:[./]\d+)*)$")


def zarr_options(url: str, anonymous: bool, allow_missing: bool) -> dict[str, Any]:
    """Return the options with which zarr reads a remote store.

    zarr reads through fsspec (and s3fs), which nothing else here does. Its filesystem is its own, or fsspec would hand
    out one with the credentials, endpoint and listings of an earlier time. And nothing but what is not there is
    missing: to zarr every error is, and it reads as zeros. So does what is missing, unless that is allowed.
    """
    from fsspec import get_filesystem_class

    scheme, options = url.partition(":")[0], dict[str, Any]()
    if scheme == "s3":
        access = s3_access(anonymous=anonymous)
        options = {
            "anon": not access.signed,
            "client_kwargs": {"region_name": access.region, "endpoint_url": access.endpoint},
            "max_concurrency": 1,  # one request for each object; otherwise another one would ask for its size before
        }
    kind = get_filesystem_class(scheme)
    if not allow_missing:
        kind = _of_whole(kind, url)
    return {
        "fs": kind(skip_instance_cache=True, **options),
        "exceptions": (KeyError, FileNotFoundError),
    }


def _of_whole(kind: type, location: str) -> type:
    """Return a class of filesystems made of another, from which zarr gets no fill values for missing chunks.

    To count them, as on a disk, would take a request for each thousand chunks.
    """
    from fsspec.mapping import FSMap

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
            raise Incomplete(incomplete_text(location, what))

    class WholeFileSystem(kind):  # type: ignore[misc]
        def get_mapper(self, root: str = "", check: bool = False, create: bool = False, missing: Any = None) -> FSMap:
            return Whole(root, self, check, create, missing)

    return WholeFileSystem


def zarr_group(store: Any, options: dict[str, Any] | None, location: str) -> Any | None:
    """Return the root of a Zarr store, with consolidated metadata if it has them; None without a store."""
    import zarr

    try:
        return zarr.open_consolidated(store, mode="r", storage_options=options)
    except KeyError:
        pass  # not consolidated
    except json.JSONDecodeError as error:
        raise ValueError(
            f"{shown_location(location)} has a .zmetadata that is not JSON ({error}); copy it again"
        ) from error
    try:
        return zarr.open_group(store, mode="r", storage_options=options)
    except (zarr.errors.GroupNotFoundError, zarr.errors.ContainsArrayError):
        return None


def zarr_manager(group: Any, store: Any, options: dict[str, Any] | None) -> Any:
    """Return a build manager that knows the extensions in the store.

    NWBZarrIO would read every schema in it, file by file, past the consolidated metadata: 130 of 155 requests
    for a session over HTTP. The core schemas are those of the installed pynwb in any case.
    """
    import zarr
    from hdmf.build import BuildManager
    from hdmf_zarr.utils import ZarrSpecReader
    from pynwb import get_type_map

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
