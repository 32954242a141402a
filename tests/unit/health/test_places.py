"""Where tasks run: Docker, SLURM and AWS Batch, each by programs that stand for theirs."""

import re
from pathlib import Path

import pytest
from support.samples import PROJECT

from analysis_jobs.health.diagnosis import Said
from analysis_jobs.health.given import Given
from analysis_jobs.health.places import PROFILES, look_at_profile
from analysis_jobs.pipeline import __version__

INFO = 'case "$1 $2" in "info --format") echo 27.1; exit;; esac\n'
HERE = 'case "$1 $2" in "image inspect") echo sha256:1; exit;; esac\n'


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def program(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}")
    (folder / name).chmod(0o755)


def said(*profiles: str, **given: object) -> list[Said]:
    return list(look_at_profile(Given(profiles=frozenset(profiles), **given)))  # type: ignore[arg-type]


@pytest.mark.parametrize("profile", ["standard", "local"])
def test_on_this_machine(profile: str) -> None:
    assert [one.level for one in said(profile)] == ["ok"]


def test_all_profiles_of_the_pipeline_are_known() -> None:
    scope = (PROJECT / "nextflow.config").read_text().partition("\nprofiles {\n")[2].partition("\n}\n")[0]
    assert set(re.findall(r"^    (\w+) \{$", scope, re.MULTILINE)) == PROFILES


def test_a_profile_of_somebody_else() -> None:
    assert [one.level for one in said("lab")] == ["warning", "ok"]


@pytest.mark.parametrize(
    ("script", "level", "message"),
    [
        (None, "wrong", "docker is not on PATH"),
        ("echo 'Cannot connect to the Docker daemon' >&2; exit 1", "wrong", "docker does not answer (Cannot connect"),
        (f"{INFO}echo 'no such manifest' >&2; exit 1", "wrong", "is not here and cannot be pulled (no such manifest)"),
        (f'{INFO}case "$1" in manifest) exit 0;; esac; exit 1', "ok", "is not here yet, and is pulled"),
        (f"{INFO}{HERE}echo {__version__}", "ok", f"is here, with version {__version__}"),
        (f"{INFO}{HERE}echo 0.0.1", "wrong", "has version 0.0.1 of the package"),
        (
            f"{INFO}{HERE}echo 'python: not found' >&2; exit 127",
            "wrong",
            "has no Python with this package (python: not",
        ),
    ],
)
def test_docker(script: str | None, level: str, message: str, programs: Path) -> None:
    if script:
        program(programs, "docker", script)
    last = said("docker")[-1]
    assert last.level == level
    assert message in last.message


def test_each_image_is_looked_at(programs: Path) -> None:
    program(programs, "docker", f"{INFO}{HERE}echo {__version__}")
    assert [one.message.split()[2] for one in said("docker", analysis_image="mine:1")[1:]] == [
        f"aind-analysis-jobs:{__version__}",
        "mine:1",
    ]


def test_slurm_without_its_commands(programs: Path) -> None:
    assert said("slurm")[0].message.startswith("there is no sbatch, squeue, sinfo on PATH")


@pytest.mark.parametrize(
    ("script", "level", "message"),
    [
        ("echo 'Unable to contact slurm controller' >&2; exit 1", "wrong", "SLURM does not answer (Unable to contact"),
        ("echo 'main* up'; echo 'gpu down'", "ok", "SLURM answers, with the partitions main"),
        ("echo 'main* down'", "wrong", "no partition of it is up"),
    ],
)
def test_slurm(script: str, level: str, message: str, programs: Path) -> None:
    for name in ("sbatch", "squeue"):
        program(programs, name, "exit 0")
    program(programs, "sinfo", script)
    first = said("slurm", work="s3://elsewhere")[0]
    assert first.level == level
    assert message in first.message


def test_a_work_folder_that_nodes_do_not_see(programs: Path, tmp_path: Path) -> None:
    for name in ("sbatch", "squeue", "sinfo"):
        program(programs, name, "echo 'main up'")
    told = said("slurm", work=str(tmp_path))
    assert "give -work-dir a folder that all nodes share" in told[-1].message


def test_apptainer(programs: Path) -> None:
    for name in ("sbatch", "squeue", "sinfo"):
        program(programs, name, "echo 'main up'")
    assert "apptainer is not on PATH" in said("slurm", apptainer=True, work="s3://x")[-1].message
    program(programs, "apptainer", "echo apptainer version 1.3.4")
    told = said("slurm", apptainer=True, work="s3://x", base_image="/absent.sif")
    assert [(one.level, one.message[:24]) for one in told[1:]] == [
        ("ok", "apptainer version 1.3.4 "),
        ("wrong", "the image /absent.sif is"),
    ]


def test_aws_batch() -> None:
    told = said("awsbatch")
    assert [one.level for one in told] == ["wrong"] * 3  # image, bucket and store are of this machine
    given = {"base_image": "registry/x:1", "bucket": "s3://lab", "store": "docdb"}
    assert [one.level for one in said("awsbatch", **given)] == ["ok"]
