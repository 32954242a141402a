"""The command as people and shells meet it: terminals, pipes, interruptions, completion, hostile texts, logs."""

import fcntl
import os
import pty
import re
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest
from support.samples import run_python
from support.shelf import Shelf, command

from analysis_jobs.cli.tables import many_lines, one_line
from analysis_jobs.jobs.key import job_key, key_parts
from analysis_jobs.store.adopt import adopt
from analysis_jobs.store.sqlite import SqliteStore

PROGRAM = Path(sys.executable).with_name("analysis-jobs")
HOSTILE = {"analysis_name": "[red]rates[/red]\x1b[2J\nnext\tcolumn", "analysis_tag": "<b>\u202e\x07"}
TRACEBACK = 'Traceback (most recent call last):\n  File "x.py", line 1\nValueError: oh\x1b[31m'
ERROR = {"stage": "analyze", "cause": "analysis", "type": "ValueError", "message": "oh\x1b[31m", "traceback": TRACEBACK}


@pytest.fixture
def hostile(shelf: Shelf) -> str:
    return shelf.done(["s3://in/[bold]a"], HOSTILE, {"x": "[red]\x1b]0;title\x07"})


def on_terminal(width: int, *words: object) -> str:
    """Return what the command shows on a terminal of a width."""
    child, terminal = pty.fork()
    if child == 0:
        fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
        # Not this process' own environment, into which readline puts the size of another terminal
        environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
        os.execve(
            PROGRAM, [str(PROGRAM), *map(str, words)], {**environment, "TERM": "xterm", "PYTHONWARNINGS": "ignore"}
        )
    shown = b""
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # it has ended
            break
        if not part:
            break
        shown += part
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, shown
    return shown.decode()


def test_hostile_texts_in_a_pipe(hostile, place, capsys):
    (row,) = command(capsys, "list", *place).rows
    assert row["name"] == "[red]rates[/red]\\x1b[2J\\nnext\\tcolumn"
    assert (row["tag"], row["inputs"]) == ("<b>\\u202e\\x07", "s3://in/[bold]a")
    shown = command(capsys, "show", hostile, *place).out
    assert all(line.isprintable() for line in shown.splitlines())
    assert "x = [red]\\x1b]0;title\\x07" in shown


def test_hostile_texts_on_a_terminal(hostile, place):
    shown = on_terminal(200, "list", *place)
    assert "[red]rates[/red]\\x1b[2J\\nnext\\tcolumn" in shown
    assert set(re.findall(r"\x1b\[[0-9;]*[A-Za-z]", shown)) <= {"\x1b[0m", "\x1b[1m", "\x1b[32m"}


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_table_fits_the_terminal(hostile, place, width):
    lines = re.sub(r"\x1b\[[0-9;]*m", "", on_terminal(width, "list", *place)).splitlines()
    assert len(lines) == 2
    assert all(len(line) <= width for line in lines)
    assert lines[1].startswith(f"{hostile[:12]}   done ")


def test_json_holds_texts_as_they_are(hostile, place, capsys):
    (line,) = command(capsys, "list", "--json", *place).lines
    assert (line["name"], line["tag"]) == (HOSTILE["analysis_name"], HOSTILE["analysis_tag"])


def test_a_terminal_of_few_characters(shelf: Shelf, place):
    shelf.done(["in"], {"analysis_name": "日本"})
    done = shell('PYTHONIOENCODING=latin-1 analysis-jobs list "$@"', *place)
    assert "\t\\u65e5\\u672c\t" in done.stdout


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a b ü 日", "a b ü 日"), ("a\nb\x1b", "a\\nb\\x1b"), ("\ud800\x9b", "\\ud800\\x9b"), (3, "3"), (None, "None")],
)
def test_one_line(text, shown):
    assert one_line(text) == shown


def test_many_lines():
    assert many_lines("10%\r20%\r\nred \x1b[31m\n\tx") == "10%\n20%\nred \\x1b[31m\n\tx"


