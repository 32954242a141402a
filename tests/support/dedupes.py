"""DEDUPE in a folder of its own, as Nextflow starts it."""

import csv
import json
import subprocess
from pathlib import Path
from typing import Any

from support.samples import ANALYSIS, job_text, run_script, write_files


class Launch:
    """A folder with jobs and an analysis, and runs of bin/dedupe.py, each in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = folder / "records.sqlite"
        self.work = folder / "work"
        write_files(folder, {"jobs/a.json": job_text("a"), "jobs/b.json": job_text("b"), "lab/units.py": ANALYSIS})

    def run(self, *more: object, analysis: object = None) -> "subprocess.CompletedProcess[str]":
        self.work = self.folder / f"work {len(list(self.folder.iterdir()))}"
        self.work.mkdir()
        analysis = analysis or self.folder / "lab" / "units.py"
        required = ["--jobs", self.folder / "jobs", "--analysis", analysis, "--session", "s"]
        required += ["--store", self.store, "--bucket", self.folder / "analyses"]
        return run_script("dedupe", *required, *more, cwd=self.work)

    def decisions(self) -> list[str]:
        lines = (self.work / "decisions.jsonl").read_text().splitlines()
        return [json.loads(line)["decision"] for line in lines]

    def batches(self) -> list[dict[str, Any]]:
        with (self.work / "batches" / "batches.csv").open(newline="") as file:
            names = [row["file"] for row in csv.DictReader(file)]
        return [json.loads((self.work / "batches" / name).read_text()) for name in names]

    def about(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.work / "run.json").read_text())
        return found
