"""What ``--set`` gives: words of a command line, and values of Nextflow's parameters file, each as it was written."""

import json
from typing import Any

import pytest

from analysis_jobs import GenericModel
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.parameter_sources import parse_assignments
from analysis_jobs.jobs.settings import as_assignments, read_settings, written_words
from analysis_jobs.jobs.words import NoWord, typed


class Filter(GenericModel):
    order: int = 3
    bands: list[int] = []


class Specification(GenericModel):
    tag: str = ""
    count: int = 0
    names: list[str] = []
    options: dict[str, Any] = {}
    filter: Filter = Filter()
    anything: Any = None


def described(value: Any) -> Any:
    """As functions/flags.nf describes a value."""
    if isinstance(value, dict):
        return {"map": [[name, described(item)] for name, item in value.items()]}
    if isinstance(value, list):
        return {"list": [described(item) for item in value]}
    return {"number": str(value)} if type(value) in (int, float) else value


def settings(values: Any, *words: str) -> dict[str, Any]:
    return read_settings(json.dumps(described(values)), " ".join(["nextflow run main.nf", *words]))


@pytest.mark.parametrize(
    ("nextflow", "words", "wanted"),
    [
        (0.1, "--set.tag 0.10", "0.10"),
        (7, "--set.tag=007 --plan", "007"),
        (2.0, "--set.tag 2d", "2d"),
        (-5, "--set.tag -5", "-5"),
        (True, "--set.tag", "true"),
        (True, "--set.tag --plan", "true"),
        (True, "--set.tag TRUE", "TRUE"),
        (2.5, "--set.tag 1.0 --set.tag 2.50", "2.50"),
        ('it\'s "x"\ny', '--set.tag it\\\'s\\ \\"x\\"\ny', 'it\'s "x"\ny'),
        ("[1]", "--set.tag '[1]'", "[1]"),
        (1, "--set.tags 1.0", 1),
        ("008", "-params-file p.yaml", "008"),
        (8, "-params-file p.yaml", 8),
        (7, "--set.tag 007 --set.name it's", "007"),
    ],
)
def test_words_are_taken_as_they_were_written(nextflow: Any, words: str, wanted: Any) -> None:
    assert settings({"tag": nextflow}, words) == {"tag": wanted}


@pytest.mark.parametrize(
    ("words", "is_missing"),
    [("--set.tag", True), ("--set.tag --plan", True), ("--set.tag true", False), ("--set.tag=true", False)],
)
def test_a_name_without_a_value(words: str, is_missing: bool) -> None:
    assert isinstance(settings({"tag": True}, words)["tag"], NoWord) == is_missing


def test_a_file_and_a_command_line_together() -> None:
    values = {"tag": "1", "options": {"low": 0.5, "off": None, "flag": False}, "names": ["a"], "filter": {"order": 4}}
    found = settings(values, "--set.filter.order 4", "--set.options.low 0.50")
    assert found == {**values, "filter": {"order": "4"}, "options": {"low": "0.50", "off": None, "flag": False}}
    assert typed(found, Specification) == values


def test_names_with_dots_and_blanks() -> None:
    assert settings({"a.b": 1, "c d": 2}, "'--set.a\\.b' 1.0", "'--set.c d' 2.0") == {"a.b": "1.0", "c d": "2.0"}


@pytest.mark.parametrize(("given", "value"), [("2024-03-01T00:00:00Z", "2024-03-01")])
def test_a_day(given: str, value: str) -> None:
    assert read_settings(json.dumps({"map": [["day", {"date": given}]]}), "") == {"day": value}


@pytest.mark.parametrize(
    ("described", "said"),
    [
        (
            [["day", {"date": "2024-03-01T08:00:00Z"}]],
            "--set.day is a time (2024-03-01T08:00:00Z) to YAML",
        ),
        ([["x", {"number": "NaN"}]], "--set.x is NaN, which is not a number that JSON can hold; put it in quotes"),
        (
            [["o", {"map": [["true", None]]}]],
            "--set.o has the name 'true', which YAML does not read as a text (on, yes",
        ),
        ([["o", {"map": [["1.5", None]]}]], "--set.o has the name '1.5', which YAML does not read as a text"),
        (
            [["o", {"map": [["true", True]]}]],
            "--set.o has the name 'true', which YAML does not read as a text (on, yes",
        ),
        ([["o", {"map": [[True, True]]}]], "--set.o has the name 'true', which YAML does not read as a text (on, yes"),
        ([["o", {"map": [[{"number": "1"}, True]]}]], "--set.o has the name '1', which YAML does not read as a text"),
        ([["o", {"map": [[None, 1]]}]], "--set.o has the name 'null', which YAML does not read as a text"),
        ([["1", None]], "--set has the name '1', which YAML does not read as a text"),
        ([["o", {"map": [["Fri Mar 01 00:00:00 UTC 2024", None]]}]], "has the name 'Fri Mar 01 00:00:00 UTC 2024'"),
    ],
)
def test_what_was_lost_on_the_way_is_refused(described: Any, said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_settings(json.dumps({"map": described}), "")
    assert said in str(caught.value)


def test_names_that_are_numbers_and_have_values() -> None:
    assert settings({"by_unit": {"1": 0.5, "2": {"3": "x"}}}) == {"by_unit": {"1": 0.5, "2": {"3": "x"}}}


def test_words_of_a_command_line() -> None:
    line = "nextflow run main.nf -resume --plan --code_version 1.10 --set.a=1 --max_attempts -1"
    assert written_words(line) == {"plan": "true", "code_version": "1.10", "set.a": "1", "max_attempts": "-1"}
    assert written_words("") == {}


@pytest.mark.parametrize(
    "values",
    [
        {"tag": "008"},
        {"tag": '"quoted"'},
        {"count": "12"},
        {"names": ["a", "1"]},
        {"options": {"low": "0.5", "high": 1, "off": None}},
        {"filter": {"bands": [1]}},
        {"anything": "5"},
        {"anything": "null"},
        {"anything": {"a": "1"}},
    ],
)
def test_a_command_line_gives_the_same_again(values: dict[str, Any]) -> None:
    found = as_assignments(values, Specification)
    again = typed(parse_assignments(found), Specification)
    assert again == values or (values, again) == ({"count": "12"}, {"count": 12})


def test_words_stay_as_they_were_written() -> None:
    words = parse_assignments(["tag=007", "options.low=0.50", 'filter={"order": 4}'])
    assert as_assignments(words, Specification) == ["tag=007", "options.low=0.50", 'filter={"order": 4}']
