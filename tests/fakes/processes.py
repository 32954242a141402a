"""Servers as processes of their own: started, awaited, ended with the tests."""

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path


class Server:
    """A server process; what it prints is in `log`."""

    def __init__(self, command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None) -> None:
        self.command, self.log = list(command), log
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [*_dying_with_us(), *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=log.parent,
                start_new_session=True,  # an interrupt of the tests is for the tests: they end it
            )

    def wait_until(self, ready: Callable[[], object], seconds: float = 60) -> None:
        """Wait until `ready` is true; connections that fail are not ready."""

        def is_ready() -> bool:
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.process.args} ended with {self.process.returncode}:\n{self.log.read_text()}")
            return bool(ready())

        try:
            wait_until(is_ready, f"{self.process.args} is ready", seconds)
        except TimeoutError as error:
            raise TimeoutError(f"{error}\n{self.log.read_text()}") from None

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def end(self, seconds: float = 10) -> None:
        self.process.terminate()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()


def _dying_with_us() -> list[str]:
    """On Linux, what kills a server whose tests were killed: it dies with the thread that started it."""
    return [found, "--pdeathsig", "KILL", "--"] if (found := shutil.which("setpriv")) else []


def wait_until(condition: Callable[[], object], what: str, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds} s for this: {what}")
        time.sleep(0.02)


def free_ports(count: int) -> list[int]:
    """Return ports of 127.0.0.1 that are free now; all are held until all are known, so that they differ."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [held.getsockname()[1] for held in sockets]
    for held in sockets:
        held.close()
    return ports
