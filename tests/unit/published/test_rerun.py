"""`analysis-jobs rerun`: jobs that are computed again from what their records say, and compared."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fakes.docdb import DocDBServer
from fakes.s3 import S3Server
from support.checkouts import Checkout
from support.launches import launch
from support.samples import write_files

# Returns what the environment says, so that a repetition may differ.
ANALYSIS = """
import os, signal
from pydantic import field_validator
from analysis_jobs import GenericModel, NothingToReport

print("imported")


class AnalysisSpecification(GenericModel):
    analysis_name: str = "repeated"
    window: float = 0

    @field_validator("window")
    @classmethod
    def from_milliseconds(cls, value):
        return value / 1000


class AnalysisOutputs(GenericModel):
    window: float
    per_unit: dict[str, list[float]]


def run_analysis(job, specification, results):
    change = os.environ.get("CHANGE", "")
    print("running", specification.window)
    if change == "raises":
        raise ValueError("not this time")
    if change == "is empty":
        raise NothingToReport("no units")
    if change == "is killed":
        os.kill(os.getpid(), signal.SIGKILL)
    (results / "plots").mkdir()
    (results / "plots" / "a plot.txt").write_text(change)
    (results / ("other.txt" if change == "other name" else "name.txt")).write_text("")
    (results / "same.txt").write_text("same")
    more = 1e-9 if change == "a little" else 0
    return AnalysisOutputs(window=specification.window, per_unit={"a.b": [1, 2 + more]})
