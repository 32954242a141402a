"""Package and pipeline: of one version, or told apart."""

from pathlib import Path

import pytest
from support.samples import PROJECT

from analysis_jobs.health import versions
from analysis_jobs.health.given import Given
from analysis_jobs.health.versions import look_at_versions, pipeline_version
from analysis_jobs.pipeline import PROJECT_FOLDER, NoPipeline, __version__

CONFIG = """
manifest {{
    name    = 'Lab/{name}'
    version = '{version}'
}}
params {{ version = 'another' }}
"""


def pipeline(folder: Path, version: str, name: str = "aind-analysis-jobs") -> Path:
    (folder / "nextflow.config").write_text(CONFIG.format(version=version, name=name))
    return folder


def test_of_this_project() -> None:
    assert pipeline_version(PROJECT) == __version__
    assert [said.level for said in look_at_versions(Given(pipeline=PROJECT))] == ["ok"]


def test_another_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(pipeline(tmp_path, "9.9.9"))
    (said,) = look_at_versions(Given())
    assert said.level == "wrong"
    assert said.message.startswith(f"the pipeline in {tmp_path} is of version 9.9.9, and the package of {__version__};")


def test_the_pipeline_in_an_installed_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    inside = tmp_path / "analysis_jobs" / PROJECT_FOLDER
    inside.mkdir(parents=True)
    monkeypatch.setattr(versions, "project_folder", lambda: pipeline(inside, "9.9.9"))
    (said,) = look_at_versions(Given())
    assert said.message.startswith(f"the pipeline in {inside} is of version 9.9.9")


def test_a_package_without_a_pipeline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> Path:
        raise NoPipeline

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(versions, "project_folder", none)
    (said,) = look_at_versions(Given())
    assert (said.level, said.message) == ("ok", f"package {__version__}; no pipeline is here to compare it with")


def test_a_folder_of_another_pipeline(tmp_path: Path) -> None:
    assert pipeline_version(pipeline(tmp_path, "1.0", name="other")) is None
    (said,) = look_at_versions(Given(pipeline=tmp_path))
    assert (said.level, "is not a folder of the pipeline" in said.message) == ("wrong", True)


def test_files_of_another_version_than_was_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "version", lambda _name: "0.0.1")
    first, *_ = look_at_versions(Given(pipeline=PROJECT))
    assert (first.level, "was installed as version 0.0.1" in first.message) == ("warning", True)
