"""Options that several commands have: beginnings of keys, and their completion in a shell."""

import shutil

import pytest
from support.shelf import Shelf, command
from support.terminals import shell


def test_beginnings_of_keys(shelf: Shelf, place, capsys):
    keys = [shelf.done([f"in {number}"], {}) for number in range(20)]
    (first, second), *_ = [
        pair for pair in zip(sorted(keys), sorted(keys)[1:], strict=False) if pair[0][0] == pair[1][0]
    ]
    ended = command(capsys, "show", first[0], *place)
    assert ended.code == 2
    assert f"several jobs have a key {first[0]}...: {first}" in ended.err
    assert second in ended.err
    assert command(capsys, "show", first[:16], *place).code == 0


def completed(text: str, *place: str) -> list[str]:
    """What bash offers after a beginning, by the completion that the program itself gives to it."""
    script = (
        'eval "$(_ANALYSIS_JOBS_COMPLETE=source_bash analysis-jobs)"; '
        'COMP_WORDS=("$@"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); '
        '_analysis_jobs_completion analysis-jobs; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    return shell(script, "analysis-jobs", *text.split(" ")).stdout.split()


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_completion_of_keys_and_states(shelf: Shelf, place):
    keys = sorted(shelf.done([f"in {number}"], {}) for number in range(3))
    options = " ".join(place)
    assert completed(f"show {options} ") == keys
    assert completed(f"show {options} {keys[0][:5]}") == [key for key in keys if key.startswith(keys[0][:5])]
    assert keys[1] in completed(f"explain {options} {keys[0]} ")
    assert completed(f"list {options} --state e") == ["empty", "expired"]
    assert completed("show --store nowhere.sqlite ") == [], "and no message in the middle of a line"
    assert {"list", "logs"} <= set(completed("l"))
