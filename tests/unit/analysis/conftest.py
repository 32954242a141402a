"""Packages that are installed."""

import sys
from pathlib import Path

import pytest


@pytest.fixture
def site(importing: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the import path, where packages are installed."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.setattr(sys, "path", [*sys.path, str(folder)])
    return folder