"""


@dataclass
class Done:
    """A job that is done, and the command to run it again."""

    folder: Path
    key: str
    places: list[str]

    def rerun(self, *more: object, into: str = "again", **environment: str) -> "subprocess.CompletedProcess[str]":
        command = [
            Path(sys.executable).with_name("analysis-jobs"),
            "rerun",
            self.key[:12],
            "--into",
            self.folder / into,
        ]
        return subprocess.run(
            [*map(str, command), *self.places, *map(str, more)],
            cwd=self.folder,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
        )

    def compared(self, *more: object, into: str = "again", **environment: str) -> tuple[int, dict[str, Any]]:
        done = self.rerun("--json", *more, into=into, **environment)
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout)


def local(folder: Path, analysis: object, *more: str) -> Done:
    """Do a job with a SQLite file and a folder."""
    store, bucket = str(folder / "records.sqlite"), str(folder / "analyses")
    (key,) = launch(folder, analysis, store, bucket, *more)
    return Done(folder, key, ["--store", store, "--bucket", bucket])


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    folder = tmp_path_factory.mktemp("done")
    write_files(folder, {"lab/units.py": ANALYSIS})
    return local(folder, folder / "lab" / "units.py", "--set", "window=500")


@pytest.fixture
def fresh(done: Done, tmp_path: Path) -> Done:
    """The same job, with a folder of its own to run it again in."""
    return Done(tmp_path, done.key, done.places)


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


def test_other_code(fresh: Done) -> None:
    other = write_files(fresh.folder, {"other.py": ANALYSIS.replace("[1, 2", "[1, 3")}) / "other.py"
    refused = fresh.rerun("--analysis", other)
    assert refused.returncode == 2
    said = f"error: the job {fresh.key} ran with code sha256:"
    assert refused.stderr.startswith(said)
    assert f"which is not to be had: {other} has sha256:" in refused.stderr
    assert refused.stderr.endswith("; run it with --other-code, or give the right code by --analysis\n")
    assert not list((fresh.folder / "again").iterdir())
    status, found = fresh.compared("--analysis", other, "--other-code")
    assert (status, found["code"]["same"]) == (1, False)
    assert found["outputs"] == {"per_unit.a.b[1]": {"there": 2.0, "here": 3.0}}
    assert fresh.rerun("--analysis", other, "--other-code", into="words").stdout.startswith("different by other code: ")


def test_other_code_with_another_specification(fresh: Done) -> None:
    other = ANALYSIS.replace("window: float", "width: float").replace('"window")', '"width")')
    write_files(fresh.folder, {"other.py": other})
    refused = fresh.rerun("--analysis", "other.py", "--other-code")
    assert refused.returncode == 2
    assert refused.stderr.endswith(" is not a parameter of the analysis; did you mean 'width'?\n")


def test_the_name_of_the_file_does_not_matter(fresh: Done) -> None:
    write_files(fresh.folder, {"renamed.py": ANALYSIS})
    assert fresh.rerun("--analysis", "renamed.py").returncode == 0


def test_an_analysis_that_is_not_there(fresh: Done) -> None:
    again = fresh.rerun("--analysis", "gone.py")
    assert again.returncode == 2
    assert "there is no analysis at 'gone.py'" in again.stderr
    assert again.stderr.endswith("; give it by --analysis\n")


def test_a_folder_as_analysis(tmp_path: Path) -> None:
    write_files(tmp_path, {"lab/analysis.py": f"import helper\n{ANALYSIS}", "lab/helper.py": ""})
    job = local(tmp_path, tmp_path / "lab")
    assert job.rerun().returncode == 0
    write_files(tmp_path, {"lab/helper.py": "changed = 1"})
    again = job.rerun(into="changed")
    assert again.returncode == 2
    assert f"{tmp_path / 'lab'} has sha256:" in again.stderr


def test_an_installed_module(tmp_path: Path) -> None:
    write_files(tmp_path, {"site/my_lab/__init__.py": "", "site/my_lab/units.py": ANALYSIS})
    environment = {"PYTHONPATH": str(tmp_path / "site")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", environment["PYTHONPATH"])
        job = local(tmp_path, "my_lab.units")
    assert job.rerun(**environment).returncode == 0
    gone = job.rerun(into="gone")
    assert gone.returncode == 2
    assert "the module my_lab.units cannot be found" in gone.stderr
    assert "my_lab.units was an installed module: install that one here" in gone.stderr


def test_a_version_in_own_words(tmp_path: Path) -> None:
    """Whose digest is written down beside it."""
    write_files(tmp_path, {"units.py": ANALYSIS})
    job = local(tmp_path, tmp_path / "units.py", "--code-version", "paper 1")
    assert job.rerun().returncode == 0
    write_files(tmp_path, {"units.py": f"{ANALYSIS}# more"})
    assert job.rerun(into="changed").returncode == 2


def test_a_manifest_of_an_earlier_version(tmp_path: Path) -> None:
    """That has neither the digest beside a version nor what was given."""
    write_files(tmp_path, {"units.py": ANALYSIS.replace("value / 1000", "value")})
    job = local(tmp_path, tmp_path / "units.py", "--code-version", "paper 1")
    path = tmp_path / "analyses" / job.key / "manifest.json"
    manifest = json.loads(path.read_text())
    del manifest["given"], manifest["run"]["source"]
    path.write_text(json.dumps(manifest))
    without = job.rerun()
    assert without.returncode == 2
    assert (
        "ran with code version:paper 1, which is not to be had: nobody wrote down where the launch had it"
        in without.stderr
    )
    status, found = job.compared("--analysis", tmp_path / "units.py")
    assert (status, found["code"]["same"], found["code"]["there"]) == (0, None, None)
    assert found["code"]["note"].startswith("nobody wrote down the digest of the code that ran; this is sha256:")


def test_parameters_that_are_validated_to_others(tmp_path: Path) -> None:
    """What was given is needed: the recorded parameters would be divided once more."""
    write_files(tmp_path, {"units.py": ANALYSIS})
    job = local(tmp_path, tmp_path / "units.py", "--set", "window=500")
    path = tmp_path / "analyses" / job.key / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "given": {"window": 700}}))
    again = job.rerun()
    assert again.returncode == 2
    assert "AnalysisSpecification makes window = 0.7 of what was given, where 0.5 is recorded; " in again.stderr


class TestFromItsCommit:
    """A clone of what was recorded, where the launch's own folder is gone or changed."""

    @pytest.fixture
    def checkout(self, tmp_path: Path) -> Checkout:
        checkout = Checkout(tmp_path)
        write_files(checkout.folder, {"lab/analysis.py": f"import b\n{ANALYSIS}"})
        checkout.committed("analysis")
        checkout.git("remote", "add", "origin", str(checkout.remote))
        return checkout

    def done(self, checkout: Checkout, tmp_path: Path, analysis: str = "lab/analysis.py") -> Done:
        job = local(tmp_path, checkout.folder / analysis)
        write_files(checkout.folder, {"lab/analysis.py": "changed"})
        return job

    @pytest.mark.parametrize("analysis", ["lab/analysis.py", "lab"])
    def test_clean_and_pushed(self, checkout: Checkout, tmp_path: Path, analysis: str) -> None:
        checkout.push()
        job = self.done(checkout, tmp_path, analysis)
        status, found = job.compared()
        assert (status, found["code"]["same"]) == (0, True)
        assert found["code"]["from"].startswith(str(tmp_path / "again" / "checkout" / "lab"))

    def test_the_folder_is_gone(self, checkout: Checkout, tmp_path: Path) -> None:
        checkout.push()
        job = self.done(checkout, tmp_path)
        shutil.rmtree(checkout.folder)
        assert job.rerun().returncode == 0

    def test_not_pushed(self, checkout: Checkout, tmp_path: Path) -> None:
        again = self.done(checkout, tmp_path).rerun()
        assert again.returncode == 2
        assert "was not pushed to any known remote; run it with --other-code" in again.stderr

    def test_dirty(self, checkout: Checkout, tmp_path: Path) -> None:
        checkout.push()
        write_files(checkout.folder, {"lab/b.py": "changed = 1"})
        again = self.done(checkout, tmp_path).rerun()
        assert again.returncode == 2
        assert "it had changes that are not in its commit" in again.stderr

    def test_the_remote_is_gone(self, checkout: Checkout, tmp_path: Path) -> None:
        checkout.push()
        job = self.done(checkout, tmp_path)
        shutil.rmtree(checkout.remote)
        again = job.rerun()
        assert again.returncode == 2
        assert f"`git clone --quiet --no-checkout -- {checkout.remote}" in again.stderr
        assert not list((tmp_path / "again").iterdir())

    def test_a_url_that_names_a_command(self, checkout: Checkout, tmp_path: Path) -> None:
        checkout.push()
        job = self.done(checkout, tmp_path)
        path = tmp_path / "analyses" / job.key / "manifest.json"
        manifest = json.loads(path.read_text())
        manifest["run"]["code"]["url"] = f"ext::touch {tmp_path / 'touched'}"
        path.write_text(json.dumps(manifest))
        again = job.rerun(GIT_ALLOW_PROTOCOL="ext")
        assert again.returncode == 2
        assert "transport 'ext' not allowed" in again.stderr
        assert not (tmp_path / "touched").exists()


