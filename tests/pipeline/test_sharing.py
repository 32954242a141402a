"""Launches that share a folder, at once and by users of one group; and what a task keeps that dies among its jobs."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.lab import PROJECT, Ended, Lab, holding_lab, job_states, lines_of, published, records, table_rows
from support.users import ALICE, BOB, GROUPS, STRANGER, commons, folder_of, needs_users  # noqa: F401

pytestmark = pytest.mark.nextflow


def files_told(folder: Path) -> tuple[list[str], list[str]]:
    """Files of jobs in the two tables of a launch."""
    decided = [line["file"] for line in lines_of(folder / "decisions.jsonl")]
    return sorted(decided), sorted(row["file"] for row in table_rows(folder / "jobs.tsv"))


def test_two_launches_at_once_keep_their_files_apart(new_lab: Callable[[str], Lab]):
    lab, env = holding_lab(new_lab, "two launches", "hold analyze")
    other = lab.folder / "other jobs"
    other.mkdir()
    (other / "b.json").write_text(json.dumps({"s3_location": ["b"]}))
    first = lab.start(env=env)
    first.wait_until(lambda: any((lab.folder / "hold").iterdir()), "a job runs")
    second = lab.run(jobs=other, env=env)
    (lab.folder / "hold" / "hold analyze go").touch()
    ended = first.wait()
    assert (second.returncode, ended.returncode) == (0, 0), second.said + ended.said
    (own,) = (lab.out / "launches").iterdir()
    assert f"Another launch writes to OUT ({first_name(ended)} of " in second.said.replace("\n", " ")
    assert f"see OUT/launches/{own.name}/report.html" in second.said
    assert files_told(own) == (["b.json"], ["b.json"])
    assert files_told(lab.out) == (["hold analyze.json"], ["hold analyze.json"])
    assert f"../../analyses/{second_key(own)}/" in (own / "report.html").read_text()
    assert len(records(lab.store)) == len(published(lab.bucket)) == 2
    third = lab.run(jobs=other)
    assert "Another launch" not in third.said
    assert files_told(lab.out) == (["b.json"], ["b.json"])


def first_name(ended: Ended) -> str:
    return ended.said.partition("[")[2].partition("]")[0]


def second_key(folder: Path) -> str:
    (row,) = table_rows(folder / "jobs.tsv")
    return row["key"]


for_others = pytest.mark.skipif(
    not all(folder.stat().st_mode & 0o001 for folder in Path(sys.executable).resolve().parents),
    reason="this Python lies where only its owner gets to",
)


@needs_users
@for_others
def test_users_of_one_group_share_an_outdir(commons: Path, environment: dict[str, str]):  # noqa: F811
    shared = folder_of(commons / "shared", 0, 0o2775)
    labs = {}
    for user, name in ((ALICE, "a"), (BOB, "b"), (ALICE, "c")):
        lab = labs[name] = Lab(commons / name, {**environment, "HOME": str(commons / name)})
        lab.environment["NXF_HOME"] = str(commons / name / ".nextflow")
        lab.caller = {"user": user, "group": user, "extra_groups": GROUPS[user], "umask": 0o022}
        lab.use("plain.py")
        lab.job(name)
        lab.job("of all")
        for path in (lab.folder, *lab.folder.rglob("*")):
            os.chown(path, user, user)
        ended = lab.run(outdir=shared / "OUT")
        assert ended.returncode == 0, ended.said
        assert ended.row(f"{name}.json")["reason"] == "computed"
        assert (
            ended.row("of all.json")["reason"] == "computed" if name == "a" else "done before: the store has its record"
        )
    assert len(records(shared / "OUT" / "records.sqlite")) == len(published(shared / "OUT" / "analyses")) == 4


@needs_users
@for_others
@pytest.mark.parametrize("plan", [False, True])
def test_who_may_not_enter_the_outdir_is_told_whose_it_is(
    commons: Path,  # noqa: F811
    environment: dict[str, str],
    plan: bool,
):
    shared = folder_of(commons / "shared", ALICE, 0o2770)
    lab = Lab(commons / "lab", {**environment, "HOME": str(commons / "lab")})
    lab.environment["NXF_HOME"] = str(commons / "lab" / ".nextflow")
    lab.caller = {"user": STRANGER, "group": STRANGER, "extra_groups": GROUPS[STRANGER], "umask": 0o022}
    lab.use("plain.py")
    lab.job("a")
    for path in (lab.folder, *lab.folder.rglob("*")):
        os.chown(path, STRANGER, STRANGER)
    ended = lab.run(outdir=shared, plan=plan)
    assert ended.returncode == 1
    said = ended.said.strip().splitlines()[-1]
    assert f"{shared} belongs to " in said, ended.said
    assert "Traceback" not in ended.said


HOLDS_THE_THIRD = """
import time
from pathlib import Path

from analysis_jobs import GenericModel


class AnalysisSpecification(GenericModel):
    analysis_name: str = "the third waits"


class AnalysisOutputs(GenericModel):
    pass


def run_analysis(job, specification, results: Path) -> AnalysisOutputs:
    task = next(folder for folder in results.parents if (folder / ".command.sh").exists())
    if len(list(task.glob("jobs/*/*/outcome.json"))) == 2:
        (task / "reached").touch()
        time.sleep(90)
    (results / "done.txt").write_text("done")
    return AnalysisOutputs()
"""


def test_what_a_task_had_finished_before_it_died_is_kept(new_lab: Callable[[str], Lab]):
    """The task of three jobs is killed, by whomever, each time that it comes to the last of them."""
    lab = new_lab("died")
    for job in "abc":
        lab.job(job)
    (lab.folder / "analysis.py").write_text(HOLDS_THE_THIRD)
    folder = lab.folder / "stages"
    folder.mkdir()
    script = f"""#!/bin/sh
        "{PROJECT}/bin/analyze.py" "$@" & task=$!
        until [ -e reached ]; do
            kill -0 $task || exit 1
            sleep 0.1
        done
        kill -9 $task $$
    """
    (folder / "analyze.py").write_text(script)
    (folder / "analyze.py").chmod(0o755)
    ended = lab.run(env={"PATH": str(folder)}, jobs_per_task=3)
    assert ended.returncode == 1
    assert sorted(ended.states.values()) == ["done", "done", "failed"], ended.said
    (lost,) = (row for row in ended.rows if row["state"] == "failed")
    assert (
        "the ANALYZE task of this job and of 2 others died before it could report, with exit status 137"
        in lost["reason"]
    )
    assert len(published(lab.bucket)) == len(records(lab.store)) == 2
    assert sorted(state["state"] for state in job_states(lab.store).values()) == ["done", "done", "failed"]
