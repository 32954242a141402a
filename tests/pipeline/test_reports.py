"""What Nextflow tells of a run, in OUT/pipeline_info; and all stages as stubs, which take seconds."""

import csv
from pathlib import Path

import pytest
from support.lab import Ended, Lab

pytestmark = pytest.mark.nextflow

REPORTS = {"execution_report.html", "execution_timeline.html", "execution_trace.txt", "pipeline_dag.html"}


@pytest.fixture(scope="module")
def lab(new_lab) -> Lab:
    lab = new_lab("reports")
    lab.use("plain.py")
    lab.job("a")
    return lab


@pytest.fixture(scope="module")
def stubs(lab: Lab) -> Ended:
    return lab.run("-stub-run", outdir="STUBS", reports=True, timeout=60)


def traced(folder: Path) -> list[str]:
    with (folder / "pipeline_info" / "execution_trace.txt").open() as file:
        return [row["name"].partition(" ")[0] for row in csv.DictReader(file, delimiter="\t")]


def test_stubs_go_through_all_stages(lab: Lab, stubs: Ended):
    assert stubs.returncode == 0, stubs.said
    assert stubs.tasks == {"DEDUPE": 1, "ANALYZE": 1, "UPLOAD": 1, "RECORD": 1, "SUMMARIZE": 1}
    assert not lab.runs
    assert not (lab.folder / "STUBS" / "analyses").exists()
    assert not (lab.folder / "STUBS" / "records.sqlite").exists()


def test_nextflow_tells_of_the_run(lab: Lab, stubs: Ended):
    folder = lab.folder / "STUBS"
    assert {path.name for path in (folder / "pipeline_info").iterdir()} == REPORTS
    stages = ["DEDUPE", "ANALYZE", "UPLOAD", "RECORD", "SUMMARIZE"]
    assert traced(folder) == [f"ANALYSIS:{stage}" for stage in stages]


def test_the_next_launch_overwrites_it(lab: Lab, stubs: Ended):
    ended = lab.run("-stub-run", "-with-report", "-with-trace", "-with-timeline", "-with-dag", outdir="STUBS")
    assert ended.returncode == 0, ended.said
    assert {path.name for path in (lab.folder / "STUBS" / "pipeline_info").iterdir()} == REPORTS
    assert len(traced(lab.folder / "STUBS")) == 5
    assert not list(lab.folder.glob("*.html"))


@pytest.mark.parametrize("options", [{"plan": True, "reports": True}, {}])
def test_there_is_none_without_a_run_or_a_wish(lab: Lab, options: dict[str, object]):
    ended = lab.run("-stub-run", outdir="NONE", **options)
    assert ended.returncode == 0, ended.said
    assert not (lab.folder / "NONE" / "pipeline_info").exists()
