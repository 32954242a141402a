"""The example with packages of its own, which this environment does not have: tried where it runs."""

import importlib.util
import json
from pathlib import Path

import pytest
from support.bare import needs_index
from support.samples import PROJECT, job_text, run_command, write_files

from .test_examples import empty_recording, write

ANALYSIS = PROJECT / "examples" / "rate_changes" / "analysis.py"


@pytest.mark.slow
def test_changes_are_found_in_an_environment_of_its_own(tmp_path: Path) -> None:
    needs_index()
    assert importlib.util.find_spec("ruptures") is None
    nwb = empty_recording()
    slow, fast = [float(second) for second in range(50)], [50 + tenth / 10 for tenth in range(500)]
    nwb.add_unit(spike_times=[*slow, *fast])  # 1 Hz, then 10 Hz
    nwb.add_unit(spike_times=slow)
    nwb.add_unit(spike_times=[])
    nwb.add_unit(spike_times=[1.0])
    recording = write(nwb, tmp_path / "units.nwb")
    write_files(tmp_path, {"job.json": job_text(str(recording)), "two.json": job_text("a", "b")})
    ended = run_command("try", ANALYSIS, "--job", "job.json", "--results", "out", "--json", cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    changes = json.loads(ended.stdout)["outputs"]["changes_s"]
    assert changes == {"0": [50.0], "1": [], "3": []}
    first, second = json.loads((tmp_path / "out" / "rates.json").read_text())["0"]
    assert (first["rate_hz"], round(second["rate_hz"])) == (1.0, 10)
    refused = run_command("try", ANALYSIS, "--job", "two.json", cwd=tmp_path)
    assert "a job of this analysis has one input, not 2; split it: ['a', 'b']" in refused.stderr


@pytest.mark.slow
def test_without_units_there_is_nothing_to_report(tmp_path: Path) -> None:
    needs_index()
    recording = write(empty_recording(), tmp_path / "without.nwb")
    write_files(tmp_path, {"job.json": job_text(str(recording))})
    ended = run_command("try", ANALYSIS, "--job", "job.json", "--json", cwd=tmp_path)
    assert json.loads(ended.stdout)["state"] == "empty"


def test_its_readme_has_the_block_of_its_file() -> None:
    block = ANALYSIS.read_text().partition('"""')[0]
    assert block in (ANALYSIS.parent / "README.md").read_text()
