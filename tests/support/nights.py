"""Launches as cron makes them: by the example's script, with an environment in which there is nothing."""

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from support.inbox import Inbox
from support.lab import HERE, PROJECT, table_rows, write_json

EXAMPLE = PROJECT / "examples" / "nightly"
CRON_PATH = "/usr/bin:/bin"  # all that cron gives


class Night:
    """A folder with jobs, an analysis and settings, and launches as cron makes them."""

    def __init__(self, folder: Path, environment: dict[str, str], inbox: Inbox) -> None:
        self.folder, self.inbox = folder, inbox
        self.nightly, self.settings = folder / "nightly", folder / "nightly.env"
        self.runs, self.hold = folder / "runs.txt", folder / "hold"
        self.hold.mkdir()
        shutil.copyfile(HERE / "analyses" / "holding.py", folder / "analysis.py")
        passed = {name: environment[name] for name in environment if name.startswith("NXF_")}
        passed |= {"RUNS": str(self.runs), "HOLD": str(self.hold), "PYTHONPATH": str(PROJECT / "src")}
        passed["ANALYSIS_NOTIFY"] = inbox.address
        launch = {"jobs": folder / "jobs", "analysis": folder / "analysis.py", "outdir": folder / "OUT"}
        words = [word for name, value in launch.items() for word in (f"--{name}", shlex.quote(str(value)))]
        lines = [f"FOLDER={self.nightly}", f"LAUNCH=({' '.join(words)})", f"ENVIRONMENT={sys.prefix}"]
        lines += [f"export {name}={shlex.quote(value)}" for name, value in passed.items()]
        if not (PROJECT / ".venv").exists():
            lines.append(f"PATH={Path(str(shutil.which('nextflow'))).parent}:$PATH")
        self.settings.write_text("\n".join(lines) + "\n")
        self.settings.chmod(0o600)

    def job(self, name: str) -> None:
        write_json(self.folder / "jobs" / f"{name}.json", {"s3_location": [name]})

    def start(self, script: Path = EXAMPLE / "nightly") -> "subprocess.Popen[str]":
        return subprocess.Popen(
            ["env", "-i", f"PATH={CRON_PATH}", str(script), str(self.settings)],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def launch(self) -> tuple[int, str]:
        return ended(self.start())

    def stand_in(self, script: str) -> None:
        """Let another program be the `nextflow` that is found first."""
        programs = self.folder / "environment" / "bin"
        programs.mkdir(parents=True)
        (programs / "nextflow").write_text(f"#!/usr/bin/env bash\n{script}\n")
        (programs / "nextflow").chmod(0o755)
        (programs / "analysis-jobs").symlink_to(Path(sys.prefix) / "bin" / "analysis-jobs")
        text = self.settings.read_text().replace(f"ENVIRONMENT={sys.prefix}", f"ENVIRONMENT={programs.parent}")
        self.settings.write_text(text)

    @property
    def states(self) -> list[str]:
        return [row["state"] for row in table_rows(self.folder / "OUT" / "jobs.tsv")]

    @property
    def logs(self) -> list[str]:
        paths = sorted((self.nightly / "logs").glob("*.log"))
        return [path.read_text() for path in paths if not path.name.endswith("-nextflow.log")]


def ended(process: "subprocess.Popen[str]") -> tuple[int, str]:
    said, _ = process.communicate(timeout=180)
    return process.returncode, said
