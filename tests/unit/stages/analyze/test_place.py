"""Where a task runs: what schedulers and container engines tell of it."""

from pathlib import Path

import pytest

from analysis_jobs.stages.analyze import environment as place
from analysis_jobs.stages.analyze.environment import container_engine, executor


@pytest.mark.parametrize(
    ("environment", "found"),
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
def test_executor(environment: dict[str, str], found: tuple[str, str | None]) -> None:
    assert executor(environment) == found


@pytest.mark.parametrize(
    ("environment", "found"),
    [
        ({}, None),
        ({"APPTAINER_CONTAINER": "/images/units.sif"}, "apptainer"),
        ({"SINGULARITY_CONTAINER": "/images/units.sif"}, "apptainer"),
        ({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, "kubernetes"),
        ({"ECS_CONTAINER_METADATA_URI_V4": "http://169.254.170.2/v4/1"}, "docker"),
    ],
)
def test_container_engine(
    environment: dict[str, str], found: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(place, "_MARKS", {"docker": str(tmp_path / ".dockerenv")})
    assert container_engine(environment) == found
    (tmp_path / ".dockerenv").touch()
    assert container_engine(environment) == (found or "docker")
