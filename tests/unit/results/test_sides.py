"""The sides of a comparison: what the words mean, and which jobs they choose."""

from dataclasses import replace
from typing import Any

import pytest
from support.shelf import ERROR, RATES, Shelf

from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.key import job_key, key_parts
from analysis_jobs.results.listing import job_lines
from analysis_jobs.results.sides import meanings, side_of, split_term, without_said
from analysis_jobs.store.adopt import adopt


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ([("tag", "v1")], {"analysis_tag"}),
        ([("name", "rates"), ("parameter.filter.order", "3")], {"analysis_name", "filter.order"}),
        ([("code_version", "1"), ("input", "a"), ("input", "b"), ("launch", "x")], set()),
        ([("code", "ab"), ("since", "2026-01-01"), ("until", "2026-01-02")], set()),
    ],
)
def test_parameters_that_a_side_says(terms: list[tuple[str, Any]], said: set[str]) -> None:
    side = side_of(terms, "--a")
    assert side.said == said
    assert side.text == ", ".join(f"{term}={value}" for term, value in terms)


@pytest.mark.parametrize(
    ("terms", "problem"),
    [
        ([("tga", "v1")], "--a says 'tga'; did you mean 'tag'?"),
        ([("cutoff", "1")], "--a says 'cutoff'; known are: code, "),
        ([("parameter.", "1")], "--a says 'parameter.'; did you mean 'parameter.NAME'?"),
        ([("tag", "1"), ("tag", "2")], "--a says tag more than once; give it once"),
        *(([(term, "")], f"--a says {term} without a value") for term in ("code", "launch", "input")),
        ([("since", "soon")], "since of --a is 'soon'; give a date"),
    ],
)
def test_words_that_are_none(terms: list[tuple[str, Any]], problem: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        side_of(terms, "--a")
    assert str(caught.value).startswith(problem)


def test_terms_of_the_command() -> None:
    assert split_term("parameter.x=a=b", "--a") == ("parameter.x", "a=b")
    for text in ("tag", "=v1", ""):
        with pytest.raises(InvalidInput, match="write TERM=VALUE, such as tag=v1"):
            split_term(text, "--a")


def test_texts_may_mean_json() -> None:
    assert meanings("0.5") == ["0.5", 0.5]
    assert [meanings(value) for value in ("v1", '"v1"', "NaN", 0.5, None)] == [
        ["v1"],
        ['"v1"', "v1"],
        ["NaN"],
        [0.5],
        [None],
    ]


def test_parameters_without_those_that_are_said() -> None:
    parameters = {"a": 1, "filter": {"order": 3, "kind": "x"}, "b.c": 2, "b": {"c": 3}}
    assert without_said(parameters, ["a"]) == {name: parameters[name] for name in ("filter", "b.c", "b")}
    assert without_said(parameters, ["filter.order"])["filter"] == {"kind": "x"}
    assert without_said(parameters, ["filter.order", "filter.kind", "b.c"]) == {"a": 1}
    assert without_said({"filter": {}}, ["filter.order"]) == {"filter": {}}
    assert without_said(parameters, []) == parameters


def chosen(shelf: Shelf, **terms: str) -> set[str]:
    side = side_of([(term.replace("__", "."), value) for term, value in terms.items()], "a")
    return {line.key for line in side.jobs(job_lines(shelf.store))}


def test_which_jobs_a_side_is(shelf: Shelf) -> None:
    one = shelf.done(["in"], {**RATES, "cutoff": 1})
    two = shelf.done(["in"], {**RATES, "cutoff": 2}, code="version:2")
    failed = shelf.settled("failed", ["other"], RATES, error=ERROR)
    assert chosen(shelf, tag="v1") == {one, two, failed}
    assert chosen(shelf, parameter__cutoff="1") == {one}
    assert chosen(shelf, input="othe") == {failed}
    assert chosen(shelf, code="c0d") == chosen(shelf, code="sha256:c0de") == {one, failed}
    assert chosen(shelf, code_version="2") == {two}
    assert chosen(shelf, launch="this-r") == {one, two, failed}
    assert chosen(shelf, launch="that") == set()


def test_a_failed_job_has_the_version_of_its_code(shelf: Shelf) -> None:
    """Which only records say."""
    done = shelf.done(["in"], RATES)
    version = next(line.record.code_version for line in job_lines(shelf.store) if line.record)
    failed = shelf.settled("failed", ["other"], RATES, error=ERROR)
    assert chosen(shelf, code_version=version) == {done, failed}


def test_a_job_of_a_version_in_words_of_the_users(shelf: Shelf) -> None:
    key = shelf.settled("failed", ["in"], RATES, error=ERROR)
    (line,) = job_lines(shelf.store)
    other = replace(line, key="other", code="version:9")
    assert side_of([("code_version", "9")], "a").jobs([line, other]) == [other]
    assert line.key == key


def test_an_adopted_result_is_of_the_code_that_made_it(shelf: Shelf) -> None:
    old = shelf.done(["in"], RATES, code="version:1")
    parts = key_parts(["in"], RATES, "sha256:n3w")
    adopt([{"key": job_key(parts), "parts": parts, "older": [old]}], shelf.store, "me", "only a comment")
    assert chosen(shelf, code_version="1") == {old, job_key(parts)}
    assert chosen(shelf, code="n3w") == {job_key(parts)}
