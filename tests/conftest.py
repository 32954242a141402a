"""Fixtures of all tests: the real services, one of each, and the folder of real recordings."""

import os
from pathlib import Path

import pytest

pytest_plugins = ["fakes.fixtures"]


@pytest.fixture(scope="session")
def real_data() -> Path:
    folder = os.environ.get("REAL_DATA")
    if not folder:
        pytest.skip("REAL_DATA does not name the folder of recordings")
    return Path(folder).absolute()
