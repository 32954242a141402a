#!/usr/bin/env python3
"""Writes the store and the bucket of an earlier version anew, by its own code: README.md beside this says what for.

Usage, in the activated environment of this project:
    tests/data/releases/make.py NAME COMMIT [--PARAMETER VALUE ...]

NAME is the folder that is written, beside this file; COMMIT a tag or commit of this repository, whose code, packages and
pipeline make one launch over inputs/; parameters are handed to that launch, such as `--check_inputs none`.
"""

import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[2]
UV = shutil.which("uv") or "uv"
PYTHON = "3.12"  # that every version so far runs with
# Of a checkout of today, or of whoever runs this
UNWANTED = ("ANALYSIS_", "CODEOCEAN_", "CO_", "DOCDB_", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")


def main() -> None:
    name, commit, *parameters = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="release-") as scratch:
        # Without links, as what is written has the real path
        lab = Path(scratch).resolve()
        checkout = lab / "checkout"
        checkout.mkdir()
        code = subprocess.run(["git", "-C", str(PROJECT), "archive", commit], stdout=subprocess.PIPE, check=True).stdout
        subprocess.run(["tar", "-x", "-C", str(checkout)], input=code, check=True)
        install(checkout)
        launch(checkout, lab, parameters)
        keep(lab, HERE / name)


def install(checkout: Path) -> None:
    """Give a checkout its environment, as its lock has it."""
    venv, project = checkout / ".venv", ["--no-deps", "--no-build-isolation", "--editable", str(checkout)]
    subprocess.run([UV, "venv", "--quiet", "--python", PYTHON, str(venv)], check=True)
    for what in (["--no-deps", "-r", str(checkout / "requirements.lock")], ["hatchling"], project):
        subprocess.run([UV, "pip", "install", "--quiet", "--python", str(venv), *what], check=True)


def launch(checkout: Path, lab: Path, parameters: list[str]) -> None:
    """Launch once over the inputs; one of the jobs fails, so the status is 1."""
    shutil.copytree(HERE / "inputs", lab, dirs_exist_ok=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(UNWANTED)}
    # Whom records name as who ran it
    environment |= {"USER": "someone", "LOGNAME": "someone", "GIT_CONFIG_GLOBAL": os.devnull}
    environment["PATH"] = f"{checkout / '.venv' / 'bin'}{os.pathsep}{environment['PATH']}"
    command = ["nextflow", "run", str(checkout / "main.nf"), "--jobs", "jobs", "--analysis", "rates.py"]
    ended = subprocess.run([*command, "--outdir", "OUT", *parameters], cwd=lab, env=environment)
    if ended.returncode != 1 or not (lab / "OUT" / "records.sqlite").exists():
        sys.exit(f"error: the launch ended with status {ended.returncode}, and is to end with 1, as one job fails")


def keep(lab: Path, folder: Path) -> None:
    """Keep store and bucket, with other names for this machine and the folder of the launch."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(lab / "OUT" / "analyses", folder / "analyses")
    with closing(sqlite3.connect(lab / "OUT" / "records.sqlite")) as store:
        store.execute("VACUUM INTO ?", [str(folder / "records.sqlite")])
    names = {re.escape(str(lab)): "/lab", rf"\b{re.escape(socket.gethostname())}\b": "host"}
    for path in folder.rglob("*.json"):
        path.write_text(_renamed(path.read_text(), names))
    with closing(sqlite3.connect(folder / "records.sqlite")) as store:
        store.create_function("renamed", 1, lambda text: _renamed(text, names), deterministic=True)
        tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%document TEXT%'"
        for (table,) in store.execute(tables).fetchall():
            store.execute(f"UPDATE {table} SET document = renamed(document)")
        store.execute("UPDATE record_documents SET location = renamed(location)")
        store.commit()
        store.execute("VACUUM")


def _renamed(text: str, names: dict[str, str]) -> str:
    for old, new in names.items():
        text = re.sub(old, new, text)
    return text


if __name__ == "__main__":
    main()
