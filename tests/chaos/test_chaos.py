"""A minute of chaos, with a seed of its own each time; what it finds is a fault, and what it says has the seed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]


@pytest.mark.nextflow
@pytest.mark.usefixtures("docdb")  # which skips where the chaos could not start one either
def test_every_promise_is_kept_for_a_minute(tmp_path: Path, chaos_seed: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    command = [sys.executable, "-m", "chaos", "--minutes", "1", "--seed", chaos_seed, "--labs", str(tmp_path)]
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    print(done.stdout, done.stderr)
    assert done.returncode == 0
    assert "every promise was kept in" in done.stdout
    assert list(tmp_path.iterdir()) == []
