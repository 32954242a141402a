"""Which published results become one job together."""

from typing import Any

import pytest

from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.source_results import SourceResult
from analysis_jobs.published.grouping import grouped_sources


def source(key: str, subject: str = "", asset: str = "s3://in/a", **parameters: Any) -> SourceResult:
    inputs = [asset, f"{asset}/{key}.nwb"]
    return SourceResult(key=key, location=f"/b/{key}", label=key, inputs=inputs, subject=subject, parameters=parameters)


SOURCES = [
    source("1", "701", cutoff=1, filter={"order": 2}),
    source("2", "702", "s3://in/b", cutoff=1, filter={"order": 2}),
    source("3", "701", "s3://in/ab", cutoff=2, filter={"order": 2}),
    source("4", "", cutoff=1),
]


def grouped(*by: str) -> list[tuple[str, dict[str, Any]]]:
    return [("".join(one.key for one in group), shared) for group, shared in grouped_sources(SOURCES, by)]


@pytest.mark.parametrize(
    ("by", "groups"),
    [
        ([], [("1", {}), ("2", {}), ("3", {}), ("4", {})]),
        (["none"], [("1", {}), ("2", {}), ("3", {}), ("4", {})]),
        (["all"], [("1234", {})]),
        (["subject"], [("13", {"subject": "701"}), ("2", {"subject": "702"})]),
        (
            ["asset"],
            [("14", {"asset": ["s3://in/a"]}), ("2", {"asset": ["s3://in/b"]}), ("3", {"asset": ["s3://in/ab"]})],
        ),
        (["parameter.cutoff"], [("124", {"parameter__cutoff": 1}), ("3", {"parameter__cutoff": 2})]),
        (["parameter.filter.order"], [("123", {"parameter__filter__order": 2})]),
        (
            ["subject", "parameter.cutoff"],
            [
                ("1", {"subject": "701", "parameter__cutoff": 1}),
                ("2", {"subject": "702", "parameter__cutoff": 1}),
                ("3", {"subject": "701", "parameter__cutoff": 2}),
            ],
        ),
    ],
)
def test_groups(by: list[str], groups: list[tuple[str, dict[str, Any]]]) -> None:
    assert grouped(*by) == groups


def test_results_that_have_no_such_value_are_named(caplog: pytest.LogCaptureFixture) -> None:
    grouped("subject")
    grouped("asset", "subject")
    assert "left out 1 result without a subject: 4" in caplog.text
    assert "left out 1 result without an asset or a subject: 4" in caplog.text


@pytest.mark.parametrize(
    ("by", "said"),
    [
        (["subjct"], "--group-by is 'subjct'; did you mean 'subject'?"),
        (["cutoff"], "--group-by is 'cutoff'; known are: all, asset, none, parameter.NAME, subject"),
        (["all", "subject"], "--group-by all cannot be combined with others; leave the others out"),
        (
            ["parameter.filter"],
            "no result has a parameter.filter to group by; choose another --group-by of their parameters cutoff, "
            "filter.order",
        ),
    ],
)
def test_groups_that_there_are_not(by: list[str], said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        grouped(*by)
    assert str(caught.value) == said


def test_nothing_makes_no_group() -> None:
    assert grouped_sources([], ["all"]) == []
