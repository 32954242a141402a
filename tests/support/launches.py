"""A launch without Nextflow: the scripts of the processes one after the other, as the pipeline calls them."""

import json
import subprocess
from pathlib import Path

from support.samples import job_text, run_script, write_files


def launch(folder: Path, analysis: object, store: str, bucket: str, *more: str, job: str | None = None) -> list[str]:
    """Run one job through DEDUPE, ANALYZE, UPLOAD and RECORD in a folder, and return the keys of what was done.

    What each of them logged is in ``launch/<name>.err``.
    """
    work = folder / "launch"
    write_files(work, {"input/a.json": job or job_text("in")})
    places = ["--bucket", bucket]
    said = ["--run", "name=happy_turing", "--run", "user=me", "--run", "nextflow=24.10.0", "--run", "profile=standard"]
    given = ["--jobs", "input", "--analysis", analysis, "--session", "s", "--store", store, *places, *said, *more]
    _run("dedupe", *given, cwd=work)
    (work / "task").mkdir()
    subprocess.run(["tar", "-xf", "code.tar", "-C", "task"], cwd=work, check=True)
    for batch in (work / "batches").glob("*.json"):
        _run("analyze", "--analysis", "task/code", "--batch", batch, "--container", "", cwd=work)
    _run("upload", "--batches", "batches", "--jobs", "jobs", "--run", "run.json", *places, cwd=work)
    recording = ["--batches", "batches", "--uploaded", "uploaded.jsonl", "--run", "run.json", "--store", store]
    _run("record", *recording, *places, cwd=work)
    settled = [json.loads(line) for line in (work / "settled.jsonl").read_text().splitlines()]
    return [outcome["key"] for outcome in settled if outcome["state"] == "done"]


def _run(name: str, *arguments: object, cwd: Path) -> None:
    done = run_script(name, *arguments, cwd=cwd)
    assert done.returncode == 0, done.stderr
    (cwd / f"{name}.err").write_text(done.stderr)
