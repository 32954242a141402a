"""What a task on this machine may use: its own processors and GPUs, and so much memory for each process of its jobs.

Containers and clusters have limits of their own. What a task has taken is locked by a name of the machine (an abstract
socket of Linux): it leaves no file, holds for all users, and is free again however its holder ends.
"""

import os
import random
import resource
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TypeVar

from analysis_jobs.documents import AskedResources

_Name = TypeVar("_Name", str, int)

LOOK = 0.2  # seconds between two looks for GPUs that are free
_held: list[socket.socket] = []  # until this process ends


@dataclass(frozen=True)
class Limits:
    """What a task may use: processors, GPUs, and bytes of memory; None and 0 for no limit."""

    processors: int | None = None
    gpus: int = 0
    memory_bytes: int | None = None


NO_LIMITS = Limits()


def limits_of(asked: AskedResources) -> Limits:
    """Return the limits of a task that nothing else keeps to what it asked for."""
    return Limits(asked.get("processors"), asked.get("gpus", 0), asked.get("memory_bytes"))


def take_processors(count: int) -> None:
    """Let this process, and what it starts, run on so many processors: those that no other task has go first."""
    if not hasattr(os, "sched_setaffinity"):
        return  # not Linux
    there = list(os.sched_getaffinity(0))
    random.shuffle(there)
    taken = _lock("processor", there, count)
    shared = [number for number in there if number not in taken]
    os.sched_setaffinity(0, [*taken, *shared][:count])


def take_gpus(count: int) -> None:
    """Let this process, and what it starts, see so many GPUs that no other task has, by ``CUDA_VISIBLE_DEVICES``."""
    there = visible_gpus()
    count = min(count, len(there))
    while there:
        # One chooses at a time, so that of two that need several none holds what the other one waits for.
        if chooser := _locked("choosing a GPU"):
            with closing(chooser):
                taken = _lock("gpu", there, count)
                if len(taken) == count:
                    os.environ["CUDA_VISIBLE_DEVICES"] = ",".join(taken)
                    return
                for _ in taken:
                    _held.pop().close()
        time.sleep(LOOK)


def visible_gpus() -> list[str]:
    """Return the GPUs that this process may use, as ``CUDA_VISIBLE_DEVICES`` names them; none where nothing tells."""
    given = os.environ.get("CUDA_VISIBLE_DEVICES")
    if given is not None:
        return [name.strip() for name in given.split(",") if name.strip()]
    try:
        listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return []
    return [str(number) for number in range(sum(line.startswith("GPU ") for line in listed.stdout.splitlines()))]


@contextmanager
def limited_memory(size: int | None) -> Iterator[None]:
    """Let this process, and each that it starts meanwhile, have so many bytes; files that are mapped do not count."""
    before, most = resource.getrlimit(resource.RLIMIT_DATA)
    if size and (most == resource.RLIM_INFINITY or size < most):
        resource.setrlimit(resource.RLIMIT_DATA, (size, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (before, most))


def _lock(kind: str, names: Sequence[_Name], count: int) -> list[_Name]:
    """Lock those of some names that are free, at most `count`, until this process ends."""
    taken: list[_Name] = []
    for name in names:
        if len(taken) < count and (held := _locked(f"{kind} {name}")):
            _held.append(held)
            taken.append(name)
    return taken


def _locked(name: str) -> socket.socket | None:
    held = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        held.bind(f"\0aind-analysis-jobs {name}")
    except OSError:
        held.close()
        return None
    return held
