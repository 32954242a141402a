"""Which Python an environment is made with."""

import sys
from pathlib import Path

import pytest
from support.samples import write_files

from analysis_jobs.environments import python
from analysis_jobs.environments.declaration import Declaration
from analysis_jobs.environments.python import make_bare, wanted_python
from analysis_jobs.environments.uv import NoNetwork, Refused
from analysis_jobs.errors import InvalidInput


def declares(versions: str) -> Declaration:
    return Declaration("pyproject.toml", "pyproject.toml", {}, versions)


def test_this_one_if_it_will_do() -> None:
    own = ".".join(map(str, sys.version_info[:2]))
    assert {wanted_python(declares(versions)) for versions in ("", ">=3.11", f"=={own}.*")} == {own}
    assert wanted_python(declares(f"!={own}.*")) == f"!={own}.*"


@pytest.mark.parametrize(
    ("versions", "problem"),
    [
        ("new", "requires-python = 'new', which is not a specifier of versions; write >=3.11"),
        ("3.12", "requires-python = '3.12', which is not a specifier of versions; write ==3.12.*"),
        (
            "<3.10",
            "requires-python = '<3.10', and aind-analysis-jobs, which runs the analysis, needs Python >=3.11",
        ),
        ("==3.11.5,<3.11", "needs Python >=3.11; change it"),
    ],
)
def test_none_will_do(versions: str, problem: str) -> None:
    with pytest.raises(InvalidInput) as error:
        wanted_python(declares(versions))
    assert problem in str(error.value)


def test_one_of_pyenv_that_is_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def run_uv(*words: object, **_: object) -> str:
        asked.append(words)
        if words[0] == "python":
            raise Refused("No interpreter found")
        return ""

    monkeypatch.setattr(python, "run_uv", run_uv)
    for name in ("3.12.1", "3.12.10", "3.12.9", "3.11.7", "3.12-dev", "2.7.18"):
        write_files(tmp_path, {f"versions/{name}/bin/python": ""})
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    make_bare(">=3.12,<3.13", tmp_path / "made", tmp_path)
    assert asked[-1][-2:] == (str(tmp_path / "versions" / "3.12.10" / "bin" / "python"), tmp_path / "made")


def test_none_is_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run_uv(*words: object, **_: object) -> str:
        raise NoNetwork("error sending request")

    monkeypatch.setattr(python, "run_uv", run_uv)
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    with pytest.raises(InvalidInput) as error:
        make_bare(">=3.12,<3.13", tmp_path / "made", tmp_path)
    assert str(error.value).startswith(
        "it needs Python >=3.12,<3.13, which is not on this machine and cannot be fetched ("
    )
