"""Making an environment of what an analysis declares: by uv, or by conda or micromamba of an environment.yml.

Imports within functions are for a quick start.
"""

import hashlib
import json
import logging
import os
import re
import shutil
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from analysis_jobs.documents import Inventory
from analysis_jobs.environments.declaration import Declaration
from analysis_jobs.environments.own_package import extras_by_url, own_digest, write_wheel
from analysis_jobs.environments.python import make_bare, wanted_python
from analysis_jobs.environments.site import site_variables
from analysis_jobs.environments.tied import run_tied
from analysis_jobs.environments.uv import NoNetwork, NoRoom, Refused, run_uv
from analysis_jobs.errors import InvalidInput, ServiceUnavailable
from analysis_jobs.json_values import canonical_json
from analysis_jobs.pipeline import PIPELINE_NAME
from analysis_jobs.redaction.text import redacted
from analysis_jobs.wording import kept

log = logging.getLogger(__name__)

FORM = 1  # of an environment: another number makes all anew
# What uv reads of a declaration, where it is called otherwise than its kind
_READ = {"script": "script.py", "pins": "pins.txt"}
_BUILDS = re.compile(r" *Building (\S+==\S+)")  # not what comes from git, or is a source by its name
_CONDA = ("micromamba", "mamba", "conda")
_NO_CHANNEL = re.compile(r"CONNECTION FAILED|Failed to resolve|[Cc]ould not (resolve host|connect)|timed out")
_UNASKED = {"CONDA_ALWAYS_YES": "true", "MAMBA_ALWAYS_YES": "true"}  # `conda env create` knows --yes since 24.1 only
_INVENTORY = "import json; from analysis_jobs.environments.inventory import inventory; print(json.dumps(inventory()))"


def environment_name(declaration: Declaration) -> str:
    """Return the name of the environment of a declaration: equal for what gives equal ones on this kind of machine."""
    ours = own_digest()
    parts = [FORM, declaration.digest(), wanted_python(declaration), ours, sysconfig.get_platform()]
    return hashlib.sha256(canonical_json(parts).encode()).hexdigest()


