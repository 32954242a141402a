"""DEDUPE as a whole: what it writes for the other processes, and what it leaves undone where the input is wrong."""

import json
import os
import platform
import sqlite3
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
from support.dedupes import Launch
from support.samples import ANALYSIS, job_text, launch_record, write_files

from analysis_jobs.store.opening import open_store
from analysis_jobs.store.processes import process_identity


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


def test_jobs_share_tasks_by_what_jobs_of_the_same_code_took(launch: Launch) -> None:
    launch.run("--plan")
    measured = {"jobs": 1204, "seconds": [0.7], "cpu_seconds": [0.7], "peak_memory_bytes": [0], "input_bytes": [0]}
    store = open_store(str(launch.store))
    store.put_launch(launch_record("before", code=launch.about()["identity"], measured=measured))
    launch.run("--plan")
    assert [len(batch["jobs"]) for batch in launch.batches()] == [2]
    assert (launch.work / "counts.txt").read_text().splitlines() == [
        "2 jobs: 2 to run",
        "1 task of about 2 jobs: 90% of jobs take at most 0.7 s, by 1,204 jobs of this code",
        "1 task: about 1.4 s of computing; from 1,204 jobs of this analysis (median 0.7 s)",
    ]
    launch.run("--plan", "--side-by-side", 2)
    assert [len(batch["jobs"]) for batch in launch.batches()] == [1, 1]
    launch.run("--plan", "--jobs-per-task", 1)
    assert (launch.work / "counts.txt").read_text().splitlines() == [
        "2 jobs: 2 to run",
        "2 tasks: about 1.4 s of computing; from 1,204 jobs of this analysis (median 0.7 s)",
    ]


def test_decisions_and_the_files_of_batches_have_labels(launch: Launch) -> None:
    sets = {"jobs/bad.json": "{", "jobs/c.json": job_text("a", distributed_parameters={"cutoff": 1})}
    write_files(launch.folder, {**sets, "jobs/wrong.json": job_text("a", distributed_parameters={"cutof": 1})})
    launch.run()
    lines = [json.loads(line) for line in (launch.work / "decisions.jsonl").read_text().splitlines()]
    assert {line["file"]: line["label"] for line in lines} == {
        "a.json": "a · cutoff=0.5",
        "b.json": "b · cutoff=0.5",
        "bad.json": "bad.json",
        "c.json": "a · cutoff=1.0",
        "wrong.json": "a",
    }
    names = sorted(path.name.partition(".")[2] for path in (launch.work / "batches").glob("*.json"))
    assert names == ["a__cutoff=0.5.json", "a__cutoff=1.0.json", "b__cutoff=0.5.json"]


def test_decisions_are_counted_in_words(launch: Launch) -> None:
    write_files(launch.folder, {"jobs/bad.json": "{"})
    launch.run()
    decided = (launch.work / "counts.txt").read_text().splitlines()[0]
    assert decided == "3 jobs: 2 to run, 1 invalid"


def test_what_is_to_be_expected_is_said_by_what_was(launch: Launch) -> None:
    launch.run("--plan", "--side-by-side", 1)
    unknown = "2 tasks; how long jobs of this analysis take is not known yet"
    assert (launch.work / "counts.txt").read_text() == f"2 jobs: 2 to run\n{unknown}"
    assert not (launch.work / "batches" / "seconds.txt").exists()
    launch.run("--session", "before")
    store = open_store(str(launch.store))
    (begun,) = store.launches()
    columns: Any = {name: [0, 0] for name in ("cpu_seconds", "peak_memory_bytes", "input_bytes")}
    store.put_launch({**begun, "measured": {"jobs": 1204, "seconds": [40, 80], **columns}})
    launch.run("--plan", "--session", "before", "--side-by-side", 1, "--price-per-hour", 3)
    assert (launch.work / "counts.txt").read_text().splitlines()[1] == (
        "2 tasks: about 2 min 01 s (2 min of computing), cost about 0.1 at 3 per hour; "
        "from 1,204 jobs of this analysis (median 40 s)"
    )
    assert (launch.work / "batches" / "seconds.txt").read_text() == "60"


def test_where_nothing_is_to_run_nothing_is_expected(launch: Launch) -> None:
    launch.run("--session", "another")
    launch.run()
    assert (launch.work / "counts.txt").read_text() == "2 jobs: 2 running elsewhere"


def test_the_launcher_owns_the_claims(launch: Launch) -> None:
    launch.run("--launcher", process_identity(os.getpid()))
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


def test_a_launch_is_remembered_that_has_claimed(launch: Launch) -> None:
    about = ["name=happy_turing", "user=me", "host=a-host", "nextflow=24.10.0"]
    launch.run(*(word for text in about for word in ("--run", text)), "--claim-hours", 1)
    (known,) = open_store(str(launch.store), read_only=True).launches()
    assert (known["session"], known["run_name"], known["user"], known["host"]) == ("s", "happy_turing", "me", "a-host")
    assert (known["state"], known["decided"], known["code"]) == ("running", {"run": 2}, launch.about()["identity"])


