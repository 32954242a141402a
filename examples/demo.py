"""Generate sessions and jobs for them, run the pipeline, and tell what came out: what `make demo` runs.

python examples/demo.py [FOLDER]
"""

import argparse
import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from generate_sessions import generate_sessions

PROJECT = Path(__file__).resolve().parent.parent
EXAMPLE = PROJECT / "examples" / "isi_violations"
SESSIONS = 3


def main() -> None:
    """Run all of it in a folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=PROJECT / "demo", help="default: demo")
    folder = parser.parse_args().folder.absolute()
    nextflow = find_nextflow()
    sessions = [path for path, _ in generate_sessions(folder / "sessions", SESSIONS)]
    write_jobs(sessions, folder / "jobs")
    print(
        f"{len(sessions)} sessions in {folder / 'sessions'}, a job for each in {folder / 'jobs'}\n",
        flush=True,
    )
    run_pipeline(nextflow, folder)
    print("\n" + summary(folder / "results"))


def find_nextflow() -> str:
    """Return the nextflow beside this Python (of `make setup`), else the one on PATH."""
    beside = Path(sys.executable).parent / "nextflow"
    nextflow = str(beside) if beside.exists() else shutil.which("nextflow")
    if nextflow is None:
        sys.exit(f"there is no nextflow in {beside.parent} nor on PATH; run `make setup`, then `make demo`")
    return nextflow


def write_jobs(sessions: list[Path], folder: Path) -> None:
    """Write a job file for each session, as a job dispatcher does."""
    folder.mkdir(parents=True, exist_ok=True)
    for session in sessions:
        asset = f"s3://example-bucket/{session.stem}"
        job = {
            "s3_location": [asset],
            "asset_id": [str(uuid5(NAMESPACE_URL, asset))],
            "asset_name": [session.stem],
            "file_location": [str(session)],
        }
        (folder / f"{session.stem}.json").write_text(json.dumps(job, indent=2) + "\n")


def run_pipeline(nextflow: str, folder: Path) -> None:
    """Run the example on the jobs; Nextflow's own files lie in `folder` too."""
    arguments = {
        "--jobs": folder / "jobs",
        "--analysis": EXAMPLE / "analysis.py",
        "--parameters": EXAMPLE / "parameters.json",
        "--outdir": folder / "results",
        "--environment": "active",  # `make demo` has installed what the example declares
    }
    command = [nextflow, "run", str(PROJECT / "main.nf")]
    command += [str(part) for pair in arguments.items() for part in pair]
    scripts = str(Path(sys.executable).parent)
    path = os.pathsep.join([scripts, os.environ.get("PATH", os.defpath)])
    # Without the optimising compiler, which costs a short run more than it gives
    java = os.environ.get("NXF_OPTS", "-XX:TieredStopAtLevel=1")
    status = subprocess.run(command, cwd=folder, env={**os.environ, "PATH": path, "NXF_OPTS": java}).returncode
    if status:
        report, log = shown(folder / "results" / "report.html"), shown(folder / ".nextflow.log")
        print(
            f"\nNextflow ended with status {status}: see above, {report} (failed jobs) and {log}.",
            file=sys.stderr,
        )
        sys.exit(status if status > 0 else 128 - status)  # negative: the number of a signal


def summary(results: Path) -> str:
    """Return what was done, and what to open, in words."""
    with (results / "jobs.tsv").open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    done = [row for row in rows if row["state"] == "done"]
    before = sum(row["reason"].startswith("done before") for row in rows)
    said = f"{len(done)} of {len(rows)} analyses are done ({SESSIONS} sessions, each with several cutoffs): "
    if before == len(rows):
        said += "all of them before, so nothing was computed."
    else:
        said += f"{len(rows) - before} in this run" + (f", {before} before." if before else ".")
    lines = [said, "", f"What became of every job:  {shown(results / 'report.html')}"]
    for location in [Path(row["location"]) for row in done[:1]]:
        lines += [f"The figure of the first:   {shown(path)}" for path in sorted(location.rglob("*.png"))[:1]]
        lines += [f"Its record, of what ran:   {shown(location / 'metadata.nd.json')}"]
    return "\n".join(lines)


def shown(path: Path) -> str:
    """Return a path as seen from here, where it is below."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


if __name__ == "__main__":
    main()
