"""A process beside a task: forked once, replaced where it ended, and never the task itself."""

import json
import os
import signal

from support.samples import run_python

PROGRAM = """
import json, os, signal, stat, sys
from analysis_jobs.stages.analyze.companion import Companion

def serve(link):
    while asked := link.recv(100):
        if asked == b"raise":
            raise KeyError("of the companion")
        link.send(str([os.getppid(), os.getsid(0) == os.getpid()]).encode())

def ask(what):
    companion.start()
    companion.link.send(what)
    return companion.link.recv(100).decode()

print("before", end=" ")
with Companion(serve) as companion:
    exec(sys.argv[1])
    number = companion.number
print(json.dumps(said))
"""


def said(code: str) -> object:
    before, printed = run_python(PROGRAM, code).split(" ", 1)
    assert before == "before"
    return json.loads(printed)


def test_it_is_one_for_all_questions_in_a_session_of_its_own() -> None:
    code = "said = [ask(b'x') == ask(b'y') == str([os.getpid(), True]), companion.number != os.getpid()]"
    assert said(code) == [True, True]


def test_what_it_raises_ends_it_and_nothing_else() -> None:
    printed = run_python(PROGRAM, "sys.stderr = sys.stdout; said = [ask(b'raise'), companion.end()]").splitlines()
    assert printed[0] == "before Traceback (most recent call last):"
    assert printed[-2:] == ["KeyError: 'of the companion'", '["", 1]']


def test_another_one_is_made() -> None:
    code = """
ask(b"x"); first = companion.number
os.kill(first, signal.SIGTERM)
said = [companion.link.recv(1).decode(), companion.end(), bool(ask(b"x")), companion.number != first]
"""
    assert said(code) == ["", -signal.SIGTERM, True, True]


def test_the_end_of_another_process_of_the_task_is_not_its_end() -> None:
    code = """
ask(b"x")
if os.fork() == 0:
    raise SystemExit(0)
said = [os.wait()[1], bool(ask(b"x"))]
"""
    assert said(code) == [0, True]


def test_it_ends_with_the_task() -> None:
    number = said("ask(b'x'); said = companion.number")
    assert not os.path.exists(f"/proc/{number}")


def test_it_has_no_link_but_its_own() -> None:
    code = """
def links(link):
    descriptors = [number for number in range(99) if os.path.exists(f"/proc/self/fd/{number}")]
    link.send(str(sum(stat.S_ISSOCK(os.fstat(number).st_mode) for number in descriptors)).encode())

companion.start()
with Companion(links) as other:
    other.start()
    said = other.link.recv(100).decode()
"""
    assert said(code) == "1"