def test_without_published_results(done: Done, tmp_path: Path) -> None:
    write_files(tmp_path, {"units.py": ANALYSIS})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHANGE", "raises")
        assert launch(tmp_path, tmp_path / "units.py", str(tmp_path / "s.sqlite"), str(tmp_path / "bucket")) == []
    failed = Done(tmp_path, "", ["--store", str(tmp_path / "s.sqlite"), "--bucket", str(tmp_path / "bucket")])
    again = failed.rerun()
    assert again.returncode == 2
    assert "is failed and has no published results; only those of a job that is done can be used" in again.stderr
    lost = Done(tmp_path, done.key, [*done.places[:2], "--bucket", str(tmp_path / "nothing")])
    assert lost.rerun().returncode == 0  # found where the record says


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


def test_numbers_are_compared_by_value() -> None:
    from analysis_jobs.published.comparison import compare

    def manifest(outputs: Mapping[str, Any]) -> dict[str, Any]:
        return {"key": "k", "state": "done", "outputs": outputs, "files": [], "environment": {}}

    def different(there: Any, here: Any, tolerance: float = 0.0) -> set[str]:
        return set(compare(manifest({"x": there}), manifest({"x": here}), tolerance=tolerance)["outputs"])

    assert different(1, 1.0) == set()
    assert different(1, True) == {"x"}
    assert different(0.1 + 0.2, 0.3) == {"x"}
    assert different(0.1 + 0.2, 0.3, 1e-9) == set()
    assert different(0.0, 1e-300, 1e-9) == {"x"}  # no relative difference is so small
    assert different([1, 2], [1]) == {"x"}
    assert different([1, {"a": 1}], [1, {"a": 2}]) == {"x[1].a"}
    assert different({"a": None}, {}) == {"x.a"}
    assert different("a", None) == {"x"}
