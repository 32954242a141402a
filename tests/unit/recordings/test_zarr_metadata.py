"""What Zarr stores say of themselves, in both versions of the format."""

import json
from pathlib import Path
from typing import Any

import pytest

from analysis_jobs.recordings.zarr_metadata import Node, Root, is_document, nodes_in, read_root

ARRAY_2 = {"shape": [5, 7], "chunks": [2, 3], "compressor": {"id": "blosc"}, "filters": None}
ARRAY_3 = {
    "node_type": "array",
    "shape": [5, 7],
    "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [2, 3]}},
    "attributes": {},
}


def root_of(**documents: Any) -> Root | None:
    """Return the root of a store with some documents; a name with `_` begins with a dot, or is zarr.json."""
    content = {
        name.replace("_", ".") if name != "zarr_json" else "zarr.json": json.dumps(document).encode()
        for name, document in documents.items()
    }
    return read_root(content.get, "a store")


def test_no_store() -> None:
    assert root_of() is None


def test_a_group_of_version_2() -> None:
    assert root_of(_zgroup={"zarr_format": 2}) == Root(2, {})
    assert root_of(_zgroup={"zarr_format": 2}, _zattrs={"a": 1}) == Root(2, {"a": 1})


def test_a_consolidated_group_of_version_2() -> None:
    pickled = {**ARRAY_2, "filters": [{"id": "pickle"}]}
    below = {".zattrs": {"a": 1}, "b/.zgroup": {}, "b/c/.zarray": ARRAY_2, "d/.zarray": pickled, "d/.zattrs": {}}
    root = root_of(_zmetadata={"metadata": below})
    assert root
    assert root.nodes == (Node("b", False), Node("b/c", True, (3, 3)), Node("d", True, (3, 3), is_pickled=True))
    assert root.attributes == {"a": 1}
    assert root.documents
    assert json.loads(root.documents["b/c/.zarray"]) == ARRAY_2


@pytest.mark.parametrize("attributes", [{"_DTYPE": "object_reference"}, {"_REFERENCE_FIELDS": ["a"]}])
def test_a_consolidated_group_of_version_3(attributes: dict[str, Any]) -> None:
    odd = {**ARRAY_3, "chunk_grid": {"name": "rectilinear", "configuration": {}}}
    below = {"b": {"node_type": "group"}, "b/c": ARRAY_3, "d": {**ARRAY_3, "attributes": attributes}, "e": odd}
    root = root_of(
        zarr_json={"node_type": "group", "attributes": {"a": 1}, "consolidated_metadata": {"metadata": below}}
    )
    assert root
    assert root.version == 3
    assert root.nodes == (
        Node("b", False),
        Node("b/c", True, (3, 3)),
        Node("d", True, (3, 3), has_references=True),
        Node("e", True, None),
    )
    assert root.documents
    assert json.loads(root.documents["b/c/zarr.json"]) == ARRAY_3


def test_an_array_alone() -> None:
    root = root_of(zarr_json=ARRAY_3)
    assert root
    assert root.is_array


@pytest.mark.parametrize("name", ["zarr.json", ".zmetadata"])
def test_what_is_no_json_is_said(name: str) -> None:
    with pytest.raises(ValueError, match=f"^'a store' has a {name} that is not JSON .*; copy it again$"):
        read_root({name: b"{"}.get, "a store")


def test_documents_by_their_names() -> None:
    assert all(map(is_document, ["zarr.json", "a/zarr.json", "a/.zarray", ".zmetadata"]))
    assert not any(map(is_document, ["a/c/0", "a/0.0", "a/zarr"]))


def test_a_store_on_a_disk(tmp_path) -> None:
    (tmp_path / "b" / "c" / "0").mkdir(parents=True)
    (tmp_path / "b" / ".zgroup").write_text("{}")
    (tmp_path / "b" / "c" / ".zarray").write_text(json.dumps(ARRAY_2))
    (tmp_path / "b" / "c" / "0" / ".zarray").write_text("of no array")
    assert nodes_in(str(tmp_path)) == ([Node("b", False), Node("b/c", True, (3, 3))], [])


@pytest.mark.parametrize("chunk", ["0", "0.0", "0/0", "c", "c/0", "c/0/12", "c.0.0", ".zattrs"])
def test_what_has_lost_its_document(tmp_path: Path, chunk: str) -> None:
    (tmp_path / "zarr.json").write_text(json.dumps({"node_type": "group"}))
    (tmp_path / "group" / "array" / chunk).parent.mkdir(parents=True)
    (tmp_path / "group" / "array" / chunk).touch()
    (tmp_path / "group" / "zarr.json").write_text(json.dumps({"node_type": "group"}))
    assert nodes_in(str(tmp_path))[1] == ["group/array"]
    (tmp_path / "group" / "array" / "zarr.json").write_text(json.dumps(ARRAY_3))
    assert nodes_in(str(tmp_path))[1] == []
    (tmp_path / "group" / "zarr.json").unlink()
    assert nodes_in(str(tmp_path))[1] == ["group"]


def test_folders_of_others_have_lost_nothing(tmp_path: Path) -> None:
    (tmp_path / ".snapshots" / "1").mkdir(parents=True)
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "rates.png").touch()
    assert nodes_in(str(tmp_path)) == ([], [])