# Logs


@pytest.mark.parametrize("tail", ["", f"before\n{TRACEBACK}\n", "only this"])
def test_logs_of_a_failed_job(shelf: Shelf, place, capsys, tail):
    key = shelf.settled("failed", ["in"], {"a": 1}, error={**ERROR, "log_tail": tail})
    said = command(capsys, "logs", key[:9], *place)
    assert said.code == 0, said.err
    assert said.out.startswith("failed in analyze, analysis: ValueError: oh\\x1b[31m\n")
    assert said.out.count("Traceback (most recent call last):\n") == 1
    assert "\x1b" not in said.out
    assert (tail.splitlines() or [""])[0] in said.out
    (line,) = command(capsys, "logs", key, "--json", *place).lines
    assert (line["log"], line["error"]["traceback"]) == (tail, TRACEBACK)


def test_logs_of_a_job_whose_task_died(shelf: Shelf, place, capsys):
    error = {"stage": "analyze", "cause": "infrastructure", "type": "TaskDied", "message": "killed"}
    key = shelf.settled("failed", ["in"], {"a": 1}, error=error)
    assert command(capsys, "logs", key, *place).out == "failed in analyze, infrastructure: TaskDied: killed\n"


def test_a_log_on_a_terminal(shelf: Shelf, place):
    key = shelf.done(["\x1b[2Jin"], {"a": 1})
    assert on_terminal(80, "logs", key, *place) == "log of \\x1b[2Jin\r\n"
    silent = shelf.done(["in"], {"a": 2}, files={"analysis.log": ""})
    assert on_terminal(80, "logs", silent, *place) == "(the log is empty)\r\n"


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("empty", "has no log: it is empty: no units; logs are kept of results and failures"),
        ("pending", "has no log: it is pending; logs are kept of results and failures"),
    ],
)
def test_jobs_without_a_log(shelf: Shelf, place, capsys, state, said):
    key = shelf.settled("empty", ["in"], {}, reason="no units") if state == "empty" else shelf.claimed(["in"])
    ended = command(capsys, "logs", key, *place)
    assert (ended.code, ended.out, said in ended.err) == (2, "", True), ended.err


# One job without results


@pytest.mark.parametrize("words", [["files"], ["get"]])
def test_jobs_without_results(shelf: Shelf, place, capsys, tmp_path: Path, words):
    key = shelf.settled("failed", ["in"], {"a": 1}, error=ERROR)
    more = [tmp_path / "copy"] if words == ["get"] else []
    ended = command(capsys, *words, key, *more, *place)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == f"error: {key} has no results: it is failed; `analysis-jobs show {key[:12]}` says more\n"


def test_show_of_a_failed_job(shelf: Shelf, place, capsys):
    key = shelf.settled("failed", ["/data/in"], {"a": {"b": 1}, "c": "x"}, 2, error=ERROR, seconds=1.5)
    lines = command(capsys, "show", key, *place).out.splitlines()
    assert lines == [
        f"key:           {key}", "state:         failed", "why:           ValueError: oh\\x1b[31m",
        "seconds:       1.5", "attempt:       2", "inputs:        /data/in",
        'parameters:    a = {"b": 1}', "               c = x", "code:          sha256:c0de",
        "settled by:    run this-run",
    ]  # fmt: skip
    (found,) = command(capsys, "show", key, "--json", *place).lines
    assert (found["record"], found["files"], found["state"]["error"]) == (None, [], ERROR)


def test_an_adopted_job_leads_to_its_results(shelf: Shelf, place, capsys):
    old = shelf.done(["in"], {"a": 1})
    parts = key_parts(["in"], {"a": 1}, "sha256:n3w")
    adopt([{"key": job_key(parts), "parts": parts, "older": [old]}], shelf.store, "me", "only a comment")
    lines = command(capsys, "show", job_key(parts), *place).out.splitlines()
    assert lines[1] == "state:         done"
    assert f"why:           adopted: record {old}, by me: only a comment" in lines
    assert command(capsys, "logs", job_key(parts), *place).out == "log of in\n"


