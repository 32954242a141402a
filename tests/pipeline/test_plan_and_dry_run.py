"""A plan says what would be run; a dry run also runs it, and shows the records. Neither leaves anything behind."""

import json
import re

import pytest
from aind_data_schema.core.metadata import Metadata
from support.lab import Ended, Lab, lines_of, outputs_of, published, records

pytestmark = pytest.mark.nextflow


@pytest.fixture(scope="module")
def lab(new_lab) -> Lab:
    lab = new_lab("plan")
    lab.use("plain.py")
    lab.job("a")
    lab.job("b")
    lab.job("same as b", "b")
    return lab


@pytest.fixture(scope="module")
def planned(lab: Lab) -> Ended:
    return lab.run(plan=True)


def test_a_plan_prints_its_decisions(lab: Lab, planned: Ended):
    assert planned.returncode == 0, planned.said
    assert planned.tasks == {"DEDUPE": 1, "SUMMARIZE": 1}
    assert "plan: nothing will be run, published or claimed" in planned.said
    assert "plan, nothing is run or claimed: 2 run, 1 repeat" in planned.said
    assert re.search(r"\n +run +a\.json: new\n +run +b\.json: new\n", planned.said)
    assert re.search(r"\n +repeat +same as b\.json \(b\): the same job as in b\.json\n", planned.said)
    assert [one["decision"] for one in lines_of(lab.out / "decisions.jsonl")] == ["run", "run", "repeat"]


def test_a_plan_leaves_nothing_but_its_decisions(lab: Lab, planned: Ended):
    assert [path.name for path in lab.out.iterdir()] == ["decisions.jsonl"]
    assert not lab.runs


@pytest.fixture(scope="module")
def dry(lab: Lab, planned: Ended) -> Ended:
    return lab.run(dry_run=True, set={"label": "rehearsal"})


@pytest.mark.filterwarnings("ignore:Metadata missing required file")
def test_a_dry_run_shows_the_records(lab: Lab, dry: Ended):
    assert dry.returncode == 0, dry.said
    assert dry.tasks["ANALYZE"] == 2
    assert "dry run: jobs will be run, nothing will be published, recorded or claimed" in dry.said
    assert "dry run, nothing was published or recorded: 3 jobs: 2 done, 1 repeat" in dry.said
    # JSON documents, one after the other, among what Nextflow prints
    found = re.findall(r"^\{$.*?^\}$", dry.said, re.DOTALL | re.MULTILINE)
    shown = {record["_id"]: record for record in map(json.loads, found)}
    assert shown.keys() == {row["key"] for row in dry.rows}
    for record in shown.values():
        assert Metadata.model_validate(record).name == record["_id"]
        assert outputs_of(record) == {"value": 1, "label": "rehearsal"}


def test_a_dry_run_publishes_and_claims_nothing(lab: Lab, dry: Ended):
    assert {path.name for path in lab.out.iterdir()} == {
        "decisions.jsonl",
        "jobs.tsv",
        "report.html",
    }
    assert {row["location"] for row in dry.rows} == {""}
    assert dry.row("a.json")["reason"] == "dry run: computed, nothing published"
    assert lab.runs == {"a": 1, "b": 1}


def test_a_real_launch_computes_all_the_same(lab: Lab, dry: Ended):
    """With -resume it takes what the dry run computed, which is the same work."""
    ended = lab.run(resume=True, set={"label": "rehearsal"})
    assert ended.returncode == 0, ended.said
    assert ended.states == {"a.json": "done", "b.json": "done", "same as b.json": "repeat"}
    assert ended.tasks["ANALYZE"] + ended.cached["ANALYZE"] == 2
    assert published(lab.bucket).keys() == records(lab.store).keys() == {row["key"] for row in ended.rows}
    assert lab.runs == {"a": 1, "b": 1}

    # Now all is done, and both say so
    for how in ({"plan": True}, {"dry_run": True}):
        again = lab.run(**how, set={"label": "rehearsal"})
        assert again.returncode == 0, again.said
        assert "ANALYZE" not in again.tasks
    assert "2 done" in again.said
