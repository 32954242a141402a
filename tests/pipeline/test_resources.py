"""What tasks may use, and which failures are tried again with more of it."""

import re
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from support.lab import PROJECT, Lab, job_states, records, table_rows, write_json

from analysis_jobs.records.notes import notes_of

pytestmark = pytest.mark.nextflow


@pytest.fixture
def lab(new_lab) -> Lab:
    lab = new_lab("resources")
    lab.use("plain.py")
    lab.job("a")
    return lab


def traced(lab: Lab, *arguments: str, **options: Any) -> dict[str, list[tuple[str, str, str]]]:
    """Run, and return of each process [(exit status, memory, time), ..], one for each attempt."""
    fields = "trace.fields = 'name,status,exit,memory,time'\ntrace.overwrite = true\n"
    (lab.folder / "trace.config").write_text(fields)
    trace = lab.folder / "trace.tsv"
    lab.run("-c", str(lab.folder / "trace.config"), "-with-trace", str(trace), *arguments, **options)
    rows = [line.split("\t") for line in trace.read_text().splitlines()[1:]]
    found: dict[str, list[tuple[str, str, str]]] = {}
    for name, _, *used in rows:
        found.setdefault(name.split(" ")[0].rpartition(":")[2], []).append(tuple(used))
    return found


def stage(lab: Lab, script: str, body: str) -> dict[str, str]:
    """Put a script in the place of the pipeline's own, and return the environment that finds it."""
    folder = lab.folder / "stages"
    folder.mkdir(exist_ok=True)
    path = folder / f"{script}.py"
    path.write_text(f'#!/bin/sh\n{body}\nexec "{PROJECT}/bin/{script}.py" "$@"\n')
    path.chmod(0o755)
    return {"PATH": str(folder)}


def test_analyze_gets_what_parameters_say(lab: Lab):
    """Also where they arrive as texts, which depends on the version of Nextflow."""
    texts = {"analysis_cpus": "2", "analysis_gpus": "0", "jobs_per_task": "1", "max_attempts": "3", "claim_hours": "48"}
    given = write_json(lab.folder / "given.json", texts)
    found = traced(lab, "-params-file", str(given), analysis_memory="700 MB", analysis_time="1h")
    assert found["ANALYZE"] == [("0", "700 MB", "1h 10m")]
    assert found["DEDUPE"] == [("0", "2 GB", "-")]


def once(lab: Lab, body: str) -> str:
    """A line of shell that does something the first time only."""
    return f'[ -e "{lab.folder}/was here" ] || {{ touch "{lab.folder}/was here"; {body}; }}'


def test_out_of_memory_is_tried_again_with_more(lab: Lab):
    found = traced(lab, env=stage(lab, "analyze", once(lab, "kill -9 $$")), analysis_memory="500 MB")
    assert found["ANALYZE"] == [("137", "500 MB", "-"), ("0", "1000 MB", "-")]


def test_what_a_task_asked_for_that_died_is_known(lab: Lab):
    lab.run(env=stage(lab, "analyze", "kill -9 $$"), analysis_memory="500 MB")
    (state,) = job_states(lab.store).values()
    assert state["error"]["type"] == "SIGKILL"
    assert state["asked"] == {"memory_bytes": 1000 * 2**20, "processors": 1, "attempt": 2}


def test_what_jobs_took_before_is_asked_for(new_lab):
    lab = new_lab("learnt")
    lab.use("using.py")
    auto = {"analysis_memory": "auto", "analysis_time": "auto"}
    lab.job("large", distributed_parameters={"megabytes": 1500})
    found = traced(lab, analysis_memory="1100 MB", max_memory="1100 MB")
    assert found["ANALYZE"] == [("137", "1.1 GB", "-"), ("0", "1.1 GB", "-")]  # and failed
    (state,) = job_states(lab.store).values()
    assert state["asked"] == {"memory_bytes": 1100 * 2**20, "processors": 1, "attempt": 2}
    found = traced(lab, **auto)
    assert found["ANALYZE"] == [("0", "2.1 GB", "-")]
    (record,) = records(lab.store).values()
    assert "asked 2.1 GB and 1 processor" in notes_of(record)

    lab.job("small", distributed_parameters={"megabytes": 10})
    planned = lab.run(plan=True, **auto)
    assert re.search(r"memory of a task: 2 GB, as 1 job of this analysis took at most 1.\d GB\n", planned.said)
    assert "time of a job: 10 min, as 1 job of this analysis took at most " in planned.said
    found = traced(lab, **auto)
    assert found["ANALYZE"] == [("0", "2 GB", "20m")]

    lab.job("smaller", distributed_parameters={"megabytes": 1})
    ended = lab.run(analysis_memory="2500 MB")
    assert re.search(r"asked 2.4 GB, used at most \d+ MB: --analysis_memory '1 GB'", ended.said), ended.said


def test_more_memory_than_there_is_does_not_end_the_run(lab: Lab):
    found = traced(lab, env=stage(lab, "analyze", once(lab, "kill -9 $$")), analysis_memory=all_but_some())
    (_, first, _), (_, second, _) = found["ANALYZE"]
    assert float(second.split()[0]) < 2 * float(first.split()[0])
    assert found["SUMMARIZE"]


def all_but_some() -> str:
    """Three quarters of this machine's memory."""
    total = int(re.findall(r"\d+", Path("/proc/meminfo").read_text())[0]) // 1000
    return f"{total * 3 // 4} MB"


def test_a_job_out_of_time_fails_alone(new_lab):
    """Its neighbours in the task are kept, and it is said what happened."""
    lab = new_lab("time")
    lab.use("waiting.py")
    for seconds in ("0", "0.1", "60"):
        lab.job(seconds.replace(".", ""), seconds)
    found = traced(lab, analysis_time="3s", jobs_per_task=3)
    assert {used[0] for used in found["ANALYZE"]} == {"0"}
    rows = {row["file"]: row for row in table_rows(lab.out / "jobs.tsv")}
    assert [rows[name]["state"] for name in ("0.json", "01.json", "60.json")] == ["done", "done", "failed"]
    assert "TimeLimit: the analysis ran longer than --analysis_time (3 s)" in rows["60.json"]["reason"]


@pytest.mark.parametrize("script", ["upload", "record"])
def test_a_service_that_does_not_answer_gets_time(lab: Lab, script: str):
    started = time.monotonic()
    found = traced(lab, env=stage(lab, script, once(lab, "exit 75")))
    assert [used[0] for used in found[script.upper()]] == ["75", "0"]
    assert time.monotonic() - started > 10


def test_invalid_input_is_not_tried_again(lab: Lab):
    """Whatever the process: nothing gets better by it."""
    for script in ("analyze", "upload"):
        found = traced(lab, env=stage(lab, script, "exit 2"))
        assert Counter(used[0] for used in found[script.upper()]) == {"2": 1}


@pytest.mark.parametrize("name, value", [("analysis_memory", "lots"), ("analysis_time", "4 weeks")])
def test_a_size_that_is_none_is_refused(lab: Lab, name: str, value: str):
    ended = lab.run(**{name: value})
    assert ended.returncode == 1
    assert f"--{name} is {value}: " in ended.said
    assert not ended.tasks
