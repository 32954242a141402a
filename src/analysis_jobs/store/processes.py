"""Whether the process that took a claim still lives, as far as that can be seen from here."""

import os
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Launcher:
    """The process of a launch, and which launches it saw alive on its machine.

    Attributes
    ----------
    identity
        Its `process_identity`, or None where that cannot be seen.
    living
        ``NUMBER START`` of the launches that were alive when it began; None where some may have been hidden from it.
    """

    identity: str | None = None
    living: frozenset[str] | None = None

    def saw_the_end_of(self, identity: str) -> bool:
        """Return whether a process of the same machine had ended when this launch looked, having begun before it."""
        if not self.identity or self.living is None or identity.split()[:2] != self.identity.split()[:2]:
            return False
        return " ".join(identity.split()[2:]) not in self.living and _start(identity) < _start(self.identity)


NOTHING_SEEN = Launcher()


def is_dead(identity: str | None, launcher: Launcher = NOTHING_SEEN) -> bool:
    """Return whether the process of an identity is known to have ended; False where it cannot be known.

    In a container, where it cannot be seen, by what the launcher saw outside.
    """
    if not identity:
        return False
    return launcher.saw_the_end_of(identity) or (_is_visible(identity) and not _lives(identity))


def is_alive(identity: str | None) -> bool:
    """Return whether the process of an identity is seen to live from here."""
    return bool(identity) and _is_visible(str(identity)) and _lives(str(identity))


def _is_visible(identity: str) -> bool:
    here = process_identity(os.getpid())
    return bool(here) and identity.split()[:2] == str(here).split()[:2]


def _lives(identity: str) -> bool:
    pid = int(identity.split()[2])
    return process_identity(pid) == identity or _is_hidden(pid)


def _start(identity: str) -> int:
    return int(identity.split()[3])


def _is_hidden(pid: int) -> bool:
    # Some hosts (/proc mounted with hidepid) show nobody the processes of others.
    try:
        os.kill(pid, 0)
    except PermissionError:
        return not Path(f"/proc/{pid}").exists()
    except OSError:
        pass
    return False
