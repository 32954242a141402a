"""Whether the process that took a claim still lives, as far as that can be seen."""

import os
import subprocess

import pytest

from analysis_jobs.store import processes
from analysis_jobs.store.processes import Launcher, is_alive, is_dead, process_identity

NO_PROC = process_identity(os.getpid()) is None


needs_proc = pytest.mark.skipif(NO_PROC, reason="this system does not show processes in /proc")


def end(process: "subprocess.Popen[bytes]") -> None:
    """End a process but leave it as a zombie, as nobody asks for its exit status."""
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)


@needs_proc
def test_a_process_lives_until_it_ends(child: "subprocess.Popen[bytes]") -> None:
    identity = process_identity(child.pid)
    assert identity is not None
    assert not is_dead(identity)
    end(child)
    assert is_dead(identity), "a zombie is dead"
    child.wait()
    assert is_dead(identity)


@needs_proc
def test_this_process_and_its_parent_live() -> None:
    assert not is_dead(process_identity(os.getpid()))
    before = process_identity(os.getpid())
    memory = bytearray(50_000_000)  # nothing that a process does makes another one of it
    assert process_identity(os.getpid()) == before
    del memory
    assert process_identity(os.getpid()) != process_identity(os.getppid())


@needs_proc
def test_another_process_of_the_same_number_is_not_the_one(child: "subprocess.Popen[bytes]") -> None:
    *same, started = str(process_identity(child.pid)).split()
    assert is_dead(" ".join([*same, str(int(started) - 1)]))


@needs_proc
@pytest.mark.parametrize("part", [0, 1], ids=["another boot or host", "another container"])
def test_what_cannot_be_seen_from_here_is_not_called_dead(child: "subprocess.Popen[bytes]", part: int) -> None:
    parts = str(process_identity(child.pid)).split()
    end(child)
    parts[part] = "another"
    assert not is_dead(" ".join(parts))


@needs_proc
def test_where_processes_of_others_are_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_permission(pid: int, number: int) -> None:
        raise PermissionError

    identity = str(process_identity(os.getpid())).split()
    identity[2] = str(2**22 + 1)  # more than any process has
    assert is_dead(" ".join(identity))
    monkeypatch.setattr(os, "kill", no_permission)  # as of a process that is there, but of somebody else
    assert not is_dead(" ".join(identity))


@pytest.mark.parametrize("identity", [None, ""])
def test_an_unknown_process_is_not_called_dead(identity: str | None) -> None:
    assert not is_dead(identity)


HOST = "boot pid:[7]"


@pytest.mark.parametrize(
    ("identity", "launcher", "living", "dead"),
    [
        (f"{HOST} 10 400", f"{HOST} 20 500", ["20 500"], True),
        (f"{HOST} 10 400", f"{HOST} 20 500", ["10 400", "20 500"], False),
        (f"{HOST} 10 500", f"{HOST} 20 500", ["20 500"], False),
        (f"{HOST} 10 600", f"{HOST} 20 500", ["20 500"], False),
        (f"{HOST} 10 400", f"{HOST} 20 500", None, False),
        (f"{HOST} 10 400", None, None, False),
        ("boot pid:[8] 10 400", f"{HOST} 20 500", ["20 500"], False),
        ("other pid:[7] 10 400", f"{HOST} 20 500", ["20 500"], False),
    ],
    ids=["gone", "alive", "began at once", "began later", "others are hidden", "none", "container", "machine"],
)
def test_in_a_container_by_what_the_launcher_saw(
    identity: str, launcher: str | None, living: list[str] | None, dead: bool
) -> None:
    seen = Launcher(launcher, None if living is None else frozenset(living))
    assert is_dead(identity, seen) is dead


@needs_proc
def test_only_what_is_seen_to_live_is_called_alive(child: "subprocess.Popen[bytes]") -> None:
    identity = str(process_identity(child.pid))
    assert is_alive(identity)
    assert not is_alive(None)
    assert not is_alive(f"other {identity.partition(' ')[2]}")
    end(child)
    assert not is_alive(identity)


def test_identity_of_no_process() -> None:
    assert process_identity(None) is None
    assert process_identity(2**22 + 1) is None


def test_where_there_is_no_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    identity = process_identity(os.getpid())
    monkeypatch.setattr(processes, "process_identity", lambda pid: None)
    assert not is_dead(identity)
