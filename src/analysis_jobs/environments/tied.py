"""Programs that end with who started them, also where that is killed: a guard between the two ends them, and theirs.

A program that writes on into a folder after its starter's death would write beside whoever comes next. The guard, which
is this file as a script, is in a session of its own, so that no signal to the starter's group reaches it; it reads a
pipe that has its end when the starter ends, in whatever way.
"""

import errno
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryFile


def run_tied(
    command: Sequence[str],
    cwd: Path,
    variables: Mapping[str, str] | None = None,
    on_line: Callable[[str], object] = lambda line: None,
) -> "subprocess.CompletedProcess[str]":
    """Run a program that ends with this process, and return what it printed.

    Parameters
    ----------
    command
        The program and its arguments.
    cwd
        The folder it runs in.
    variables
        Its environment variables; None for those of this process.
    on_line
        Called with each line of its standard error, as it comes.

    Raises
    ------
    OSError
        If the program is not there, or may not be run.
    """
    if not os.access(command[0], os.X_OK):
        number = errno.EACCES if os.path.exists(command[0]) else errno.ENOENT
        raise OSError(number, os.strerror(number), command[0])
    seen, alive = os.pipe()
    lines = []
    with TemporaryFile("w+", encoding="utf-8", errors="backslashreplace") as out:
        try:
            guard = [sys.executable, "-I", "-S", __file__, str(seen), *command]
            process = subprocess.Popen(
                guard,
                cwd=cwd,
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                errors="backslashreplace",
                pass_fds=(seen,),
                start_new_session=True,
            )
        finally:
            os.close(seen)
        with process:
            try:
                assert process.stderr is not None
                for line in process.stderr:
                    lines.append(line)
                    on_line(line)
                process.wait()
            finally:
                os.close(alive)  # by which the guard ends all where this was interrupted
        out.seek(0)
        return subprocess.CompletedProcess(command, process.returncode, out.read(), "".join(lines))


def _guard(seen: int, command: list[str]) -> int:
    """Run a program, and end this process group once nobody holds the other end of a pipe any more."""

    def end_with_starter() -> None:
        os.read(seen, 1)
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=end_with_starter, daemon=True).start()
    try:
        status = subprocess.Popen(command).wait()
    except OSError as error:  # as of a file that is no program
        sys.stderr.write(f"{error.strerror}\n")
        return 127
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    os._exit(_guard(int(sys.argv[1]), sys.argv[2:]))
