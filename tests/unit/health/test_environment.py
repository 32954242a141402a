"""This Python, what is installed in it, and the Python that tasks find on PATH."""

import re
import sys
import tomllib
from importlib.metadata import requires
from pathlib import Path

import pytest
from support.samples import PROJECT

from analysis_jobs.health import environment
from analysis_jobs.health.environment import look_at_packages, look_at_path, look_at_python, requirements_of
from analysis_jobs.health.given import Given
from analysis_jobs.pipeline import PIPELINE_NAME, __version__

LINES = ["pydantic>=2", 'boto3>=1; extra == "s3"', f'{PIPELINE_NAME}[s3]; extra == "nwb"', 'h5py; extra == "nwb"']


@pytest.fixture(autouse=True)
def no_active_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        monkeypatch.delenv(name, raising=False)


def test_this_python_is_fine() -> None:
    (said,) = look_at_python()
    assert said.level == "ok"
    assert said.message.startswith(f"Python 3.{sys.version_info.minor}.")


def test_a_python_that_nobody_has_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "NEWEST_PYTHON", (3, 10))
    (said,) = look_at_python()
    assert (said.level, "use Python 3.10" in said.message) == ("warning", True)


def test_the_newest_python_is_that_of_make_setup() -> None:
    below = re.search(r"sys.version_info < \(3, (\d+)\)", (PROJECT / "Makefile").read_text())
    assert below and (3, int(below[1]) - 1) == environment.NEWEST_PYTHON


def test_another_environment_is_active(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path))
    assert "activate the one that is meant" in list(look_at_python())[1].message
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "gone"))
    assert "is active and is not there" in list(look_at_python())[1].message
    monkeypatch.setenv("VIRTUAL_ENV", sys.prefix)
    assert len(list(look_at_python())) == 1


@pytest.mark.parametrize(
    ("extras", "names"), [({"", "s3"}, ["pydantic", "boto3"]), ({"nwb"}, ["h5py"]), ({""}, ["pydantic"])]
)
def test_requirements_of_extras(extras: set[str], names: list[str]) -> None:
    assert [one.name for one in requirements_of(LINES, extras)] == names


def test_what_is_installed_here_is_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "IMPORTING", 250.0)  # other tests may keep the machine busy
    (said,) = look_at_packages()
    assert said.level == "ok", said
    assert re.match(r"\d+ packages that the pipeline asks for", said.message)


def test_every_module_that_is_tried_is_of_a_package_that_is_asked_for() -> None:
    asked = {one.name for one in requirements_of(requires(PIPELINE_NAME) or [], {"", "s3", "pipeline", "nwb"})}
    assert environment.MODULES.keys() <= asked
    extras = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert {"s3", "pipeline", "nwb"} <= extras.keys()


@pytest.mark.parametrize(
    ("lines", "level", "message"),
    [
        (["not-there-at-all>=1"], "wrong", f"{sys.prefix} lacks not-there-at-all; pip"),
        (["pydantic>=99"], "wrong", "the pipeline needs other versions: pydantic 2"),
        (['not-there; extra == "nwb"'], "warning", "recordings in NWB cannot be read here without not-there"),
    ],
)
def test_what_is_lacking(lines: list[str], level: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "requires", lambda _name: lines)
    (said,) = [one for one in look_at_packages() if one.level != "ok"]
    assert (said.level, said.message[: len(message)]) == (level, message)


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("raise ImportError('libx.so.1: no such file')", "ImportError: libx.so.1: no such file"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "it ends the process (status -11)"),
        ("raise SystemExit('enough')", "SystemExit: enough"),
    ],
)
def test_a_package_that_cannot_be_imported(
    source: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pydantic.py").write_text(source)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PYTHONDEVMODE", "")  # by which Python says more of a crash
    monkeypatch.setattr(environment, "requires", lambda _name: ["pydantic", "jinja2; extra == 'pipeline'"])
    (said,) = look_at_packages()
    assert said.level == "wrong"
    assert said.message.startswith(f"pydantic cannot be imported: {why}; install it again in ")


def test_packages_that_take_very_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pydantic.py").write_text("import time; time.sleep(600)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(environment, "IMPORTING", 1.0)
    monkeypatch.setattr(environment, "requires", lambda _name: ["pydantic"])
    (said,) = look_at_packages()
    assert (said.level, "could not be imported in 1 s" in said.message) == ("warning", True)


def fake_python(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = folder / "python"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    return path


def test_the_python_on_path_is_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    (said,) = look_at_path(Given())
    assert said.level == "ok", said


@pytest.mark.parametrize(
    ("script", "level", "message"),
    [
        ("exit 1", "wrong", "does not run (status 1)"),
        ("""echo '["/other", null]'""", "wrong", f"has no {PIPELINE_NAME}; activate the environment (. {sys.prefix}"),
        ("""echo '["/other", "0.0.9"]'""", "wrong", f"has {PIPELINE_NAME} 0.0.9, and this is {__version__}"),
        (f"""echo '["/other", "{__version__}"]'""", "warning", "is of /other, and this command of"),
    ],
)
def test_another_python_on_path(
    script: str, level: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = fake_python(tmp_path, script, monkeypatch)
    (said,) = look_at_path(Given())
    assert said.level == level
    assert said.message.startswith(str(path))
    assert message in said.message


def test_no_python_on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (said,) = look_at_path(Given())
    assert (said.level, said.message[:31]) == ("wrong", "there is no python on PATH, whi")


def test_in_images_path_does_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert [said.level for said in look_at_path(Given(profiles=frozenset({"docker"})))] == ["ok"]
