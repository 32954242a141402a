"""The notes of what was done to jobs, as they are made and read from a store."""

from typing import Any

import pytest

from analysis_jobs.shapes import Damaged
from analysis_jobs.store.history import SET_ASIDE_DOCUMENTS, checked_note, new_note


def test_a_note_is_called_by_key_and_time() -> None:
    note = new_note("k", "forgotten", "me", "all of it")
    assert note["_id"] == f"k.{note['when']}"
    assert note["when"].endswith("+00:00") and "." in note["when"]
    assert (note["key"], note["act"], note["by"], note["what"]) == ("k", "forgotten", "me", "all of it")


def test_what_is_whole_is_as_it_was() -> None:
    note = new_note("k", "opened again", "me", "x")
    assert checked_note({**note, "bytes": None, **dict.fromkeys(SET_ASIDE_DOCUMENTS, "{")}, note["_id"]) == {
        **note, "record": "{", "state": "{",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"key": "l"}, "it belongs to another key"),
        ({"_id": "k.1"}, "it belongs to another key"),
        ({"when": "2026-01-01T00:00:00"}, "when is not a time with a zone"),
        ({"act": "lost"}, "act is 'lost', and must be one of: "),
        ({"by": None}, "it has no by"),
        ({"bytes": "1"}, "bytes is '1', and must be a whole number"),
    ],
)
def test_what_is_damaged_is_said(change: dict[str, Any], why: str) -> None:
    note = new_note("k", "forgotten", "me", "x")
    with pytest.raises(Damaged) as damaged:
        checked_note({**note, **change}, note["_id"])
    assert str(damaged.value).startswith(why)
