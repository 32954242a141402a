"""Which Pythons and libraries may be beside this package: keys are the same under the oldest and the newest."""

import os
import subprocess
import sys
import tomllib
from importlib.metadata import metadata, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version
from support.samples import PROJECT

ABOUT = tomllib.loads((PROJECT / "pyproject.toml").read_text())
PROJECT_TABLE = ABOUT["project"]
UV = Path(sys.executable).with_name("uv")


def test_python_3_14_is_not_yet_allowed_by_aind_data_schema() -> None:
    """On the day on which this fails, let `Makefile`, `tools/find-python` and `tools/test-pythons` take 3.14."""
    try:
        wanted = SpecifierSet(metadata("aind-data-schema")["Requires-Python"])
    except ModuleNotFoundError:
        pytest.skip("aind-data-schema is not installed")
    assert not wanted.contains("3.14"), (
        f"aind-data-schema {version('aind-data-schema')} allows Python 3.14: do so as well"
    )


def test_the_package_itself_has_no_upper_bound_of_python() -> None:
    assert PROJECT_TABLE["requires-python"] == ">=3.11"


def test_each_upper_bound_has_its_reason_beside_it() -> None:
    for line in (PROJECT / "pyproject.toml").read_text().partition("[project.scripts]")[0].splitlines():
        if line.startswith('    "') and any(sign in line for sign in (",<", '"<', "==")):
            assert "# " in line, line


@pytest.mark.parametrize("lock", ["requirements.lock", "containers/requirements.lock"])
def test_a_lock_holds_for_every_python_and_has_hashes(lock: str) -> None:
    entries = (PROJECT / lock).read_text().replace("\\\n", "").splitlines()[1:]
    pins = [Requirement(entry.partition(" --hash")[0]) for entry in entries]
    assert all("--hash=sha256:" in entry for entry in entries)
    assert "://" not in (PROJECT / lock).read_text()
    for python in ("3.11", "3.12", "3.13"):
        there = {
            pin.name: pin.specifier
            for pin in pins
            if not pin.marker or pin.marker.evaluate({"python_version": python, "python_full_version": f"{python}.1"})
        }
        for wanted in map(Requirement, PROJECT_TABLE["dependencies"]):
            if not wanted.marker or wanted.marker.evaluate({"python_version": python}):
                (pin,) = there[wanted.name]
                assert wanted.specifier.contains(Version(pin.version)), (python, wanted)


@pytest.mark.slow
def test_keys_are_the_same_under_the_oldest_libraries(tmp_path: Path) -> None:
    """Here they are the newest. The oldest want the oldest Python, or they would have to be compiled."""
    # With those that this machine trusts, as everywhere
    here = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "UV_SYSTEM_CERTS": "1", "PYTHONPATH": "."}
    found = subprocess.run([UV, "python", "find", "3.11"], env=here, capture_output=True, text=True)
    if found.returncode:
        pytest.skip("there is no Python 3.11")
    python = tmp_path / "oldest" / "bin" / "python"
    subprocess.run([UV, "venv", "--quiet", "--python", found.stdout.strip(), tmp_path / "oldest"], check=True, env=here)
    install = [UV, "pip", "install", "--quiet", "--python", python, "--resolution", "lowest-direct"]
    subprocess.run([*install, PROJECT, "pytest>=8.3"], check=True, env=here)
    said = "from importlib.metadata import version; print(version('pydantic'))"
    assert subprocess.check_output([python, "-c", said], text=True).startswith("2.10.")
    options = ["--noconftest", "-c", os.devnull, "--rootdir", ".", "-p", "no:cacheprovider", "-q"]
    command = [python, "-m", "pytest", *options, "unit/jobs/test_key.py", "-k", "golden"]
    done = subprocess.run(command, cwd=PROJECT / "tests", env=here, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
