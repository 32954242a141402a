"""What the end-to-end tests share: folders to launch Nextflow in, and the recordings in REAL_DATA."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from support.lab import Lab

# They would get into records, or into what Nextflow does.
UNWANTED = ("ANALYSIS_", "CODEOCEAN_", "CO_", "NXF_WORK", "NXF_DEBUG", "NXF_PARAMS_FILE")


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a launch: Nextflow keeps its files to itself, asks nobody, and starts fast."""
    if shutil.which("nextflow") is None:
        pytest.fail("nextflow is not on PATH: make setup, then . .venv/bin/activate", pytrace=False)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(UNWANTED)}
    home = tmp_path_factory.mktemp("nextflow_home")
    old = Path(os.environ.get("NXF_HOME") or Path.home() / ".nextflow")
    for name in ("framework", "plugins"):  # what the official launcher downloaded
        if (old / name).is_dir():
            (home / name).symlink_to((old / name).absolute())
    return {
        **kept,
        "NXF_HOME": str(home),
        "NXF_OFFLINE": "true",
        "NXF_DISABLE_CHECK_LATEST": "true",
        "NXF_ANSI_LOG": "false",
        "NXF_OPTS": "-XX:TieredStopAtLevel=1",
    }


@pytest.fixture(scope="session")
def new_lab(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> Callable[[str], Lab]:
    return lambda name: Lab(tmp_path_factory.mktemp(name), environment)
