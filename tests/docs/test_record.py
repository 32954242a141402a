"""The page on records shows one that the code builds, and has a line for every field of records and for every note."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from support.recorded import everything, paths
from support.samples import ENVIRONMENT, RUN, published

from analysis_jobs.records.build import build_record
from analysis_jobs.records.note_forms import FORMS

from .blocks import PROJECT
from .test_files import compact
from .test_files import launched as launched  # a fixture

PAGE = PROJECT / "docs" / "record.md"
DATA = PROJECT / "tests" / "data" / "earlier"


def shown(document: Any) -> Any:
    """Return a document without what another version of the library would write."""
    if isinstance(document, list):
        return list(map(shown, document))
    if not isinstance(document, dict):
        return document
    return {name: "…" if name == "schema_version" else shown(value) for name, value in document.items()}


def fields() -> set[str]:
    """Return the paths of the fields that the tables of the page have."""
    found = set()
    for section in re.split(r"^## ", PAGE.read_text(), flags=re.MULTILINE)[1:]:
        title, _, text = section.partition("\n")
        prefix = f"{title.strip('`')}." if title.startswith("`") else ""
        if title == "The notes":
            continue
        for row in re.findall(r"^\| (`[^|]+) \|", text, re.MULTILINE):
            found |= {prefix + name for name in re.findall(r"`([^`]+)`", row)}
    return found


def within(path: str) -> str:
    """Return a field's path with one name for what is called after the process, and for what is null as a whole."""
    return re.sub(r"(dependency_graph)\..*", r"\1.rates", path)


def is_told(path: str) -> bool:
    """Return whether a table has a field, or of one that is null or empty what would be in it."""
    return path in fields() or any(field.startswith((f"{path}.", f"{path}[]")) for field in fields())


def test_the_example() -> None:
    wanted = compact(shown(build_record(everything())))
    (block,) = re.findall(r"^```json\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    assert block.strip() == wanted, f"docs/record.md, its example, is to be:\n{wanted}"


def test_every_field_of_the_example_has_a_line_and_every_line_its_field() -> None:
    assert {within(path) for path in paths(build_record(everything()))} == fields()


@pytest.mark.parametrize("name", ["bare", "launched", "earlier"])
def test_every_field_of_other_records_has_a_line(name: str, request: pytest.FixtureRequest) -> None:
    records = {
        "bare": lambda: [
            build_record(published(run={**RUN, "nextflow": ""}, environment={**ENVIRONMENT, "cpu": None}))
        ],
        "launched": lambda: read(request.getfixturevalue("launched").glob("analyses/*/metadata.nd.json")),
        "earlier": lambda: read(DATA.glob("analyses/*/metadata.nd.json")),
    }[name]()
    assert records
    for record in records:
        assert [path for path in map(within, paths(record)) if not is_told(path)] == []


def read(files: Any) -> list[dict[str, Any]]:
    return [json.loads(Path(path).read_text()) for path in files]


def test_every_note_has_a_line() -> None:
    table = PAGE.read_text().partition("## The notes")[2]
    wanted = "\n".join(f"| `{form.text}` | {form.means} | {form.there} |" for form in FORMS.values())
    assert re.findall(r"^\| `.*$", table, re.MULTILINE) == wanted.splitlines(), f"the notes are to be:\n{wanted}"
