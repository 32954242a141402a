"""What is published of a commit: wheel, source distribution, bills of materials, and the SHA-256 of each.

Made of a checkout apart, so that only what is committed gets in. The bytes are always the same, as all
times are that of the commit.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from cyclonedx.model.component import Component

from release.refusal import Refused
from release.repository import Repository
from release.sbom import write_sbom
from release.versions import project_version

# What is installed by `make setup`, and in the images
INSTALLED = {
    "": ["requirements.lock", "tools/jars/nextflow-24.10.0.txt"],
    "-images": ["containers/requirements.lock"],
}


def make_dist(checkout: Repository, out: Path, say: Callable[[str], object]) -> list[Path]:
    """Make all of it of a checkout that is clean, into a folder; say what is missing, and return the files.

    Raises
    ------
    Refused
        If something cannot be made; then nothing new is in the folder.
    """
    version = project_version(checkout.folder)
    with tempfile.TemporaryDirectory(prefix="release-dist-") as scratch:
        made = Path(scratch)
        for what, files in INSTALLED.items():
            sbom = made / f"aind-analysis-jobs-{version}{what}.cdx.json"
            parts = write_sbom(checkout.folder, files, sbom, checkout.commit(), checkout.commit_seconds())
            say(licences_said(sbom.name, parts))
        _build(checkout, made)  # last, as it takes longest
        _write_digests(made, version)
        out.mkdir(exist_ok=True)
        return [Path(shutil.copy2(path, out)) for path in sorted(made.iterdir())]


def licences_said(name: str, parts: Sequence[Component]) -> str:
    """Return in words of how much of a bill of materials the licence is known."""
    known = sum(bool(part.licenses) for part in parts)
    unknown = f"; of {len(parts) - known} it is not known" if known < len(parts) else ""
    return f"{name}: the licences of {known} packages and jars{unknown}"


def environment_of(checkout: Repository) -> dict[str, str]:
    """Return the environment for what builds: with the time of the commit, and without the path of these modules."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return {**environment, "SOURCE_DATE_EPOCH": str(checkout.commit_seconds())}


def _build(checkout: Repository, out: Path) -> None:
    # With the hatchling that the lock pins: one of its own would be fetched, the newest there is
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(checkout.folder)]
    done = subprocess.run(command, env=environment_of(checkout), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        sys.stderr.write(done.stdout.decode(errors="replace"))
        raise Refused("wheel and source distribution cannot be built: see above")


def _write_digests(folder: Path, version: str) -> None:
    paths = sorted(folder.iterdir())
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in paths]
    (folder / f"SHA256SUMS-{version}").write_text("".join(lines))


if __name__ == "__main__":  # of the commit that is checked out, into dist/
    try:
        project = Repository(Path(__file__).parents[2])
        with project.apart() as apart:
            print(*make_dist(apart, project.folder / "dist", print), sep="\n")
    except Refused as refused:
        sys.exit(f"error: {refused}")
