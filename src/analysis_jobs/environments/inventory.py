"""What the environment of this process holds, from the names of folders: to read a file of each takes long.

Runs in every environment of an analysis, so that it needs nothing but what our package needs there.
"""

import hashlib
import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from analysis_jobs.documents import Inventory
from analysis_jobs.json_values import canonical_json
from analysis_jobs.pipeline import PIPELINE_NAME

_DISTRIBUTION = re.compile(r"(.+?)-([^-]+)\.dist-info")


def distributions() -> Iterator[tuple[str, str, Path]]:
    """Yield name, version and folder of each distribution on the import path; one that comes later is hidden."""
    seen: set[str] = set()
    for folder in sys.path:
        if folder and Path(folder).is_dir():
            for name in sorted(os.listdir(folder)):
                match = _DISTRIBUTION.fullmatch(name)
                if match and match[1] not in seen:
                    seen.add(match[1])
                    yield match[1], match[2], Path(folder, name)


def inventory() -> Inventory:
    """Return the version of Python and, as lines of requirements, what is installed beside our own package."""
    found = {_normal(name): _line(_normal(name), version, folder) for name, version, folder in distributions()}
    found.pop(PIPELINE_NAME, None)
    return {"python": sys.version.split()[0], "packages": sorted(found.values())}


def digest_of(held: Inventory) -> str:
    """Return the SHA-256, in hexadecimal, of what an environment holds: Python without its patch, and the packages."""
    python = ".".join(held["python"].split(".")[:2])
    return hashlib.sha256(canonical_json({"python": python, "packages": held["packages"]}).encode()).hexdigest()


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _line(name: str, version: str, folder: Path) -> str:
    origin = folder / "direct_url.json"
    if not origin.is_file():
        return f"{name}=={version}"
    about = json.loads(origin.read_text())
    commit = about.get("vcs_info", {})
    url = f"{commit['vcs']}+{about['url']}@{commit['commit_id']}" if commit else about["url"]
    part = f"#subdirectory={about['subdirectory']}" if about.get("subdirectory") else ""
    return f"{name} @ {url}{part}"
