"""Job files say what they are to say, and an account that is wrong is found to be."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from chaos.jobs import (
    DONE,
    WEIGHTS,
    JobFile,
    draw_job_files,
    expected_states,
    possible_states,
    wrong_states,
)

MANY = [draw_job_files(Random(seed)) for seed in range(200)]
FILES = (
    JobFile("a.json", "good", "good 1", ""),
    JobFile("b.json", "good", "good 1", ""),
    JobFile("c.json", "fails", "fails 2", ""),
)
STATES = {kind: expected_states(kind, 1) for kind in WEIGHTS}


def rows(**changes: dict[str, str]) -> list[dict[str, str]]:
    """Return the account of `FILES`, with changes to the lines of some of them."""
    account = [
        {"file": "a.json", "key": "k", "state": "done", "reason": ""},
        {"file": "b.json", "key": "k", "state": "repeat", "reason": ""},
        {"file": "c.json", "key": "l", "state": "failed", "reason": ""},
    ]
    return [{**row, **changes.get(row["file"][0], {})} for row in account]


def test_repeats_are_the_same_job_spelled_otherwise(tmp_path: Path) -> None:
    texts: dict[str, set[str]] = {}
    for file in (file for files in MANY for file in files if file.kind != "invalid"):
        file.write(tmp_path)
        assert (tmp_path / file.path).read_text() == file.text
        texts.setdefault(file.name, set()).add(file.text)
    assert any(len(same) > 4 for same in texts.values())
    for name, same in texts.items():
        assert {tuple(sorted(url.rstrip("/") for url in json.loads(text)["s3_location"])) for text in same} == {
            (name, f"{name} more")
        }


def test_later_files_are_new_and_may_repeat_earlier_ones() -> None:
    for seed, before in enumerate(MANY):
        later = draw_job_files(Random(-seed), before)
        assert {file.path for file in later}.isdisjoint(file.path for file in before)
        known = {file.name for file in before}
        assert all(file.name not in known or file.path.rpartition("/")[2].startswith("again ") for file in later)


def test_all_kinds_are_drawn() -> None:
    assert {file.kind for files in MANY for file in files} == set(WEIGHTS)


def test_a_right_account() -> None:
    assert wrong_states(FILES, rows(), STATES) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"a": {"state": "failed"}}, "good 1 is to be once of ['done']"),
        ({"b": {"state": "done"}}, "good 1 is to be once"),
        ({"a": {"state": "repeat"}}, "good 1 is to be once"),
        ({"b": {"key": "m"}}, "good 1 is to be once"),
        ({"c": {"state": "done"}}, "fails 2 is to be once of ['failed']"),
        ({"c": {"state": "gave_up"}}, "fails 2 is to be once"),
        ({"c": {"file": "a.json"}}, "jobs.tsv has lines of ['a.json', 'a.json', 'b.json']"),
    ],
)
def test_a_wrong_account(changes: dict[str, Any], said: str) -> None:
    (wrong,) = wrong_states(FILES, rows(**changes), STATES)
    assert wrong.startswith(said)


def test_a_line_is_missing_or_too_many() -> None:
    assert wrong_states(FILES, rows()[1:], STATES)
    assert wrong_states(FILES, [*rows(), rows()[0]], STATES)


def test_what_is_expected_in_the_end_is_possible_before() -> None:
    for kind in WEIGHTS:
        assert expected_states(kind, 1) <= expected_states(kind, 0) <= possible_states(kind)
        assert ("done" in possible_states(kind)) == (kind in DONE)
