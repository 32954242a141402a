"""Jobs made of what is in memory, which are compared as those that are read from the store."""

from typing import Any

import pytest
from support.samples import Connect
from support.shelf import Shelf

from analysis_jobs.browse.catalog import Catalog
from analysis_jobs.browse.comparing import compared
from analysis_jobs.jobs.key import job_key, key_parts
from analysis_jobs.results.compare import compared_table
from analysis_jobs.results.compared import ComparedJobs, compare_jobs
from analysis_jobs.results.sides import side_of, split_term
from analysis_jobs.store.adopt import adopt

RATES: dict[str, Any] = {"analysis_name": "rates"}
RECORDING = "s3://lab/ecephys_701001_2025-06-01_10-20-30"


@pytest.fixture
def lab(shelf: Shelf) -> Shelf:
    """A shelf with jobs of all kinds: done, failed, without a name, adopted, and records of other programs."""
    for tag in ("v1", "v2"):
        for number in range(3):
            inputs = [f"{RECORDING}/{number}.nwb"]
            outputs = {"x": number + len(tag) * (tag == "v2") / 3, "by": {"CA1": number, "a.b": None}, "list": [1, tag]}
            shelf.done(inputs, {**RATES, "analysis_tag": tag, "n": number}, outputs)
        shelf.done(["/in/nameless"], {"analysis_tag": tag}, {"x": tag})
    shelf.settled("failed", [RECORDING], {**RATES, "analysis_tag": "v1"}, error=_error("in A"))
    shelf.done([RECORDING], {**RATES, "analysis_tag": "v2"}, {"x": 1})
    shelf.done(["/in/only"], {**RATES, "analysis_tag": "v1"}, {"x": 1})
    old = shelf.done(["/in/adopted"], {**RATES, "analysis_tag": "v1"}, {"x": 5}, code="version:1")
    parts = key_parts(["/in/adopted"], {**RATES, "analysis_tag": "v1"}, "sha256:n3w")
    adopt([{"key": job_key(parts), "parts": parts, "older": [old]}], shelf.store, "me", "only a comment")
    shelf.done(["/in/adopted"], {**RATES, "analysis_tag": "v2"}, {"x": 6}, code="sha256:n3w")
    return shelf


def _error(message: str) -> dict[str, str]:
    return {"stage": "analyze", "cause": "analysis", "type": "ValueError", "message": message}


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (["tag=v1"], ["tag=v2"]),
        (["tag=v1", "code=c0de"], ["tag=v2"]),
        (["tag=v1", "code=n3w"], ["tag=v2", "code=n3w"]),
        (["tag=v1", "launch=this-run"], ["tag=v2"]),
        (["tag=v1", "input=701001"], ["tag=v2"]),
        (["tag=v1", "since=2020-01-01"], ["tag=v2"]),
        (["parameter.n=0"], ["parameter.n=1"]),
    ],
)
def test_the_same_as_read_from_the_store(lab: Shelf, connect: Connect, a: list[str], b: list[str]) -> None:
    catalog = Catalog(connect)
    index = catalog.index
    found = compared(catalog, index, range(len(index)), a, b)
    sides = [side_of([split_term(text, name) for text in texts], name) for texts, name in ((a, "A"), (b, "B"))]
    read = compare_jobs(lab.store, *sides)
    assert _told(found) == _told(read)
    assert compared_table(found).equals(compared_table(read))
    catalog.close()


def _told(found: ComparedJobs) -> object:
    pairs = [(pair.label, pair.missing, pair.a and pair.a.key, pair.b and pair.b.key) for pair in found.pairing.pairs]
    outputs = [(each.pair.label, each.name, each.a, each.b, each.equal, each.note) for each in found.outputs]
    return pairs, outputs, found.adopted(), found.pairing.jobs, found.pairing.older, found.pairing.same


def test_only_what_is_not_in_memory_is_asked_for(lab: Shelf, connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    catalog = Catalog(connect)
    index, asked = catalog.index, []
    monkeypatch.setattr(catalog, "whole", lambda keys: asked.append(list(keys)) or ({}, {}))
    compared(catalog, index, range(len(index)), ["tag=v1", "code=c0de"], ["tag=v2"])
    (keys,) = asked
    assert len(keys) == 2  # the job that has adopted a record, and that record
    catalog.close()
