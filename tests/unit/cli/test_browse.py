"""The command `browse`, as a process of its own."""

import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from support.shelf import command

from analysis_jobs.cli import browse as module
from analysis_jobs.errors import ServiceUnavailable

COMMAND = (sys.executable, "-c", "from analysis_jobs.cli import main; main()", "browse", "--no-open", "--port", "0")


@pytest.fixture
def started(jobs: dict[str, str], place: list[str]) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command, and the address that it printed."""
    # In its development mode Python says which requests took long
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONDEVMODE"}
    to_us = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    process = subprocess.Popen([*COMMAND, *place], env=variables, **to_us)
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if line.startswith("open http"):
            break
    assert said[-1].startswith("open http"), said
    yield process, said[-1].split()[-1]
    process.kill()
    process.wait()
    process.stdout.close()


def test_it_serves_until_it_is_interrupted(started, jobs: dict[str, str]) -> None:
    process, address = started
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?token=[0-9a-f]{48}", address)
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    with opener.open(address) as answer:
        assert answer.url.endswith("/jobs")
        text = answer.read().decode()
    assert all(key in text for key in jobs.values())
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(address.partition("?")[0])
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) == 0
    assert process.stdout.read() in ("", f"{len(jobs)} jobs to look at\n")  # said before the address, or after it


def test_without_the_extra(monkeypatch, capsys, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None if name == "uvicorn" else find_spec(name))
    said = command(capsys, "browse", "--outdir", tmp_path)
    assert (said.code, said.out) == (2, "")
    assert said.err == (
        "error: browse needs uvicorn, which is not installed; pip install 'aind-analysis-jobs[browse]'\n"
    )


def test_a_store_that_is_not_there(capsys, tmp_path: Path) -> None:
    said = command(capsys, "browse", "--no-open", "--port", 0, "--outdir", tmp_path)
    assert said.code == 2
    assert said.err.startswith(f"error: there is no store {tmp_path}/records.sqlite; give --outdir or --store")


def test_jobs_that_cannot_be_read(monkeypatch, capsys, jobs: dict[str, str], place: list[str]) -> None:
    from analysis_jobs.browse.catalog import Catalog

    def fail(catalog: Catalog) -> None:
        raise ServiceUnavailable("the store does not answer")

    monkeypatch.setattr(Catalog, "_read", fail)
    said = command(capsys, "browse", "--no-open", "--port", 0, *place)
    assert said.code != 0
    assert "the store does not answer" in said.err
    assert "jobs to look at" not in said.out


def test_a_port_that_is_taken(capsys, tmp_path: Path) -> None:
    from analysis_jobs.browse.server import listening

    with listening("127.0.0.1", 0) as taken:
        said = command(capsys, "browse", "--no-open", "--port", taken.getsockname()[1], "--outdir", tmp_path)
    assert said.code == 2
    assert "cannot be used" in said.err


def test_it_writes_nothing(started, tmp_path: Path, jobs: dict[str, str]) -> None:
    def contents() -> dict[str, bytes]:
        files = (path for path in tmp_path.rglob("*") if path.is_file())
        return {str(path): path.read_bytes() for path in files if not path.name.endswith(("-wal", "-shm"))}

    _, address = started
    before = contents()
    base, _, token = address.partition("/?token=")
    for path in ("/jobs", "/gallery", "/failures", f"/job/{jobs['new']}", "/export/outputs.csv"):
        request = urllib.request.Request(f"{base}{path}", headers={"authorization": f"token {token}"})
        with urllib.request.urlopen(request) as answer:
            assert answer.status == 200
    assert contents() == before
