"""Processes that run in environments."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_WAITING = "import sys; print('there', flush=True); sys.stdin.read()"


@contextmanager
def running_in(folder: Path | str) -> Iterator[int]:
    """Run a process in the environment of a folder, as a task does, and yield its number."""
    with subprocess.Popen(
        [sys.executable, "-c", _WAITING],
        env={**os.environ, "VIRTUAL_ENV": str(folder)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process.pid
        process.communicate()
