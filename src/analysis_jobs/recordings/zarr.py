"""Zarr stores of recordings: opening them, local or remote, and the schemas that they bring.

Imports within functions are for a quick start.
"""

import json
from typing import Any

from analysis_jobs.aws.credentials import s3_access
from analysis_jobs.recordings.remote_file import shown_location


def zarr_options(url: str, anonymous: bool) -> dict[str, Any]:
    """Return the options with which zarr reads a remote store.

    zarr reads through fsspec (and s3fs), which nothing else here does. Its filesystem is its own, or fsspec would hand
    out one with the credentials, endpoint and listings of an earlier time. And nothing but what is not there is
    missing: to zarr every error is, and it reads as zeros.
    """
    from fsspec import filesystem

    scheme, options = url.partition(":")[0], dict[str, Any]()
    if scheme == "s3":
        access = s3_access(anonymous=anonymous)
        options = {
            "anon": not access.signed,
            "client_kwargs": {"region_name": access.region, "endpoint_url": access.endpoint},
            "max_concurrency": 1,  # one request for each object; otherwise another one would ask for its size before
        }
    return {
        "fs": filesystem(scheme, skip_instance_cache=True, **options),
        "exceptions": (KeyError, FileNotFoundError),
    }


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
