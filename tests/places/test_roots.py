"""The installation as the README has it, on a fresh machine: no Java, no Maven, and apt for an administrator only."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from docs.checkout import LEFT_OUT
from support.lab import PROJECT
from support.roots import Root

pytestmark = pytest.mark.place("roots")

# What the README calls each, and the Python that it has; ROOTS chooses among them
SYSTEMS = {"bookworm": ("Debian 12", "3.11"), "trixie": ("Debian 13", "3.13")}
SUITES = os.environ.get("ROOTS", "trixie").split()
MEGABYTES = {"3.11": 650, "3.13": 600}  # of .venv with Java, by the Python


def readme_packages(system: str) -> list[str]:
    """Return what the README has installed on a fresh machine of a system."""
    text = (PROJECT / "README.md").read_text()
    (named,) = re.findall(rf"^- .*{system}\b.*: `sudo apt-get update && sudo apt-get install ([^`]*)`$", text, re.M)
    return named.split()


@pytest.fixture(scope="module", params=SUITES)
def root(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Root, str]]:
    folder = tmp_path_factory.mktemp(request.param) / "root"
    system, python = SYSTEMS[request.param]
    root = Root(folder, request.param)
    root.install(*readme_packages(system))
    shutil.copytree(PROJECT, root.home / "checkout", ignore=LEFT_OUT, symlinks=True)
    root.give()
    yield root, python
    shutil.rmtree(folder)


def test_from_nothing_to_results(root: tuple[Root, str]):
    machine, python = root
    assert machine.bash("type -P java mvn curl || true") == ""

    said = machine.bash("make -C checkout setup").splitlines()
    steps = sorted(re.split(r" from|, \d+ at most", line)[0] for line in said if not line.startswith("make"))
    assert steps == [
        "Java 21:",
        "Nextflow 24.10.0: 54 files",
        "Packages: those of requirements.lock",
        said_of_python(said, python),
    ]
    assert (machine.home / "checkout/.venv/share/nextflow/classes.jsa").exists(), "launches would start slowly"
    assert int(machine.bash("du -sm checkout/.venv").split()[0]) <= MEGABYTES[python]

    first, second = (machine.bash("make -C checkout demo") for _ in range(2))
    assert "6 of 6 analyses are done" in first
    assert "nothing was computed" in second


def said_of_python(said: list[str], version: str) -> str:
    (line,) = (line for line in said if line.startswith("Python "))
    assert re.fullmatch(rf"Python {re.escape(version)}\.\d+: /usr/bin/python3, for .venv", line)
    return line


def test_an_interrupted_setup_goes_on(root: tuple[Root, str]):
    machine, _ = root
    venv = machine.home / "checkout/.venv"
    machine.bash("make -C checkout clean; timeout --signal=KILL 12 make -C checkout setup || true")
    machine.bash("make -C checkout setup")
    assert (venv / ".nextflow").exists()
    assert (venv / ".compiled").exists()
    assert not Path(venv / "share/nextflow.new").exists()
    assert "24.10.0" in machine.bash("checkout/.venv/bin/nextflow -v")
