"""Other programs: what they print, and none that is left running."""

import os
import sys
from pathlib import Path

import pytest
from fakes.processes import wait_until

from analysis_jobs.health.programs import Printed, asked_program


def test_what_it_prints() -> None:
    code = "import os, sys; print(os.environ['A']); print('oh', file=sys.stderr); sys.exit(3)"
    assert asked_program([sys.executable, "-c", code], 60, {"A": "b"}) == Printed("b\n", "oh\n", 3)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Printed("x\n", "one\ntwo\n\n", 1), "two"),
        (Printed("only\n", " ", 1), "only"),
        (Printed("", "", -11), "status -11"),
    ],
)
def test_its_last_words(answer: Printed, words: str) -> None:
    assert answer.words == words


def test_one_that_hangs_is_ended_with_what_it_has_started(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    assert asked_program(["sh", "-c", f"sleep 600 & echo $! > {note}; wait"], 1) is None
    pid = int(note.read_text())

    def is_gone() -> bool:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"

    wait_until(is_gone, "the program has ended", 10)


def test_one_that_is_not_there() -> None:
    with pytest.raises(FileNotFoundError):
        asked_program(["/there/is/none"], 1)
