"""Jobs in pairs: whose partner is whose, and why one has none."""

from typing import Any

import pytest
from support.samples import RUN
from support.shelf import ERROR, Shelf

from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.key import job_key, key_parts
from analysis_jobs.results.listing import job_lines
from analysis_jobs.results.pairing import Pairing, pair_jobs
from analysis_jobs.results.sides import side_of
from analysis_jobs.store.adopt import adopt

BASE = {"analysis_name": "rates", "filter": {"order": 3}}


def paired(shelf: Shelf, a: dict[str, Any], b: dict[str, Any], *may_differ: str) -> Pairing:
    return pair_jobs(job_lines(shelf.store), side_of(a.items(), "a"), side_of(b.items(), "b"), may_differ)


def told(pairing: Pairing) -> list[tuple[str, str | None, str | None, str]]:
    return [
        (pair.label, pair.a and pair.a.key, pair.b and pair.b.key, pair.missing) for pair in pairing.pairs
    ]  # fmt: skip


def tags(shelf: Shelf, inputs: str, **parameters: Any) -> tuple[str, str]:
    """Finish the jobs of two tags."""
    one, two = (shelf.done([inputs], {**BASE, **parameters, "analysis_tag": tag}) for tag in ("v1", "v2"))
    return one, two


def test_partners_have_the_same_inputs_and_other_parameters(shelf: Shelf) -> None:
    keys = {(name, cutoff): tags(shelf, f"s3://in/{name}", cutoff=cutoff) for name in "ab" for cutoff in (1, 2)}
    shelf.done(["s3://in/a"], {**BASE, "analysis_tag": "v3", "cutoff": 1})
    pairing = paired(shelf, {"tag": "v1"}, {"tag": "v2"})
    assert told(pairing) == [
        (f"{name} · cutoff={cutoff}", *keys[name, cutoff], "") for name in "ab" for cutoff in (1, 2)
    ]
    assert (pairing.jobs, pairing.older, pairing.same) == ((4, 4), 0, 0)
    of_cutoff = paired(shelf, {"parameter.cutoff": 1, "tag": "v1"}, {"parameter.cutoff": "2", "tag": "v1"})
    assert told(of_cutoff) == [(name, keys[name, 1][0], keys[name, 2][0], "") for name in "ab"]


def test_the_order_and_slashes_of_inputs_do_not_matter(shelf: Shelf) -> None:
    one = shelf.done(["s3://in/b/", "s3://in/a"], {**BASE, "analysis_tag": "v1"})
    two = shelf.done(["s3://in/a", "s3://in/b"], {**BASE, "analysis_tag": "v2"})
    assert told(paired(shelf, {"tag": "v1"}, {"tag": "v2"})) == [("a + 1 more", one, two, "")]


def test_numbers_are_the_same_by_their_value(shelf: Shelf) -> None:
    one = shelf.done(["in"], {**BASE, "cutoff": 1, "analysis_tag": "v1"})
    two = shelf.done(["in"], {**BASE, "cutoff": 1.0, "analysis_tag": "v2"})
    assert told(paired(shelf, {"tag": "v1"}, {"tag": "v2"})) == [("in", one, two, "")]


def test_why_a_job_has_no_partner(shelf: Shelf) -> None:
    shelf.done(["alone"], {**BASE, "analysis_tag": "v1"})
    shelf.done(["other"], {**BASE, "analysis_tag": "v2", "new": True})
    shelf.done(["other"], {**BASE, "analysis_tag": "v1"})
    shelf.done(["failed"], {**BASE, "analysis_tag": "v1"})
    shelf.settled("failed", ["failed"], {**BASE, "analysis_tag": "v2"}, error={**ERROR, "message": "oh"})
    shelf.done(["empty"], {**BASE, "analysis_tag": "v1"})
    shelf.settled("empty", ["empty"], {**BASE, "analysis_tag": "v2"}, reason="no units")
    shelf.settled("done", ["removed"], {**BASE, "analysis_tag": "v1"})
    found = {(pair.label, pair.a is None): pair.missing for pair in paired(shelf, {"tag": "v1"}, {"tag": "v2"}).pairs}
    assert found == {
        ("alone · new=not set", False): "no job of these inputs in B",
        ("other · new=not set", False): (
            "no job with these parameters in B, where the nearest differs in new (True instead of not set)"
        ),
        ("other · new=true", True): (
            "no job with these parameters in A, where the nearest differs in new (not set instead of True)"
        ),
        ("failed · new=not set", False): "failed in B: ValueError: oh",
        ("empty · new=not set", False): "empty in B: no units",
        ("removed · new=not set", False): "removed in A; no job of these inputs in B",
    }


