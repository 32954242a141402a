"""The examples on the page *Files between the processes* are what a real chain of the scripts writes."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.launches import run_stage, run_stages
from support.samples import ANALYSIS, job_text, write_files

from analysis_jobs.shapes import misshapen

from .blocks import PROJECT

PAGE = PROJECT / "docs" / "files.md"
# What differs from run to run and machine to machine, and what stands for it on the page
EXAMPLES = {
    "host": "node-7",
    "os": "Linux 6.1.0",
    "architecture": "x86_64",
    "cpu": "AMD EPYC 9354",
    "cpu_cores": 32,
    "memory_bytes": 135000000000,
    "python": "3.12.11",
    "packages": {"numpy": "2.3.4", "pynwb": "3.1.2"},
    "executor": "local",
    "scheduler_job": None,
    "container_engine": None,
    "process": None,
    "started": "2026-11-28T21:04:05+00:00",
    "ended": "2026-11-28T21:04:07+00:00",
    "changed": "2026-11-28T21:04:09+00:00",
    "expires": "2026-11-30T21:04:05+00:00",
    "revision": "9a3fe1c25b7d4e60",
    "seconds": 2.0,
    "cpu_seconds": 1.5,
    "peak_memory_bytes": 140000000,
    "bytes_read": 250000,
    "bytes_written": 1200,
    "storage_bytes_read": 0,
    "storage_bytes_written": 4096,
    "traceback": "Traceback (most recent call last):\n  …\nValueError: no units",
    "log_tail": "Traceback (most recent call last):\n  …\nValueError: no units\n",
    "command_line": "nextflow run main.nf --jobs jobs --analysis rates.py",
}
WIDTH = 110
FAILING = """
    if "bad" in job.inputs[0]:
        raise ValueError("no units")
    (results / "rates.csv").write_text("unit,rate")
"""


@pytest.fixture(scope="module")
def launched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the five scripts ran, one after the other, as the pipeline calls them."""
    lab = tmp_path_factory.mktemp("lab")
    text = ANALYSIS.replace("specification, results):\n", f"specification, results):{FAILING}")
    jobs = {"good.json": "s3://recordings/good", "bad.json": "s3://recordings/bad"}
    write_files(lab, {"rates.py": text, **{f"jobs/{name}": job_text(place) for name, place in jobs.items()}})
    said = ["--run", "name=happy_turing", "--run", "user=a.scientist", "--run", "nextflow=24.10.0"]
    asked = ["--jobs", "jobs", "--analysis", "rates.py", "--session", "7f0c", "--jobs-per-task", 2]
    run_stages(lab, *asked, *said, store="records.sqlite", bucket="analyses")
    write_files(lab, {"settled/one.jsonl": (lab / "settled.jsonl").read_text()})
    told = ["--decisions", "decisions.jsonl", "--settled", "settled", "--run", "run.json"]
    run_stage("summarize", *told, "--store", "records.sqlite", "--outdir", lab / "OUT", cwd=lab)
    return lab


def line(path: Path, state: str) -> Any:
    """Return the line of a file that is of a state, or of a decision."""
    lines = map(json.loads, path.read_text().splitlines())
    return next(each for each in lines if state in (each.get("state"), each.get("file")))


def failed_state(lab: Path) -> Any:
    from analysis_jobs.store.opening import open_store

    return next(
        one for one in open_store(str(lab / "records.sqlite"), read_only=True).states() if one["state"] == "failed"
    )


def launch(lab: Path) -> Any:
    from analysis_jobs.store.opening import open_store

    return next(open_store(str(lab / "records.sqlite"), read_only=True).launches())


def only(lab: Path, pattern: str) -> Path:
    (path,) = lab.glob(pattern)
    return path


def failed_outcome(lab: Path) -> Any:
    outcomes = (json.loads(path.read_text()) for path in lab.glob("jobs/*/*/outcome.json"))
    return next(outcome for outcome in outcomes if outcome["state"] == "failed")


def manifest(lab: Path) -> Any:
    return json.loads(only(lab, "analyses/*/manifest.json").read_text())


