"""Roots of Debian, as small as debootstrap makes them: machines on which nothing was installed yet."""

import shutil
import subprocess
from pathlib import Path

# What the machine reaches the network with, its own mirrors and certificates among it
NETWORK = ("/etc/hosts", "/etc/resolv.conf", "/etc/pip.conf", "/etc/ssl/certs/ca-certificates.crt")
USER = 1000
# With a /proc of its own, and all that it started ends with it
_ENTER = """
mount -t proc proc "$0/proc" && mount -t tmpfs none "$0/dev/shm"
exec chroot --userspec="$1" "$0" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME="$2" bash -e -c "$3"
"""


class Root:
    """A root of `suite`, such as trixie, in `folder`; `home` is the folder of a user in it."""

    def __init__(self, folder: Path, suite: str) -> None:
        self.folder, self.home = folder, folder / "home" / "user"
        # Debian's mirror, as the machine has it
        mirrors = set(_said("apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages").split())
        mirror = min(mirrors, key=lambda one: ("security" in one, one))
        _said("debootstrap", "--variant=minbase", suite, str(folder), mirror)
        (folder / "etc/apt/apt.conf.d/99machine").write_text(_said("apt-config", "dump", "Acquire"))
        self.home.mkdir(parents=True)
        self.take_network()

    def take_network(self) -> None:
        for path in map(Path, NETWORK):
            there = self.folder / path.relative_to("/")
            if path.exists() and there.parent.is_dir():
                shutil.copyfile(path, there)

    def install(self, *packages: str) -> None:
        """Install packages as the documents do, with what they recommend."""
        command = "export DEBIAN_FRONTEND=noninteractive; apt-get update -qq; apt-get install -y -qq"
        self.bash(f"{command} {' '.join(packages)}", user=0)
        self.take_network()  # certificates came with them

    def give(self) -> None:
        """Let the home belong to its user."""
        for path in (self.home, *self.home.rglob("*")):
            shutil.chown(path, USER, USER)

    def bash(self, script: str, user: int = USER) -> str:
        """Run a script as the user, or as another, and return what it printed."""
        home = "/root" if user == 0 else "/home/user"
        command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "bash", "-c", _ENTER]
        return _said(*command, str(self.folder), f"{user}:{user}", home, f'cd "$HOME"\n{script}')


def _said(*command: str) -> str:
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}"
    return done.stdout
