"""What became of a job: which job it is."""

import json
from pathlib import Path

import pytest
from support.samples import entry

from analysis_jobs.jobs.outcome import new_outcome, write_outcome


def test_it_says_which_job_it_is_and_that_it_is_done_until_more_is_known() -> None:
    given = {**entry("k", given={"cutoff": 1}), "folder": "0"}
    assert new_outcome(given) == {**entry("k", given={"cutoff": 1}), "state": "done"}
    opened = entry("k", opened="2026-02-03")
    assert new_outcome(opened) == {**opened, "state": "done"}


def test_it_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "outcome.json"
    write_outcome(path, {"key": "k"})
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_outcome(path, {"key": float("nan")})
    assert json.loads(path.read_text()) == {"key": "k"}
