"""What is told of where a job ran: the host and its packages, the scheduler, the container."""

import json
import platform
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from support.samples import ENVIRONMENT

from analysis_jobs.stages.analyze import environment as module
from analysis_jobs.stages.analyze.environment import (
    container_engine,
    describe_environment,
    executor,
    installed_packages,
)


def test_it_has_all_that_records_use() -> None:
    found = describe_environment("image:1")
    assert found.keys() == ENVIRONMENT.keys()
    assert (found["container"], found["python"]) == ("image:1", platform.python_version())
    assert found["memory_bytes"] > 10**8
    json.dumps(found)


def test_no_container() -> None:
    assert describe_environment("")["container"] is None


def test_what_was_baked_into_the_image(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANALYSIS_CODE_VERSION", "v1")
    monkeypatch.setenv("ANALYSIS_CODE_URL", "")
    found = describe_environment(None)
    assert (found["code_version"], found["code_url"]) == ("v1", None)


@pytest.mark.parametrize("digest", ["sha256:1f", "registry.example/image@sha256:1f"])
def test_the_digest_of_the_image(monkeypatch: pytest.MonkeyPatch, digest: str) -> None:
    monkeypatch.setenv("ANALYSIS_IMAGE_DIGEST", digest)
    assert describe_environment("image:1")["container"] == "image:1@sha256:1f"
    assert describe_environment("image@sha256:2e")["container"] == "image@sha256:2e"
    assert describe_environment("")["container"] is None


def test_versions_of_packages() -> None:
    packages = installed_packages()
    assert packages["pydantic"] == version("pydantic")
    assert packages["aind_data_schema"] == version("aind_data_schema")


def test_the_package_that_is_imported_is_the_one_that_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder, name in (("first", "a_lab-2.0"), ("second", "a_lab-1.0"), ("second", "other-3.1.dev0+g12")):
        (tmp_path / folder / f"{name}.dist-info").mkdir(parents=True)
    monkeypatch.setattr(sys, "path", ["", str(tmp_path / "first"), str(tmp_path / "gone"), str(tmp_path / "second")])
    assert installed_packages() == {"a_lab": "2.0", "other": "3.1.dev0+g12"}


def test_a_host_without_cpuinfo(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(path: Path) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", missing)
    assert module.describe_environment(None)["cpu"] is None


@pytest.mark.parametrize(
    ("variables", "found"),
    [
        ({}, ("local", None)),
        ({"SLURM_JOB_ID": "4711", "SLURM_JOB_NAME": "nf-ANALYSIS_ANALYZE_(1a2b)"}, ("slurm", "slurm 4711")),
        ({"SLURM_JOB_ID": "4711", "SLURM_JOB_NAME": "my launch"}, ("local", "slurm 4711")),
        ({"SLURM_JOB_ID": "4711"}, ("local", "slurm 4711")),
        ({"AWS_BATCH_JOB_ID": "a-b:3", "AWS_BATCH_JQ_NAME": "queue"}, ("awsbatch", "awsbatch a-b:3")),
        ({"LSB_JOBID": "1", "LSB_JOBNAME": "nf-x"}, ("lsf", "lsf 1")),
        ({"PBS_JOBID": "1.host", "PBS_JOBNAME": "nf-x"}, ("pbs", "pbs 1.host")),
        ({"SLURM_JOB_ID": ""}, ("local", None)),
    ],
)
def test_executor(variables: dict[str, str], found: tuple[str, str | None]) -> None:
    assert executor(variables) == found


@pytest.mark.parametrize(
    ("variables", "found"),
    [
        ({}, None),
        ({"APPTAINER_CONTAINER": "/images/units.sif"}, "apptainer"),
        ({"SINGULARITY_CONTAINER": "/images/units.sif"}, "apptainer"),
        ({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, "kubernetes"),
        ({"ECS_CONTAINER_METADATA_URI_V4": "http://169.254.170.2/v4/1"}, "docker"),
    ],
)
def test_container_engine(
    variables: dict[str, str], found: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "_MARKS", {"docker": str(tmp_path / ".dockerenv")})
    assert container_engine(variables) == found
    (tmp_path / ".dockerenv").touch()
    assert container_engine(variables) == (found or "docker")
