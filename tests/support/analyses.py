"""Analyses that are loaded, and what is said of those that cannot be."""

from pathlib import Path

import pytest

from analysis_jobs.analysis.loading import Analysis, load
from analysis_jobs.analysis.source import locate
from analysis_jobs.errors import InvalidInput
from support.samples import write_files


def loaded(path: Path | str) -> Analysis:
    return load(locate(str(path)))


def refusal(folder: Path, text: str, name: str = "my_analysis.py") -> str:
    """Return what is said of a file with this text."""
    write_files(folder, {name: text})
    with pytest.raises(InvalidInput) as caught:
        loaded(folder / name)
    return str(caught.value)
