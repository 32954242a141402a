"""What DEDUPE says of each input file, counted in words."""

from pathlib import Path

import pytest

from analysis_jobs.jobs.job_files import JobFile
from analysis_jobs.records.outputs import ShortOutputs
from analysis_jobs.records.read import Recorded
from analysis_jobs.stages.dedupe.decisions import DECISIONS, decided_line, done_before


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


FILE = JobFile(Path("a.json"), "a.json")
OUTPUTS = ShortOutputs({"n": 1, "token": "sk_live_0123456789abcdef01234567"})


def test_what_is_known_of_a_result_of_before_is_told() -> None:
    assert done_before(FILE, "k", "done before", Recorded("/r/k", 0.0, 5, OUTPUTS)) == {
        "file": "a.json", "decision": "done", "reason": "done before", "key": "k", "location": "/r/k", "seconds": 0.0,
        "peak_memory_bytes": 5, "outputs": OUTPUTS.values,
    }  # fmt: skip
    unknown = {"file": "a.json", "decision": "done", "reason": "done before", "key": "k", "location": "/r/k"}
    assert done_before(FILE, "k", "done before", Recorded("/r/k")) == unknown


def test_outputs_of_a_record_that_may_be_no_one_of_ours_are_without_secrets() -> None:
    told = done_before(FILE, "k", "adopted", Recorded("/r/o", outputs=OUTPUTS), "o")
    assert (told["record"], told["outputs"]["n"]) == ("o", 1)
    assert "0123456789" not in told["outputs"]["token"]
