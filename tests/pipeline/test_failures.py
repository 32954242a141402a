"""Everything that can go wrong in an analysis, and what the next launches do about it."""

import json
import re
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from support.lab import Ended, Lab, lines_of, outputs_of, published, records

from analysis_jobs.stages.dedupe.batches import label_in_name

from .test_progress import check_progress

pytestmark = pytest.mark.nextflow

# How it fails, and what the reason says
FAILURES = {
    "raise": "analysis: RuntimeError: the probe is <b>broken</b> in two lines",
    "exit": "analysis: SystemExit: the analysis called sys.exit(3); raise an exception, or return the outputs",
    "exit_well": "analysis: SystemExit: the analysis called sys.exit(0)",
    "os_exit": "analysis: ProcessExit: the analysis ended its process with exit code 4",
    "kill": "infrastructure: SIGKILL: the process of the analysis was killed by SIGKILL: out of memory,",
    "segfault": "analysis: SIGSEGV: the process of the analysis was killed by SIGSEGV; in native code",
    "type": "analysis: BadOutcome: run_analysis returned {'total': 1} of type dict; return AnalysisOutputs(...)",
    "none": "analysis: BadOutcome: run_analysis returned None of type NoneType; return AnalysisOutputs(...)",
    "nan": "analysis: BadOutcome: the output total is nan, which JSON cannot hold",
    "reserved": "analysis: BadOutcome: the results hold manifest.json, a name that the pipeline uses",
}
FINE = ("not", "print", "write_nothing")
SINGLE = [*FAILURES, *FINE, "nothing"]
# Folders of five, in which one fails and four are done
FIVES = {"five": "raise", "kill five": "kill"}
FAILED = [f"{how}.json" for how in FAILURES] + [f"{five}/2.json" for five in FIVES]


@pytest.fixture(scope="module")
def lab(new_lab) -> Lab:
    lab = new_lab("failures")
    lab.use("failing.py")
    for how in SINGLE:
        lab.job(how, distributed_parameters={"how": how})
    for folder, how in FIVES.items():
        for number in range(5):
            own = {"how": how if number == 2 else "not"}
            lab.job(f"{folder}/{number}", distributed_parameters=own)
    return lab


@pytest.fixture(scope="module")
def first(lab: Lab) -> Ended:
    return lab.run()


def tasks_by_job(ended: Ended) -> Counter[str]:
    """How often ANALYZE was tried for each file that is a batch of its own."""
    names = {label_in_name(row["label"]).strip("."): row["file"] for row in ended.rows if "/" not in row["file"]}
    tried = [line.rpartition("(")[2].rstrip(")") for line in ended.said.splitlines() if ":ANALYZE (" in line]
    return Counter(names[batch] for batch in tried if batch in names)


def test_the_run_goes_on_to_its_end_and_says_that_some_failed(lab: Lab, first: Ended):
    assert first.returncode == 1
    assert first.states == {
        **{f"{how}.json": "failed" for how in FAILURES},
        **{f"{how}.json": "done" for how in FINE},
        "nothing.json": "empty",
        **{f"{five}/{number}.json": "failed" if number == 2 else "done" for five in FIVES for number in range(5)},
    }
    assert "\n24 jobs: 11 done, 1 empty, 12 failed\n" in first.said
    assert "jobs without a result: 12; OUT/report.html says why" in first.said
    assert {row["attempt"] for row in first.rows} == {"1"}


def test_each_job_is_tried_once_and_a_killed_one_twice(lab: Lab, first: Ended):
    assert tasks_by_job(first) == {f"{how}.json": 2 if how == "kill" else 1 for how in SINGLE}
    assert first.tasks["ANALYZE"] == len(SINGLE) + 1 + len(FIVES)
    assert first.tasks["DEDUPE"] == first.tasks["SUMMARIZE"] == 1
    in_fives = {f"{five}/{number}": 1 for five in FIVES for number in range(5)}
    assert lab.runs == {how: 2 if how == "kill" else 1 for how in SINGLE} | in_fives


@pytest.mark.parametrize("how", FAILURES)
def test_the_reason_says_what_happened(first: Ended, how: str):
    row = first.row(f"{how}.json")
    assert row["reason"].startswith(FAILURES[how])
    assert row["location"] == ""


def test_a_killed_job_of_a_batch_says_so(first: Ended):
    reason = first.row("kill five/2.json")["reason"]
    assert reason.startswith("infrastructure: SIGKILL: the process of the analysis was killed by SIGKILL: out of")


def test_only_what_is_done_is_published_and_recorded(lab: Lab, first: Ended):
    done = {row["key"] for row in first.rows if row["state"] == "done"}
    assert published(lab.bucket).keys() == records(lab.store).keys() == done
    for row in first.rows:
        folder = Path(row["location"])
        if row["state"] == "done" and row["file"] != "write_nothing.json":
            assert (folder / "value.txt").read_text() == "written before it failed\n"
            assert outputs_of(records(lab.store)[row["key"]]) == {"total": 1}


def test_a_job_with_nothing_to_report_is_settled(first: Ended):
    row = first.row("nothing.json")
    assert row["reason"] == "no units in the recording"
    assert row["location"] == ""


