"""The tool that writes the JSON Schemas: what is committed is current, and no meaning changes under the same number."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from support.samples import PROJECT

sys.path.insert(0, str(PROJECT / "tools"))

import schemas
from schemas import FOLDER, SCHEMAS, changes_of_meaning, file_name, whole, write, written

OBJECT = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}


@pytest.mark.parametrize("name", SCHEMAS)
def test_what_is_committed_is_current(name: str) -> None:
    made = SCHEMAS[name]
    committed = (FOLDER / file_name(name, made)).read_text()
    assert committed == written(whole(name, made)), "call `make reference`"
    Draft202012Validator.check_schema(json.loads(committed))


def test_every_committed_file_is_of_a_version_until_now() -> None:
    wanted = {f"{name}-v{number}.json" for name, made in SCHEMAS.items() for number in range(1, made.version + 1)}
    assert {path.name for path in FOLDER.iterdir()} == wanted


def test_the_page_names_each() -> None:
    page = (PROJECT / "docs" / "schemas.md").read_text()
    assert [name for name, made in SCHEMAS.items() if f"](schemas/{file_name(name, made)})" not in page] == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"properties": {}}, "/properties/a is gone"),
        ({"properties": {"a": {"type": "integer"}}}, '/properties/a/type was "string" and is "integer"'),
        ({"properties": {"a": {"type": "string", "pattern": "x"}}}, "/properties/a/pattern is new"),
        ({"required": []}, '/required was ["a"] and is []'),
        ({"required": ["a", "b"]}, '/required was ["a"] and is ["a", "b"]'),
        ({"additionalProperties": False}, "/additionalProperties is new"),
    ],
)
def test_another_meaning(change: dict[str, Any], said: str) -> None:
    assert changes_of_meaning(OBJECT, {**OBJECT, **change}) == [said]


@pytest.mark.parametrize(
    "change",
    [
        {"title": "other", "description": "words"},
        {"properties": {"a": {"type": "string", "description": "words"}}},
        {"properties": {"a": {"type": "string"}, "b": {"type": "string"}}},
    ],
)
def test_the_same_meaning(change: dict[str, Any]) -> None:
    assert changes_of_meaning(OBJECT, {**OBJECT, **change}) == []


def test_a_field_that_is_called_title_is_a_field() -> None:
    old, new = ({"properties": {"title": {"type": kind}}} for kind in ("string", "integer"))
    assert changes_of_meaning(old, new)
    assert changes_of_meaning(old, {"properties": {}}) == ["/properties/title is gone"]


def test_another_meaning_needs_a_new_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path)
    before = {path.name: path.read_text() for path in tmp_path.iterdir()}
    made = SCHEMAS["job"]
    monkeypatch.setitem(schemas.SCHEMAS, "job", made._replace(make=lambda: {**made.make(), "required": ["asset_id"]}))
    with pytest.raises(SystemExit) as refused:
        write(tmp_path)
    assert "job-v1.json would get another meaning: /required was" in str(refused.value)
    assert "to 2" in str(refused.value)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == before
    monkeypatch.setitem(schemas.SCHEMAS, "job", schemas.SCHEMAS["job"]._replace(version=2))
    write(tmp_path)
    assert (tmp_path / "job-v1.json").read_text() == before["job-v1.json"]
    assert json.loads((tmp_path / "job-v2.json").read_text())["required"] == ["asset_id"]
