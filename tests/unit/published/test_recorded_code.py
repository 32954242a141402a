"""The code that a record names: as a file, a folder or a module, from its commit, or another one that is asked for."""

import json
import os
import shutil
from pathlib import Path

import pytest
from support.checkouts import Checkout
from support.reruns import ANALYSIS, Done, done_locally
from support.samples import write_files

from analysis_jobs.analysis.archive import ArchivedCode, archive_of


def test_other_code(fresh: Done) -> None:
    other = write_files(fresh.folder, {"other.py": ANALYSIS.replace("[1, 2", "[1, 3")}) / "other.py"
    refused = fresh.rerun("--analysis", other)
    assert refused.returncode == 2
    said = f"error: the job {fresh.key} ran with code sha256:"
    assert refused.stderr.startswith(said)
    assert f"which was not found: {other} has sha256:" in refused.stderr
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
    job = done_locally(tmp_path, tmp_path / "lab", "--without-code")
    assert job.rerun().returncode == 0
    write_files(tmp_path, {"lab/helper.py": "changed = 1"})
    again = job.rerun(into="changed")
    assert again.returncode == 2
    assert f"{tmp_path / 'lab'} has sha256:" in again.stderr
    assert f"there is no archive of it in {tmp_path / 'analyses' / '_code'}; run it with" in again.stderr


