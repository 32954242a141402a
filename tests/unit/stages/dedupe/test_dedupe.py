"""DEDUPE as a whole: what it writes for the other processes, and what it leaves undone where the input is wrong."""

import csv
import json
import os
import sqlite3
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest
from support.samples import ANALYSIS, job_text, run_script, write_files

from analysis_jobs import __version__
from analysis_jobs.analysis.source import locate
from analysis_jobs.store.processes import process_identity


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
            names = [row["batch"] for row in csv.DictReader(file)]
        return [json.loads((self.work / "batches" / f"{name}.json").read_text()) for name in names]

    def about(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.work / "run.json").read_text())
        return found


@pytest.fixture
def launch(tmp_path: Path) -> Launch:
    return Launch(tmp_path)


def test_what_is_written(launch: Launch) -> None:
    ended = launch.run()
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert launch.decisions() == ["run", "run"]
    assert [job["job"] for batch in launch.batches() for job in batch["jobs"]] == [
        {"s3_location": ["a"]},
        {"s3_location": ["b"]},
    ]
    with tarfile.open(launch.work / "code.tar") as packed:
        assert packed.getnames() == ["code/analysis.json", "code/source/units.py"]


def test_about_the_run(launch: Launch) -> None:
    said = ["name=happy_turing", "user=me", "nextflow=24.10", "commit=", "profile=docker", "resumed=true"]
    line = "nextflow run main.nf -resume --set.api_token abc --jobs https://me:pass@host/x"
    launch.run(*(word for each in said for word in ("--run", each)), "--command-line", line, "--price-per-hour", "0.5")
    unit = launch.folder / "lab" / "units.py"
    assert launch.about() == {
        "owner": {"session": "s", "process": None},
        "analysis": "units",
        "entry": "units.py",
        "source": {"kind": "file", "path": str(unit), "digest": locate(str(unit)).digest()},
        "code": {},
        "experimenter": "me",
        "run_name": "happy_turing",
        "nextflow": "24.10",
        "command_line": "nextflow run main.nf -resume --set.api_token *** --jobs https://***@host/x",
        "profile": "docker",
        "resumed": True,
        "price_per_hour": 0.5,
        "pipeline": {
            "name": "aind-analysis-jobs",
            "url": "https://github.com/AllenNeuralDynamics/aind-analysis-jobs",
            "version": __version__,
            "commit": "",
        },
        "identity": f"sha256:{locate(str(launch.folder / 'lab' / 'units.py')).digest()}",
        "launch": {
            "started": "",
            "jobs": str(launch.folder / "jobs"),
            "parameters": None,
            "set": [],
        },
    }


def test_where_the_analysis_was_is_found_through_links(launch: Launch) -> None:
    """Nextflow stages it by one."""
    (launch.folder / "staged").symlink_to(launch.folder / "lab")
    launch.run(analysis=launch.folder / "staged" / "units.py")
    assert launch.about()["source"]["path"] == str(launch.folder / "lab" / "units.py")
    write_files(launch.folder, {"lab/analysis.py": ANALYSIS})
    launch.run(analysis=launch.folder / "staged")
    assert launch.about()["source"]["kind"] == "folder"
    assert launch.about()["source"]["path"] == str(launch.folder / "lab")


def test_the_digest_is_written_down_beside_a_version(launch: Launch) -> None:
    launch.run("--code-version", "paper 1")
    assert launch.about()["source"]["digest"] == locate(str(launch.folder / "lab" / "units.py")).digest()
    assert {job["parts"]["code"] for batch in launch.batches() for job in batch["jobs"]} == {"version:paper 1"}


def test_the_price_is_no_part_of_a_job(launch: Launch) -> None:
    launch.run("--plan")
    batches, code = launch.batches(), (launch.work / "code.tar").read_bytes()
    launch.run("--plan", "--price-per-hour", "2")
    assert (launch.batches(), (launch.work / "code.tar").read_bytes()) == (batches, code)


def test_the_launch_is_told_as_it_was_asked_for(launch: Launch) -> None:
    """Nextflow links inputs into the task's folder; a report must name the places that they come from."""
    write_files(launch.folder, {"p.json": '{"cutoff": 1}'})
    (launch.folder / "staged").mkdir()
    for name, target in {"jobs": "jobs", "lab": "lab", "parameters.json": "p.json"}.items():
        (launch.folder / "staged" / name).symlink_to(launch.folder / target)
    staged = launch.folder / "staged"
    flags = ["--jobs", staged / "jobs", "--parameters", staged / "parameters.json", "--set", "cutoff=0.25"]
    flags += ["--run", "started=2026-01-01T00:00Z"]
    launch.run(*flags, analysis=staged / "lab" / "units.py")
    assert launch.about()["launch"] == {
        "started": "2026-01-01T00:00Z",
        "jobs": str(launch.folder / "jobs"),
        "parameters": str(launch.folder / "p.json"),
        "set": ["cutoff=0.25"],
    }


def test_decisions_are_counted_in_words(launch: Launch) -> None:
    write_files(launch.folder, {"jobs/bad.json": "{"})
    launch.run()
    assert (launch.work / "counts.txt").read_text() == "3 jobs: 2 to run, 1 invalid"


def test_the_launcher_owns_the_claims(launch: Launch) -> None:
    launch.run("--launcher", os.getpid())
    assert launch.about()["owner"] == {"session": "s", "process": process_identity(os.getpid())}


