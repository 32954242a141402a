"""Other programs asked: what they print, within a time, and none of them left running."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple


class Printed(NamedTuple):
    """What a program printed, on standard output and on standard error, and its status: negative for a signal."""

    out: str
    err: str
    status: int

    @property
    def words(self) -> str:
        """The last line that it printed, which mostly says what is wrong."""
        lines = (self.err.strip() or self.out.strip()).splitlines()
        return lines[-1].strip() if lines else f"status {self.status}"


def asked_program(words: Sequence[str], seconds: float, variables: Mapping[str, str] | None = None) -> Printed | None:
    """Run a program, and return what it printed; None if it has not ended within so many seconds.

    Raises
    ------
    OSError
        If it cannot be started.
    """
    process = subprocess.Popen(
        words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **(variables or {})},
        text=True,
        errors="replace",
        start_new_session=True,  # so that what it has started ends with it
    )
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        with suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=1)
        return None
    return Printed(out, err, process.returncode)
