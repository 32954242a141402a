"""How a process of ours ends: its exit code, and what it says."""

import logging
import subprocess
import sys
from pathlib import Path

import pytest

from analysis_jobs.errors import InvalidInput, ServiceUnavailable
from analysis_jobs.process import EXIT_INVALID, EXIT_UNAVAILABLE, run_script, start_logging


def raising(error: BaseException) -> None:
    def main() -> None:
        raise error

    run_script(main)


@pytest.mark.parametrize(
    ("error", "code"),
    [(InvalidInput("what is wrong"), EXIT_INVALID), (ServiceUnavailable("what is wrong"), EXIT_UNAVAILABLE)],
)
def test_exit_codes(error: Exception, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        raising(error)
    assert ended.value.code == code == {EXIT_INVALID: 2, EXIT_UNAVAILABLE: 75}[code]
    assert capsys.readouterr().err == "error: what is wrong\n"


def test_an_error_shows_no_secret_and_moves_no_cursor(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_TOKEN", "planted+secret/0123456789")
    with pytest.raises(SystemExit):
        raising(InvalidInput("wrong: planted+secret/0123456789\x1b[2J at https://me:pw@host"))
    assert capsys.readouterr().err == "error: wrong: ***\\x1b[2J at https://***@host\n"


def test_a_traceback_shows_neither(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_TOKEN", "planted+secret/0123456789")
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    try:
        raising(KeyError("planted+secret/0123456789\x1b[2J"))
    except KeyError:
        sys.excepthook(*sys.exc_info())
    said = capsys.readouterr().err
    assert said.endswith("KeyError: '***\\x1b[2J'\n")
    assert "planted" not in said


def test_what_is_logged_shows_neither(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_TOKEN", "planted+secret/0123456789")
    start_logging()
    ours = logging.getLogger("analysis_jobs")
    try:
        ours.warning("with %s\x1b[2J", "planted+secret/0123456789")
    finally:
        ours.handlers.clear()
        ours.setLevel(logging.NOTSET)
        ours.propagate = True
    assert capsys.readouterr().err == "WARNING: with ***\\x1b[2J\n"


def test_what_is_unexpected_keeps_its_traceback() -> None:
    with pytest.raises(KeyError):
        raising(KeyError("x"))


def test_the_exit_code_of_an_unavailable_store(tmp_path: Path) -> None:
    lock = "import sys, sqlite3; import analysis_jobs.store.sqlite as s; s.LOCK_TIMEOUT = 0.05; "
    lock += "from pathlib import Path; from analysis_jobs.process import run_script; store = s.SqliteStore(Path('r')); "
    lock += "c = sqlite3.connect('r', isolation_level=None); c.execute('BEGIN IMMEDIATE'); "
    lock += "run_script(lambda: store.insert([]))"
    ended = subprocess.run([sys.executable, "-c", lock], cwd=tmp_path, capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (75, "error: the store r could not be written: database is locked\n")


def test_it_ends_at_once_with_all_that_it_said(tmp_path: Path) -> None:
    code = "import atexit, sys; from analysis_jobs.process import run_script; atexit.register(print, 'taken apart'); "
    code += "run_script(lambda: (print('out', end=''), print('err', end='', file=sys.stderr)))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "out", "err")
