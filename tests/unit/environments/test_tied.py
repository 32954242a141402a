"""Programs end with who started them, however that ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from fakes.processes import wait_until

from analysis_jobs.environments.tied import run_tied

# It starts one that starts another, as uv starts compilers
STARTER = """
import signal
from pathlib import Path
from analysis_jobs.environments.tied import run_tied
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell lets what it runs in the background ignore it
run_tied(["/bin/sh", "-c", "echo $$ >first; sh -c 'echo $$ >second; exec sleep 600'; true"], Path.cwd())
"""


def lives(process: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{process}/status").read_text()
    except OSError:
        return False


def test_what_it_prints_and_how_it_ends(tmp_path: Path) -> None:
    lines: list[str] = []
    script = "pwd; echo $X; echo one >&2; echo two >&2; exit 3"
    done = run_tied(["/bin/sh", "-c", script], tmp_path, {"X": "ü"}, lines.append)
    assert (done.returncode, done.stdout, done.stderr) == (3, f"{tmp_path}\nü\n", "one\ntwo\n")
    assert lines == ["one\n", "two\n"]
    assert run_tied(["/bin/sh", "-c", "kill -9 $$"], tmp_path).returncode == 128 + signal.SIGKILL


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_it_ends_with_its_starter(tmp_path: Path, ending: signal.Signals) -> None:
    second = tmp_path / "second"
    with subprocess.Popen(
        [sys.executable, "-c", STARTER], cwd=tmp_path, start_new_session=True, stderr=subprocess.DEVNULL
    ) as starter:
        wait_until(lambda: second.exists() and second.read_text(), "the program of the program")
        os.killpg(starter.pid, ending)
    for name in ("first", "second"):
        process = int((tmp_path / name).read_text())
        wait_until(lambda process=process: not lives(process), f"the end of the {name} program", 10)


def test_what_cannot_be_run(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        run_tied([str(tmp_path / "nothing")], tmp_path)
    (tmp_path / "closed").touch()
    with pytest.raises(PermissionError):
        run_tied([str(tmp_path / "closed")], tmp_path)
    (tmp_path / "closed").write_bytes(b"\0no program")
    (tmp_path / "closed").chmod(0o755)
    done = run_tied([str(tmp_path / "closed")], tmp_path)
    assert (done.returncode, done.stderr) == (127, "Exec format error\n")
