"""What every store promises: one of many gets a claim, settled states keep to their owners, the first record stays."""

from threading import Barrier, Thread
from typing import Any

import pytest
from support.samples import ENDED, Connect, launch_record, published

from analysis_jobs.records.build import build_record
from analysis_jobs.records.outputs import LARGEST_OUTPUTS
from analysis_jobs.records.read import Recorded
from analysis_jobs.store.history import new_note
from analysis_jobs.store.protocol import JobState
from analysis_jobs.store.states import new_state, pending

ERROR = {"stage": "analyze", "cause": "analysis", "type": "ValueError", "message": "oh"}
A, B = {"session": "a", "process": None}, {"session": "b", "process": None}


def claim_of(owner: dict[str, Any], key: str = "k") -> JobState:
    return pending(key, 1, {"inputs": ["s3://a.b/c"], "parameters": {"a.b": 1, "$c": {"d.e": 2.0}}}, owner, hours=1)


def record(key: str = "k", location: str = "/bucket/k", **more: Any) -> dict[str, Any]:
    code = {
        "version": "1",
        "parameters": {"a.b": {"$c": 1}},
        "input_data": [{"url": "s3://in/x"}, {"url": "s3://in/y"}],
    }
    process = {"code": code, "pipeline_name": "p", "end_date_time": "2026", "output_parameters": {"0.5": 1}}
    return {"_id": key, "location": location, "processing": {"data_processes": [process]}, **more}


def test_a_new_store_is_empty(connect: Connect) -> None:
    store = connect()
    store.check(write=True)
    store.check(write=False)
    assert (store.recorded(["k"]), store.job_states(["k"]), store.recorded([]), store.job_states([])) == (
        {},
        {},
        {},
        {},
    )
    assert (list(store.pending()), list(store.summaries(None)), list(store.summaries(["x"]))) == ([], [], [])


def test_records_that_jobs_have_adopted(connect: Connect) -> None:
    store = connect()
    assert store.adopted() == set()
    by = {"by": "me", "why": "only a comment", "when": "2026-01-01T00:00:00+00:00"}
    parts: Any = {"inputs": [], "parameters": {}, "code": "c", "key_version": 1}
    for key, record_id in (("a", "old"), ("b", "old"), ("c", "other")):
        store.claim([new_state(key, "done", 1, parts, adopted={"record": record_id, **by})], {})
    store.claim([new_state("d", "withdrawn", 1, parts, withdrawn={"record": "taken back", **by})], {})
    store.claim([claim_of(A, "e")], {})
    assert store.adopted() == {"old", "other"}


def test_one_of_two_gets_a_new_job(connect: Connect) -> None:
    one, other = connect(), connect()
    assert one.claim([claim_of(A)], {}) == {"k"}
    assert other.claim([claim_of(B)], {}) == set()
    assert other.job_states(["k"])["k"]["owner"] == A


def test_of_several_jobs_those_that_are_free_are_got(connect: Connect) -> None:
    one, other = connect(), connect()
    one.claim([claim_of(A, "2")], {})
    assert other.claim([claim_of(B, key) for key in "123"], {}) == {"1", "3"}


def test_a_claim_is_taken_over_only_as_it_was_seen(connect: Connect) -> None:
    one, two, three = (connect() for _ in range(3))
    one.claim([claim_of(A)], {})
    seen = two.job_states(["k"])
    assert three.job_states(["k"]) == seen
    assert two.claim([claim_of(B)], seen) == {"k"}
    assert three.claim([claim_of(A)], seen) == set()
    assert one.job_states(["k"])["k"]["owner"] == B


def test_a_claim_on_what_is_gone_is_got(connect: Connect) -> None:
    store = connect()
    assert store.claim([claim_of(B)], {"k": claim_of(A)}) == {"k"}


def test_settled_by_its_owner(connect: Connect) -> None:
    store = connect()
    store.claim([claim_of(A)], {})
    store.settle([new_state("k", "failed", 1, {}, owner=A, error=ERROR)], "a")
    assert store.job_states(["k"])["k"]["state"] == "failed"


