"""The images of a release, where this machine can build some."""

import shlex
import shutil
import subprocess
from collections.abc import Sequence

from release.dist import environment_of
from release.refusal import Refused
from release.repository import Repository
from release.versions import project_version

IMAGES = ("aind-analysis-jobs", "isi-violations")


def why_no_images() -> str:
    """Return why no images can be built here, or an empty text."""
    engines = [engine for engine in ("docker", "podman") if shutil.which(engine)]
    if not engines:
        return "neither docker nor podman is on PATH"
    answers = subprocess.run([engines[0], "info"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return f"{engines[0]} does not answer (`{engines[0]} info` says why)" if answers.returncode else ""


def build_images(checkout: Repository, options: Sequence[str]) -> list[str]:
    """Build the images of a checkout with these options of docker build, and return their names.

    Raises
    ------
    Refused
        If that fails.
    """
    command = [str(checkout.folder / "tools" / "build-images"), *options]
    if subprocess.run(command, env=environment_of(checkout)).returncode:
        raise Refused(f"the images cannot be built: see above, or try `{shlex.join(['tools/build-images', *options])}`")
    version = project_version(checkout.folder)
    return [f"{name}:{version}" for name in IMAGES]
