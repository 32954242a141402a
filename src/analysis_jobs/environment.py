"""What a job ran in: host, interpreter and packages, as far as it can be told in a few milliseconds."""

import os
import re
import sys
from pathlib import Path
from typing import Any

from analysis_jobs.place import container_engine, executor

_DISTRIBUTION = re.compile(r"(.+?)-([^-]+)\.dist-info")


def describe_environment(container: str | None) -> dict[str, Any]:
    """Describe where this process runs.

    Parameters
    ----------
    container
        Name of the image, or None. The digest that it stands for is taken from ``ANALYSIS_IMAGE_DIGEST``, if the
        name has none.

    Returns
    -------
    dict
        `host`, `os`, `architecture`, `cpu`, `cpu_cores`, `memory_bytes`, `python`, `packages` (name and
        version of each installed distribution), `executor` and `scheduler_job` (see `analysis_jobs.place.executor`),
        `container_engine`, `container`; `code_version` and `code_url` as baked into the image
        (``ANALYSIS_CODE_VERSION``, ``ANALYSIS_CODE_URL``), or None.
    """
    system = os.uname()
    name, scheduler_job = executor()
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
    found: dict[str, str] = {}
    for folder in sys.path:
        if folder and Path(folder).is_dir():
            for name in sorted(os.listdir(folder)):
                if match := _DISTRIBUTION.fullmatch(name):
                    found.setdefault(match[1], match[2])
    return found


def _cpu_name() -> str | None:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return None  # not Linux
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), None)
