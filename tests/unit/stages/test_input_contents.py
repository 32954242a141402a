"""What is in the inputs of jobs: read once, and the same elsewhere."""

import json
from pathlib import Path

import pytest
from support.dedupes import Launch
from support.samples import job_text, run_command, write_files

from analysis_jobs.jobs.job import Job
from analysis_jobs.recordings.inputs import Inputs
from analysis_jobs.stages.input_contents import contents_of_jobs


def test_each_input_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(tmp_path, {"a": "1", "copy": "1", "z/0": "0"})
    read: list[list[str]] = []
    contents = Inputs.contents
    monkeypatch.setattr(Inputs, "contents", lambda self, places: read.append(places) or contents(self, places))
    jobs = [Job(s3_location=[f"{tmp_path}/{name}" for name in names]) for names in (["a", "z/"], ["copy"], ["a"])]
    found = contents_of_jobs([*jobs, Job(s3_location=["/asset"], file_location=["test"])])
    assert found[f"{tmp_path}/a"] == found[f"{tmp_path}/copy"] != found[f"{tmp_path}/z"]
    assert found["test"] == {"problem": "it is not an absolute path"}
    assert read == [[f"{tmp_path}/a", f"{tmp_path}/z", f"{tmp_path}/copy", "test"]]


def test_a_login_opens_an_input_and_is_no_part_of_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    address = "https://me:secret@host/a.nwb"
    monkeypatch.setattr(Inputs, "contents", lambda _, places: {place: {"digest": place} for place in places})
    assert contents_of_jobs([Job(s3_location=[address])]) == {"https://host/a.nwb": {"digest": address}}


def test_a_copy_elsewhere_is_the_same_job_for_a_launch_and_for_commands(tmp_path: Path) -> None:
    launch = Launch(tmp_path)
    one, copy, other = (str(tmp_path / "data" / name) for name in ("one", "of/copy", "other"))
    write_files(tmp_path, {"data/one": "1", "data/of/copy": "1", "data/other": "2"})
    for name, place in {"a": one, "b": copy, "c": other, "d": "/none"}.items():
        write_files(tmp_path, {f"jobs/{name}.json": job_text(place)})
    assert launch.run("--inputs-by", "content").returncode == 0
    lines = [json.loads(line) for line in (launch.work / "decisions.jsonl").read_text().splitlines()]
    assert [line["decision"] for line in lines] == ["run", "repeat", "run", "invalid"]
    assert [line["inputs"] for line in lines] == [[one], [copy], [other], ["/none"]]
    assert lines[3]["reason"].startswith("d.json: the content of the input /none cannot be read: No such file")
    assert {entry["parts"]["key_version"] for batch in launch.batches() for entry in batch["jobs"]} == {3}
    content = ["--inputs-by", "content", "--json"]
    tried = run_command("try", "lab/units.py", "--job", "jobs/b.json", *content, cwd=tmp_path)
    asked = ["jobs/b.json", "--analysis", "lab/units.py", "--store", launch.store]
    explained = run_command("explain", *asked, *content, cwd=tmp_path)
    assert json.loads(tried.stdout)["key"] == json.loads(explained.stdout)["key"] == lines[0]["key"]
