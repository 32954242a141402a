"""What the end-to-end tests share: folders to launch Nextflow in, and the recordings in REAL_DATA."""

import shutil
from collections.abc import Callable

import pytest
from support.lab import Lab, launch_environment


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    if shutil.which("nextflow") is None:
        pytest.fail("nextflow is not on PATH: make setup, then . .venv/bin/activate", pytrace=False)
    return launch_environment(tmp_path_factory.mktemp("nextflow_home"))


@pytest.fixture(scope="session")
def new_lab(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> Callable[[str], Lab]:
    return lambda name: Lab(tmp_path_factory.mktemp(name), environment)
