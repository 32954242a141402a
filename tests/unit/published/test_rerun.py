"""`analysis-jobs rerun`: jobs that are computed again from what their records say, and compared."""

import json
import shutil
from pathlib import Path

import pytest
from fakes.docdb import DocDBServer
from fakes.s3 import S3Server
from support.bare import needs_index
from support.launches import launch
from support.recordings import unpacked
from support.reruns import ANALYSIS, Done, done_locally
from support.samples import job_text, run_command, write_files


def test_the_same(fresh: Done) -> None:
    again = fresh.rerun()
    assert (again.returncode, again.stdout) == (0, "the same: all outputs and 3 files\n"), again.stderr
    assert sorted(path.name for path in (fresh.folder / "again").iterdir()) == [
        "analysis.log",
        "code",
        "comparison.json",
        "outcome.json",
        "results",
    ]
    assert (fresh.folder / "again" / "analysis.log").read_text() == "running 0.5\n"  # validated once, not twice
    assert (fresh.folder / "again" / "results" / "same.txt").read_text() == "same"
    assert not (fresh.folder / "failed.txt").exists()  # which is for those who watch a run of the pipeline


def test_json_is_all_that_is_on_standard_output(fresh: Done) -> None:
    """Though the analysis prints when it is imported."""
    status, found = fresh.compared()
    assert (status, found["same"], found["state"]) == (0, True, "done")
    assert found["files"]["same"] == ["name.txt", "plots/a plot.txt", "same.txt"]
    assert (found["outputs"], found["environment"]) == ({}, {})
    assert found["code"]["same"] is True
    assert found == json.loads((fresh.folder / "again" / "comparison.json").read_text())


def test_another_output(fresh: Done) -> None:
    status, found = fresh.compared(CHANGE="a little")
    assert (status, found["same"]) == (1, False)
    assert found["outputs"] == {"per_unit.a.b[1]": {"there": 2.0, "here": 2.000000001}}
    said = fresh.rerun(into="words", CHANGE="a little").stdout
    assert said.startswith(
        "different: outputs: 1 different; files: 1 different\n  output per_unit.a.b[1]: 2.0 there, 2.000000001 here"
    )


GROUPS = """
from analysis_jobs import GenericModel, open_nwb


class AnalysisSpecification(GenericModel):
    analysis_name: str = "groups"


class AnalysisOutputs(GenericModel):
    names: list[str]


def run_analysis(job, specification, results):
    with open_nwb(job.inputs[0]) as nwb:
        return AnalysisOutputs(names=[group.name for group in nwb.electrodes["group"][:]])
"""


def test_pickled_objects_are_read_where_the_launch_allowed_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recording = unpacked("hdmf_zarr_0.13.0", tmp_path)
    write_files(tmp_path, {"groups.py": GROUPS})
    monkeypatch.setenv("ANALYSIS_ALLOW_PICKLE", "true")
    store, bucket = str(tmp_path / "records.sqlite"), str(tmp_path / "analyses")
    (key,) = launch(tmp_path, tmp_path / "groups.py", store, bucket, job=job_text(str(recording)))
    monkeypatch.delenv("ANALYSIS_ALLOW_PICKLE")
    done = Done(tmp_path, key, ["--store", store, "--bucket", bucket])
    assert done.compared()[1]["same"] is True
    assert "pickled objects in recordings allowed" in done.show()
    manifest = next((tmp_path / "analyses" / key).rglob("manifest.json"))
    document = json.loads(manifest.read_text())
    del document["run"]["launch"]["allow_pickle"]
    manifest.write_text(json.dumps(document))
    assert done.compared(into="refused")[1]["state"] == "failed"
    tried = ["try", tmp_path / "groups.py", "--job", tmp_path / "launch" / "input" / "a.json"]
    assert "has pickled Python objects" in run_command(*tried, cwd=tmp_path).stdout
    assert run_command(*tried, "--allow-pickle", cwd=tmp_path).returncode == 0


def test_a_tolerance(fresh: Done) -> None:
    arguments = ["--tolerance", "1e-6", "--ignore", "plots/*"]
    again = fresh.rerun(*arguments, CHANGE="a little")
    assert (again.returncode, again.stdout.splitlines()) == (
        0,
        ["the same: all outputs within 1e-06 and 2 files", "  file 'plots/a plot.txt': ignored"],
    )
    assert fresh.compared("--tolerance", "1e-12", "--ignore", "plots/*", into="strict", CHANGE="a little")[0] == 1