@pytest.mark.parametrize("state", ["failed", "empty"])
def test_what_another_owns_by_now_is_not_settled(connect: Connect, state: str) -> None:
    store = connect()
    store.claim([claim_of(B)], {})
    store.settle([new_state("k", state, 1, {}, owner=A)], "a")
    assert store.job_states(["k"])["k"]["state"] == "pending"


def test_done_is_done_whoever_owns_it(connect: Connect) -> None:
    store = connect()
    store.claim([claim_of(B)], {})
    store.settle([new_state("k", "done", 1, {}, owner=A)], "a")
    assert store.job_states(["k"])["k"]["state"] == "done"
    store.settle([new_state("k", "failed", 1, {}, owner=B, error=ERROR)], "b")  # a late word of the other
    assert store.job_states(["k"])["k"]["state"] == "done"


def test_what_was_never_claimed_is_settled(connect: Connect) -> None:
    store = connect()
    store.settle([new_state("k", "failed", 1, {}, owner=A, error=ERROR)], "a")
    assert store.job_states(["k"])["k"]["owner"] == A


def test_a_settled_state_has_a_new_revision(connect: Connect) -> None:
    store, other = connect(), connect()
    store.claim([claim_of(A)], {})
    seen = other.job_states(["k"])
    store.settle([new_state("k", "failed", 1, {}, owner=A, error=ERROR)], "a")
    assert other.claim([claim_of(B)], seen) == set()


def test_the_first_record_stays(connect: Connect) -> None:
    store = connect()
    store.insert([record(location="/first", name="one")])
    store.insert([record(location="/second"), record("k2", location="/other")])
    found = store.recorded(["k", "k2", "k3"])
    assert {key: recorded.location for key, recorded in found.items()} == {"k": "/first", "k2": "/other"}


@pytest.mark.parametrize("kind", ["record", "state"])
def test_what_is_removed_is_gone_and_the_others_stay(connect: Connect, kind: Any) -> None:
    store = connect()
    store.insert([record(key, f"/bucket/{key}") for key in "kl"])
    store.claim([claim_of(A, key) for key in "kl"], {})
    assert '"k"' in store.raw(kind, "k")
    assert store.remove(kind, ["k"]) == {}
    assert store.raw(kind, "k") == ""
    assert store.remove(kind, ["k"]) == {}
    store = connect()
    assert store.recorded(["k", "l"]).keys() == ({"l"} if kind == "record" else {"k", "l"})
    assert store.job_states(["k", "l"]).keys() == ({"l"} if kind == "state" else {"k", "l"})
    assert {found.id for found in store.summaries(["s3://in/x"])} == store.recorded(["k", "l"]).keys()
    assert store.insert([record("k", "/bucket/again")]) == {}
    assert store.recorded(["k"])["k"].location == ("/bucket/again" if kind == "record" else "/bucket/k")


def test_what_a_done_job_took_is_told(connect: Connect) -> None:
    store = connect()
    store.insert([build_record(published("k"))])
    (told,) = store.recorded(["k"]).values()
    assert (told.location, told.seconds, told.peak_memory_bytes) == ("/bucket/k", 10.0, 160_000_000)


def test_what_came_out_of_a_done_job_is_told(connect: Connect) -> None:
    store = connect()
    short = {"n": 3, "a.b": {"$c": None}, "text": "ü", "list": [1, {"x": True}]}
    store.insert([build_record(published("short", outputs=short))])
    store.insert([build_record(published("long", outputs={"n": 3, "list": list(range(3_000))}))])
    store.insert([build_record(published("huge", outputs={"n": 3, "text": "x" * LARGEST_OUTPUTS}))])
    told = {key: recorded.outputs for key, recorded in store.recorded(["short", "long", "huge"]).items()}
    assert told == {"short": (short, False), "long": ({"n": 3}, True), "huge": ({}, True)}


