"""Nextflow: which is found, and whether the pipeline runs with it."""

import re
import sys
from pathlib import Path

import pytest
from support.samples import PROJECT

from analysis_jobs.cli.running import find_nextflow
from analysis_jobs.errors import InvalidInput
from analysis_jobs.health import nextflow
from analysis_jobs.health.nextflow import FoundNextflow, found_nextflow, look_at_nextflow, numbers_of

LAUNCHER = "#!/usr/bin/env bash\nNXF_VER=${NXF_VER:-'24.10.4'}\n"


@pytest.fixture
def bin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.delenv("NXF_VER", raising=False)
    return folder


def put(folder: Path, text: str) -> Path:
    path = folder / "nextflow"
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_versions_are_those_of_the_project() -> None:
    (oldest,) = re.findall(r"nextflowVersion = '!>=(\d+\.\d+)", (PROJECT / "nextflow.config").read_text())
    assert numbers_of(oldest) == nextflow.OLDEST
    (newer,) = re.findall(r"^NEWER := (\S+)", (PROJECT / "Makefile").read_text(), re.MULTILINE)
    assert numbers_of(newer) == nextflow.NEWEST_TRIED


def test_one_that_says_its_version_is_not_started(bin_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(bin_folder, f"{LAUNCHER}echo started > {bin_folder}/started\n")
    found = found_nextflow()
    assert found and (found.version, found.is_ours) == ("24.10.4", False)
    monkeypatch.setenv("NXF_VER", "25.04.1")
    found = found_nextflow()
    assert found and found.version == "25.04.1"
    assert not (bin_folder / "started").exists()


def test_one_of_make_setup(bin_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(bin_folder, "#!/bin/sh\nexit 1\n")
    share = bin_folder.parent / "share" / "nextflow"
    share.mkdir(parents=True)
    (share / "version").write_text("24.10.0\n")
    found = found_nextflow()
    assert found and (found.version, found.is_ours) == ("24.10.0", True)
    assert [said.level for said in look_at_nextflow(found)] == ["ok"]
    monkeypatch.setenv("NXF_VER", "25.04.4")
    assert [said.level for said in look_at_nextflow(found_nextflow())] == ["ok", "warning"]


def test_another_is_asked(bin_folder: Path) -> None:
    put(bin_folder, "#!/bin/sh\necho nextflow version 24.10.5.5935\n")
    found = found_nextflow()
    assert found and found.version == "24.10.5.5935"


def test_one_that_says_nothing(bin_folder: Path) -> None:
    put(bin_folder, "#!/bin/sh\nexit 1\n")
    (said,) = look_at_nextflow(found_nextflow())
    assert (said.level, "does not say its version" in said.message) == ("warning", True)


@pytest.mark.parametrize("where", ["PATH", "the environment", "both", "nowhere"])
def test_doctor_looks_at_the_one_that_run_starts(where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders = {name: tmp_path / name for name in ("PATH", "the environment")}
    for name, folder in folders.items():
        folder.mkdir()
        if where in (name, "both"):
            put(folder, LAUNCHER)
    monkeypatch.delenv("NXF_VER", raising=False)
    monkeypatch.setenv("PATH", str(folders["PATH"]))
    monkeypatch.setattr(sys, "executable", str(folders["the environment"] / "python"))
    found = found_nextflow()
    if where == "nowhere":
        assert found is None
        (said,) = look_at_nextflow(None)
        with pytest.raises(InvalidInput) as refused:
            find_nextflow()
        assert (said.level, said.message) == ("wrong", str(refused.value))
    else:
        assert found and found.path == Path(find_nextflow())
        assert found.path.parent == folders["PATH" if where == "both" else where]
        assert [said.level for said in look_at_nextflow(found)] == ["ok"]


@pytest.mark.parametrize(
    ("version", "level"),
    [("24.9.9", "wrong"), ("24.10.0", "ok"), ("25.04.4", "ok"), ("25.10.0-edge", "warning"), ("26.04.1", "warning")],
)
def test_old_and_new_ones(version: str, level: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NXF_VER", raising=False)
    (said,) = look_at_nextflow(FoundNextflow(tmp_path, version, ""))
    assert said.level == level
