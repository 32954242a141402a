"""uv where it is missing, and without a network."""

import sys
from pathlib import Path
from typing import Any

import pytest
from support.samples import ANALYSIS, write_files

from analysis_jobs.environments.choice import environment_of
from analysis_jobs.environments.own_package import write_wheel
from analysis_jobs.environments.uv import NoNetwork, NoRoom, Refused, find_uv, run_uv
from analysis_jobs.errors import InvalidInput

NOWHERE = "http://127.0.0.1:9/simple"  # where nobody listens


@pytest.fixture
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", NOWHERE)
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache of uv"))


def test_it_is_found_beside_us_or_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Path(find_uv()).name == "uv"
    monkeypatch.setitem(sys.modules, "uv", None)
    write_files(tmp_path, {"uv": "#!/bin/sh\n"})
    (tmp_path / "uv").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_uv() == str(tmp_path / "uv")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(InvalidInput, match=r"is not installed: pip install uv, or give --environment active"):
        find_uv()


def test_what_it_says_is_one_line_without_frames(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as error:
        run_uv("pip", "install", "--python", "/nowhere/python", "x", cwd=tmp_path)
    assert "\n" not in str(error.value)
    assert not str(error.value).startswith("error")


def test_without_a_network_it_is_said_what_to_do(tmp_path: Path, offline: None) -> None:
    write_files(tmp_path / "lab", {"analysis.py": ANALYSIS, "requirements.txt": "tomli-w\n"})
    with pytest.raises(InvalidInput) as error:
        environment_of(str(tmp_path / "lab"), cache=tmp_path / "environments")
    said = str(error.value)
    assert said.startswith("the environment of requirements.txt cannot be made, as no package index answers and the ")
    assert said.endswith("; connect this machine, or set UV_FIND_LINKS to a folder of wheels")


SAYS = {
    "error sending request for url": NoNetwork,
    "Git operation failed\n  cause: fatal: unable to access 'https://h/': Could not resolve host: h": NoNetwork,
    "HTTP status server error (503 Service Unavailable)": NoNetwork,
    "Failed to download `six==1.17.0`\n  cause: Hash mismatch for `six==1.17.0`": Refused,
    "Failed to download and build `x @ git+file:///x`\n  cause: Git operation failed": Refused,
    "failed to write to file `/x`: No space left on device (os error 28)": NoRoom,
    "failed to write to file `/x`: Disk quota exceeded (os error 122)": NoRoom,
}


@pytest.mark.parametrize(("said", "raised"), SAYS.items())
def test_why_it_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, raised: type[Exception]) -> None:
    before = "Using Python 3.13.0 environment at: x\nResolved 2 packages in 6ms\n   Building six==1"
    script = f"#!/bin/sh\ncat >&2 <<'END'\n{before}\nerror: {said}\nEND\nexit 2\n"
    write_files(tmp_path, {"uv": script})
    (tmp_path / "uv").chmod(0o755)
    monkeypatch.setattr("analysis_jobs.environments.uv.find_uv", lambda: str(tmp_path / "uv"))
    lines: list[str] = []
    with pytest.raises(raised) as error:
        run_uv("x", cwd=tmp_path, on_line=lines.append)
    assert str(error.value) == " ".join(said.split())
    assert "   Building six==1\n" in lines


def test_wheels_of_a_folder_do(tmp_path: Path, offline: None, monkeypatch: pytest.MonkeyPatch) -> None:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    write_wheel(wheels)
    run_uv("venv", "--quiet", "--python", sys.executable, "env", cwd=tmp_path)
    python = tmp_path / "env" / "bin" / "python"
    words = ("pip", "install", "--no-deps", "--quiet", "--python", python, "aind-analysis-jobs")
    with pytest.raises(NoNetwork):
        run_uv(*words, cwd=tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("UV_FIND_LINKS", "wheels")  # from here, and not from where uv runs
    (tmp_path / "elsewhere").mkdir()
    run_uv(*words, cwd=tmp_path / "elsewhere")
    assert list((tmp_path / "env").glob("lib/*/site-packages/analysis_jobs/__init__.py"))


def test_its_cache_does(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"analysis.py": ANALYSIS, "requirements.txt": "tomli-w==1.1.0\n"}
    first = environment_of(str(write_files(tmp_path / "lab", files)), cache=tmp_path / "first")
    monkeypatch.setenv("UV_OFFLINE", "1")
    again: Any = environment_of(str(tmp_path / "lab"), cache=tmp_path / "second")
    assert again.prefix != first.prefix
    assert again.held == first.held
