"""The command on a terminal, and in a shell."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from pathlib import Path

PROGRAM = Path(sys.executable).with_name("analysis-jobs")


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
