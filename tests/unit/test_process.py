"""How a process of ours ends: its exit code, and what it says."""

import errno
import logging
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from analysis_jobs.errors import InvalidInput, ServiceUnavailable
from analysis_jobs.pipeline import NoPipeline, __version__
from analysis_jobs.process import EXIT_INVALID, EXIT_UNAVAILABLE, check_version, run_script, start_logging


def raising(error: BaseException) -> None:
    def main() -> None:
        raise error

    run_script(main)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InvalidInput("what is wrong"), EXIT_INVALID),
        (NoPipeline("what is wrong"), EXIT_INVALID),
        (ServiceUnavailable("what is wrong"), EXIT_UNAVAILABLE),
    ],
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
    lock = "import sys, sqlite3; import analysis_jobs.store.sqlite as s; "
    lock += "from pathlib import Path; from analysis_jobs.process import run_script; store = s.SqliteStore(Path('r')); "
    lock += "c = sqlite3.connect('r', isolation_level=None); c.execute('BEGIN IMMEDIATE'); "
    lock += "run_script(lambda: store.insert([]))"
    env = {**os.environ, "ANALYSIS_RETRY_SECONDS": "0.05"}
    ended = subprocess.run([sys.executable, "-c", lock], cwd=tmp_path, env=env, capture_output=True, text=True)
    said = "error: the store r did not answer for 0.05 s: another program has locked it"
    assert (ended.returncode, ended.stderr.startswith(said)) == (75, True), ended.stderr


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "/somewhere/x cannot be written, as its disk is full: free some space"),
        (
            errno.EDQUOT,
            "/somewhere/x cannot be written, as the quota of the user who launched is used up there: free some space",
        ),
    ],
)
def test_a_full_disk_may_be_tried_again(number: int, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        raising(OSError(number, "full", "/somewhere/x"))
    assert (ended.value.code, capsys.readouterr().err) == (EXIT_UNAVAILABLE, f"error: {said}\n")


def test_another_error_of_a_file_keeps_its_traceback() -> None:
    with pytest.raises(PermissionError):
        raising(PermissionError(errno.EACCES, "denied", "x"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize(("raised", "code"), [("raise ServiceUnavailable('x')", 75), ("raise InvalidInput('x')", 2)])
def test_a_log_on_a_full_disk_changes_no_exit_code(raised: str, code: int) -> None:
    script = "import sys\nfrom analysis_jobs.process import run_script\n"
    script += "from analysis_jobs.errors import InvalidInput, ServiceUnavailable\n"
    script += f"def main():\n    print('a line that waits')\n    {raised}\nrun_script(main)"
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with open("/dev/full", "w") as full:
        ended = subprocess.run([sys.executable, "-c", script], env=variables, stdout=full, stderr=full)
    assert ended.returncode == code


def test_warnings_are_kept_for_whoever_launched(tmp_path: Path) -> None:
    code = "import logging; from analysis_jobs.process import start_logging; start_logging('warnings.txt', 'said'); "
    code += "log = logging.getLogger('analysis_jobs.x'); log.info('no'); log.error('no'); "
    code += "logging.getLogger('analysis_jobs.retries').warning('no'); log.warning('two\\nlines of %s', 'it')"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True)
    (line,) = (tmp_path / "warnings.txt").read_text().splitlines()
    assert line == "two lines of it"
    assert (tmp_path / "said").read_text() == f"{line}\n"


def test_without_warnings_there_is_no_file(tmp_path: Path) -> None:
    code = "from analysis_jobs.process import start_logging; start_logging('warnings.txt')"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
    assert not list(tmp_path.iterdir())


def test_it_ends_at_once_with_all_that_it_said(tmp_path: Path) -> None:
    code = "import atexit, sys; from analysis_jobs.process import run_script; atexit.register(print, 'taken apart'); "
    code += "run_script(lambda: (print('out', end=''), print('err', end='', file=sys.stderr)))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "out", "err")


def test_a_pipeline_of_another_version_is_refused() -> None:
    check_version(__version__)
    check_version(None)
    with pytest.raises(
        InvalidInput, match=rf"is version {re.escape(__version__)}, and the pipeline is 9\.9\.9; give an image"
    ):
        check_version("9.9.9")


BECOME = """
import sys
from analysis_jobs.process import become
print("said before")
become(sys.argv[1], sys.argv[1:], {"ONLY": "this"})
"""


def test_another_program_takes_the_place_of_the_process(tmp_path: Path) -> None:
    """With its arguments, its variables alone, its status, and signals as a shell's children have them."""
    script = tmp_path / "script"
    script.write_text('#!/bin/sh\necho $$ $ONLY $HOME "$@"; grep SigIgn /proc/$$/status; exit 43\n')
    script.chmod(0o755)
    process = subprocess.Popen([sys.executable, "-c", BECOME, script, "a b", "--c"], stdout=subprocess.PIPE, text=True)
    said, _ = process.communicate()
    lines = said.splitlines()
    assert lines[:2] == ["said before", f"{process.pid} this a b --c"]
    assert process.returncode == 43
    if len(lines) > 2:  # where there is a /proc
        ignored = int(lines[2].split()[1], 16)
        assert not ignored & 1 << (signal.SIGPIPE - 1)
        assert not ignored & 1 << (signal.SIGXFSZ - 1)
