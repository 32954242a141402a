"""What an analysis imports from the package by its name, and that this imports nothing else."""

import subprocess
import sys

import pytest


def test_the_package_imports_nothing_by_itself() -> None:
    code = "import sys, analysis_jobs; print(sorted(name for name in sys.modules if name.startswith('analysis_jobs')))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout == "['analysis_jobs']\n"


@pytest.mark.parametrize(
    "name", ["GenericModel", "Job", "NothingToReport", "open_nwb", "open_source", "source_outputs"]
)
def test_what_an_analysis_imports_from_the_package(name: str) -> None:
    import analysis_jobs

    assert getattr(analysis_jobs, name).__module__.startswith("analysis_jobs.")
    assert name in analysis_jobs.__all__


def test_what_the_package_does_not_have() -> None:
    with pytest.raises(ImportError, match="cannot import name 'GenericModle'"):
        exec("from analysis_jobs import GenericModle")
