"""The check in a process of its own: an analysis may end the process that loads it, or never be loaded."""

import contextlib
import json
import os
import select
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NoReturn

from analysis_jobs.authoring.check import AnalysisCheck, check_analysis
from analysis_jobs.authoring.findings import wrong
from analysis_jobs.errors import InvalidInput
from analysis_jobs.wording import cut, message_of

# Seconds for an import, which may be slow on a file system that many share
LONGEST_CHECK = 300.0
_LONGEST_MESSAGE = 500
_BLOCK = 65_536


def check_apart(analysis: str, parameters: Path | str | None = None, seconds: float = LONGEST_CHECK) -> AnalysisCheck:
    """Check an analysis as `check_analysis` does, whatever it does to the process that loads it.

    Parameters
    ----------
    analysis, parameters
        See `analysis_jobs.authoring.check.check_analysis`.
    seconds
        How long the check may take.

    Raises
    ------
    InvalidInput
        If there is no analysis to be looked at.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:  # it may end without removing its files
        said, status = _asked(analysis, parameters, folder, seconds)
    return _report(analysis, said, status, seconds)


def _asked(analysis: str, parameters: Path | str | None, folder: str, seconds: float) -> tuple[bytes, int]:
    """Return what a process that checks says, and how it ended."""
    sys.stdout.flush()
    sys.stderr.flush()
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(reading)
        tempfile.tempdir = folder
        _say(analysis, parameters, writing)
    os.close(writing)
    try:
        said = _heard(reading, process, time.monotonic() + seconds)
    finally:
        os.close(reading)
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
        _, status = os.waitpid(process, 0)
    return said, status


def _say(analysis: str, parameters: Path | str | None, writing: int) -> NoReturn:
    """Check, write what was found into a pipe as a line of JSON, and end this process."""
    # What is imported may put something else in the place of all of these
    encode, write, leave, own, process = json.JSONEncoder().encode, os.write, os._exit, os.getpid, os.getpid()
    try:
        said: dict[str, Any] = {"report": check_analysis(analysis, parameters).as_json()}
    except InvalidInput as error:
        said = {"refused": str(error)}
    except BaseException as error:
        said = {"ended": cut(f"{type(error).__name__}: {message_of(error)}".rstrip(": "), _LONGEST_MESSAGE)}
    with contextlib.suppress(Exception):
        sys.stdout.flush()
        sys.stderr.flush()
    if own() == process:  # and no fork of it that has gone on
        content = encode(said).encode() + b"\n"
        while content:
            content = content[write(writing, content) :]
    leave(0)


def _heard(reading: int, process: int, end: float) -> bytes:
    """Return the line that a process writes; less where it ended before, or where the time is over."""
    said = b""
    while not said.endswith(b"\n") and (left := end - time.monotonic()) > 0:
        if select.select([reading], [], [], min(left, 0.2))[0]:
            block = os.read(reading, _BLOCK)
            if not block:
                break
            said += block
        elif os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT):  # others may have the pipe still
            break
    return said


def _report(analysis: str, said: bytes, status: int, seconds: float) -> AnalysisCheck:
    if not said.endswith(b"\n"):
        return AnalysisCheck(analysis, [wrong(_how_it_ended(analysis, status, seconds))])
    values = json.loads(said)
    if "refused" in values:
        raise InvalidInput(values["refused"])
    if "ended" in values:
        how = f"the analysis {analysis} ends the process that loads it: {values['ended']}; fix it"
        return AnalysisCheck(analysis, [wrong(how)])
    return AnalysisCheck.of_json(values["report"])


def _how_it_ended(analysis: str, status: int, seconds: float) -> str:
    if os.WIFEXITED(status):
        return f"the analysis {analysis} ends the process that loads it, with status {os.WEXITSTATUS(status)}; fix it"
    number = os.WTERMSIG(status)
    if number == signal.SIGKILL:
        return (
            f"the analysis {analysis} was not loaded within {seconds:g} s, or was killed for its memory; move "
            "slow work into run_analysis"
        )
    return (
        f"the analysis {analysis} ends the process that loads it, by {signal.Signals(number).name}; look for the "
        "library that it imports last"
    )
