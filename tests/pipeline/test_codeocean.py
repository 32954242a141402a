"""A capsule's run script, among folders that stand for Code Ocean's /data, /results and /scratch."""

import os
import subprocess
from pathlib import Path

import pytest
from support.lab import PROJECT, Lab, lines_of, outputs_of, published, records, table_rows, write_json

pytestmark = pytest.mark.nextflow


class Capsule:
    """The folders and variables of a capsule, with one job."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.data, self.results = lab.folder / "data", lab.folder / "results"
        write_json(self.data / "job_dict" / "job.json", {"s3_location": ["test"], "asset_id": ["test"]})
        write_json(self.data / "analysis_parameters.json", {"value": 4})
        self.variables = {
            "DATA_PATH": str(self.data),
            "RESULTS_PATH": str(self.results),
            "SCRATCH_PATH": str(lab.folder / "scratch"),
            "ANALYSIS": str(lab.use("plain.py")),
            "ANALYSIS_BUCKET": "lab-results",
            "DOCDB_COLLECTION": "ephys",
            "CODEOCEAN_EMAIL": "me@example.org",
            "CO_CAPSULE_ID": "c4p5u1e",
            "CO_COMPUTATION_ID": "c0mp",
            "CO_CPUS": "2",
            "CO_MEMORY": "3000000000",
        }

    def run(self, *arguments: str, **changes: str) -> "subprocess.CompletedProcess[str]":
        environment = {**self.lab.environment, **self.variables, **changes}
        return subprocess.run(
            [PROJECT / "codeocean" / "run", *arguments],
            env={name: value for name, value in environment.items() if value},
            capture_output=True,
            text=True,
            timeout=120,
        )


@pytest.fixture
def capsule(new_lab) -> Capsule:
    return Capsule(new_lab("capsule"))


def test_a_capsule_takes_its_jobs_and_parameters_from_data(capsule: Capsule):
    bucket, store = capsule.lab.folder / "bucket", capsule.lab.folder / "records.sqlite"
    ended = capsule.run("--bucket", str(bucket), "--store", str(store))
    assert ended.returncode == 0, ended.stdout
    (row,) = table_rows(capsule.results / "jobs.tsv")
    assert row["state"] == "done"  # and no dry run, as it silently was in the original
    (record,) = records(store).values()
    assert outputs_of(record)["value"] == 4
    (process,) = record["processing"]["data_processes"]
    assert process["experimenters"] == ["me@example.org"]
    said = "Code Ocean capsule c4p5u1e; Code Ocean computation c0mp; Code Ocean user me@example.org"
    assert process["notes"].endswith(said)
    (manifest,) = published(bucket).values()
    assert manifest["run"]["code_ocean"] == {"capsule": "c4p5u1e", "computation": "c0mp", "user": "me@example.org"}
    assert sorted(os.listdir(capsule.results)) == ["decisions.jsonl", "jobs.tsv", "report.html"]


@pytest.mark.parametrize("name", ["ANALYSIS_BUCKET", "DOCDB_COLLECTION", "CODEOCEAN_EMAIL"])
def test_a_missing_variable_is_named_before_anything_starts(capsule: Capsule, name: str):
    ended = capsule.run(**{name: ""})
    assert ended.returncode == 1
    assert f"The environment lacks {name}: set it" in ended.stdout
    assert "Submitted process" not in ended.stdout
    assert not capsule.results.exists()


def test_tasks_ask_for_no_more_than_the_capsule_has(capsule: Capsule):
    bucket, store = capsule.lab.folder / "bucket", capsule.lab.folder / "records.sqlite"
    ended = capsule.run("--bucket", str(bucket), "--store", str(store), "--analysis_memory", "8 GB")
    assert ended.returncode == 0, ended.stdout


def test_without_a_parameters_file_defaults_hold(capsule: Capsule):
    (capsule.data / "analysis_parameters.json").unlink()
    store = capsule.lab.folder / "records.sqlite"
    ended = capsule.run("--bucket", str(capsule.lab.folder / "bucket"), "--store", str(store), "--plan")
    assert ended.returncode == 0, ended.stdout
    (decision,) = lines_of(capsule.results / "decisions.jsonl")
    assert decision["decision"] == "run"
    assert not store.exists()


def test_no_api_of_code_ocean_is_called() -> None:
    code = [*PROJECT.glob("src/**/*.py"), *PROJECT.glob("bin/*.py"), *Path(PROJECT, "codeocean").iterdir()]
    assert not [path for path in code if "import codeocean" in path.read_text() or "from codeocean" in path.read_text()]
