"""The command `run`, with a Nextflow that says what it was given."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support.samples import PROJECT

MAIN = "from analysis_jobs.cli import main; main()"
NEXTFLOW = """#!/bin/sh
printf '%s\\n' "$$" "$PATH" "$@"
"""


def run(
    folder: Path, *words: str, path: str = "/usr/bin:/bin", cwd: Path | None = None, source: Path = PROJECT / "src"
) -> "subprocess.Popen[str]":
    """Start the command with a Python in this folder, as if it were that of an environment."""
    python = folder / "bin" / "python"
    python.parent.mkdir(exist_ok=True)
    if not python.exists():
        python.symlink_to(sys.executable)
    variables = {"PATH": path, "PYTHONPATH": os.pathsep.join([str(source), *_site()]), "HOME": str(folder)}
    piped = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([python, "-c", MAIN, "run", *words], env=variables, cwd=cwd or folder, **piped)


def _site() -> list[str]:
    return [path for path in sys.path if path.endswith("site-packages")]


def fake(folder: Path, script: str = NEXTFLOW) -> Path:
    program = folder / "nextflow"
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(script)
    program.chmod(0o755)
    return program


def test_options_are_handed_on_as_they_are(tmp_path: Path) -> None:
    fake(tmp_path / "path")
    words = ["-resume", "-profile", "docker,x", "--jobs", "a b", "--failed_jobs=report", "--help", "--", "-h", "*", "é"]
    process = run(tmp_path, *words, path=f"{tmp_path}/path:/usr/bin:/bin", cwd=Path("/"))
    said, errors = process.communicate()
    number, path, *given = said.splitlines()
    assert (process.returncode, errors) == (0, "")
    assert int(number) == process.pid
    assert path == f"{tmp_path}/bin:{tmp_path}/path:/usr/bin:/bin"
    assert given == ["run", str(PROJECT / "main.nf"), *words]


def test_the_pipelines_own_help_comes_behind_two_dashes(tmp_path: Path) -> None:
    fake(tmp_path / "path")
    said, _ = run(tmp_path, "--", "--help", path=f"{tmp_path}/path:/bin").communicate()
    assert said.splitlines()[2:] == ["run", str(PROJECT / "main.nf"), "--help"]
    said, _ = run(tmp_path, "--help", path=f"{tmp_path}/path:/bin").communicate()
    assert "Launch the pipeline of this version" in said


def test_the_nextflow_of_its_environment_is_taken_where_path_has_none(tmp_path: Path) -> None:
    fake(tmp_path / "bin")
    said, _ = run(tmp_path, "--jobs", "x", path="/nowhere").communicate()
    assert said.splitlines()[2:] == ["run", str(PROJECT / "main.nf"), "--jobs", "x"]


@pytest.mark.skipif(bool(shutil.which("nextflow", path="/usr/bin:/bin")), reason="the system has a Nextflow")
def test_without_nextflow_it_says_what_to_install(tmp_path: Path) -> None:
    process = run(tmp_path, "--jobs", "x")
    said, errors = process.communicate()
    assert (process.returncode, said) == (2, "")
    beginning = f"error: there is no nextflow on PATH, nor in {tmp_path}/bin; install Nextflow 24.10 or newer ("
    assert errors.startswith(beginning)
    assert errors.count("\n") == 1


def test_python_files_alone_are_not_enough(tmp_path: Path) -> None:
    fake(tmp_path / "path")
    shutil.copytree(PROJECT / "src" / "analysis_jobs", tmp_path / "lib" / "analysis_jobs")
    process = run(tmp_path, "--jobs", "x", path=f"{tmp_path}/path:/bin", source=tmp_path / "lib")
    said, errors = process.communicate()
    assert (process.returncode, said) == (2, "")
    folder = tmp_path / "lib" / "analysis_jobs" / "project"
    assert errors == f"error: {folder}, which has the pipeline, is not there: install the package again\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_reach_nextflow_and_its_status_comes_back(tmp_path: Path, number: signal.Signals) -> None:
    name = number.name.removeprefix("SIG")
    fake(tmp_path / "path", f"#!/bin/sh\ntrap 'exit 43' {name}\necho ready\nwhile :; do sleep 0.01; done\n")
    process = run(tmp_path, path=f"{tmp_path}/path:/usr/bin:/bin")
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    assert process.wait(30) == 43
    process.communicate()
