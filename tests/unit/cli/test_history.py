"""`analysis-jobs history`: what was done to a job after it was computed."""

import pytest
from support.shelf import RATES, Shelf, command

from analysis_jobs.store.history import new_note


def test_what_was_done_to_a_job(shelf: Shelf, place, capsys):
    key = shelf.done(["/in/a"], RATES)
    first, second = new_note(key, "opened again", "alice", "its files are gone"), new_note(key, "recorded", "bob", "x")
    shelf.store.add_history([{**first, "record": "{}"}, {**second, "bytes": 2_000}])
    said = command(capsys, "history", key[:12], *place)
    assert said.code == 0
    assert [(row["act"], row["by"], row["size"], row["what"]) for row in said.rows] == [
        ("opened again", "alice", "", "its files are gone"),
        ("recorded", "bob", "2.0 kB", "x"),
    ]
    assert command(capsys, "history", key, "--json", *place).lines == [
        {**first, "record": "{}"}, {**second, "bytes": 2_000},
    ]  # fmt: skip


def test_also_to_one_of_which_nothing_else_is_left(shelf: Shelf, place, capsys):
    shelf.store.add_history([new_note("f" * 64, "forgotten", "alice", "all of it")])
    assert [row["what"] for row in command(capsys, "history", "ff", *place).rows] == ["all of it"]


def test_to_which_nothing_was_done(shelf: Shelf, place, capsys):
    key = shelf.done(["/in/a"], RATES)
    said = command(capsys, "history", key, *place)
    assert (said.code, said.out) == (0, f"nothing was done to {key} after it was computed\n")
    assert command(capsys, "history", key, "--json", *place).out == ""


def test_several_keys_that_begin_so(shelf: Shelf, place, capsys):
    shelf.store.add_history([new_note(f"ff{letter}" + "0" * 61, "forgotten", "alice", "x") for letter in "ab"])
    said = command(capsys, "history", "ff", *place)
    assert said.code == 2
    assert said.err.startswith("error: several jobs have a key ff...: ffa")


@pytest.mark.parametrize("beginning", ["", " ", "\udce9"])
def test_what_no_key_begins_with(shelf: Shelf, place, capsys, beginning: str):
    shelf.done(["/in/a"], RATES)
    said = command(capsys, "history", beginning, *place)
    assert (said.code, said.out) == (2, "")
    assert "is not the beginning of a key; `analysis-jobs list --store " in said.err
