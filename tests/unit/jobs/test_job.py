"""Reading a job file: both generations of the dispatcher, and what is left out."""

import json
import re
from pathlib import Path

import pytest
from support.samples import job_text

from analysis_jobs import Job
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.job import opened_job, read_job


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


def test_unknown_fields_are_left_out_and_named(tmp_path: Path) -> None:
    job = read(tmp_path, job_text("a", dispatcher_version=3, location_type="s3", status=None))
    assert job.unknown == ("dispatcher_version", "location_type", "status")
    assert job.model_dump().keys() == Job.model_fields.keys() - {"sources"}


def test_every_field_of_the_dispatchers_models_is_known(tmp_path: Path) -> None:
    ids = {name: ["x"] for name in ("asset_id", "asset_name", "docdb_record_id", "file_location")}
    more = {"distributed_parameters": {}, "group_metadata": {}, "query": "{}", "analysis_code": {"url": "x"}}
    assert read(tmp_path, job_text("a", **ids, **more)).unknown == ()


BLANK = "which is blank; write a location, or remove it"
NO_LOCATION = {
    "none": ({"s3_location": []}, "s3_location is empty; name at least one location"),
    "none twice": ({"s3_location": [], "file_location": []}, "s3_location is empty; name at least one location"),
    "blank": ({"s3_location": ["  "]}, f"s3_location.0 is '  ', {BLANK}"),
    "empty": ({"s3_location": ["a", ""]}, f"s3_location.1 is '', {BLANK}"),
    "unseen": ({"s3_location": ["\u200b\u00a0"]}, BLANK),
    "blank file": ({"s3_location": ["a"], "file_location": ["\t"]}, f"file_location.0 is '\\t', {BLANK}"),
    "blank at the end": ({"s3_location": ["/a "]}, "s3_location.0 is '/a ', with a blank at an end; remove the blank"),
    "line end": ({"s3_location": ["s3://b/x\n"]}, "with a blank at an end; remove the blank"),
    "a text": ({"s3_location": "a"}, "s3_location is 'a', a text; write a list of texts, in brackets"),
    "a number": ({"s3_location": 5}, "s3_location is 5, a number; write a list of texts, in brackets"),
    "a text of a file": ({"s3_location": ["a"], "file_location": "b"}, "file_location is 'b', a text; write a list"),
    "a text of an id": ({"s3_location": ["a"], "asset_id": "b"}, "asset_id is 'b', a text; write a list"),
}


@pytest.mark.parametrize("kind", NO_LOCATION)
def test_blank_or_no_locations_are_refused(tmp_path: Path, kind: str) -> None:
    fields, said = NO_LOCATION[kind]
    with pytest.raises(InvalidInput, match=re.escape(said)):
        read(tmp_path, json.dumps(fields))


def test_files_alone_are_locations(tmp_path: Path) -> None:
    assert read(tmp_path, '{"s3_location": [], "file_location": ["/a/x.nwb"]}').inputs == ["/a/x.nwb"]


def test_the_job_has_its_locations_in_normal_form(tmp_path: Path) -> None:
    job = read(tmp_path, job_text("S3://b//x/", file_location=["file:///a%20b/../x", "https://h/x/"]))
    assert job.document() == {"s3_location": ["s3://b/x"], "file_location": ["/x", "https://h/x/"]}


def test_a_way_up_from_behind_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "far" / "deep").mkdir(parents=True)
    (tmp_path / "near").symlink_to(tmp_path / "far" / "deep")
    with pytest.raises(InvalidInput, match=f"write it without .., as {tmp_path}/far/x"):
        read(tmp_path, job_text(f"{tmp_path}/near/../x"))
    assert read(tmp_path, job_text(f"{tmp_path}/far/deep/../x")).inputs == [f"{tmp_path}/far/x"]


def test_nulls_inside_a_field_are_kept(tmp_path: Path) -> None:
    job = read(tmp_path, job_text("a", group_metadata={"stimulus": None}))
    assert job.model_dump(exclude_none=True)["group_metadata"] == {"stimulus": None}


@pytest.mark.parametrize("parameters", [None, [], "", {}])
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


KEY = "0a" * 32
SOURCE = {"key": KEY, "location": f"/lab/analyses/{KEY}", "outputs": {"rate": 1.5}, "parameters": {"cutoff": 0.5}}


def test_a_job_that_is_made_from_results(tmp_path: Path) -> None:
    job = read(tmp_path, job_text(f"/lab/analyses/{KEY}/", sources=[SOURCE]))
    (source,) = job.sources
    assert (source.key, source.location, source.outputs) == (KEY, f"/lab/analyses/{KEY}", {"rate": 1.5})
    assert job.unknown == ()
    entry = {"job": job.document()}
    assert entry["job"]["sources"][0].items() >= SOURCE.items()
    assert opened_job(entry).sources == job.sources


def test_a_job_that_is_made_from_no_results_is_recorded_as_ever(tmp_path: Path) -> None:
    job = read(tmp_path, job_text("asset"))
    assert job.sources == [] and "sources" not in job.document() and "sources" not in job.model_dump_json()
    assert opened_job({"job": job.document()}).sources == []


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "sources.0.location is '/lab/analyses/other', which is not in s3_location; add it there"),
        (
            {"s3_location": ["/lab/analyses/other"], "file_location": ["/lab/analyses/others/a.json"]},
            "sources.0.location is '/lab/analyses/other', and no file_location is in it; add its files there",
        ),
        ({"sources": [{"location": "/x"}]}, "sources.0.key is missing; add it"),
        ({"sources": {}}, "sources is {}: Input should be a valid list"),
    ],
)
def test_sources_that_the_key_would_not_know(tmp_path: Path, more: dict[str, object], said: str) -> None:
    job = {"s3_location": ["/lab/asset"], "sources": [{**SOURCE, "location": "/lab/analyses/other"}], **more}
    with pytest.raises(InvalidInput, match=re.escape(said)):
        read(tmp_path, json.dumps(job))


def test_sources_whose_files_are_the_inputs(tmp_path: Path) -> None:
    location = SOURCE["location"]
    job = read(tmp_path, job_text(location, file_location=[f"{location}/plots/a.json"], sources=[SOURCE]))
    assert job.inputs == [f"{location}/plots/a.json"]


def test_a_login_in_the_location_of_a_source_is_not_recorded(tmp_path: Path) -> None:
    address = f"https://lab:Tr0ub4dor-and-3@results.org/{KEY}"
    job = read(tmp_path, job_text(address, sources=[{**SOURCE, "location": address}]))
    assert "Tr0ub4dor" not in json.dumps(job.document())
