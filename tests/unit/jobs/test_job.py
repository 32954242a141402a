"""Reading a job file: both generations of the dispatcher, and what is left out."""

import json
from pathlib import Path

import pytest
from support.samples import job_text

from analysis_jobs import Job
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.job import read_job


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


def test_many_problems_are_told_shortly(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(tmp_path, json.dumps({"s3_location": list(range(1000))}))
    assert str(caught.value).startswith("job.json: s3_location.0 is 0: Input should be a valid string; ")
    assert str(caught.value).endswith("; and 995 more")
    with pytest.raises(InvalidInput, match=r"s3_location\.4 is 4: Input should be a valid string$"):
        read(tmp_path, json.dumps({"s3_location": list(range(5))}))
