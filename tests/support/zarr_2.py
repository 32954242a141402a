"""Recordings in Zarr version 2, as hdmf-zarr 0.13 writes them, where a newer one is installed that writes version 3."""

import json
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from numcodecs import Blosc, VLenUTF8

_BLOSC = Blosc(cname="lz4", clevel=5)
_REGULAR = {"compressor": _BLOSC.get_config(), "fill_value": 0, "order": "C", "zarr_format": 2}


def rewrite(source: Path, target: Path) -> None:
    """Write what is in a store of version 3 as one of version 2, with consolidated metadata."""
    root = zarr.open_group(str(source), mode="r")
    documents: dict[str, Any] = {}
    nodes = [("", root), *root.members(max_depth=None)]
    for path, node in nodes:
        (target / path).mkdir(parents=True, exist_ok=True)
        prefix = f"{path}/" if path else ""
        attributes = {name: _attribute(value) for name, value in node.attrs.asdict().items()}
        if isinstance(node, zarr.Array):
            attributes["zarr_dtype"] = attributes.pop("_DTYPE") if node.shape else "scalar"
            attributes.pop("_DTYPE", None)
            documents[f"{prefix}.zarray"] = _write_array(node, target / path)
        else:
            documents[f"{prefix}.zgroup"] = {"zarr_format": 2}
        documents[f"{prefix}.zattrs"] = attributes
    for key, document in documents.items():
        (target / key).write_text(json.dumps(document))
    (target / ".zmetadata").write_text(json.dumps({"metadata": documents, "zarr_consolidated_format": 1}))


def _attribute(value: Any) -> Any:
    is_reference = isinstance(value, dict) and "_REFERENCE" in value
    return {"value": value["_REFERENCE"], "zarr_dtype": "object"} if is_reference else value


def _write_array(array: Any, folder: Path) -> dict[str, Any]:
    """Write each chunk of an array; return its document."""
    data = np.atleast_1d(array[()])
    chunks = array.chunks or (1,)
    is_text = data.dtype.kind in "OTU"
    for place in product(*(range(-(-size // chunk)) for size, chunk in zip(data.shape, chunks, strict=True))):
        span = tuple(slice(at * chunk, (at + 1) * chunk) for at, chunk in zip(place, chunks, strict=True))
        part = np.zeros(chunks, object if is_text else data.dtype)
        found = data[span]
        part[tuple(slice(size) for size in found.shape)] = found
        content = VLenUTF8().encode(part.ravel()) if is_text else np.ascontiguousarray(part)
        (folder / ".".join(map(str, place))).write_bytes(_BLOSC.encode(content))
    dtype, filters = ("|O", [VLenUTF8().get_config()]) if is_text else (data.dtype.str, None)
    return {**_REGULAR, "chunks": list(chunks), "dtype": dtype, "filters": filters, "shape": list(data.shape)}
