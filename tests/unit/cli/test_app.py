"""The program itself: quiet when whoever reads has seen enough, or interrupts it."""

import os
import signal
import subprocess
import time

from support.shelf import Shelf
from support.terminals import PROGRAM, shell

import analysis_jobs


def test_whoever_reads_may_have_seen_enough(shelf: Shelf, place):
    for number in range(300):  # more than a pipe holds
        shelf.settled("empty", [f"/data/{number}/{'x' * 500}"], {}, reason="nothing")
    for words in ("list", "list --json"):
        done = shell(f'set -o pipefail; analysis-jobs {words} "$@" | head -1', *place)
        assert (len(done.stdout.splitlines()), done.stderr) == (1, "")
    done = shell('set -o pipefail; analysis-jobs state "$@" | true', *place)
    assert done.stderr == ""


def test_the_version():
    assert shell("analysis-jobs --version").stdout == f"aind-analysis-jobs {analysis_jobs.__version__}\n"


def test_an_interruption_is_quiet(docdb):
    """While a service does not answer."""
    docdb.empty()
    environment = {**os.environ, **docdb.environment, "DOCDB_COLLECTION": "results"}
    docdb.faults.fail(503, 1_000)
    running = subprocess.Popen(
        [PROGRAM, "list", "--store", "docdb"],
        env=environment,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # which a shell's background job ignores
    )
    end = time.monotonic() + 30
    while not docdb.requests:
        assert time.monotonic() < end
        time.sleep(0.02)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=30)
    docdb.clear()
    assert running.returncode == 130
    assert set(said.splitlines()) <= {b"stamina.retry_scheduled"}
