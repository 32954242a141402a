"""uv, which makes environments: where it is, and what it says when it cannot.

Imports within functions are for a quick start.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from analysis_jobs.environments.site import site_variables
from analysis_jobs.environments.tied import run_tied
from analysis_jobs.errors import InvalidInput, no_room
from analysis_jobs.redaction.text import redacted
from analysis_jobs.wording import kept

_NO_NETWORK = re.compile(
    r"error sending request|dns error|failed to lookup|[Cc]onnection refused|tcp connect|are you offline"
    r"|Could not resolve host|Failed to connect to"  # of git
    r"|[Nn]etwork connectivity is disabled|network was disabled|timed out|HTTP status server error"
)
_NO_ROOM = re.compile(r"os error (28|122)\b|No space left on device|[Qq]uota exceeded")
_FRAMES = re.compile(r"[×╰├│─▶╭]+")
# What it says of what goes well
_STEPS = re.compile(
    r"(Using | *Updat(ing|ed) |Resolved |Prepared |Installed |Uninstalled |Audited |Checked | *Buil(ding|t) | [-+~] ).*"
)


class NoNetwork(Exception):
    """No package index answers, and what is needed is in no cache; says what was asked."""


class NoRoom(Exception):
    """A disk is full, or a quota used up; says which file could not be written."""


class Refused(InvalidInput):
    """uv cannot do it; says why in its words."""


def find_uv() -> str:
    """Return the path of uv: the one that is installed beside us, else that on the PATH.

    Raises
    ------
    InvalidInput
        If there is none.
    """
    try:
        from uv import find_uv_bin

        return str(find_uv_bin())
    except (ImportError, FileNotFoundError):
        pass
    if found := shutil.which("uv"):
        return found
    raise InvalidInput(
        "uv, which makes the environment that the analysis declares, is not installed: pip install uv, or give "
        "--environment active"
    )


def run_uv(*words: str | Path, cwd: Path, on_line: Callable[[str], object] = lambda line: None, **more: str) -> str:
    """Run uv and return what it printed; without a network, with what its cache has.

    Parameters
    ----------
    words
        Its arguments.
    cwd
        The folder it runs in.
    on_line
        Called with each line that it says, as it comes.
    more
        Environment variables of its own.

    Raises
    ------
    NoNetwork
        If no package index answers, and its cache has not all.
    NoRoom
        If there is no room for what it writes.
    Refused
        If it cannot do it.
    InvalidInput
        If it is not here, or does not start.
    """
    command = [find_uv(), *map(str, words)]
    done = _run(command, cwd, on_line, more)
    if done.returncode and _NO_NETWORK.search(done.stderr):
        done = _run(command, cwd, on_line, {**more, "UV_OFFLINE": "1"})
        if done.returncode:
            raise NoNetwork(_said(done.stderr))
    if done.returncode and _NO_ROOM.search(done.stderr):
        raise NoRoom(_said(done.stderr))
    if done.returncode:
        raise Refused(_said(done.stderr))
    return done.stdout


def _run(
    command: list[str], cwd: Path, on_line: Callable[[str], object], more: Mapping[str, str]
) -> "subprocess.CompletedProcess[str]":
    # What is active here is none of its business
    variables = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "CONDA_PREFIX")}
    quiet = {"UV_NO_PROGRESS": "1", "NO_COLOR": "1", "COLUMNS": "1000"}
    trusted = {
        "UV_SYSTEM_CERTS": "1",
        "UV_NATIVE_TLS": "1",
    }  # whom this machine trusts, as pip does; the latter until 0.10
    given = {**trusted, **variables, **site_variables(), **quiet, **more}
    try:
        return run_tied(command, cwd, given, on_line)
    except OSError as error:
        raise InvalidInput(f"{command[0]} cannot be run: {no_room(error) or error.strerror}") from None


def _said(text: str) -> str:
    """Return what uv said as one line, without the frames that it draws."""
    lines = [line for line in text.splitlines() if not _STEPS.fullmatch(line)]
    words = " ".join(_FRAMES.sub(" ", " ".join(lines)).split())
    return kept(redacted(words.removeprefix("error: ")).rstrip("."))
