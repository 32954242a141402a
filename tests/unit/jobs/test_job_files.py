"""Job files: finding them, and reading those that are as they should be."""

import os
from pathlib import Path

import pytest
from support.samples import write_files

from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.job_files import distributed_in, find_job_files


def test_files_are_found_at_any_depth_in_order(tmp_path: Path) -> None:
    write_files(
        tmp_path,
        dict.fromkeys(("b.json", "a.json", "0/y.json", "0/deep/er/x.json", "1/z.json", ".hidden/q.json"), "{}"),
    )
    found = find_job_files(tmp_path)
    assert [(file.name, file.folder) for file in found.files] == [
        ("0/deep/er/x.json", "0/deep/er"),
        ("0/y.json", "0"),
        ("1/z.json", "1"),
        ("a.json", ""),
        ("b.json", ""),
    ]
    assert (found.ignored, found.left_out) == ([], [])


def test_other_files_are_named_as_ignored(tmp_path: Path) -> None:
    write_files(tmp_path, dict.fromkeys((".DS_Store", "._a.json", "sub/notes.txt", "a.json", "b.json.tmp"), "x"))
    found = find_job_files(tmp_path)
    assert [file.name for file in found.files] == ["a.json"]
    assert sorted(found.ignored) == [".DS_Store", "._a.json", "b.json.tmp", "sub/notes.txt"]


def test_distributed_parameters_are_no_job(tmp_path: Path) -> None:
    write_files(tmp_path, dict.fromkeys(("distributed_parameters.json", "distributed_paramters.json"), "[]"))
    found = find_job_files(tmp_path)
    assert [file.name for file in found.distributed] == ["distributed_parameters.json", "distributed_paramters.json"]
    assert found.distributed == distributed_in(tmp_path)
    assert (found.files, found.ignored, found.left_out) == ([], [], [])


def test_a_folder_named_like_a_job_file(tmp_path: Path) -> None:
    write_files(tmp_path, {"full.json/a.json": "{}", "empty.json/notes.txt": ""})
    (tmp_path / "bare.json").mkdir()
    (tmp_path / "bare").mkdir()
    files = find_job_files(tmp_path).files
    assert [file.name for file in files] == ["bare.json", "full.json/a.json"]


def test_links_are_followed_but_not_in_circles(tmp_path: Path) -> None:
    write_files(tmp_path, {"elsewhere/x.json": "{}", "jobs/a.json": "{}", "jobs/sub/b.json": "{}"})
    jobs = tmp_path / "jobs"
    (jobs / "linked").symlink_to(tmp_path / "elsewhere")
    (jobs / "link.json").symlink_to(tmp_path / "elsewhere" / "x.json")
    (jobs / "sub" / "up").symlink_to(jobs)
    (jobs / "round.json").symlink_to("round.json")
    found = find_job_files(jobs)
    assert [file.name for file in found.files] == ["a.json", "link.json", "linked/x.json", "round.json", "sub/b.json"]
    assert found.ignored == ["sub/up"]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="nowhere is not a folder; give --jobs the folder"):
        find_job_files(tmp_path / "nowhere")


def test_the_parameters_file_is_no_job(tmp_path: Path) -> None:
    write_files(tmp_path, {**dict.fromkeys(("1.json", "sub/2.json"), "{}"), "p.json": "{}"})
    (tmp_path / "task").mkdir()
    staged = tmp_path / "task" / "parameters.json"
    staged.symlink_to(tmp_path / "p.json")
    found = find_job_files(tmp_path, staged)
    assert [file.name for file in found.files] == ["1.json", "sub/2.json", "task/parameters.json"]
    assert found.left_out == ["p.json"]
    assert find_job_files(tmp_path, tmp_path.parent / "elsewhere.json").left_out == []


@pytest.mark.parametrize("name", [".dispatching", "below/.dispatching"])
def test_job_files_that_are_being_replaced_are_not_taken(tmp_path: Path, name: str) -> None:
    write_files(tmp_path, {"0/a.json": "{}", name: ""})
    with pytest.raises(InvalidInput, match=rf"^here has {name}: `analysis-jobs dispatch` is replacing the job files"):
        find_job_files(tmp_path, place="here")
    assert [file.name for file in find_job_files(tmp_path, even_mixed=True).files] == ["0/a.json"]


def test_a_pipe_is_no_folder_of_jobs(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "jobs")
    with pytest.raises(InvalidInput, match=r"/jobs is not a folder; give --jobs the folder that the dispatcher wrote"):
        find_job_files(tmp_path / "jobs")
