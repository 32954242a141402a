"""Processes are found by what they were started from, and by what they do."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fakes.processes import wait_until

from chaos.processes import LAUNCH, MARK, end_all_of, jobs_of, processes_of, send, tasks_of

# A task that forks a keeper, which forks a job
TASK = """
import os, time
for _ in range(2):
    if os.fork():
        break
time.sleep(100)
"""


@contextmanager
def running(lab: Path, script: str) -> Iterator["subprocess.Popen[bytes]"]:
    file = lab / "bin" / script
    file.parent.mkdir()
    file.write_text(TASK)
    environment = {**os.environ, MARK: str(lab), LAUNCH: "3"}
    process = subprocess.Popen([sys.executable, file, "--flag"], env=environment, start_new_session=True)
    try:
        wait_until(lambda: len(processes_of(lab)) == 3, "it has a keeper and a job")
        yield process
    finally:
        end_all_of(lab)
        process.wait()


def test_a_task_and_its_job(tmp_path: Path) -> None:
    with running(tmp_path, "analyze.py") as process:
        assert tasks_of(tmp_path, 3, "ANALYZE") == [process.pid]
        (job,) = jobs_of(tmp_path, 3)
        assert job in processes_of(tmp_path).keys() - {process.pid}
        assert tasks_of(tmp_path, 3, "UPLOAD") == tasks_of(tmp_path, 33, "ANALYZE") == jobs_of(tmp_path, 2) == []
        assert tasks_of(tmp_path / "other", 3, "ANALYZE") == []
        assert processes_of(tmp_path / "other") == {}
        assert send(job, signal.SIGKILL)
        wait_until(lambda: job not in processes_of(tmp_path), "the job has ended")


def test_all_of_a_lab_is_ended(tmp_path: Path) -> None:
    with running(tmp_path, "upload.py") as process:
        end_all_of(tmp_path)
        process.wait(10)
        assert processes_of(tmp_path) == {}
        assert not send(process.pid, signal.SIGKILL)
