"""The two examples, on real recordings through the whole pipeline."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from support.lab import PROJECT, Ended, Lab, outputs_of, published, records

pytestmark = [pytest.mark.nextflow, pytest.mark.real_data]


def example(lab: Lab, name: str) -> Ended:
    """Run an example as it lies in the project, with its own parameters."""
    folder = PROJECT / "examples" / name
    ended = lab.run(analysis=folder / "analysis.py", parameters=folder / "parameters.json")
    assert ended.returncode == 0, ended.said
    assert {row["state"] for row in ended.rows} == {"done"}
    return ended


def results_of(lab: Lab, row: dict[str, str], text: str, image: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the outputs in a job's record and what its JSON file holds, having seen that its image is one."""
    folder = lab.bucket / row["key"]
    assert {text, image} <= {file["path"] for file in published(lab.bucket)[row["key"]]["files"]}
    assert (folder / image).read_bytes().startswith(b"\x89PNG\r\n")
    return outputs_of(records(lab.store)[row["key"]]), json.loads((folder / text).read_text())


def test_isi_violations(new_lab, real_data: Path):
    lab = new_lab("isi_violations")
    lab.job("A8604", str(real_data / "ephys" / "A8604-211122.nwb"))
    strict, loose = example(lab, "isi_violations").rows
    outputs, written = results_of(lab, strict, "isi_violations.json", "isi_histogram.png")
    expected = {"0": 0, "1": 0.01962, "2": 0.00195}
    assert outputs["isi_violations"] == pytest.approx(expected, abs=5e-6)
    assert written["isi_violations"] == outputs["isi_violations"]
    assert written["isi_violations_cutoff_s"] == 0.0015
    more = results_of(lab, loose, "isi_violations.json", "isi_histogram.png")[0]["isi_violations"]
    assert more["1"] > outputs["isi_violations"]["1"]


def test_reaction_time(new_lab, real_data: Path):
    """Of an HDF5 file, and of a Zarr folder."""
    lab = new_lab("reaction_time")
    expected = {
        "703548_2024-03-01_08-51-32": {"n_trials": 555, "n_responded": 505, "median_reaction_time_s": 0.296},
        "717121_2024-06-15_10-58-01": {"n_trials": 571, "n_responded": 506, "median_reaction_time_s": 0.164},
    }
    for session in expected:
        lab.job(session, str(real_data / "behavior" / f"{session}.nwb"))
    ended = example(lab, "reaction_time")
    for session, values in expected.items():
        row = ended.row(f"{session}.json")
        outputs, written = results_of(lab, row, "reaction_times.json", "reaction_times.png")
        assert outputs == pytest.approx(values, abs=5e-4)
        assert {name: written[name] for name in outputs} == outputs
        assert sum(time is not None for time in written["reaction_time_s_by_trial"]) == values["n_responded"]


def test_an_example_runs_without_nextflow(environment, real_data: Path, tmp_path: Path):
    """With the same numbers, in one process."""
    job = {"s3_location": [str(real_data / "behavior" / "703548_2024-03-01_08-51-32.nwb")]}
    (tmp_path / "job.json").write_text(json.dumps(job))
    analysis = shutil.copy(PROJECT / "examples" / "reaction_time" / "analysis.py", tmp_path)
    command = ["analysis-jobs", "try", analysis, "--job", "job.json", "--results", "out", "--json"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["outputs"]["n_responded"] == 505
    assert (tmp_path / "out" / "reaction_times.png").stat().st_size > 1000
