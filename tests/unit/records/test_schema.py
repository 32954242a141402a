"""The library that gives records their form is the one that is installed."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from support.bare import bare
from support.samples import PROJECT, published

from analysis_jobs.records import schema
from analysis_jobs.records.build import build_record
from analysis_jobs.records.schema import PACKAGES, empty_metadata, schema_package

BUILD = """
import json, sys
from analysis_jobs.records.build import build_record
print(json.dumps(build_record(json.load(sys.stdin))))
"""
# What a reader does with a record; the library itself says what it finds
READ = """
import json, sys
from {package}.core.metadata import Metadata
record = json.load(sys.stdin)
metadata = Metadata.model_validate(record)
(process,) = metadata.processing.data_processes
print(json.dumps([metadata.name, metadata.location, process.code.parameters.model_dump(), process.notes]))
"""


def run(python: Path | str, code: str, record: object) -> object:
    """Run code that reads one JSON text and prints another."""
    given = {"input": json.dumps(record), "capture_output": True, "text": True}
    ended = subprocess.run([python, "-c", code], env={"PYTHONPATH": str(PROJECT / "src")}, **given)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def without_versions(record: dict[str, object]) -> object:
    """Leave out of a record by which library it was written."""
    text = (
        json.dumps(record).replace("biodata-schema/", "aind-data-schema/").replace("biodata_schema", "aind_data_schema")
    )
    return json.loads(text, object_hook=lambda part: {k: v for k, v in part.items() if k != "schema_version"})


@pytest.mark.slow
def test_records_are_the_same_under_both_libraries(tmp_path: Path) -> None:
    # 1.2.1 of the models lacks modules that 3.0.0 of the schema imports
    theirs = bare(tmp_path / "environment", "biodata-schema>=3,<4", "biodata-models==1.1.0")
    ours, of_next = build_record(published()), run(theirs, BUILD, published())
    assert without_versions(of_next) == without_versions(ours)
    read = {
        (by, name): run(python, READ.format(package=package), record)
        for by, python, package in (("ours", sys.executable, PACKAGES[0]), ("theirs", theirs, PACKAGES[1]))
        for name, record in (("ours", ours), ("theirs", of_next))
    }
    assert len({json.dumps(found) for found in read.values()}) == 1


def test_the_first_that_is_installed_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    for there, chosen in ((PACKAGES, PACKAGES[0]), (PACKAGES[1:], PACKAGES[1])):
        monkeypatch.setattr(schema, "find_spec", lambda name, there=there: name in there)
        schema_package.cache_clear()
        assert schema_package() == chosen
    schema_package.cache_clear()


def test_without_either_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "find_spec", lambda name: None)
    schema_package.cache_clear()
    with pytest.raises(ImportError, match="pip install aind-data-schema"):
        schema_package()
    schema_package.cache_clear()


def test_fields_are_those_of_the_class() -> None:
    assert find_spec(schema_package()) is not None
    assert list(empty_metadata())[:1] == ["object_type"] and empty_metadata()["subject"] is None
