"""Launches in words."""

from support.samples import Connect, launch_record
from support.shelf import Shelf

from analysis_jobs.browse.catalog import Catalog
from analysis_jobs.browse.launches import launch_of, launches


def test_launches_that_ended_and_that_died(shelf: Shelf, connect: Connect) -> None:
    ended = {"state": "ended", "ended": "2026-01-02T04:05:15+00:00", "counts": {"done": 1200, "failed": 0}}
    shelf.store.put_launch(launch_record(**ended, cost=0.25, started="2026-01-02T03:04:05+00:00"))
    died = {"started": "2026-01-03T00:00:00+00:00", "expires": "2026-01-03T01:00:00+00:00", "decided": {"run": 3}}
    shelf.store.put_launch(launch_record("other", **died))
    catalog = Catalog(connect)
    second, first = launches(catalog)
    assert (first.state, first.took, first.jobs, first.cost) == ("ended", "1 h 01 min", "1,200 done", "0.25")
    assert (second.session, second.state, second.took, second.jobs) == ("other", "died", "", "decided: 3 run")
    assert "its claims ran out" in second.note
    assert first.facts["session"] == "this-run"
    assert launch_of(catalog, "other") == second
    assert launch_of(catalog, "") is None
    assert launch_of(catalog, "nobody's") is None
