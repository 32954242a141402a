"""The jobs that a selection leaves."""

from urllib.parse import parse_qsl

import pytest

from analysis_jobs.browse.matching import cell_text, matching_rows
from analysis_jobs.browse.selection import Selection
from analysis_jobs.errors import InvalidInput

from .conftest import Browsed

ALL = [f"{subject} {cutoff}" for subject in ("701001", "701002", "701003") for cutoff in (0.001, 0.002, 0.004)]


def found(browsed: Browsed, query: str) -> list[str]:
    """Return the jobs by what they are of."""
    names = {key: name for name, key in browsed.keys.items()}
    rows = matching_rows(browsed.index, Selection.of(parse_qsl(query)))
    return [names[browsed.index.briefs[row].key] for row in rows]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ALL),
        ("is:state=failed", [ALL[5], ALL[8]]),
        ("is:state=failed&is:state=done", ALL),
        ("is:state=nothing", []),
        ("is:parameters.isi_violations_cutoff=0.001", ALL[::3]),
        ("is:parameters.isi_violations_cutoff=0.001&is:state=failed", []),
        ("is:no such column=1", []),
        ("min:outputs.good_units=42", [ALL[3], ALL[4], ALL[6], ALL[7]]),
        ("max:outputs.good_units=42&min:outputs.fraction=0.8", [ALL[0], ALL[1], ALL[4]]),
        ("min:changed=2026-01-02&max:changed=2026-01-02", ALL[3:5]),
        ("min:changed=2026-01-01T01:00&max:changed=2026-01-01T01:30:00Z", [ALL[1]]),
        ("text=701002", ALL[3:6]),
        ("text=SPIKES 701003", [ALL[8]]),
        ("text=quality", ALL),
        ("text=nowhere", []),
        ("is:subject=701003", ALL[6:]),
        ("latest=1", [name for name in ALL if name not in (ALL[5], ALL[8])]),
    ],
)
def test_filters(browsed: Browsed, query: str, names: list[str]) -> None:
    assert sorted(found(browsed, query)) == names


def test_a_key_is_found_by_its_beginning(browsed: Browsed) -> None:
    assert found(browsed, f"text={browsed.keys[ALL[4]][:12]}") == [ALL[4]]


@pytest.mark.parametrize(
    ("sort", "first", "last"),
    [
        ("outputs.good_units", ALL[2], ALL[5]),  # what is missing comes last
        ("-outputs.good_units", ALL[6], ALL[5]),
        ("recording", ALL[2], ALL[6]),
        ("-changed", ALL[8], ALL[0]),
    ],
)
def test_sorting(browsed: Browsed, sort: str, first: str, last: str) -> None:
    names = found(browsed, f"sort={sort}")
    assert (names[0], names[-1]) == (first, last) or sort == "-changed"
    assert sorted(names) == ALL


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("min:outputs.good_units=nan", "a bound of outputs.good_units is 'nan', and must be a number, such as 0.5"),
        ("min:outputs.good_units=many", "a bound of outputs.good_units is 'many', and must be a number, such as 0.5"),
        ("max:changed=soon", "changed is 'soon'; give a date"),
    ],
)
def test_bounds_that_are_none(browsed: Browsed, query: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        found(browsed, query)


@pytest.mark.parametrize(("value", "text"), [(None, ""), ("a", "a"), (1, "1"), (0.1, "0.1"), (1e-9, "1e-09")])
def test_texts_of_values(value, text: str) -> None:
    assert cell_text(value) == text
