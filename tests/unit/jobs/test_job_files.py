"""Job files: finding them, and reading those that are as they should be."""

import json
from pathlib import Path

import pytest
from support.samples import job_text, write_files

from analysis_jobs import Job
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.job import read_job
from analysis_jobs.jobs.job_files import find_job_files


def read(folder: Path, text: str | bytes) -> Job:
    path = folder / "job.json"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_job(path, "job.json")


def test_minimal_job(tmp_path: Path) -> None:
    job = read(tmp_path, '{"s3_location": ["test"], "asset_id": ["test"]}')
    assert (job.inputs, job.asset_id, job.dispatched_parameters) == (["test"], ["test"], {})


def test_job_without_any_id(tmp_path: Path) -> None:
    assert read(tmp_path, '{"s3_location": ["test"]}').inputs == ["test"]


def test_first_generation(real_data: Path) -> None:
    job = read_job(real_data / "aind" / "sample_job_gen1.json", "gen1")
    assert job.asset_id == ["035c4ea0-d73b-5bde-bd6f-c806b04f2ec3"]
    assert job.docdb_record_id is None
    assert job.inputs == ["s3://in-bucket/asset_000"]
    assert job.distributed_parameters == {"isi_violations_cutoff": 0.05}
    assert job.dispatched_parameters == {}


@pytest.mark.parametrize(
    ("sample", "record_id"),
    [("sample_job_gen2", "035c4ea0-d73b-5bde-bd6f-c806b04f2ec3"), ("sample_job_dispatched_gen2", "id-0")],
)
def test_second_generation(real_data: Path, sample: str, record_id: str) -> None:
    job = read_job(real_data / "aind" / f"{sample}.json", sample)
    assert job.asset_id is None
    assert job.docdb_record_id == [record_id]
    assert job.dispatched_parameters == {
        "analysis_name": "Unit Filtering",
        "analysis_tag": "V1",
        "isi_violations_cutoff": 0.05,
    }


def test_files_are_the_inputs_where_they_are_given(tmp_path: Path) -> None:
    assert read(tmp_path, job_text("asset", file_location=["asset/a.nwb", "asset/b.nwb"])).inputs == [
        "asset/a.nwb",
        "asset/b.nwb",
    ]
    assert read(tmp_path, job_text("asset", file_location=[])).inputs == ["asset"]


def test_unknown_fields_are_left_out(tmp_path: Path) -> None:
    assert "dispatcher_version" not in read(tmp_path, job_text("a", dispatcher_version=3)).model_dump()


def test_nulls_inside_a_field_are_kept(tmp_path: Path) -> None:
    job = read(tmp_path, job_text("a", group_metadata={"stimulus": None}))
    assert job.model_dump(exclude_none=True)["group_metadata"] == {"stimulus": None}


@pytest.mark.parametrize("parameters", [None, [], "text", {}])
def test_dispatched_parameters_that_are_none(tmp_path: Path, parameters: object) -> None:
    assert read(tmp_path, job_text("a", analysis_code={"parameters": parameters})).dispatched_parameters == {}


def test_a_byte_order_mark_is_accepted(tmp_path: Path) -> None:
    assert read(tmp_path, b"\xef\xbb\xbf" + job_text("a").encode()).inputs == ["a"]


def test_unicode_is_kept(tmp_path: Path) -> None:
    pair = '"\\ud83d\\udc2d"'  # a mouse, as JSON in ASCII writes it
    assert read(tmp_path, f'{{"s3_location": ["s3://b/Übung", {pair}]}}').inputs == ["s3://b/Übung", "🐭"]


def test_a_backslash_before_u0000_is_text(tmp_path: Path) -> None:
    assert read(tmp_path, r'{"s3_location": ["C:\\u0000"]}').inputs == [r"C:\u0000"]


def test_files_are_found_at_any_depth_in_order(tmp_path: Path) -> None:
    write_files(
        tmp_path,
        dict.fromkeys(("b.json", "a.json", "0/y.json", "0/deep/er/x.json", "1/z.json", ".hidden/q.json"), "{}"),
    )
    files, ignored = find_job_files(tmp_path)
    assert [(file.name, file.folder) for file in files] == [
        ("0/deep/er/x.json", "0/deep/er"),
        ("0/y.json", "0"),
        ("1/z.json", "1"),
        ("a.json", ""),
        ("b.json", ""),
    ]
    assert ignored == []


def test_other_files_are_named_as_ignored(tmp_path: Path) -> None:
    write_files(tmp_path, dict.fromkeys((".DS_Store", "._a.json", "sub/notes.txt", "a.json", "b.json.tmp"), "x"))
    files, ignored = find_job_files(tmp_path)
    assert [file.name for file in files] == ["a.json"]
    assert sorted(ignored) == [".DS_Store", "._a.json", "b.json.tmp", "sub/notes.txt"]


def test_distributed_parameters_are_no_job(tmp_path: Path) -> None:
    write_files(tmp_path, dict.fromkeys(("distributed_parameters.json", "distributed_paramters.json"), "[]"))
    assert find_job_files(tmp_path) == ([], [])


def test_a_folder_named_like_a_job_file(tmp_path: Path) -> None:
    write_files(tmp_path, {"full.json/a.json": "{}", "empty.json/notes.txt": ""})
    (tmp_path / "bare.json").mkdir()
    (tmp_path / "bare").mkdir()
    files, _ = find_job_files(tmp_path)
    assert [file.name for file in files] == ["bare.json", "full.json/a.json"]


def test_links_are_followed_but_not_in_circles(tmp_path: Path) -> None:
    write_files(tmp_path, {"elsewhere/x.json": "{}", "jobs/a.json": "{}", "jobs/sub/b.json": "{}"})
    jobs = tmp_path / "jobs"
    (jobs / "linked").symlink_to(tmp_path / "elsewhere")
    (jobs / "link.json").symlink_to(tmp_path / "elsewhere" / "x.json")
    (jobs / "sub" / "up").symlink_to(jobs)
    (jobs / "round.json").symlink_to("round.json")
    files, ignored = find_job_files(jobs)
    assert [file.name for file in files] == ["a.json", "link.json", "linked/x.json", "round.json", "sub/b.json"]
    assert ignored == ["sub/up"]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="nowhere is not a folder; give --jobs the folder"):
        find_job_files(tmp_path / "nowhere")


def test_many_problems_are_told_shortly(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(tmp_path, json.dumps({"s3_location": list(range(1000))}))
    assert str(caught.value).startswith("job.json: s3_location.0 is 0: Input should be a valid string; ")
    assert str(caught.value).endswith("; and 995 more")
    with pytest.raises(InvalidInput, match=r"s3_location\.4 is 4: Input should be a valid string$"):
        read(tmp_path, json.dumps({"s3_location": list(range(5))}))