def make(declaration: Declaration, folder: Path) -> dict[str, Any]:
    """Make an environment in a folder that is not there, and return what is told of it.

    Raises
    ------
    InvalidInput
        If it cannot be made: names the declaration, says why, and what to do.
    """
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        for name, text in declaration.texts.items():
            path = Path(scratch, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        for name, wheels in declaration.wheels.items():
            Path(scratch, name).parent.mkdir(parents=True, exist_ok=True)
            Path(scratch, name).symlink_to(wheels.absolute())
        try:
            _make(declaration, folder, Path(scratch))
        except NoNetwork as error:
            raise InvalidInput(
                f"the environment of {declaration.by} cannot be made, as no package index answers and the cache of uv "
                f"lacks something ({error}); connect this machine, or set UV_FIND_LINKS to a folder of wheels"
            ) from None
        except NoRoom as error:
            raise ServiceUnavailable(
                f"the environment of {declaration.by} cannot be made, as a disk is full or a quota used up ({error}); "
                "free some space, or give --environment_cache, UV_CACHE_DIR or TMPDIR a folder with more room"
            ) from None
        except Refused as error:
            remedy = _remedy(declaration, str(error))
            raise InvalidInput(f"the environment of {declaration.by} cannot be made: {error}; {remedy}") from None
        except InvalidInput as error:
            raise InvalidInput(f"the environment of {declaration.by} cannot be made: {error}") from None
    held = inventory_of(folder)
    return {
        "declared": declaration.by,
        "ours": own_digest(),
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(time.monotonic() - begin, 1),
        **held,
    }


def inventory_of(folder: Path) -> Inventory:
    """Ask an environment that has our package what it holds."""
    # Isolated, as of no variable, and of no file that lies in the current folder
    done = subprocess.run([folder / "bin" / "python", "-I", "-c", _INVENTORY], capture_output=True, text=True)
    if done.returncode:
        raise InvalidInput(f"the Python of {folder} does not run: {kept(redacted(done.stderr.strip()))}")
    held: Inventory = json.loads(done.stdout)
    return held


def _remedy(declaration: Declaration, said: str) -> str:
    if declaration.nwb and re.search(r"zarr>=3|hdmf-zarr>=0\.14", said):
        return (
            'open_nwb reads with zarr 3 and numpy 2 from Python 3.12 on: write requires-python = "==3.11.*" to have '
            "zarr 2, with numpy 1 or 2"
        )
    return "change what it declares"


def _make(declaration: Declaration, folder: Path, scratch: Path) -> None:
    if declaration.kind == "environment.yml":
        _make_by_conda(folder, scratch)
    else:
        make_bare(wanted_python(declaration), folder, scratch)
    extras = {"nwb"} if declaration.nwb else {"s3"} if declaration.sources else set[str]()
    by_url = extras_by_url(declaration.texts.values())
    ours = f"{PIPELINE_NAME}[{','.join(sorted(extras | (by_url or set())))}] @ {write_wheel(scratch).as_uri()}"
    placed = {} if by_url is None else _in_place_of(ours, scratch)
    into: list[str | Path] = ["pip", "install", "--compile-bytecode", "--python", folder / "bin" / "python"]
    whole = ["--no-deps"] if declaration.kind == "pins" else []  # a list that was resolved before
    hashed = _requires_hashes(declaration)
    theirs = _requirements(declaration, scratch, hashed=hashed)
    if not hashed or not theirs:
        run_uv(*into, *whole, *theirs, ours, cwd=scratch, on_line=_say_what_is_built, **placed)
        return
    # Nobody has the hash of our own wheel and of what it needs: that comes after theirs, of which it may change nothing
    run_uv(*into, *whole, *theirs, cwd=scratch, on_line=_say_what_is_built)
    (scratch / "held.txt").write_text(run_uv("pip", "freeze", "--quiet", *into[3:], cwd=scratch), encoding="utf-8")
    run_uv(*into, *whole, "--constraint", "held.txt", ours, cwd=scratch, UV_REQUIRE_HASHES="false")


def _in_place_of(ours: str, scratch: Path) -> dict[str, str]:
    """Return by which variables uv takes our package as it runs here, instead of the one at a URL that is declared."""
    (scratch / "ours.txt").write_text(ours)
    others = site_variables().get("UV_OVERRIDE")
    return {"UV_OVERRIDE": f"{others} ours.txt" if others else "ours.txt"}


def _requires_hashes(declaration: Declaration) -> bool:
    asked = os.environ.get("UV_REQUIRE_HASHES", "").lower() not in ("", "0", "false", "no", "off", "n", "f")
    return asked or any(re.search(r"(?m)^\s*--require-hashes\b", text) for text in declaration.texts.values())


def _say_what_is_built(line: str) -> None:
    """Say which package of the index uv builds, as nothing else tells why it takes so long."""
    if match := _BUILDS.match(line):
        log.warning(
            "%s is built from source, which may take minutes, as it has no wheel for this Python; a version that has "
            "one, or another requires-python, is quicker",
            match[1],
        )


def _requirements(declaration: Declaration, scratch: Path, *, hashed: bool) -> Sequence[str]:
    """Return the options by which uv reads a declaration."""
    if declaration.kind == "environment.yml":
        return ()
    if declaration.kind == "uv.lock":
        words = ["export", "--quiet", "--frozen", "--no-dev", "--no-emit-project", "--no-header"]
        words += [] if hashed else ["--no-hashes"]
        (scratch / "locked.txt").write_text(run_uv(*words, cwd=scratch), encoding="utf-8")
        return ("-r", "locked.txt")
    return ("-r", _READ.get(declaration.kind, declaration.kind))


def _make_by_conda(folder: Path, scratch: Path) -> None:
    program = next(filter(None, map(shutil.which, _CONDA)), None)
    if program is None:
        raise InvalidInput(
            "it needs micromamba, mamba or conda, and none is on PATH; install one, or write a requirements.txt"
        )
    env = [] if Path(program).name == "micromamba" else ["env"]
    words = [program, *env, "create", "--quiet", "--prefix", str(folder), "--file", "environment.yml"]
    done = run_tied(words, scratch, {**os.environ, **_UNASKED})
    name, lines = Path(program).name, (done.stderr or done.stdout).splitlines()
    said = kept(redacted(" ".join(" ".join(line for line in lines if "%|" not in line).split())))  # of no progress bar
    if done.returncode and _NO_CHANNEL.search(said):
        raise InvalidInput(f"no channel of {name} answers ({said}); connect this machine, or name channels that do")
    if done.returncode:
        raise Refused(f"{name} says: {said}")
    if not (folder / "bin" / "python").exists():
        raise Refused(f"{name} has put no Python in it, as environment.yml names none")
