"""What a job ran in: host, interpreter and packages, as far as it can be told in a few milliseconds."""

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from analysis_jobs.documents import Environment

_DISTRIBUTION = re.compile(r"(.+?)-([^-]+)\.dist-info")


def describe_environment(container: str | None) -> Environment:
    """Describe where this process runs.

    Parameters
    ----------
    container
        Name of the image, or None; on Code Ocean it is the capsule's, by ``CO_CAPSULE_IMAGE``. The digest that it
        stands for is taken from ``ANALYSIS_IMAGE_DIGEST``, if the name has none.

    Returns
    -------
    Environment
        `code_version` and `code_url` are what was baked into the image (``ANALYSIS_CODE_VERSION``,
        ``ANALYSIS_CODE_URL``), or None.
    """
    system = os.uname()
    name, scheduler_job = executor()
    container = container or os.environ.get("CO_CAPSULE_IMAGE")
    return {
        "host": system.nodename,
        "os": f"{system.sysname} {system.release}",
        "architecture": system.machine,
        "cpu": _cpu_name(),
        "cpu_cores": os.cpu_count(),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "python": sys.version.split()[0],
        "packages": installed_packages(),
        "executor": name,
        "scheduler_job": scheduler_job,
        "container_engine": container_engine(),
        "container": _with_digest(container) if container else None,
        "code_version": os.environ.get("ANALYSIS_CODE_VERSION") or None,
        "code_url": os.environ.get("ANALYSIS_CODE_URL") or None,
    }


def _with_digest(image: str) -> str:
    digest = os.environ.get("ANALYSIS_IMAGE_DIGEST", "").rpartition("@")[2]
    return f"{image}@{digest}" if digest and "@" not in image else image


def installed_packages() -> dict[str, str]:
    """Return name and version of each distribution on the import path, from the names of its folders.

    `importlib.metadata` reads a file of each instead, which takes longer than a short job.
    """
    versions: dict[str, str] = {}
    for folder in sys.path:
        if folder and Path(folder).is_dir():
            for name in sorted(os.listdir(folder)):
                if match := _DISTRIBUTION.fullmatch(name):
                    versions.setdefault(match[1], match[2])
    return versions


def _cpu_name() -> str | None:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return None  # not Linux
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), None)


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
