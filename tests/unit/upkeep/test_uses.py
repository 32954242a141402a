"""Which results others rest on."""

from support.shelf import RATES, Shelf

from analysis_jobs.results.listing import job_lines
from analysis_jobs.store.states import new_state
from analysis_jobs.upkeep.uses import Uses


def test_inputs_and_adoptions(shelf: Shelf) -> None:
    source, other = shelf.done(["/in/a"], RATES), shelf.done(["/in/b"], RATES)
    location = shelf.bucket.location(source)
    one = shelf.done([f"{location}/rates.csv"], {**RATES, "cutoff": 2})
    two = shelf.settled("empty", [location, "s3://moved/x"], {**RATES, "cutoff": 3}, reason="no units")
    adoption = {"record": other, "by": "me", "why": "x", "when": "2026-01-03T00:00:00+00:00"}
    parts = {"key_version": 1, "inputs": ["/in/b"], "parameters": {}, "code": "sha256:n3w"}
    shelf.store.claim([new_state("f" * 64, "done", 1, parts, adopted=adoption)], {})
    uses = Uses(job_lines(shelf.store))
    assert uses.inputs == {source: {one, two}}
    assert uses.adopted == {other: {"f" * 64}}
    assert uses.warnings([source]) == ["2 other jobs of the store read these results as inputs"]
    assert uses.warnings([source, one]) == ["1 other job of the store read these results as inputs"]
    assert uses.warnings([other]) == ["1 other job counts as done by these results, by adoption"]
    assert uses.warnings([one, two]) == []
