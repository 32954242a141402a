"""Tests of a file are one process' alone: what they have in common is made once, and launches are what takes long."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of all processes, with a line for each time that this was made."""
    shared = (
        tmp_path_factory.getbasetemp().parent if "PYTEST_XDIST_WORKER" in os.environ else tmp_path_factory.getbasetemp()
    )
    path = shared / "made by the workers"
    with path.open("a") as file:
        file.write(f"{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}\n")
    return path


@pytest.mark.parametrize("number", range(20))
def test_what_a_file_has_in_common_is_made_once(made: Path, number: int) -> None:
    assert len(made.read_text().splitlines()) == 1
