"""The scripts in bin/: small, quick to start, and with the exit codes that Nextflow decides by."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.samples import ANALYSIS, PROJECT, RUN, job_text, run_script, write_files

SCRIPTS = sorted(path.stem for path in (PROJECT / "bin").glob("*.py"))
# Each takes longer to import than a whole script that has nothing to do.
HEAVY = {
    "pynwb",
    "hdmf",
    "hdmf_zarr",
    "zarr",
    "h5py",
    "numpy",
    "pandas",
    "s3fs",
    "fsspec",
    "boto3",
    "aiohttp",
    "aind_data_schema",
    "aind_data_schema_models",
    "jinja2",
    "matplotlib",
    "requests",
}


def test_there_is_one_for_each_process() -> None:
    modules = {path.stem for path in (PROJECT / "modules").iterdir()}
    stages = {path.stem for path in (PROJECT / "src" / "analysis_jobs" / "stages").glob("[a-z]*")} - {
        "attempts",
        "decision_labels",
        "experience",
        "files",
        "gather",
        "input_contents",
        "launches",
        "reopening",
        "result_lines",
        "state_details",
        "task_deaths",
    }
    assert set(SCRIPTS) == modules == stages == {"dedupe", "analyze", "size", "upload", "record", "summarize"}


@pytest.mark.parametrize("name", SCRIPTS)
def test_script_is_thin(name: str) -> None:
    path = PROJECT / "bin" / f"{name}.py"
    lines = path.read_text().splitlines()
    assert lines[0] == "#!/usr/bin/env python"
    assert os.access(path, os.X_OK)
    assert len(lines) <= 60


def imported_by(name: str, *arguments: object, cwd: Path) -> set[str]:
    """Run a script and return the top-level names of all modules that it imports."""
    command = [sys.executable, "-X", "importtime", str(PROJECT / "bin" / f"{name}.py"), *map(str, arguments)]
    ended = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    lines = [line.split("|") for line in ended.stderr.splitlines() if line.startswith("import time:")]
    return {parts[2].strip().partition(".")[0] for parts in lines}


@pytest.mark.parametrize("name", SCRIPTS)
def test_help_imports_almost_nothing(name: str, tmp_path: Path) -> None:
    imported = imported_by(name, "--help", cwd=tmp_path)
    assert "analysis_jobs" in imported
    assert not imported & (HEAVY | {"pydantic", "sqlite3"})


@pytest.mark.parametrize("name", SCRIPTS)
def test_help_tells_what_it_does(name: str) -> None:
    ended = run_script(name, "--help")
    assert ended.returncode == 0
    assert ended.stdout.startswith(f"usage: {name}.py")


def test_when_all_is_done_little_is_imported(tmp_path: Path) -> None:
    write_files(tmp_path, {"jobs/a.json": job_text("a"), "units.py": ANALYSIS, "work/x": "", "again/x": ""})
    flags = ["--jobs", tmp_path / "jobs", "--analysis", tmp_path / "units.py", "--store", tmp_path / "r.sqlite"]
    flags += ["--bucket", tmp_path / "analyses"]
    flags += ["--session", "s"]
    assert run_script("dedupe", *flags, cwd=tmp_path / "work").returncode == 0
    (line,) = (tmp_path / "work" / "decisions.jsonl").read_text().splitlines()
    put = "import sys; from pathlib import Path; from analysis_jobs.store.sqlite import SqliteStore; "
    put += "SqliteStore(Path(sys.argv[1])).insert([{'_id': sys.argv[2], 'location': 'x'}])"
    subprocess.run([sys.executable, "-c", put, tmp_path / "r.sqlite", json.loads(line)["key"]], check=True)
    imported = imported_by("dedupe", *flags, cwd=tmp_path / "again")
    assert json.loads((tmp_path / "again" / "decisions.jsonl").read_text())["decision"] == "done"
    assert "pydantic" in imported
    assert not imported & HEAVY


def test_an_empty_upload_imports_little(tmp_path: Path) -> None:
    write_files(tmp_path, {"batches/x": "", "jobs/x": "", "run.json": json.dumps(RUN)})
    flags = ["--batches", "batches", "--jobs", "jobs", "--run", "run.json", "--bucket", "bucket"]
    imported = imported_by("upload", *flags, cwd=tmp_path)
    assert (tmp_path / "uploaded.jsonl").read_text() == ""
    assert not imported & (HEAVY | {"pydantic"})


def test_an_empty_record_imports_little(tmp_path: Path) -> None:
    write_files(tmp_path, {"batches/x": "", "uploaded.jsonl": "", "run.json": json.dumps(RUN)})
    flags = ["--batches", "batches", "--uploaded", "uploaded.jsonl", "--run", "run.json"]
    imported = imported_by("record", *flags, "--bucket", "bucket", "--store", "r.sqlite", cwd=tmp_path)
    assert (tmp_path / "settled.jsonl").read_text() == ""
    assert not imported & (HEAVY | {"pydantic"})


def test_a_plan_is_summarized_without_templates(tmp_path: Path) -> None:
    decision = {"file": "a.json", "decision": "run", "reason": "new", "key": "k", "attempt": 1}
    write_files(tmp_path, {"decisions.jsonl": json.dumps(decision) + "\n"})
    assert not imported_by("summarize", "--decisions", "decisions.jsonl", cwd=tmp_path) & (HEAVY | {"pydantic"})