def test_a_launch_with_nothing_to_run_has_ended(launch: Launch) -> None:
    launch.run()
    launch.run("--session", "another", "--report", "/out/report.html", "--price-per-hour", 2)
    (known,) = open_store(str(launch.store), read_only=True).launches(["another"])
    assert (known["state"], known["decided"], known["counts"]) == ("ended", {"claimed": 2}, {"claimed": 2})
    assert (known["report"], known["seconds"], known["cost"]) == ("/out/report.html", 0, 0)


def test_what_people_call_an_analysis_is_remembered(launch: Launch) -> None:
    launch.run()
    (known,) = open_store(str(launch.store), read_only=True).launches()
    assert (known["analysis"], known["host"]) == ("units", platform.node())
    text = ANALYSIS.replace("cutoff: float", 'analysis_name: str = "rates"\n    cutoff: float')
    write_files(launch.folder, {"lab/units.py": text})
    launch.run("--session", "another")
    (known,) = open_store(str(launch.store), read_only=True).launches(["another"])
    assert known["analysis"] == "rates"


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
    ({}, ["--set", "cutoff"], "--set was given 'cutoff'; write --set NAME=VALUE"),
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
    assert launch.run().stderr == "WARNING: ignored 1 file not called *.json: .DS_Store\n"
    monkeypatch.setenv("ANALYSIS_LOG_LEVEL", "error")
    assert launch.run().stderr == ""


def test_a_set_that_some_jobs_do_not_take_is_told_for_each_and_once_for_all(launch: Launch) -> None:
    write_files(launch.folder, {"jobs/a.json": job_text("a", distributed_parameters={"cutoff": 0.7})})
    done = launch.run("--set", "cutoff=1")
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in (launch.work / "decisions.jsonl").read_text().splitlines()]
    notes = {line["file"]: line.get("note") for line in lines}
    assert notes == {"a.json": "--set.cutoff has no effect, because the job sets it itself", "b.json": None}
    warned = (launch.work / "warnings.txt").read_text()
    assert "--set.cutoff has no effect on 1 of 2 jobs, as job files set it\n" in warned


def test_paths_in_variables_of_uv_are_meant_from_where_somebody_launched(
    launch: Launch, monkeypatch: pytest.MonkeyPatch
) -> None:
    (launch.folder / "lab" / "requirements.txt").write_text("a-package-that-is-nowhere\n")
    monkeypatch.setenv("UV_FIND_LINKS", "gone")
    monkeypatch.setenv("UV_OFFLINE", "1")
    ended = launch.run("--launched-in", launch.folder, "--environment-cache", launch.folder / "cache")
    assert ended.returncode == 2
    assert f"{launch.folder}/gone" in ended.stderr


APART = ("--head-stages", "--elsewhere", "the executor is awsbatch")


def test_with_stages_on_the_head_nobody_says_what_jobs_run_in(launch: Launch) -> None:
    ended = launch.run(*APART)
    assert ended.returncode == 0, ended.stderr
    assert "environment" not in launch.about()
    _, note, _ = (launch.work / "counts.txt").read_text().splitlines()
    assert note == f"parameters were checked in {sys.prefix}, where this was launched; jobs run in their image"


def test_packages_of_an_image_are_not_looked_for_on_the_head(launch: Launch) -> None:
    (launch.folder / "lab" / "requirements.txt").write_text("numpy\n")
    ended = launch.run(*APART)
    assert ended.returncode == 2
    assert (
        "--head_stages checks parameters where Nextflow runs, and the packages of requirements.txt are in"
        in ended.stderr
    )
    assert launch.run(*APART, "--environment", "active").returncode == 0
    assert "in an image that --head_stages does not look into" in launch.run(*APART, "--key-environment").stderr
    assert launch.run(*APART[1:]).returncode == 0, "in the image itself all is seen"


def test_tasks_ask_for_what_jobs_took_before(launch: Launch) -> None:
    launch.run()
    identity = launch.about()["identity"]
    store = open_store(str(launch.store))
    measured = {"jobs": 40, "seconds": [400.0], "cpu_seconds": [1.0], "peak_memory_bytes": [2**31], "input_bytes": [0]}
    store.put_launch(launch_record("before", code=identity, measured=measured))
    launch.run("--learn", "memory_bytes,seconds")
    table = (launch.work / "batches" / "batches.csv").read_text().splitlines()
    assert table[0] == "batch,jobs,group,size,ahead,file,memory_bytes,seconds"
    assert {line.split(",", 6)[6] for line in table[1:]} == {f"{5 * 2**29},840"}
    assert (launch.work / "counts.txt").read_text().splitlines()[-2:] == [
        "memory of a task: 2.5 GB, as 95% of 40 jobs of this analysis took at most 2 GB",
        "time of a job: 14 min, as 95% of 40 jobs of this analysis took at most 6 min 40 s",
    ]


def test_without_it_nothing_is_asked_for(launch: Launch) -> None:
    launch.run()
    assert (launch.work / "batches" / "batches.csv").read_text().startswith("batch,jobs,group,size,ahead,file\n")
    assert "learnt" not in launch.about()