def states(store: Path) -> list[str]:
    connection = sqlite3.connect(store)
    found = connection.execute("SELECT document ->> 'state' FROM job_states").fetchall()
    connection.close()
    return [state for (state,) in found]


def test_claims_are_those_of_the_session(launch: Launch) -> None:
    launch.run()
    assert states(launch.store) == ["pending", "pending"]
    launch.run()
    assert launch.decisions() == ["run", "run"]
    launch.run("--session", "another")
    assert launch.decisions() == ["claimed", "claimed"]


@pytest.mark.parametrize("flag", ["--plan", "--dry-run"])
def test_nothing_is_claimed(launch: Launch, flag: str) -> None:
    launch.run(flag)
    assert launch.decisions() == ["run", "run"]
    assert not launch.store.exists()


def test_the_code_is_part_of_the_job(launch: Launch) -> None:
    keys = set()
    for text, more in ((ANALYSIS, ()), (ANALYSIS + "#", ()), (ANALYSIS, ("--code-version", "1"))):
        write_files(launch.folder, {"lab/units.py": text})
        launch.run("--plan", *more)
        keys |= {job["key"] for batch in launch.batches() for job in batch["jobs"]}
    assert len(keys) == 6
    launch.run("--plan", "--code-version", "1")
    assert {job["key"] for batch in launch.batches() for job in batch["jobs"]} < keys


def test_what_jobs_run_is_packed_alike_each_time(launch: Launch) -> None:
    launch.run("--plan")
    first = (launch.work / "code.tar").read_bytes()
    os.utime(launch.folder / "lab" / "units.py", (1, 1))
    launch.run("--plan")
    assert (launch.work / "code.tar").read_bytes() == first


def test_parameters_and_assignments(launch: Launch) -> None:
    write_files(launch.folder, {"p.json": '{"distributed_parameters": [{"cutoff": 1}, {}]}'})
    launch.run("--plan", "--parameters", launch.folder / "p.json", "--set", "cutoff=0.25")
    jobs = [job for batch in launch.batches() for job in batch["jobs"]]
    assert sorted(job["parts"]["parameters"]["cutoff"] for job in jobs) == [0.25, 0.25, 1, 1]


def outputs_there(launch: Launch) -> set[str]:
    """Return which of what Nextflow passes on is there; what the code leaves behind is not passed on."""
    return {path.name for path in launch.work.iterdir()} & {"decisions.jsonl", "batches", "run.json"}


WRONG: list[tuple[dict[str, str], list[object], str]] = [
    ({"lab/units.py": "import nothing_of_this_name"}, [], "the analysis units.py cannot be imported"),
    ({"lab/units.py": ""}, [], "the analysis units.py does not define AnalysisSpecification"),
    ({}, ["--analysis", "no_such_module"], "there is no file, folder or installed module called 'no_such_module'"),
    ({}, ["--parameters", "p.json"], "my/p.json does not exist"),
    ({}, ["--set", "cutof=1"], "--set: 'cutof' (given as '1') is not a parameter of the analysis; did you mean 'cut"),
    ({}, ["--set", "cutoff"], "--set was given 'cutoff'; write --set.NAME VALUE"),
    ({"none/readme.txt": ""}, ["--jobs", "../none"], "the jobs folder holds no *.json file"),
    ({}, ["--jobs", "nowhere"], "nowhere is not a folder"),
    ({"records.sqlite": "notes " * 100}, [], "the store"),
]


@pytest.mark.parametrize(("files", "flags", "said"), WRONG, ids=[said[:30] for _, _, said in WRONG])
def test_what_is_wrong_is_a_problem_and_nothing_else(
    launch: Launch, files: dict[str, str], flags: list[object], said: str
) -> None:
    write_files(launch.folder, files)
    ended = launch.run("--parameters-name", "my/p.json", *flags, "--problem", "problem.txt")
    assert ended.returncode == 0, ended.stderr
    assert (launch.work / "problem.txt").read_text().startswith(said)
    assert outputs_there(launch) == set()


def test_without_a_place_for_problems_it_fails(launch: Launch) -> None:
    ended = launch.run("--set", "cutof=1")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("error: --set: 'cutof'")
    assert "Traceback" not in ended.stderr


def test_what_lies_beside_the_analysis_is_not_there_for_jobs(launch: Launch) -> None:
    # It would be found here, and fail in every single job.
    text = f"import sys\nsys.path.append({str(launch.folder / 'shared')!r})\nimport lab_tools\n{ANALYSIS}"
    write_files(launch.folder, {"shared/lab_tools.py": "", "lab/units.py": text})
    assert launch.run().returncode == 0  # an absolute path is as good for jobs on this machine
    relative = text.replace(repr(str(launch.folder / "shared")), "__file__.rpartition('/lab/')[0] + '/shared'")
    write_files(launch.folder, {"lab/units.py": relative})
    ended = launch.run()
    assert ended.returncode == 2
    assert "ModuleNotFoundError: No module named 'lab_tools'" in ended.stderr


def test_ignored_files_are_told(launch: Launch, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(launch.folder, {"jobs/.DS_Store": ""})
    assert launch.run().stderr == "WARNING: ignored 1 files that are not *.json: .DS_Store\n"
    monkeypatch.setenv("ANALYSIS_LOG_LEVEL", "error")
    assert launch.run().stderr == ""
