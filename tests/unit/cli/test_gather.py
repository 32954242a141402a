"""`analysis-jobs gather`: what it says, and how it ends."""

import json
from pathlib import Path

import pytest
from support.samples import write_files
from support.shelf import command


@pytest.mark.parametrize(("more", "status"), [([], 1), (["--failed-jobs", "report"], 0)])
def test_the_command_ends_as_a_launch_does(capsys, tmp_path: Path, more: list[str], status: int) -> None:
    """With 1 where a job has no result, unless that is only to be told."""
    keys = {"a.json": "run", "b.json": "run"}
    lines = [
        {"file": file, "decision": decision, "reason": "new", "key": file, "attempt": 1}
        for file, decision in keys.items()
    ]
    error = {"stage": "analyze", "cause": "analysis", "type": "ValueError", "message": "no units"}
    settled = [
        {"key": "a.json", "state": "done", "attempt": 1},
        {"key": "b.json", "state": "failed", "attempt": 1, "error": error},
    ]
    texts = {"decisions.jsonl": lines, "account/settled.jsonl": settled, "account/run.json": [{}]}
    write_files(
        tmp_path / "0", {name: "".join(f"{json.dumps(each)}\n" for each in some) for name, some in texts.items()}
    )
    out = tmp_path / "out"
    said = command(capsys, "gather", tmp_path / "0", "--outdir", out, *more)
    assert (said.code, said.out) == (status, f"2 jobs: 1 done, 1 failed\nsee {out}/report.html\n"), said.err
