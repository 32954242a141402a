"""Environments that several tests share, as they are never changed."""

from pathlib import Path

import pytest
from support.bare import needs_index


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    needs_index()
    return tmp_path_factory.mktemp("environments")