def test_files(fresh: Done) -> None:
    status, found = fresh.compared(CHANGE="other name")
    assert status == 1
    assert found["files"] == {
        "same": ["same.txt"],
        "different": ["plots/a plot.txt"],
        "only_there": ["name.txt"],
        "only_here": ["other.txt"],
        "ignored": [],
    }
    assert found["outputs"] == {}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("raises", "different: computed again, the job is failed: ValueError: not this time\n"),
        ("is empty", "different: computed again, the job is empty: no units\n"),
        (
            "is killed",
            "different: computed again, the job is failed: SIGKILL: the process of the analysis was killed by SIGKILL",
        ),
    ],
)
def test_a_repetition_that_does_not_end_well(fresh: Done, change: str, said: str) -> None:
    again = fresh.rerun(CHANGE=change)
    assert again.returncode == 1, again.stderr
    assert again.stdout.startswith(said)
    left = {path.name for path in (fresh.folder / "again").iterdir()}
    assert left == {"analysis.log", "code", "comparison.json", "outcome.json", "results"}
    assert (fresh.folder / "again" / "analysis.log").read_text().startswith("running 0.5\n")


def test_a_folder_that_holds_something(fresh: Done) -> None:
    (fresh.folder / "again").mkdir()
    (fresh.folder / "again" / "mine.txt").touch()
    again = fresh.rerun()
    assert again.returncode == 2
    assert again.stderr == f"error: the folder {fresh.folder / 'again'} is not empty; give --into a new one\n"
    (fresh.folder / "file").touch()
    assert "cannot be used: " in fresh.rerun(into="file").stderr


def test_packages_that_differ_are_possible_reasons(fresh: Done, tmp_path: Path) -> None:
    (tmp_path / "more" / "a_lab-2.0.dist-info").mkdir(parents=True)
    again = fresh.rerun(CHANGE="other name", PYTHONPATH=str(tmp_path / "more"))
    assert again.stdout.endswith("possible reasons, there and here:\n  package a_lab: none, 2.0\n")
    same = fresh.rerun(into="same", PYTHONPATH=str(tmp_path / "more"))
    assert same.stdout == "the same: all outputs and 3 files\n"


def test_parameters_that_are_validated_to_others(tmp_path: Path) -> None:
    """What was given is needed: the recorded parameters would be divided once more."""
    write_files(tmp_path, {"units.py": ANALYSIS})
    job = done_locally(tmp_path, tmp_path / "units.py", "--set", "window=500")
    path = tmp_path / "analyses" / job.key / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "given": {"window": 700}}))
    again = job.rerun()
    assert again.returncode == 2
    assert "AnalysisSpecification makes window = 0.7 of what was given, where 0.5 is recorded; " in again.stderr


def test_with_the_services(s3: S3Server, docdb: DocDBServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docdb.empty()
    for name, value in {**s3.environment, **docdb.environment, "DOCDB_COLLECTION": "results"}.items():
        monkeypatch.setenv(name, value)
    bucket = f"s3://{s3.make_bucket('rerun')}/x"
    write_files(tmp_path, {"units.py": ANALYSIS})
    (key,) = launch(tmp_path, tmp_path / "units.py", "docdb", bucket, "--set", "window=500")
    job = Done(tmp_path, key, ["--store", "docdb", "--bucket", bucket])
    assert job.compared()[1]["same"]
    assert job.compared(into="other", CHANGE="other name")[1]["files"]["only_there"] == ["name.txt"]
    by_record = Done(tmp_path, key, ["--store", "docdb"])
    assert by_record.compared(into="by record")[1]["same"]


def test_the_environment_of_then_is_made_again(tmp_path: Path) -> None:
    """From the list of the manifest, where the one of then is gone."""
    needs_index()
    block = '# /// script\n# dependencies = ["tomli-w==1.1.0"]\n# ///\nimport tomli_w\n'
    write_files(tmp_path, {"lab/units.py": block + ANALYSIS})
    done = done_locally(tmp_path, tmp_path / "lab" / "units.py", "--environment-cache", str(tmp_path / "cache"))
    assert done.rerun("--environment-cache", tmp_path / "cache").returncode == 0
    manifest = json.loads(next((tmp_path / "analyses").glob("*/manifest.json")).read_text())
    used = manifest["run"]["environment"]
    assert (used["kind"], used["declared"]) == ("auto", "the script block of units.py")
    shutil.rmtree(tmp_path / "cache")
    status, found = done.compared("--environment-cache", str(tmp_path / "other"), into="other again")
    assert (status, found["same"], found["environment"]) == (0, True, {})
    (made,) = (tmp_path / "other").glob("*.json")
    assert json.loads(made.read_text())["packages"] == used["packages"]
    refused = done.rerun("--environment", "active", into="here")
    assert refused.returncode == 2
    assert "No module named 'tomli_w'" in refused.stderr
    shown = done.show()
    assert f"auto of the script block of units.py, sha256:{used['digest']}" in shown
    assert "packages annotated-types==" in shown
