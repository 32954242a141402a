"""What DEDUPE says of each input file, counted in words."""

import pytest

from analysis_jobs.stages.dedupe.decisions import DECISIONS, decided_line


@pytest.mark.parametrize(
    ("counts", "line"),
    [
        ({"run": 1}, "1 job: 1 to run"),
        ({"invalid": 2, "done": 3, "run": 5}, "10 jobs: 5 to run, 3 done before, 2 invalid"),
        (
            {"gave_up": 1, "claimed": 1, "repeat": 1},
            "3 jobs: 1 the same as others, 1 running elsewhere, 1 given up",
        ),
    ],
)
def test_decided_line(counts: dict[str, int], line: str) -> None:
    assert decided_line(counts) == line


def test_every_decision_has_words() -> None:
    assert DECISIONS.keys() == {"run", "done", "repeat", "claimed", "invalid", "gave_up"}
