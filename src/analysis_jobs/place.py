"""Where a task runs, as the scheduler and the container engine themselves tell it."""

import os
from collections.abc import Mapping
from pathlib import Path

# By Nextflow's word for a scheduler, the variables with number and name of its job. AWS Batch tells no name.
_SCHEDULERS = {
    "awsbatch": ("AWS_BATCH_JOB_ID", None),
    "slurm": ("SLURM_JOB_ID", "SLURM_JOB_NAME"),
    "lsf": ("LSB_JOBID", "LSB_JOBNAME"),
    "pbs": ("PBS_JOBID", "PBS_JOBNAME"),
}
_OF_NEXTFLOW = "nf-"  # how the names of jobs that Nextflow submits begin
_MARKS = {"docker": "/.dockerenv", "podman": "/run/.containerenv"}
_VARIABLES_OF_ENGINES = {
    "apptainer": ("APPTAINER_CONTAINER", "SINGULARITY_CONTAINER"),
    "kubernetes": ("KUBERNETES_SERVICE_HOST",),
    "docker": ("ECS_CONTAINER_METADATA_URI_V4", "ECS_CONTAINER_METADATA_URI"),
}


def executor(environment: Mapping[str, str] = os.environ) -> tuple[str, str | None]:
    """Return what started this task, and the scheduler's job that it runs in.

    Returns
    -------
    name : str
        ``slurm``, ``awsbatch``, ``lsf`` or ``pbs`` where the scheduler's job is one that Nextflow submitted;
        else ``local``.
    job : str or None
        Such as ``slurm 4711``; beside ``local``, the job that Nextflow itself runs in.
    """
    for name, (job, called) in _SCHEDULERS.items():
        if number := environment.get(job):
            ours = called is None or environment.get(called, "").startswith(_OF_NEXTFLOW)
            return name if ours else "local", f"{name} {number}"
    return "local", None


def container_engine(environment: Mapping[str, str] = os.environ) -> str | None:
    """Return the engine of the container that this process is in, or None outside of any that leaves a mark."""
    for name, variables in _VARIABLES_OF_ENGINES.items():
        if any(environment.get(variable) for variable in variables):
            return name
    return next((name for name, mark in _MARKS.items() if Path(mark).exists()), None)