def test_an_installed_module(tmp_path: Path) -> None:
    write_files(tmp_path, {"site/my_lab/__init__.py": "", "site/my_lab/units.py": ANALYSIS})
    environment = {"PYTHONPATH": str(tmp_path / "site")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", environment["PYTHONPATH"])
        job = done_locally(tmp_path, "my_lab.units")
    assert job.rerun(**environment).returncode == 0
    status, found = job.compared(into="gone")
    assert (status, found["code"]["same"]) == (0, True)
    assert found["code"]["from"] == str(tmp_path / "gone" / "archived" / "my_lab" / "units.py")
    assert "the module my_lab.units cannot be found" in found["code"]["note"]


def test_an_installed_module_without_an_archive(tmp_path: Path) -> None:
    write_files(tmp_path, {"site/my_lab/__init__.py": "", "site/my_lab/units.py": ANALYSIS})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", ":".join(filter(None, [str(tmp_path / "site"), os.environ.get("PYTHONPATH")])))
        job = done_locally(tmp_path, "my_lab.units", "--without-code")
    gone = job.rerun()
    assert gone.returncode == 2
    assert "the module my_lab.units cannot be found" in gone.stderr
    assert "my_lab.units was an installed module: install that one here" in gone.stderr
    assert list((tmp_path / "again").iterdir()) == []


def test_a_version_in_own_words(tmp_path: Path) -> None:
    """Whose digest is written down beside it."""
    write_files(tmp_path, {"units.py": ANALYSIS})
    job = done_locally(tmp_path, tmp_path / "units.py", "--code-version", "paper 1", "--without-code")
    assert job.rerun().returncode == 0
    write_files(tmp_path, {"units.py": f"{ANALYSIS}# more"})
    assert job.rerun(into="changed").returncode == 2


def test_the_same_syntax(tmp_path: Path) -> None:
    """Of a launch to which comments are no part of the code, whatever has become of them."""
    write_files(tmp_path, {"units.py": ANALYSIS})
    job = done_locally(tmp_path, tmp_path / "units.py", "--code-identity", "syntax", "--without-code")
    write_files(tmp_path, {"units.py": f"{ANALYSIS}# more"})
    status, found = job.compared()
    assert (status, found["code"]["same"]) == (0, True)
    assert found["code"]["note"].endswith(" here, which is the same syntax")
    write_files(tmp_path, {"units.py": f"{ANALYSIS}MORE = 1"})
    assert job.rerun(into="changed").returncode == 2


def test_a_manifest_of_an_earlier_version(tmp_path: Path) -> None:
    """That has neither the digest beside a version nor what was given."""
    write_files(tmp_path, {"units.py": ANALYSIS.replace("value / 1000", "value")})
    job = done_locally(tmp_path, tmp_path / "units.py", "--code-version", "paper 1")
    path = tmp_path / "analyses" / job.key / "manifest.json"
    manifest = json.loads(path.read_text())
    del manifest["given"], manifest["run"]["source"]
    path.write_text(json.dumps(manifest))
    without = job.rerun()
    assert without.returncode == 2
    assert (
        "ran with code version:paper 1, which was not found: where the launch had it is not recorded" in without.stderr
    )
    status, found = job.compared("--analysis", tmp_path / "units.py")
    assert (status, found["code"]["same"], found["code"]["there"]) == (0, None, None)
    assert found["code"]["note"].startswith("the digest of the code that ran is not recorded; this is sha256:")


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
        job = done_locally(tmp_path, checkout.folder / analysis, "--without-code")
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
        assert "was not pushed to any known remote; there is no archive of it in" in again.stderr

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


class TestFromItsArchive:
    """What was published beside the results, where the code is not to be had elsewhere."""

    @pytest.mark.parametrize("analysis", ["lab/units.py", "lab"])
    def test_changed_in_no_checkout(self, tmp_path: Path, analysis: str) -> None:
        files = {"lab/units.py": f"import helper\n{ANALYSIS}", "lab/helper.py": "", "lab/analysis.py": ANALYSIS}
        job = done_locally(tmp_path, write_files(tmp_path, files) / analysis, "--code-version", "paper 1")
        write_files(tmp_path, {"lab/helper.py": "changed = 1"})
        status, found = job.compared()
        assert (status, found["code"]["same"]) == (0, True)
        digest = found["code"]["here"]
        archive = tmp_path / "analyses" / "_code" / f"{digest}.tar.gz"
        assert found["code"]["from"] == str(tmp_path / "again" / "archived" / Path(analysis).name)
        assert found["code"]["note"].startswith(
            f"taken from the archive {archive}, as {tmp_path / analysis} has sha256:"
        )
        assert found["code"]["note"].endswith("it was in no git checkout, so there is no commit to clone")
        assert not list((tmp_path / "again").glob("archived/**/*.json"))

    def test_the_name_of_the_file_in_its_launch(self, tmp_path: Path) -> None:
        """Where another launch of the same code, under another name, was the first to publish it."""
        write_files(tmp_path, {"units.py": ANALYSIS})
        job = done_locally(tmp_path, tmp_path / "units.py")
        path = tmp_path / "analyses" / job.key / "manifest.json"
        manifest = json.loads(path.read_text())
        manifest["run"] |= {"entry": "renamed.py"}
        path.write_text(json.dumps(manifest))
        (tmp_path / "units.py").unlink()
        assert job.compared()[1]["code"]["from"] == str(tmp_path / "again" / "archived" / "renamed.py")

    def test_an_installed_package(self, tmp_path: Path) -> None:
        write_files(tmp_path, {"site/my_lab/__init__.py": f"from .b import B\n{ANALYSIS}", "site/my_lab/b.py": "B = 1"})
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PYTHONPATH", ":".join(filter(None, [str(tmp_path / "site"), os.environ.get("PYTHONPATH")])))
            job = done_locally(tmp_path, "my_lab")
        status, found = job.compared()
        assert (status, found["code"]["from"]) == (0, str(tmp_path / "again" / "archived" / "my_lab"))

    def test_other_code_under_its_name_is_never_run(self, tmp_path: Path) -> None:
        write_files(tmp_path, {"units.py": ANALYSIS})
        job = done_locally(tmp_path, tmp_path / "units.py")
        write_files(tmp_path, {"units.py": "changed"})
        (archive,) = (tmp_path / "analyses" / "_code").iterdir()
        other = f"open({str(tmp_path / 'touched')!r}, 'w')\n{ANALYSIS}".encode()
        archive.write_bytes(archive_of(ArchivedCode("file", "units.py", {"units.py": other})))
        again = job.rerun()
        assert again.returncode == 2
        digest = archive.name.partition(".")[0]
        assert f"the archive of the code sha256:{digest} is damaged: its files are others" in again.stderr
        assert not (tmp_path / "touched").exists()
        assert list((tmp_path / "again").iterdir()) == []
