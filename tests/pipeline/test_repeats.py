"""What counts as the same job, and is not computed again; and what does not."""

import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from support.lab import Ended, Lab, published, records, write_json

pytestmark = pytest.mark.nextflow

NOTHING_TO_RUN = {"DEDUPE": 1, "SUMMARIZE": 1}
SIBLING = "def label(text):\n    return text.strip()\n"
NUMBERS: Iterator[int] = count()


@pytest.fixture(scope="module")
def lab(new_lab) -> Lab:
    """Two jobs, one of them twice, and an analysis with a sibling that it imports."""
    lab = new_lab("repeats")
    code = lab.use("plain.py", "code/analysis.py")
    code.write_text(code.read_text().replace("import os\n", "import os\n\nimport sibling\n"))
    (lab.folder / "code" / "sibling.py").write_text(SIBLING)
    (lab.folder / "code" / "README.md").write_text("How it works\n")
    lab.usual["check_inputs"] = "none"  # they are nowhere
    lab.job("a", ["s3://in/one", "s3://in/two"], asset_id=["1", "2"])
    lab.job("b")
    lab.job("c", ["s3://in/two/", "s3://in/one"], query="found in another way")
    write_json(lab.folder / "parameters.json", {"value": 2, "label": "x"})
    return lab


@pytest.fixture(scope="module")
def first(lab: Lab) -> Ended:
    return lab.run(analysis="code/analysis.py", parameters="parameters.json")


@pytest.fixture
def copy(lab: Lab, first: Ended) -> Path:
    """A copy of the analysis' folder, to be changed."""
    return Path(shutil.copytree(lab.folder / "code", lab.folder / f"copy{next(NUMBERS)}"))


def test_a_job_that_comes_twice_is_computed_once(lab: Lab, first: Ended):
    assert first.returncode == 0, first.said
    assert first.tasks["ANALYZE"] == 2
    assert first.states == {"a.json": "done", "b.json": "done", "c.json": "repeat"}
    assert first.row("c.json")["reason"] == "the same job as in a.json"
    assert first.row("c.json")["key"] == first.row("a.json")["key"]
    assert first.row("c.json")["location"] == first.row("a.json")["location"]
    assert "\n3 jobs: 2 done, 1 repeat\n" in first.said
    assert lab.runs["s3://in/one"] == 1
    assert lab.runs["b"] == 1
    assert len(published(lab.bucket)) == len(records(lab.store)) == 2


def test_a_second_launch_computes_nothing(lab: Lab, first: Ended):
    for resume in (True, False):
        again = lab.run(analysis="code/analysis.py", parameters="parameters.json", resume=resume)
        assert again.returncode == 0, again.said
        assert again.tasks == NOTHING_TO_RUN
        assert again.states == first.states
        assert again.row("a.json")["reason"] == "done before: the store has its record"
        assert again.row("a.json")["location"] == first.row("a.json")["location"]
        outputs = {name: value for name, value in first.row("a.json").items() if name.startswith("outputs.")}
        assert outputs
        assert outputs.items() <= again.row("a.json").items()
        assert "\n3 jobs: 2 done (all before), 1 repeat\n" in again.said


def test_the_same_jobs_told_in_another_way_are_the_same(lab: Lab, first: Ended, copy: Path):
    """From elsewhere; jobs and parameters written otherwise; the code moved, with other line ends and a new README."""
    for source in copy.glob("*.py"):
        source.write_bytes(source.read_bytes().replace(b"\n", b"\r\n"))
    (copy / "README.md").write_text("How it really works\n")
    (copy / "notes.py.txt").write_text("no code\n")
    jobs = lab.folder / "dispatched again"
    write_json(jobs / "0" / "z.json", {"query": "other", "s3_location": ["s3://in/two", "s3://in/one/"]})
    write_json(jobs / "1" / "y.json", {"docdb_record_id": ["7"], "asset_name": ["b"], "s3_location": ["b/"]})
    parameters = {"label": "x", "analysis_tag": "", "analysis_name": "plain", "value": 7}
    again = lab.run(
        cwd=lab.folder / "launched elsewhere",
        jobs=jobs,
        analysis=copy / "analysis.py",
        outdir=lab.out,
        parameters=write_json(lab.folder / "others.json", {"fixed_parameters": parameters}),
        set={"value": "2.0"},
    )
    assert again.returncode == 0, again.said
    assert again.tasks == NOTHING_TO_RUN
    assert again.states == {"0/z.json": "done", "1/y.json": "done"}
    assert again.row("0/z.json")["key"] == first.row("a.json")["key"]
    assert again.row("1/y.json")["key"] == first.row("b.json")["key"]


def test_a_changed_parameter_is_computed_wherever_it_comes_from(lab: Lab, first: Ended):
    """Distributed sets: one says the same as the first launch, one does not."""
    before = lab.runs
    sets = write_json(lab.folder / "sets.json", [{"label": "x", "value": 2}, {"value": 3, "label": "x"}])
    again = lab.run(analysis="code/analysis.py", parameters=sets)
    assert again.returncode == 0, again.said
    assert again.tasks["ANALYZE"] == 2
    assert [(row["file"], row["state"], row["reason"].partition(":")[0]) for row in again.rows] == [
        ("a.json", "done", "done before"),
        ("a.json", "done", "computed"),
        ("b.json", "done", "done before"),
        ("b.json", "done", "computed"),
        ("c.json", "repeat", "the same job as in a.json"),
        ("c.json", "repeat", "the same job as in a.json"),
    ]
    assert again.rows[0]["key"] == again.rows[4]["key"] != again.rows[1]["key"] == again.rows[5]["key"]
    assert lab.runs - before == {"s3://in/one": 1, "b": 1}
    assert "\n6 jobs: 4 done (2 of them before), 2 repeat\n" in again.said


@pytest.mark.parametrize("name", ["analysis.py", "sibling.py"])
def test_changed_code_is_computed(lab: Lab, first: Ended, copy: Path, name: str):
    (copy / name).write_text((copy / name).read_text() + "\nCHANGED = True\n")
    again = lab.run(analysis=copy / "analysis.py", parameters="parameters.json", resume=True)
    assert again.returncode == 0, again.said
    assert again.tasks["ANALYZE"] == 2
    assert [row["reason"] for row in again.rows] == ["computed", "computed", "the same job as in a.json"]
    assert again.row("a.json")["key"] != first.row("a.json")["key"]


def test_code_version_stands_for_the_code(lab: Lab, copy: Path):
    def launch(version: str) -> Ended:
        ended = lab.run(analysis=copy / "analysis.py", parameters="parameters.json", code_version=version)
        assert ended.returncode == 0, ended.said
        return ended

    as_one = launch("one")
    assert as_one.tasks["ANALYZE"] == 2
    record = records(lab.store)[as_one.row("a.json")["key"]]
    assert record["processing"]["data_processes"][0]["code"]["version"] == "one"

    (copy / "analysis.py").write_text((copy / "analysis.py").read_text() + "\n# cosmetics\n")
    assert launch("one").tasks == NOTHING_TO_RUN
    assert launch("two").tasks["ANALYZE"] == 2
