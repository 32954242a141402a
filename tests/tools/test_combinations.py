"""What is published has a solution beside what labs have: resolved by uv, nothing is installed."""

import subprocess
import sys

import pytest
from support.bare import VARIABLES, needs_index
from support.samples import PROJECT
from uv import find_uv_bin

COMBINATIONS = {
    "spikeinterface": ["spikeinterface[full]"],
    "pynwb and dandi": ["pynwb", "dandi"],
    # allensdk itself pins numpy and pandas of years ago, which nothing of today can be beside
    "an allensdk-like set": [
        "pynwb",
        "h5py",
        "xarray",
        "statsmodels",
        "scikit-image",
        "SimpleITK",
        "tables",
        "psycopg2-binary",
    ],
}
VERSIONS = ["3.11", "3.12"]


def resolved(*requirements: str, python: str = f"{sys.version_info[0]}.{sys.version_info[1]}") -> dict[str, str]:
    """Return the versions that uv takes; fails with its own words where there is no solution."""
    words = ["pip", "compile", "--quiet", "--no-header", "--no-annotate", "--python-version", python, "-"]
    done = subprocess.run(
        [find_uv_bin(), *words],
        input="\n".join(requirements),
        cwd=PROJECT,
        env=VARIABLES,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    lines = (line.split(";")[0].strip() for line in done.stdout.splitlines() if "==" in line)
    return dict(line.split("==") for line in lines)


@pytest.fixture(scope="module", autouse=True)
def index() -> None:
    needs_index()


@pytest.mark.parametrize("python", VERSIONS)
@pytest.mark.parametrize("others", COMBINATIONS.values(), ids=COMBINATIONS)
def test_there_is_a_solution_beside(others: list[str], python: str) -> None:
    found = resolved(f"aind-analysis-jobs[pipeline] @ {PROJECT.as_uri()}", *others, python=python)
    assert {"typer", "pydantic", "aind-data-schema"} <= found.keys()
    for requirement in others:
        assert requirement.partition("[")[0].lower() in found


def test_without_extras_it_brings_pydantic_alone() -> None:
    found = resolved(f"aind-analysis-jobs @ {PROJECT.as_uri()}")
    assert sorted(found) == [
        "annotated-types",
        "pydantic",
        "pydantic-core",
        "typing-extensions",
        "typing-inspection",
    ]