def test_parameters_that_need_not_be_the_same(shelf: Shelf) -> None:
    one = shelf.done(["in"], {**BASE, "analysis_tag": "v1"})
    two = shelf.done(["in"], {**BASE, "analysis_tag": "v2", "new": True, "filter": {"order": 4}})
    assert told(paired(shelf, {"tag": "v1"}, {"tag": "v2"}, "new", "filter")) == [("in", one, two, "")]
    assert told(paired(shelf, {"tag": "v1"}, {"tag": "v2"}, "new", "filter.order")) == [("in", one, two, "")]


def test_a_side_without_jobs(shelf: Shelf) -> None:
    tags(shelf, "in")
    with pytest.raises(InvalidInput, match=r"^no job is in B \(tag=v3\); `analysis-jobs list` shows which jobs"):
        paired(shelf, {"tag": "v1"}, {"tag": "v3"})


def test_the_newest_result_of_other_code_counts(shelf: Shelf) -> None:
    old, _ = tags(shelf, "in")
    new = shelf.done(["in"], {**BASE, "analysis_tag": "v1"}, code="sha256:n3w", ended="2026-03-01T00:00:00+00:00")
    pairing = paired(shelf, {"tag": "v1"}, {"tag": "v2"})
    assert [pair.a and pair.a.key for pair in pairing.pairs] == [new]
    assert (pairing.older, pairing.jobs) == (1, (2, 1))
    assert told(paired(shelf, {"code": "c0de", "tag": "v1"}, {"code": "n3w", "tag": "v1"})) == [("in", old, new, "")]


def test_a_result_counts_before_a_newer_failure(shelf: Shelf) -> None:
    one, _ = tags(shelf, "in")
    lines = job_lines(shelf.store)
    (done,) = (line for line in lines if line.key == one)
    later = {
        **vars(done),
        "key": "f",
        "state": "failed",
        "record": None,
        "code": "x",
        "changed": "2027-01-01T00:00:00Z",
    }
    sides = (side_of([("tag", tag)], tag) for tag in ("v1", "v2"))
    pairing = pair_jobs([type(done)(**later), *lines], *sides)
    assert [(pair.a and pair.a.key, pair.missing) for pair in pairing.pairs] == [(one, "")]
    assert pairing.older == 0


def test_jobs_that_differ_in_parameters_are_not_chosen_among(shelf: Shelf) -> None:
    for cutoff in (1, 2):
        shelf.done(["in"], {**BASE, "analysis_tag": "v2", "cutoff": cutoff})
    shelf.done(["in"], {**BASE, "analysis_tag": "v1", "cutoff": 1})
    with pytest.raises(InvalidInput) as caught:
        paired(shelf, {"tag": "v1", "parameter.cutoff": 1}, {"tag": "v2"})
    assert str(caught.value) == (
        "B has several jobs of in that differ in cutoff (1 and 2); choose one of them, as with --b "
        "parameter.cutoff=VALUE"
    )


def test_one_result_on_both_sides_is_no_pair(shelf: Shelf) -> None:
    old = shelf.done(["in"], {**BASE, "analysis_tag": "v1"}, code="version:1")
    parts = key_parts(["in"], {**BASE, "analysis_tag": "v1"}, "sha256:n3w")
    adopt([{"key": job_key(parts), "parts": parts, "older": [old]}], shelf.store, "me", "only a comment")
    for a, b in (({"code_version": "1"}, {"code": "n3w"}), ({"tag": "v1"}, {"name": "rates"})):
        pairing = paired(shelf, a, b)
        assert (pairing.pairs, pairing.same, pairing.older) == ([], 1, 0)


def test_results_of_different_analyses_are_no_partners(shelf: Shelf) -> None:
    """Also where their parameters do not say of which they are, but what the process is called."""
    run = {"run": {**RUN, "analysis": "spikes"}}
    one = shelf.done(["in"], {"analysis_tag": "v1"})
    two, _ = (shelf.done(["in"], {"analysis_tag": tag, "n": 1}, **run) for tag in ("v1", "v2"))
    sides = {"tag": "v1"}, {"tag": "v2"}
    found = {pair.either.key: pair.missing for pair in paired(shelf, *sides, "n").pairs}
    assert found == {two: "", one: (
        "no job with these parameters in B, where the nearest differs in analysis_name ('spikes' instead of "
        "'firing_rates')"
    )}  # fmt: skip
    with pytest.raises(InvalidInput, match=r"differ in .*analysis_name"):
        paired(shelf, *sides, "n", "analysis_name")
    shelf.settled("failed", ["failed"], {"analysis_tag": "v1"}, error={**ERROR, "message": "oh"})
    shelf.done(["failed"], {"analysis_tag": "v2"})
    missing = {pair.label: pair.missing for pair in paired(shelf, *sides, "n").pairs if "failed" in pair.either.inputs}
    assert list(missing.values()) == ["failed in A: ValueError: oh"]
