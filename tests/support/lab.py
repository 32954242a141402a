"""A folder to launch the real Nextflow in, and what its launches leave behind."""

import contextlib
import csv
import hashlib
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fakes.processes import wait_until

from analysis_jobs.bucket.names import CODE, SET_ASIDE

PROJECT = Path(__file__).parents[2]
HERE = Path(__file__).parents[1] / "pipeline"
STAGES = HERE / "stages"
LAUNCH_SECONDS = 180
# They would get into records, or into what Nextflow does.
UNWANTED = ("ANALYSIS_", "CODEOCEAN_", "CO_", "NXF_WORK", "NXF_DEBUG", "NXF_PARAMS_FILE")
_TASK = re.compile(r"\] (Submitted|Re-submitted|Cached) process > (?:\w+:)*(\w+)")


@dataclass(frozen=True)
class Ended:
    """A launch that has ended."""

    returncode: int
    said: str  # what it printed
    rows: list[dict[str, str]]  # of OUT/jobs.tsv, if it wrote one

    @property
    def tasks(self) -> Counter[str]:
        """Tasks that were started, by process; one that is tried again counts again."""
        return Counter(name for how, name in _TASK.findall(self.said) if how != "Cached")

    @property
    def cached(self) -> Counter[str]:
        return Counter(name for how, name in _TASK.findall(self.said) if how == "Cached")

    @property
    def states(self) -> dict[str, str]:
        return {row["file"]: row["state"] for row in self.rows}

    def row(self, file: str) -> dict[str, str]:
        (found,) = (row for row in self.rows if row["file"] == file)
        return found


class Running:
    """A launch that was started, in a process group of its own."""

    def __init__(self, process: "subprocess.Popen[bytes]", log: Path, table: Path) -> None:
        self.process, self.log, self.table = process, log, table

    def wait_until(self, condition: Callable[[], object], what: str) -> None:
        """Wait for something that this launch does."""

        def happened() -> bool:
            ended = self.process.poll() is not None
            if condition():
                return True
            assert not ended, f"the launch ended before {what}:\n{self.log.read_text()}"
            return False

        try:
            wait_until(happened, what)
        except (AssertionError, TimeoutError):
            self.kill()
            raise

    def wait(self, timeout: float = LAUNCH_SECONDS) -> Ended:
        try:
            self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            said = self.kill().said
            raise AssertionError(f"the launch took more than {timeout} s:\n{said}") from None
        return self._ended()

    def kill(self, *, tasks: bool = True) -> Ended:
        """Kill Nextflow, and at once all of its tasks, which are in its process group."""
        with contextlib.suppress(ProcessLookupError):
            (os.killpg if tasks else os.kill)(self.process.pid, signal.SIGKILL)
        self.process.wait(10)
        return self._ended()

    def _ended(self) -> Ended:
        return Ended(self.process.returncode, self.log.read_text(), table_rows(self.table))


def launch_environment(home: Path) -> dict[str, str]:
    """Return the environment of a launch: Nextflow keeps its files in `home`, asks nobody, and starts fast."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(UNWANTED)}
    old = Path(os.environ.get("NXF_HOME") or Path.home() / ".nextflow")
    for name in ("framework", "plugins"):  # what the official launcher downloaded
        if (old / name).is_dir():
            (home / name).symlink_to((old / name).absolute())
    return {
        **kept,
        "NXF_HOME": str(home),
        "NXF_OFFLINE": "true",
        "NXF_DISABLE_CHECK_LATEST": "true",
        "NXF_ANSI_LOG": "false",
        "NXF_OPTS": "-XX:TieredStopAtLevel=1",
    }


class Lab:
    """A folder with `jobs/`, `analysis.py` and `OUT/`; launches are made from it unless they say otherwise."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.jobs = folder / "jobs"
        self.out = folder / "OUT"
        self.bucket = self.out / "analyses"
        self.store = self.out / "records.sqlite"
        self.runs_file = folder / "runs.txt"
        self.environment = {**environment, "RUNS": str(self.runs_file)}
        self.launches = 0
        # Parameters of all launches: tests tell of single tasks, but for those of how jobs share them
        self.usual: dict[str, Any] = {"jobs_per_task": 1}
        self.caller: dict[str, Any] = {}  # who launches, as subprocess takes it: user, group, ...
        self.jobs.mkdir(parents=True)

    def job(self, name: str, location: str | list[str] = "", **fields: Any) -> None:
        """Write a job file, by default one whose input is called as the file is."""
        inputs = [location or name] if isinstance(location, str) else location
        write_json(self.jobs / f"{name}.json", {"s3_location": inputs, **fields})

    def use(self, analysis: str, name: str = "analysis.py") -> Path:
        """Copy one of our analyses to here."""
        target = self.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copyfile(HERE / "analyses" / analysis, target))

    def wide(self) -> tuple[str, ...]:
        """Return options of Nextflow by which eight tasks run at once, most of which wait."""
        config = self.folder / "wide.config"
        config.write_text("executor { cpus = 8; memory = 64.GB; queueSize = 8 }\n")
        return ("-c", str(config), "-pool-size", "8")

    @property
    def runs(self) -> Counter[str]:
        """How often each line was written by the analyses that count their runs."""
        return Counter(self.runs_file.read_text().splitlines() if self.runs_file.exists() else ())

    def run(self, *arguments: str, timeout: float = LAUNCH_SECONDS, **options: Any) -> Ended:
        """Launch and wait for the end; see `start`."""
        return self.start(*arguments, **options).wait(timeout)

    def start(
        self,
        *arguments: str,
        resume: bool = False,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        pipeline: str | Path = PROJECT / "main.nf",
        **parameters: Any,
    ) -> Running:
        """Launch in the background.

        Parameters
        ----------
        arguments
            Of Nextflow itself.
        env
            Added to the environment; to ``PATH`` and ``PYTHONPATH`` in front.
        parameters
            Of the pipeline; None leaves one out that has a default here.
        """
        given = {"jobs": "jobs", "analysis": "analysis.py", "outdir": "OUT", **self.usual, **parameters}
        command = ["nextflow", "run", str(pipeline), *arguments, *(["-resume"] if resume else [])]
        environment = {**self.environment, **(env or {})}
        for name in {"PATH", "PYTHONPATH"} & (env or {}).keys() & self.environment.keys():
            environment[name] += os.pathsep + self.environment[name]
        cwd = cwd or self.folder
        cwd.mkdir(parents=True, exist_ok=True)
        table = cwd / str(given["outdir"]) / "jobs.tsv"
        table.unlink(missing_ok=True)  # or that of the launch before would be read
        self.launches += 1
        log = self.folder / f"launch-{self.launches}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*command, *words(given)],
                cwd=cwd,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **self.caller,
            )
        return Running(process, log, table)