OF_ENTRY = ("parts", "given", "job")
FILES: dict[str, Callable[[Path], Any]] = {
    "a job file": lambda lab: json.loads((lab / "jobs" / "good.json").read_text()),
    "decisions.jsonl": lambda lab: line(lab / "decisions.jsonl", "good.json"),
    "batches/": lambda lab: {"jobs": json.loads(only(lab, "batches/*.json").read_text())["jobs"][:1]},
    "batches.csv": lambda lab: (lab / "batches" / "batches.csv").read_text(),
    "run.json": lambda lab: json.loads((lab / "run.json").read_text()),
    "outcome.json": lambda lab: known(failed_outcome(lab), *OF_ENTRY),
    "uploaded.jsonl": lambda lab: known(line(lab / "uploaded.jsonl", "done"), *OF_ENTRY, "environment", "run"),
    "manifest.json": lambda lab: known(manifest(lab), *OF_ENTRY, "environment", "run"),
    "settled.jsonl": lambda lab: known(line(lab / "settled.jsonl", "failed"), *OF_ENTRY, "environment", "error"),
    "jobs.tsv": lambda lab: (lab / "jobs.tsv").read_text(),
    "a job state": lambda lab: known(failed_state(lab), "parts", "error"),
    "a launch": lambda lab: known(launch(lab), "pipeline"),
}


def example(value: Any, lab: Path) -> str:
    """Return what a run wrote as the page shows it."""
    if isinstance(value, str):  # a table: its columns of times and sizes are those of the examples
        text = re.sub(r"\t\d+\.\d+\t", f"\t{EXAMPLES['seconds']}\t", value)
    else:
        text = compact(masked(value))
    return re.sub(r"\b([0-9a-f]{12})[0-9a-f]{52}\b", r"\1…", text.replace(str(lab), "/lab")).strip()


def compact(value: Any, indent: str = "") -> str:
    """Return JSON with what fits on one line on one line."""
    line = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(line) <= WIDTH or not isinstance(value, dict | list):
        return line
    inside = f"{indent}  "
    if isinstance(value, list):
        return "[\n" + ",\n".join(f"{inside}{compact(item, inside)}" for item in value) + f"\n{indent}]"
    items = (f"{inside}{json.dumps(name)}: {compact(item, inside)}" for name, item in value.items())
    return "{\n" + ",\n".join(items) + f"\n{indent}}}"


def known(document: Any, *names: str) -> Any:
    """Return a document in which fields that another example shows are cut short."""
    return {name: "…" if name in names else value for name, value in document.items()}


def masked(value: Any) -> Any:
    if isinstance(value, dict) and value.keys() == {"kind", "python", "digest"}:  # of what is installed here
        value = {**value, "digest": "af455f7dd27a" + "0" * 52}
    if isinstance(value, dict):
        return {name: EXAMPLES[name] if name in EXAMPLES else masked(item) for name, item in value.items()}
    return list(map(masked, value)) if isinstance(value, list) else value


def section(title: str) -> str:
    """Return the block below a heading of the page."""
    found = re.search(rf"^## [^\n]*{re.escape(title)}[^\n]*\n.*?^```\w*\n(.*?)^```", PAGE.read_text(), re.S | re.M)
    return found[1].strip() if found else ""


@pytest.mark.parametrize("title", FILES)
def test_the_example_of(title: str, launched: Path) -> None:
    wanted = example(FILES[title](launched), launched)
    assert section(title) == wanted, f"docs/files.md, the block of {title}, is to be:\n{wanted}"


def test_the_example_of_a_death_is_one() -> None:
    from analysis_jobs.documents import TaskDeath

    assert misshapen(json.loads(section(".deaths/")), TaskDeath, ()) == ""


def test_shapes_that_the_page_names_are_there() -> None:
    from analysis_jobs import documents

    names = re.findall(r"[Ss]hape `(\w+)`", PAGE.read_text())
    assert len(names) > 8
    assert [name for name in names if not hasattr(documents, name)] == []
