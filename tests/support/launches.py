"""A launch without Nextflow: the scripts of the processes one after the other, as the pipeline calls them."""

import json
import os
import subprocess
import sys
from pathlib import Path

from support.samples import PROJECT, job_text, run_script, write_files


def launch(folder: Path, analysis: object, store: str, bucket: str, *more: str, job: str | None = None) -> list[str]:
    """Run one job through DEDUPE, ANALYZE, UPLOAD and RECORD in a folder, and return the keys of what was done.

    What each of them logged is in ``launch/<name>.err``.
    """
    work = folder / "launch"
    write_files(work, {"input/a.json": job or job_text("in")})
    said = ["--run", "name=happy_turing", "--run", "user=me", "--run", "nextflow=24.10.0", "--run", "profile=standard"]
    given = ["--jobs", "input", "--analysis", analysis, "--session", "s", *said, *more]
    run_stages(work, *given, store=store, bucket=bucket)
    settled = [json.loads(line) for line in (work / "settled.jsonl").read_text().splitlines()]
    return [outcome["key"] for outcome in settled if outcome["state"] == "done"]


def run_stages(work: Path, *given: object, store: str, bucket: str) -> None:
    """Run the scripts of DEDUPE, which is given this, ANALYZE, UPLOAD and RECORD in a folder."""
    run_stage("dedupe", *given, "--store", store, "--bucket", bucket, cwd=work)
    (work / "task").mkdir()
    subprocess.run(["tar", "-xf", "code.tar", "-C", "task"], cwd=work, check=True)
    script = ". task/code/environment.sh" if (work / "task" / "code" / "environment.sh").exists() else ":"
    for batch in (work / "batches").glob("*.json"):
        words = [PROJECT / "bin" / "analyze.py", "--analysis", "task/code", "--batch", batch, "--container", ""]
        command = f'{script}; python "$@"'
        done = subprocess.run(
            ["bash", "-uec", command, "-", *map(str, words)],
            cwd=work,
            env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        (work / "analyze.err").write_text(done.stderr)
    group = ["--batches", "batches", "--run", "run.json", "--bucket", bucket]
    run_stage("upload", *group, "--jobs", "jobs", "--sources", "sources.tar.gz", cwd=work)
    run_stage("record", *group, "--uploaded", "uploaded.jsonl", "--store", store, cwd=work)


def run_stage(name: str, *arguments: object, cwd: Path) -> None:
    done = run_script(name, *arguments, cwd=cwd)
    assert done.returncode == 0, done.stderr
    (cwd / f"{name}.err").write_text(done.stderr)
