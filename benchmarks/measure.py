"""Measuring whole commands: wall time, and peak memory as the operating system counts it."""

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Run:
    """One finished command: seconds by the clock and of processors, peak memory in bytes of its largest process."""

    seconds: float
    peak_memory: int
    cpu_seconds: float = 0.0


def run(command: Sequence[str | Path], folder: Path) -> Run:
    """Run a command in a folder, its output discarded, and measure it.

    Raises
    ------
    RuntimeError
        If it fails, with the end of what it printed.
    """
    with (folder / "output.txt").open("w+b") as output:
        started = time.perf_counter()
        process = subprocess.Popen([str(word) for word in command], cwd=folder, stdout=output, stderr=output)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            raise RuntimeError(f"{command} failed:\n{output.read().decode()[-3000:]}")
    return Run(seconds, usage.ru_maxrss * 1024, usage.ru_utime + usage.ru_stime)


def interleaved(runs: dict[str, Callable[[], Run]], rounds: int) -> dict[str, list[Run]]:
    """Run several things in turn, every other round backwards, so that all see the same changes of the machine."""
    found: dict[str, list[Run]] = {name: [] for name in runs}
    for number in range(rounds):
        for name in list(runs)[:: -1 if number % 2 else 1]:
            found[name].append(runs[name]())
    return found


def median_seconds(runs: Sequence[Run]) -> float:
    """Return the median wall time."""
    return statistics.median(one.seconds for one in runs)


def median_cpu(runs: Sequence[Run]) -> float:
    """Return the median of the seconds of processors, those of all processes together."""
    return statistics.median(one.cpu_seconds for one in runs)


def median_ratio(runs: Sequence[Run], base: Sequence[Run]) -> float:
    """Return the median, over the rounds, of one wall time over another of the same round."""
    return statistics.median(one.seconds / other.seconds for one, other in zip(runs, base, strict=True))


def row(*cells: object) -> None:
    """Print a row of a markdown table."""
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def measure(measurements: dict[str, Callable[[Path], None]], names: list[str]) -> None:
    """Run the named measurements, or all, each in a folder of its own."""
    os.environ.setdefault("NXF_OPTS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")  # as the installed launcher does
    for name in names or measurements:
        with tempfile.TemporaryDirectory() as place:
            measurements[name](Path(place))
        print()