@pytest.mark.parametrize(
    "process",
    [
        {"start_date_time": "yesterday", "end_date_time": "2026-01-01T00:00:00Z", "resources": None},
        {"start_date_time": "2026-01-01T00:00:00", "end_date_time": "2026-01-01T00:00:00Z", "resources": {}},
        {"end_date_time": 5, "resources": {"ram": "16"}, "output_parameters": None},
        {},
    ],
)
def test_what_a_record_does_not_tell_is_not_known(connect: Connect, process: dict[str, Any]) -> None:
    store = connect()
    store.insert([{"_id": "k", "location": "x", "processing": {"data_processes": [process]}}])
    store.insert([{"_id": "none", "location": "y", "processing": None}])
    assert store.recorded(["k", "none"]) == {"k": Recorded("x"), "none": Recorded("y")}


def test_among_many_at_once_each_job_is_got_once(connect: Connect) -> None:
    keys = [f"key {number}" for number in range(30)]
    start = Barrier(4)
    won: list[str] = []

    def contend(number: int) -> None:
        store, owner = connect(), {"session": str(number), "process": None}
        start.wait()
        for key in keys[number:] + keys[:number]:
            won.extend(store.claim([claim_of(owner, key)], {}))

    threads = [Thread(target=contend, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == sorted(keys)


def test_a_state_comes_back_as_it_was(connect: Connect) -> None:
    store, state = connect(), claim_of(A)
    store.claim([state], {})
    (found,) = store.pending()
    assert found == store.job_states(["k"], whole=True)["k"] == state


def test_no_field_of_an_earlier_state_stays(connect: Connect) -> None:
    store = connect()
    store.settle([new_state("k", "failed", 1, {}, owner=A, error={**ERROR, "type": "E"}, seconds=1)], "a")
    store.claim([claim_of(B)], store.job_states(["k"]))
    assert store.job_states(["k"], whole=True)["k"].keys() == claim_of(B).keys()
    store.settle([new_state("k", "done", 1, {}, owner=B, location="/x")], "b")
    assert "expires" not in store.job_states(["k"], whole=True)["k"]
    assert not list(store.pending())


def test_summaries_are_found_by_any_input(connect: Connect) -> None:
    store = connect()
    store.insert([record("1"), record("2")])
    for inputs in (["s3://in/x"], ["s3://in/y", "s3://in/z"]):
        found = sorted(store.summaries(inputs), key=lambda one: one.id)
        assert [one.id for one in found] == ["1", "2"]
        assert found[0].parameters == {"a.b": {"$c": 1}}
        assert (found[0].inputs, found[0].pipeline) == (("s3://in/x", "s3://in/y"), "p")
        assert (found[0].code_version, found[0].ended) == ("1", "2026")
    assert list(store.summaries(["s3://in"])) == []


def test_keys_are_found_by_their_beginning_among_records_and_states(connect: Connect) -> None:
    store = connect()
    store.insert([record("ab1"), record("ac1")])
    store.claim([claim_of(A, "ab2"), claim_of(A, "ab1")], {})
    assert store.keys("ab") == ["ab1", "ab2"]
    assert store.keys("ab1") == ["ab1"] and store.keys("b") == []
    assert store.keys("", limit=2) == ["ab1", "ab2"]


def test_whole_records_and_states_come_back_as_they_were(connect: Connect) -> None:
    store = connect()
    store.insert([record("1"), record("2")])
    states = [claim_of(A, key) for key in "21"]
    store.claim(states, {})
    assert store.records(["1", "3"]) == {"1": record("1")}
    assert list(store.states()) == states[::-1]


def test_all_records_and_states_in_brief(connect: Connect) -> None:
    store = connect()
    store.insert([record(f"{number:04}") for number in range(1_203)])
    error = {**ERROR, "traceback": "Traceback", "log_tail": "the end"}
    state = new_state("k", "failed", 2, {"parameters": {"a.b": 1}}, owner=A, error=error)
    store.settle([state], "a")
    assert sorted(one.id for one in store.summaries(None)) == [f"{number:04}" for number in range(1_203)]
    assert {one.parameters["a.b"]["$c"] for one in store.summaries(None)} == {1}
    (brief,) = store.states(brief=True)
    assert brief == {**state, "error": ERROR}


def test_what_was_done_is_remembered(connect: Connect) -> None:
    store, other = connect(), connect()
    store.check_history()
    first, later, longer = (
        new_note("k", "opened again", "me", "x"),
        new_note("k", "recorded", "me", "y"),
        new_note("k2", "forgotten", "you", "z"),
    )
    first |= {"record": '{"a.b": {"$c": 1}}', "bytes": 3}
    assert store.add_history([longer, later, first]) == {}
    assert store.add_history([]) == {}
    assert list(other.history(whole=True)) == list(other.history("k", whole=True)) == [first, later, longer]
    assert list(other.history("k2")) == list(other.history("k2.")) == [longer]
    del first["record"]
    assert list(other.history()) == [first, later, longer]
    assert (store.keys("k"), list(store.states()), list(store.summaries(None))) == ([], [], [])


def test_a_note_that_is_damaged_is_left_out(connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    store, note = connect(), new_note("k", "recorded", "me", "x")
    store.add_history([note, {**new_note("l", "recorded", "me", "x"), "act": "lost"}])
    assert list(store.history()) == [note]
    assert "act is 'lost', and must be one of: forgotten, " in caplog.text
    assert (len(store.damaged.notes), bool(store.damaged)) == (1, True)


def test_many_are_removed_at_once(connect: Connect) -> None:
    store, keys = connect(), [f"{number:04}" for number in range(1_203)]
    store.insert(record(key, f"/bucket/{key}") for key in keys)
    assert store.remove("record", keys[:-1]) == {}
    assert [one.id for one in store.summaries(None)] == keys[-1:]


def test_a_launch_is_remembered(connect: Connect) -> None:
    store, other = connect(), connect()
    assert (list(store.launches()), list(store.launches(["a"])), list(store.launches([]))) == ([], [], [])
    assert store.put_launch(launch_record("a")) == ""
    assert store.put_launch(launch_record("b", process="boot ns 1 2", code_ocean={"capsule": "c"})) == ""
    assert {launch["session"]: launch for launch in other.launches()} == {
        "a": launch_record("a"),
        "b": launch_record("b", process="boot ns 1 2", code_ocean={"capsule": "c"}),
    }
    assert list(other.launches(["b", "c"])) == [launch_record("b", process="boot ns 1 2", code_ocean={"capsule": "c"})]


def test_a_launch_is_written_in_place_of_what_was(connect: Connect) -> None:
    store = connect()
    for launch in (launch_record("a"), launch_record("a", **ENDED), launch_record("a", run_name="again")):
        assert store.put_launch(launch) == ""
        assert list(connect().launches(["a"])) == [launch], "no field of the one before stays"


def test_a_launch_is_no_job(connect: Connect) -> None:
    store = connect()
    store.put_launch(launch_record("a"))
    assert (store.keys("a"), list(store.states()), list(store.summaries(None))) == ([], [], [])


def test_a_launch_that_is_damaged_is_left_out(connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    store = connect()
    store.put_launch(launch_record("a"))
    store.put_launch(launch_record("b", state="lost"))
    assert [launch["session"] for launch in store.launches()] == ["a"]
    assert "the launch b in " in caplog.text
    assert "state is 'lost', and must be one of: running, ended; restore it, or remove it" in caplog.text
    assert (store.damaged.records, store.damaged.states, bool(store.damaged)) == ({}, {}, True)


def test_summaries_of_some_keys(connect: Connect) -> None:
    store = connect()
    store.insert([record("1"), record("2"), record("3")])
    assert list(store.summaries_of([])) == []
    found = sorted(store.summaries_of(["3", "1", "9"]), key=lambda one: one.id)
    assert found == sorted((one for one in store.summaries(None) if one.id != "2"), key=lambda one: one.id)


def test_records_are_counted_and_the_tables_are_of_this_version(connect: Connect) -> None:
    store = connect()
    store.insert([record("a"), record("b")])
    store.claim([claim_of(A)], {})
    assert (connect().count(), connect().form() in ("tables of this version", "tables of version 1", "")) == (2, True)
