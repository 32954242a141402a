"""A folder to run DEDUPE in."""

from pathlib import Path

import pytest
from support.dedupes import Launch


@pytest.fixture
def launch(tmp_path: Path) -> Launch:
    return Launch(tmp_path)
