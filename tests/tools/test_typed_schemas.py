"""JSON Schemas of TypedDicts: they take and refuse what the checks of the package do."""

import copy
import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from support.recorded import everything
from support.samples import PROJECT

from analysis_jobs.documents import Decision, JobError, JobState, LaunchRecord, Manifest, PublishedOutcome
from analysis_jobs.shapes import misshapen

sys.path.insert(0, str(PROJECT / "tools"))

from typed_schemas import comments_of, schema_of

MANIFEST = {**everything(), "files": [{"path": "a.csv", "size": 1, "sha256": "0a"}]}
# What stands in the place of a value, none of which is of all kinds
OTHERS: tuple[Any, ...] = ("text", 7, 0.5, True, None, [], {}, ["text"], {"a": 1})


def places(value: Any) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every value within a document."""
    named = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in named:
        yield (name,)
        yield from ((name, *path) for path in places(inner))


def damaged(document: Any) -> Iterator[tuple[str, Any]]:
    """Yield a document with one value left out, or another one in its place, for every value; and what was done."""
    for *outer, last in places(document):
        for other in (..., *OTHERS):
            copied = copy.deepcopy(document)
            holder = copied
            for name in outer:
                holder = holder[name]
            if other is ...:
                del holder[last]
            else:
                holder[last] = other
            yield f"{[*outer, last]}: {'left out' if other is ... else json.dumps(other)}", copied


def test_it_judges_as_the_package_does() -> None:
    validator = Draft202012Validator(schema_of(Manifest))
    assert list(validator.iter_errors(MANIFEST)) == []
    verdicts = [(what, misshapen(one, Manifest) == "", validator.is_valid(one)) for what, one in damaged(MANIFEST)]
    assert {ours for _, ours, _ in verdicts} == {True, False}
    assert len(verdicts) > 1_000
    assert [what for what, ours, schema in verdicts if ours != schema] == []


@pytest.mark.parametrize("shape", [Decision, JobError, JobState, LaunchRecord, Manifest, PublishedOutcome])
def test_each_is_a_schema(shape: Any) -> None:
    Draft202012Validator.check_schema(schema_of(shape))


def test_descriptions_are_the_comments_and_docstrings() -> None:
    assert comments_of(Manifest)["given"] == "the merged parameters before the specification saw them"
    line = schema_of(Manifest)["$defs"]["ManifestLine"]
    assert line["description"] == "A file of a published result."
    assert line["properties"]["size"] == {"type": "integer", "description": "bytes"}
    assert line["required"] == ["path", "size", "sha256"]


def test_names_that_may_be_left_out_and_null() -> None:
    environment = schema_of(Manifest)["$defs"]["Environment"]
    assert "scheduler_job" not in environment["required"]
    assert environment["properties"]["cpu_cores"]["type"] == ["integer", "null"]