def test_a_job_that_writes_nothing_has_its_log(lab: Lab, first: Ended):
    row = first.row("write_nothing.json")
    assert outputs_of(records(lab.store)[row["key"]]) == {"total": None}
    (file,) = published(lab.bucket)[row["key"]]["files"]
    assert file["path"] == "analysis.log"


def test_a_megabyte_of_output_is_all_in_the_log(first: Ended):
    log = Path(first.row("print.json")["location"], "analysis.log").read_text()
    assert log == "print begins\n" + "".join(f"{number:99}\n" for number in range(10_000))


def test_the_report_says_why_with_the_end_of_the_traceback_and_the_log(lab: Lab, first: Ended):
    report = (lab.out / "report.html").read_text()
    assert "RuntimeError: the probe is &lt;b&gt;broken&lt;/b&gt;" in report
    assert "<b>broken" not in report
    assert "segfault begins" in report  # the end of its log
    (about,) = re.findall(
        r'<details class="failure"[^>]*>(?:(?!class="failure").)*RuntimeError.*?</pre></details>', report, re.DOTALL
    )
    assert "in fail_raise" in about  # of the user's file,
    assert "stages/analyze" not in about  # and not of what called it


def test_progress_counts_what_failed_and_what_died(first: Ended):
    assert "\nDEDUPE: 24 jobs: 24 to run\n" in first.said
    check_progress(first, 24, 12)


def test_states_in_the_store_hold_the_error(lab: Lab, first: Ended):
    with closing(sqlite3.connect(lab.store)) as connection, connection:
        found = dict(connection.execute("SELECT key, document FROM job_states"))
    state = json.loads(found[first.row("kill.json")["key"]])
    assert (state["state"], state["attempt"]) == ("failed", 1)
    assert (state["error"]["stage"], state["error"]["cause"]) == ("analyze", "infrastructure")
    assert {json.loads(text)["state"] for text in found.values()} == {"done", "empty", "failed"}


@pytest.fixture(scope="module")
def later(lab: Lab, first: Ended) -> dict[str, Ended]:
    """The launches that follow: one that leaves failed jobs alone, the second, the third, and one too many."""
    return {
        "not again": lab.run(retry_failed="false"),
        "second": lab.run(resume=True),
        "third": lab.run(),
        "last": lab.run(),
    }


def test_failed_jobs_can_be_left_alone(first: Ended, later: dict[str, Ended]):
    ended = later["not again"]
    assert ended.returncode == 1
    assert ended.tasks == {"DEDUPE": 1, "SUMMARIZE": 1}
    assert [file for file, state in ended.states.items() if state == "gave_up"] == sorted(FAILED)
    reason = "failed before and --retry_failed is false; last error: RuntimeError: the probe is"
    assert ended.row("raise.json")["reason"].startswith(reason)
    assert ended.row("nothing.json")["state"] == "empty"
    assert ended.row("nothing.json")["reason"].startswith("done before, with nothing to report: no units")


@pytest.mark.parametrize(("launch", "attempt"), [("second", "2"), ("third", "3")])
def test_the_next_launch_tries_only_the_failed_ones(later: dict[str, Ended], launch: str, attempt: str):
    ended = later[launch]
    assert ended.returncode == 1
    assert ended.tasks["ANALYZE"] == len(FAILED) + 2  # two of them are killed, twice
    assert ended.cached["ANALYZE"] == 0
    assert sorted(file for file, state in ended.states.items() if state == "failed") == sorted(FAILED)
    assert {ended.row(file)["attempt"] for file in FAILED} == {attempt}
    others = [row for row in ended.rows if row["file"] not in FAILED]
    assert all(row["reason"].startswith("done before") for row in others)


def test_at_last_it_gives_up(lab: Lab, later: dict[str, Ended]):
    ended = later["last"]
    assert ended.returncode == 1
    assert ended.tasks == {"DEDUPE": 1, "SUMMARIZE": 1}
    assert "\n24 jobs: 11 done (all before), 1 empty (all before), 12 gave_up\n" in ended.said
    reason = ended.row("exit.json")["reason"]
    assert reason.startswith("failed 3 times, the most that --max_attempts 3 allows; last error: SystemExit: the")
    assert {ended.row(file)["state"] for file in FAILED} == {"gave_up"}
    assert lab.runs["raise"] == 3
    assert lab.runs["kill"] == 6


def test_an_analysis_that_was_mended_makes_new_jobs(lab: Lab, later: dict[str, Ended]):
    mended = lab.use("failing.py", "mended.py")
    mended.write_text(mended.read_text().replace("sys.exit(3)", "return AnalysisOutputs(total=2)"))
    alone = lab.folder / "alone"
    alone.mkdir()
    (alone / "exit.json").write_bytes((lab.jobs / "exit.json").read_bytes())
    ended = lab.run(jobs=alone, analysis="mended.py")
    assert ended.returncode == 0, ended.said
    assert ended.tasks["ANALYZE"] == 1
    (decision,) = lines_of(lab.out / "decisions.jsonl")
    assert (decision["decision"], decision["reason"], decision["attempt"]) == ("run", "new", 1)
