"""Outputs of pairs compared, and summed up."""

from functools import partial
from typing import Any

import pytest
from support.samples import launch_record
from support.shelf import Shelf

from analysis_jobs.errors import InvalidInput
from analysis_jobs.results.compared import (
    ComparedJobs,
    are_numbers,
    compare_jobs,
    compare_lines,
    is_adopted,
    recorded_outputs,
)
from analysis_jobs.results.differences import Tolerance
from analysis_jobs.results.sides import side_of

BASE = {"analysis_name": "rates"}
A, B = (side_of([("tag", tag)], tag) for tag in ("v1", "v2"))


def compared(shelf: Shelf, outputs: dict[str, tuple[Any, Any]], **more: Any) -> ComparedJobs:
    """Compare jobs with these outputs of two tags, by their inputs."""
    for inputs, both in outputs.items():
        for tag, values in zip(("v1", "v2"), both, strict=True):
            shelf.done([inputs], {**BASE, "analysis_tag": tag}, values)
    return compare_jobs(shelf.store, A, B, **more)


def test_numbers_are_summed_up(shelf: Shelf) -> None:
    values = {"a": (1, 1), "b": (2.0, 2.5), "c": (4, 3), "d": (None, 3), "e": (0, 8)}
    found = compared(shelf, {name: ({"x": one}, {"x": two}) for name, (one, two) in values.items()})
    (summary,) = found.summaries()
    assert (summary.name, summary.pairs, summary.equal, summary.only_a, summary.only_b) == ("x", 5, 1, 0, 0)
    assert summary.median_difference == 0.25  # of 0, 0.5, -1 and 8
    largest = [(output.pair.label, output.difference, output.relative) for output in summary.largest]
    assert largest == [("e", 8, None), ("c", -1, -0.25), ("b", 0.5, 0.25)]
    assert all(map(are_numbers, summary.largest))
    assert [(output.pair.label, are_numbers(output)) for output in summary.no_numbers] == [("d", False)]
    assert summary.different == 4
    assert [len(pairs) for pairs in (found.compared, found.different, found.missing)] == [5, 4, 0]


def test_equal_within_a_tolerance(shelf: Shelf) -> None:
    both = {"a": ({"x": 1.0, "list": [1.0, None]}, {"x": 1.0 + 1e-10, "list": [1.0 + 1e-10, None]})}
    assert len(compared(shelf, both).different) == 1
    assert len(compare_jobs(shelf.store, A, B, within=Tolerance(1e-9)).different) == 0


@pytest.mark.parametrize(
    ("a", "b", "told"),
    [
        ({"x": "yes"}, {"x": "yes"}, {"x": (True, "")}),
        ({"x": "yes"}, {"x": "no"}, {"x": (False, "")}),
        ({"x": True}, {"x": 1}, {"x": (False, "")}),
        ({"x": None}, {"x": None}, {"x": (True, "")}),
        ({"x": None}, {}, {"x": (False, "only in A")}),
        ({"y": 1}, {"x": 1, "y": 1}, {"y": (True, ""), "x": (False, "only in B")}),
        ({"x": {"a": 1, "b": {"c": 2}}}, {"x": {"a": 1, "b": {"c": 3}}}, {"x.a": (True, ""), "x.b.c": (False, "")}),
        ({"x": {"b": 1}, "x.b": 2}, {"x": {"b": 1}, "x.b": 2}, {"x.b": (True, ""), '"x.b"': (True, "")}),
        ({"x": [1, 2]}, {"x": [1, 2.0]}, {"x": (True, "")}),
        ({"x": [1, 2]}, {"x": [1]}, {"x": (False, "2 elements in A, 1 in B")}),
        ({"x": [1, 2, 3]}, {"x": [1, 3, 9]}, {"x": (False, "2 of its values differ, most at [2]: 3 and 9")}),
        ({"x": ["a"]}, {"x": ["b"]}, {"x": (False, "1 of its values differs, most at [0]: 'a' and 'b'")}),
        ({"x": [{"n": 1}]}, {"x": [{}]}, {"x": (False, "1 of its values differs, most at [0].n: 1 and nothing")}),
        ({"x": [1]}, {"x": 1}, {"x": (False, "")}),
        ({}, {}, {}),
    ],
)
def test_values_of_all_kinds(shelf: Shelf, a: Any, b: Any, told: Any) -> None:
    found = compared(shelf, {"in": (a, b)})
    assert {output.name: (output.equal, output.note) for output in found.outputs} == told
    assert len(found.compared) == 1


def test_only_one_has_it(shelf: Shelf) -> None:
    first, second = compared(shelf, {"in": ({"x": 1}, {"y": 2})}).summaries()
    assert (first.only_a, first.only_b, second.only_a, second.only_b) == (1, 0, 0, 1)
    assert first.median_difference is None


def test_sides_that_are_one(shelf: Shelf) -> None:
    shelf.done(["in"], {**BASE, "analysis_tag": "v1"})
    with pytest.raises(InvalidInput, match=r"^both sides are tag=v1; give terms in which they differ"):
        compare_jobs(shelf.store, A, A)


def test_a_record_that_is_gone_meanwhile(shelf: Shelf) -> None:
    from analysis_jobs.results.listing import job_lines

    compared(shelf, {"in": ({"x": 1}, {"x": 1}), "other": ({"x": 1}, {"x": 1})})
    lines = job_lines(shelf.store)
    (gone,) = (line.key for line in lines if line.tag == "v2" and "in" in line.inputs)
    shelf.store.remove("record", [gone])
    found = compare_lines(lines, partial(recorded_outputs, shelf.store), A, B)
    assert [(pair.label, pair.missing) for pair in found.missing] == [("in", "the record in B cannot be read")]
    assert [output.pair.label for output in found.outputs] == ["other"]


def test_adopted_results_are_counted(shelf: Shelf) -> None:
    from analysis_jobs.jobs.key import job_key, key_parts
    from analysis_jobs.store.adopt import adopt

    old = shelf.done(["in"], {**BASE, "analysis_tag": "v1"}, {"x": 1}, code="version:1")
    parts = key_parts(["in"], {**BASE, "analysis_tag": "v1"}, "sha256:n3w")
    adopt([{"key": job_key(parts), "parts": parts, "older": [old]}], shelf.store, "me", "only a comment")
    shelf.done(["in"], {**BASE, "analysis_tag": "v2"}, {"x": 2}, code="sha256:n3w")
    found = compare_jobs(shelf.store, side_of([("code", "n3w"), ("tag", "v1")], "a"), B)
    assert found.adopted() == (1, 0)
    assert [is_adopted(pair.a) for pair in found.compared] == [True]
    assert not is_adopted(None)


def test_launches_are_called_by_their_sessions_or_runs(shelf: Shelf) -> None:
    shelf.done(["in"], {**BASE, "analysis_tag": "v1"}, {"x": 1})
    shelf.store.put_launch(launch_record("this-run", run_name="happy_turing"))
    for name in ("this-r", "happy_t"):
        with pytest.raises(InvalidInput, match=r"^no job is in B"):  # so there is one in A
            compare_jobs(shelf.store, side_of([("launch", name)], "a"), B)
    with pytest.raises(InvalidInput, match=r"^no job is in A \(launch=sad\)"):
        compare_jobs(shelf.store, side_of([("launch", "sad")], "a"), B)