def test_beginnings_of_keys(shelf: Shelf, place, capsys):
    keys = [shelf.done([f"in {number}"], {}) for number in range(20)]
    (first, second), *_ = [
        pair for pair in zip(sorted(keys), sorted(keys)[1:], strict=False) if pair[0][0] == pair[1][0]
    ]
    ended = command(capsys, "show", first[0], *place)
    assert ended.code == 2
    assert f"several jobs have a key {first[0]}...: {first}" in ended.err
    assert second in ended.err
    assert command(capsys, "show", first[:16], *place).code == 0


# Shells


def shell(text: str, *place: str, status: int = 0) -> "subprocess.CompletedProcess[str]":
    environment = {
        **os.environ,
        "PATH": f"{PROGRAM.parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONWARNINGS": "ignore",
    }
    words = ["bash", "-c", text, "bash", *place]
    done = subprocess.run(words, env=environment, capture_output=True, text=True)
    assert done.returncode == status, done.stderr
    return done


def test_whoever_reads_may_have_seen_enough(shelf: Shelf, place):
    for number in range(300):  # more than a pipe holds
        shelf.settled("empty", [f"/data/{number}/{'x' * 500}"], {}, reason="nothing")
    for words in ("list", "list --json"):
        done = shell(f'set -o pipefail; analysis-jobs {words} "$@" | head -1', *place)
        assert (len(done.stdout.splitlines()), done.stderr) == (1, "")
    done = shell('set -o pipefail; analysis-jobs state "$@" | true', *place)
    assert done.stderr == ""


def test_an_interruption_is_quiet(docdb):
    """While a service does not answer."""
    docdb.empty()
    environment = {**os.environ, **docdb.environment, "DOCDB_COLLECTION": "results"}
    docdb.faults.fail(503, 1_000)
    running = subprocess.Popen([PROGRAM, "list", "--store", "docdb"], env=environment, stderr=subprocess.PIPE)
    end = time.monotonic() + 30
    while not docdb.requests:
        assert time.monotonic() < end
        time.sleep(0.02)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=30)
    docdb.clear()
    assert running.returncode == 130
    assert set(said.splitlines()) <= {b"stamina.retry_scheduled"}


def completed(text: str, *place: str) -> list[str]:
    """What bash offers after a beginning, by the completion that the program itself gives to it."""
    script = (
        'eval "$(_ANALYSIS_JOBS_COMPLETE=source_bash analysis-jobs)"; '
        'COMP_WORDS=("$@"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); '
        '_analysis_jobs_completion analysis-jobs; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    return shell(script, "analysis-jobs", *text.split(" ")).stdout.split()


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_completion_of_keys_and_states(shelf: Shelf, place):
    keys = sorted(shelf.done([f"in {number}"], {}) for number in range(3))
    options = " ".join(place)
    assert completed(f"show {options} ") == keys
    assert completed(f"show {options} {keys[0][:5]}") == [key for key in keys if key.startswith(keys[0][:5])]
    assert keys[1] in completed(f"explain {options} {keys[0]} ")
    assert completed(f"list {options} --state e") == ["empty", "expired"]
    assert completed("show --store nowhere.sqlite ") == [], "and no message in the middle of a line"
    assert {"list", "logs"} <= set(completed("l"))


def test_a_fast_start(tmp_path: Path):
    """Nothing large is imported to list the jobs of a file."""
    path = tmp_path / "records.sqlite"
    SqliteStore(path)
    code = """
import sys
from analysis_jobs.cli import main
sys.argv = ["analysis-jobs", "list", "--store", sys.argv[1]]
try:
    main()
finally:
    large = {"pandas", "numpy", "aind_data_schema", "aind_data_access_api", "obstore", "boto3", "botocore"}
    print(sorted(large & set(sys.modules)))
    sys.exit(0)
"""
    assert run_python(code, path).splitlines()[-1] == "[]"