def holding_lab(new_lab: Callable[[str], Lab], name: str, *jobs: str) -> tuple[Lab, dict[str, str]]:
    """Return a lab with these jobs, and the environment in which they are held."""
    lab = new_lab(name)
    lab.use("holding.py")
    for job in jobs:
        lab.job(job)
    hold = lab.folder / "hold"
    hold.mkdir()
    return lab, {"HOLD": str(hold), "SCRIPTS": str(PROJECT / "bin")}


def words(parameters: Mapping[str, Any], prefix: str = "--") -> Iterator[str]:
    """Write parameters as a command line: `set={"a": 1}` as ``--set.a 1``."""
    for name, value in parameters.items():
        if isinstance(value, Mapping):
            yield from words(value, f"{prefix}{name}.")
        elif value is not None:
            yield f"{prefix}{name}"
            if value is not True:
                yield str(value)


def write_json(path: Path, value: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))
    return path


def text_of_cell(cell: str) -> str:
    """Return the value of a cell that was made a text, as docs/report.md tells readers."""
    return cell[1:] if re.match(r"'+\s*[=+\-@\t\r＝＋－＠]", cell) else cell


def table_rows(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [{name: text_of_cell(value) for name, value in row.items()} for row in rows]


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def records(store: Path) -> dict[str, dict[str, Any]]:
    """Return the records of a store, by their ids."""
    return _documents(store, "SELECT _id, document FROM record_documents")


def job_states(store: Path) -> dict[str, dict[str, Any]]:
    """Return the job states of a store, by key."""
    return _documents(store, "SELECT key, document FROM job_states")


def history(store: Path) -> dict[str, dict[str, Any]]:
    """Return the notes of a store on what was done to jobs, by their ids."""
    return _documents(store, "SELECT _id, document FROM history_documents")


def _documents(store: Path, query: str) -> dict[str, dict[str, Any]]:
    if not store.exists():
        return {}
    connection = sqlite3.connect(f"{store.as_uri()}?mode=ro", uri=True)
    try:
        found = connection.execute(query).fetchall()
    except sqlite3.OperationalError:  # its tables are being made
        return {}
    finally:
        connection.close()
    return {key: json.loads(document) for key, document in found}


def outputs_of(record: Mapping[str, Any]) -> dict[str, Any]:
    (process,) = record["processing"]["data_processes"]
    return dict(process["output_parameters"])


def published(bucket: Path, *, leftovers: bool = False) -> dict[str, dict[str, Any]]:
    """Return the manifests of a bucket by key, after seeing that everything in it is as they say.

    `leftovers` allows for those of an upload that died, out of sight in ``.arriving``.
    """
    if not bucket.exists():
        return {}
    arriving = bucket / ".arriving"
    assert leftovers or not arriving.exists() or not list(arriving.iterdir())
    beside = (arriving, bucket / CODE, bucket / SET_ASIDE)
    folders = [folder for folder in bucket.iterdir() if folder not in beside]
    return {folder.name: checked_manifest(folder) for folder in folders}


def checked_manifest(folder: Path) -> dict[str, Any]:
    assert (folder / "manifest.json").is_file(), f"{folder.name} is published in part"
    manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    content = {name: (folder / name).read_bytes() for name in (file["path"] for file in manifest["files"])}
    for file in manifest["files"]:
        assert file["size"] == len(content[file["path"]])
        assert file["sha256"] == hashlib.sha256(content[file["path"]]).hexdigest()
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert there - {"manifest.json", "metadata.nd.json"} == set(content)
    assert manifest["key"] == folder.name
    return manifest
