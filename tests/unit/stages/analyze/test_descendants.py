"""Processes below this one: found, waited for and ended, also those that have left their parent."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.samples import run_python

from analysis_jobs.stages.analyze import ending
from analysis_jobs.stages.analyze.descendants import children, end_descendants, wait_for_descendants

# A shell, its child, and a grandchild whose parent has gone
START = """
import json, os, subprocess, sys
from analysis_jobs.stages.analyze.descendants import adopt_orphans, children, end_descendants
adopt_orphans()
before = subprocess.Popen(["sleep", "600"])
mine = set(children())
program = "(sleep 600 & echo $!); sleep 600"
shell = subprocess.Popen(["sh", "-c", program], stdout=subprocess.PIPE, start_new_session=True)
orphan = int(shell.stdout.readline())
end_descendants(mine)
there = [os.path.exists(f"/proc/{number}") for number in (before.pid, shell.pid, orphan)]
before.kill()
print(json.dumps(there))
"""
FORK = """
import os, signal, time
from analysis_jobs.stages.analyze.descendants import end_with_parent
reading, writing = os.pipe()
parent = os.fork()
if parent == 0:
    task = os.getpid()
    if os.fork() == 0:
        end_with_parent(task)
        os.write(writing, b"begun")
        time.sleep(600)
    time.sleep(600)
os.close(writing)
os.read(reading, 5)
os.kill(parent, signal.SIGKILL)
print(os.read(reading, 5))  # at its end, as the child is gone too
"""


def test_all_but_those_before_are_ended(tmp_path: Path) -> None:
    assert run_python(START, tmp_path).strip() == "[true, false, false]"


def test_a_child_ends_with_its_parent(tmp_path: Path) -> None:
    assert run_python(FORK, tmp_path).strip() == "b''"


def test_what_ends_by_itself_is_waited_for() -> None:
    before = set(children())
    program = subprocess.Popen([sys.executable, "-c", "pass"])
    assert program.pid in set(children()) - before
    assert wait_for_descendants(before) == ()
    assert program.pid not in children()


def test_what_stays_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "GRACE", 0.0)
    before = set(children())
    program = subprocess.Popen(["sleep", "600"])
    end = time.monotonic() + 30
    while Path(f"/proc/{program.pid}/comm").read_text() != "sleep\n":
        assert time.monotonic() < end
    assert wait_for_descendants(before) == ("sleep",)
    end_descendants(before)
    assert not Path(f"/proc/{program.pid}").exists()


def test_a_process_that_is_gone_has_no_children() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    assert children(child) == []
