"""What the unit tests share: small analyses, jobs and outcomes, and ways to run code in other processes."""

import io
import json
import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis_jobs import GenericModel
from analysis_jobs.analysis.source import locate
from analysis_jobs.documents import InputContent
from analysis_jobs.jobs.job_files import find_job_files
from analysis_jobs.jobs.key import JobKeys
from analysis_jobs.jobs.parameter_sources import ParameterSources
from analysis_jobs.jobs.specification import Parameters
from analysis_jobs.stages.dedupe.candidates import KeyingHere
from analysis_jobs.stages.dedupe.input_check import NOT_LOOKED_AT, InputRules
from analysis_jobs.stages.dedupe.planner import Planned, Planner
from analysis_jobs.stages.dedupe.rules import Rules
from analysis_jobs.store.protocol import Store
from analysis_jobs.store.sqlite import SqliteStore

PROJECT = Path(__file__).parents[2]
Connect = Callable[[], Store]

# An analysis that keeps the contract, to which tests add what they are about.
ANALYSIS = """
from analysis_jobs import GenericModel, Job, NothingToReport

class AnalysisSpecification(GenericModel):
    cutoff: float = 0.5

class AnalysisOutputs(GenericModel):
    value: float

def run_analysis(job, specification, results):
    return AnalysisOutputs(value=specification.cutoff)
"""


class Specification(GenericModel):
    """The specification of most tests: one parameter."""

    cutoff: float = 0.5


