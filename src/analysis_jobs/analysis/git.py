"""Where source files come from, as git knows it.

Imports within functions are for a quick start.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from analysis_jobs.documents import GitState


def provenance(path: Path, files: Iterable[Path]) -> GitState:
    """Return where an analysis comes from, as git knows it, or an empty dict outside a checkout.

    Parameters
    ----------
    path
        The analysis: a file or a folder.
    files
        All its source files.

    Returns
    -------
    GitState
        A source file that is not as in the commit makes it `dirty`; a remote branch that holds the commit, `pushed`.
    """
    folder = path if path.is_dir() else path.parent
    top = _git(folder, "rev-parse", "--show-toplevel")
    commit = _git(folder, "rev-parse", "HEAD")
    # What git ignores, such as an environment within a checkout, does not come from there.
    if not top or not commit or _git(folder, "check-ignore", "--quiet", str(path)) is not None:
        return {}
    return {
        "url": without_credentials(_git(folder, "remote", "get-url", "origin") or ""),
        "commit": commit,
        # None, of a file outside the checkout, is no promise that the commit has it.
        "dirty": _git(folder, "status", "--porcelain", "--ignored", "--", *map(str, files)) != "",
        "pushed": bool(_git(folder, "branch", "--remotes", "--contains", commit)),
        "run_script": os.path.relpath(path, os.path.realpath(top)),
    }


def without_credentials(url: str) -> str:
    """Return a URL without the user name and password or token that may stand before its host."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        return url
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"


def _git(folder: Path, *arguments: str) -> str | None:
    import subprocess

    try:
        # Without locks, as the scientist may use git on the same checkout meanwhile.
        command = ["git", "--no-optional-locks", "-C", str(folder), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
