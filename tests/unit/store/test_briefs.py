"""Jobs in brief: the same from documents as from SQL, and the same in all stores."""

import json

from support.samples import Connect
from support.shelf import RATES, Shelf

from analysis_jobs.results.listing import job_lines
from analysis_jobs.store.briefs import Brief, are_sound, briefs_of


def test_every_job_in_brief(connect: Connect, jobs: dict[str, str]) -> None:
    store = connect()
    briefs = {brief.key: brief for brief in store.briefs()}
    assert briefs.keys() == set(jobs.values())
    assert are_sound(list(briefs.values()))
    for line in job_lines(store):
        brief = briefs[line.key]
        assert brief.recorded == (line.record is not None)
        assert json.loads(brief.parameters or "{}") == line.parameters
        assert json.loads(brief.inputs or "[]") == list(line.inputs)
        assert (brief.seconds, brief.attempt) == (line.seconds, line.attempt)
        assert brief.message == ((line.error or {}).get("message") or line.message or None)
    failed = briefs[jobs["failed"]]
    assert (failed.state, failed.cause, failed.type) == ("failed", "analysis", "ValueError")


def test_outputs_are_in_it(connect: Connect, rates: dict[str, str]) -> None:
    outputs = {brief.key: json.loads(brief.outputs or "null") for brief in connect().briefs()}
    assert outputs[rates["other"]] == {"n": 3, "0.5": {"$x": [1]}}


def test_a_record_whose_state_is_gone(shelf: Shelf, connect: Connect) -> None:
    key = shelf.done(["s3://in/a", "s3://in/b"], RATES, {"n": 1})
    shelf.store.remove("state", [key])
    (brief,) = connect().briefs()
    assert (brief.key, brief.recorded, brief.state, brief.attempt) == (key, True, None, None)
    assert json.loads(brief.inputs or "") == ["s3://in/a", "s3://in/b"]
    assert json.loads(brief.parameters or "") == RATES
    assert (brief.started or "").startswith("2026-01-02T03:04:05")


def test_documents_that_are_read_one_by_one_say_the_same(shelf: Shelf, connect: Connect, jobs: dict[str, str]) -> None:
    from analysis_jobs.records.wanted import Wanted

    store = connect()

    def comparable(briefs) -> list[object]:
        texts = ("inputs", "parameters", "outputs")
        return sorted(
            (
                brief._replace(
                    recorded=bool(brief.recorded),
                    name=None,
                    **{name: json.loads(getattr(brief, name) or "null") for name in texts},
                )
                for brief in briefs
            ),
            key=lambda brief: brief.key,
        )

    assert comparable(store.briefs()) == comparable(briefs_of(store.states(brief=True), store.search(Wanted()), {}))


def test_what_is_not_sound() -> None:
    nothing = Brief(*[None] * len(Brief._fields))._replace(key="k", recorded=True)
    assert are_sound([])
    assert are_sound([nothing])
    for wrong in ({"state": "?"}, {"state": "done"}, {"inputs": "{}"}, {"parameters": "[]"}, {"seconds": "1"}):
        assert not are_sound([nothing, nothing._replace(**wrong)])