def write_files(folder: Path, files: Mapping[str, str]) -> Path:
    """Write text files by their names in a folder, and return the folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def job_text(*locations: str, **more: Any) -> str:
    return json.dumps({"s3_location": list(locations), **more})


@dataclass(frozen=True)
class Decided:
    """What DEDUPE said of a folder."""

    lines: list[dict[str, Any]]
    planned: Planned
    notes: list[str]  # on the inputs

    @property
    def by_file(self) -> dict[str, str]:
        return {line["file"]: line["decision"] for line in self.lines}

    def line(self, file: str) -> dict[str, Any]:
        (found,) = (line for line in self.lines if line["file"] == file)
        return found


def rules_of(session: str = "this-run", **rules: Any) -> Rules:
    """Return rules as a launch without options has them."""
    usual = {"claim": True, "claim_hours": 48.0, "retry_failed": True, "max_attempts": 3, "older": True}
    return Rules(owner={"session": session, "process": None}, **{**usual, "code_version": None, **rules})


def decide(
    jobs: Path,
    store: Store | None = None,
    *,
    sources: ParameterSources | None = None,
    specification: type = Specification,
    session: str = "this-run",
    bucket: Any = None,
    inputs: InputRules = NOT_LOOKED_AT,
    contents: Mapping[str, InputContent] | None = None,
    **rules: Any,
) -> Decided:
    """Plan a folder of jobs: without a store, with one that is empty and may not be written."""
    out = io.StringIO()
    if store is None:
        store, rules = SqliteStore(Path("no store"), read_only=True), {"claim": False, **rules}
    keys = JobKeys(sources or ParameterSources(), Parameters(specification), "sha256:c0de", contents=contents)
    planner = Planner(KeyingHere(keys), store, rules_of(session, **rules), out, bucket, inputs)
    planned = planner.plan(find_job_files(jobs))
    return Decided([json.loads(line) for line in out.getvalue().splitlines()], planned, list(planner.inputs.notes()))


def entry(key: str = "k" * 64, *, given: Mapping[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """Return a job as DEDUPE writes it into a batch."""
    given = dict(given or {})
    parts = {"key_version": 1, "inputs": ["in"], "parameters": given, "code": "sha256:c0de"}
    return {"key": key, "attempt": 1, "parts": parts, "given": given, "job": {"s3_location": ["in"]}, **more}


ENVIRONMENT = {
    "host": "here",
    "os": "Linux 6.1",
    "architecture": "x86_64",
    "cpu": "A processor",
    "cpu_cores": 8,
    "memory_bytes": 16_000_000_000,
    "python": "3.11.7",
    "packages": {"numpy": "2.0"},
    "executor": "slurm",
    "scheduler_job": "slurm 4711",
    "container_engine": None,
    "container": None,
    "code_version": None,
    "code_url": None,
}
RUN = {
    "owner": {"session": "this-run", "process": None},
    "analysis": "firing_rates",
    "entry": "firing_rates.py",
    "code": {},
    "experimenter": "A Scientist",
    "run_name": "happy_turing",
    "nextflow": "24.10.0",
    "price_per_hour": None,
    "pipeline": {"name": "a pipeline", "url": "https://host/pipeline", "version": "1.2", "commit": "0a1b2c3d"},
}


def launch_record(session: str = "this-run", **more: Any) -> dict[str, Any]:
    """Return what a store remembers of a launch that has begun."""
    return {
        "_id": session, "session": session, "state": "running", "run_name": "happy_turing", "analysis": "rates",
        "user": "A Scientist", "host": "a-host", "profile": "standard", "process": None,
        "started": "2026-01-02T03:00:00+00:00", "expires": "2126-01-04T03:00:00+00:00",
        "command_line": "nextflow run main.nf --jobs jobs", "jobs": "/data/jobs", "nextflow": "24.10.0",
        "pipeline": RUN["pipeline"], "code": "sha256:c0de", "decided": {"run": 2}, "earlier": [], **more,
    }  # fmt: skip


ENDED = {
    "state": "ended", "ended": "2026-01-02T04:00:00+00:00", "counts": {"done": 1, "failed": 1}, "seconds": 20.0,
    "report": "/results/report.html",
}  # fmt: skip


def outcome(key: str = "k" * 64, state: str = "done", **more: Any) -> dict[str, Any]:
    """Return what ANALYZE says of a job that ended."""
    of_state: dict[str, dict[str, Any]] = {
        "done": {"outputs": {"value": 1.5}},
        "empty": {"reason": "no units"},
        "failed": {"error": {"stage": "analyze", "cause": "analysis", "type": "ValueError", "message": "oh"}},
    }
    measured = {
        "started": "2026-01-02T03:04:05+00:00",
        "ended": "2026-01-02T03:04:15+00:00",
        "seconds": 10.0,
        "cpu_seconds": 5.0,
        "peak_memory_bytes": 160_000_000,
        "bytes_read": 2000,
        "bytes_written": 1000,
        "storage_bytes_read": 0,
        "storage_bytes_written": None,
        "fetched_bytes": None,
        "environment": ENVIRONMENT,
    }
    return {**entry(key), "state": state, **of_state[state], **measured, **more}


def published(key: str = "k" * 64, **more: Any) -> dict[str, Any]:
    """Return what UPLOAD says of a job that it published."""
    return {"manifest_version": 1, **outcome(key), "run": RUN, "location": f"/bucket/{key}", **more}


def code_of(analysis: object) -> str:
    """Return what stands in keys for the code of an analysis."""
    return f"sha256:{locate(str(analysis)).digest()}"


def in_child(function: Callable[[], object]) -> int:
    """Run a function in a forked process and return its exit code, or the negative number of its signal."""
    child = os.fork()
    if child == 0:
        try:
            function()
            os._exit(0)
        except SystemExit as error:
            os._exit(int(error.code or 0))
        except BaseException:
            traceback.print_exc()
            os._exit(99)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def run_python(code: str, *arguments: object, cwd: Path | None = None, **environment: str) -> str:
    """Run code in an interpreter of its own and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_script(name: str, *arguments: object, cwd: Path | None = None) -> "subprocess.CompletedProcess[str]":
    """Run one of the scripts in bin/."""
    command = [sys.executable, str(PROJECT / "bin" / f"{name}.py"), *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, stdin=subprocess.DEVNULL)


def run_command(*arguments: object, cwd: Path, said: str = "") -> "subprocess.CompletedProcess[str]":
    """Run the command `analysis-jobs`; `said` is what is typed into it."""
    command = [str(word) for word in (Path(sys.executable).with_name("analysis-jobs"), *arguments)]
    fresh = cwd.parent / f"{cwd.name}-fresh"  # where it makes fresh folders, none of which is left behind
    fresh.mkdir(exist_ok=True)
    environment = {**os.environ, "TMPDIR": str(fresh)}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, input=said)
