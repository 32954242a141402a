"""The pack of a jobs folder: names of any kind, contents, and why there is none."""

from pathlib import Path

import pytest
from support.packs import pack_files
from support.samples import job_text

from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.job import read_job
from analysis_jobs.jobs.job_files import find_job_files
from analysis_jobs.jobs.packed import packed_files


def test_files_have_their_names_and_contents(tmp_path: Path) -> None:
    pack = pack_files(tmp_path / "jobs.zip", {"b é/%41 $x.json": "1", "a.json": "2"}, remarks={"c.txt": "name"})
    files = packed_files(pack)
    assert [(file.name, file.remark) for file in files] == [("a.json", ""), ("b é/%41 $x.json", ""), ("c.txt", "name")]
    assert [file.read() for file in files[:2]] == [b"2", b"1"]


def test_the_order_is_that_of_a_walk(tmp_path: Path) -> None:
    names = ["a-b.json", "a/z.json", "a.json", "B.json"]
    pack = pack_files(tmp_path / "jobs.zip", dict.fromkeys(names, ""))
    assert [file.name for file in packed_files(pack)] == ["B.json", "a/z.json", "a-b.json", "a.json"]


def test_jobs_are_found_and_read_in_a_pack(tmp_path: Path) -> None:
    files = {"0/a.json": job_text("in"), "distributed_parameters.json": "[]"}
    pack = pack_files(tmp_path / "jobs.zip", files, remarks={"work": "ours", "p.json": "ours", "x.txt": "name"})
    found = find_job_files(pack)
    (file,) = found.files
    assert (file.name, file.folder) == ("0/a.json", "0")
    assert read_job(file.path, file.name).inputs == ["in"]
    assert [file.name for file in found.distributed] == ["distributed_parameters.json"]
    assert (found.left_out, found.ignored) == (["p.json", "work"], ["x.txt"])


def test_the_pack_of_results_is_refused(tmp_path: Path) -> None:
    pack = pack_files(tmp_path / "jobs.zip", {}, remarks={"manifest.json": "", "analysis.log": "name"})
    with pytest.raises(InvalidInput, match="holds the results of a job"):
        find_job_files(pack)


@pytest.mark.parametrize(
    ("remark", "said"),
    [
        ("folder", "x.json is a folder, not a file; rename or remove it"),
        ("special", "x.json is a pipe or a device, not a file; remove it"),
        ("large 50000000", "x.json has 50.0 MB, more than the 10.0 MB that is read"),
        ("link no where", "x.json is a broken link to 'no where'; fix or remove it"),
        (
            "unreadable Permission denied",
            "x.json cannot be read: Permission denied; check the file and its",
        ),
    ],
)
def test_why_there_is_no_content(tmp_path: Path, remark: str, said: str) -> None:
    (file,) = find_job_files(pack_files(tmp_path / "jobs.zip", {}, remarks={"x.json": remark})).files
    with pytest.raises(InvalidInput) as caught:
        read_job(file.path, file.name)
    assert str(caught.value).startswith(said)
