"""Whether the process that took a claim still lives, as far as that can be seen from here."""

import os
from pathlib import Path


def process_identity(pid: int | None) -> str | None:
    """Return what tells a process from any other before and after it, or None where that cannot be seen.

    Two processes can be compared only where both are visible: on the same boot of a host, in the same
    namespace of process ids (so not from within a container). Linux only.
    """
    try:
        host = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        namespace = os.readlink("/proc/self/ns/pid")
        # The second field, the name, is in parentheses and may itself hold blanks.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        status, started = fields[0], fields[19]
    except (OSError, IndexError):
        return None
    return None if status in "ZX" else f"{host} {namespace} {pid} {started}"


def launcher_identity(pid: int | None) -> str | None:
    """Return `process_identity` of the process that started this one, directly or not; None of any other.

    In a container the number of the process outside may be that of another one inside.
    """
    current = os.getpid()
    while pid and current:
        try:
            current = int(Path(f"/proc/{current}/stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError):
            return None
        if current == pid:
            return process_identity(pid)
    return None


def is_dead(identity: str | None) -> bool:
    """Return whether the process of an identity is known to have ended; False where it cannot be known."""
    here = process_identity(os.getpid())
    if not identity or not here or identity.split()[:2] != here.split()[:2]:
        return False
    pid = int(identity.split()[2])
    return process_identity(pid) != identity and not _is_hidden(pid)


def _is_hidden(pid: int) -> bool:
    # Some hosts (/proc mounted with hidepid) show nobody the processes of others.
    try:
        os.kill(pid, 0)
    except PermissionError:
        return not Path(f"/proc/{pid}").exists()
    except OSError:
        pass
    return False
