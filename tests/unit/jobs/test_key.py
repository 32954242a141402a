"""The key: what makes two jobs the same, for all time."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import Field
from support.samples import decide, job_text, write_files

from analysis_jobs import GenericModel, Job
from analysis_jobs.documents import InputContent
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.job_files import distributed_in
from analysis_jobs.jobs.key import KEY_VERSION, JobKeys, canonical_json, inputs_to_read, job_key, key_parts
from analysis_jobs.jobs.parameter_sources import ParameterSources, parse_assignments, read_sources
from analysis_jobs.jobs.specification import Parameters

PARAMETERS = {"analysis_name": "Überprüfung", "cutoff": 0.0015, "bins": [1, 2.5], "flag": True, "none": None}
# If one of these changes, every job that any lab has ever computed is computed anew. Do not update them:
# find out what changed the key, and undo it; or raise KEY_VERSION and say so in the changelog.
GOLDEN = "8c0433d6596781528bd2f85263321d65d3c00a412a9aa5aeb98de1ac24859ece"
GOLDEN_OF_CONTENT = "74dc6b5a64e482b143aced13f68eb0338f79e0f0fa76138a9c939db3b2d2e2ee"
GOLDEN_OF_CONTENT_AND_ENVIRONMENT = "adf37a4128f8ac9fef927229ee5056ed442605baa423e0e9dadbe2881fe7e54d"
GOLDEN_OF_JOB_FILE = "848cb7be4d2270ba2a1a3c77d195057b7004d8ac77a1ef5ad63f04cd871a079c"


def key(inputs: list[str] | None = None, parameters: dict[str, Any] | None = None, code: str = "version:1") -> str:
    return job_key(key_parts(inputs or ["a", "b"], parameters or {}, code))


def test_golden_key() -> None:
    parts = key_parts(["s3://bucket/b/", "s3://bucket/a"], PARAMETERS, "sha256:00ff")
    assert job_key(parts) == GOLDEN


def test_golden_key_is_the_sha256_of_this_text() -> None:
    text = (
        '{"code":"sha256:00ff","inputs":["s3://bucket/a","s3://bucket/b"],"key_version":1,"parameters":'
        '{"analysis_name":"Überprüfung","bins":[1,2.5],"cutoff":0.0015,"flag":true,"none":null}}'
    )
    assert hashlib.sha256(text.encode()).hexdigest() == GOLDEN


def test_golden_key_of_a_syntax() -> None:
    """Of a launch with --code_identity syntax; never that of a launch that goes by the files."""
    text = '{"code":"syntax:00ff","inputs":["a"],"key_version":1,"parameters":{}}'
    assert key(["a"], {}, "syntax:00ff") == hashlib.sha256(text.encode()).hexdigest()
    assert key(["a"], {}, "syntax:00ff") == "e4ea0d09a69555561fd156d801e0fb426c445507515e728c21601f48825ef049"
    assert key(["a"], {}, "sha256:00ff") != key(["a"], {}, "syntax:00ff")


class Filter(GenericModel):
    order: int = 3
    band_hz: tuple[float, float] = (300, 6000)


class Specification(GenericModel):
    analysis_name: str
    analysis_tag: str = "v1"
    cutoff: float = Field(default=0.5, alias="isi_violations_cutoff")
    channels: set[int] = {2, 1, 10}
    filter: Filter = Filter()


def test_golden_key_through_the_whole_path(tmp_path: Path) -> None:
    job = {
        "s3_location": ["s3://bucket/b/", "s3://bucket/a"],
        "asset_id": ["not part of the key"],
        "distributed_parameters": {"isi_violations_cutoff": 1},
    }
    jobs = write_files(tmp_path / "jobs", {"one.json": json.dumps(job)})
    write_files(tmp_path, {"p.json": '{"analysis_name": "units", "isi_violations_cutoff": 0.25}'})
    sources = read_sources(
        tmp_path / "p.json", "p.json", distributed_in(jobs), parse_assignments(["filter.order=4"]), Specification
    )
    (line,) = decide(jobs, sources=sources, specification=Specification).lines
    assert line["key"] == GOLDEN_OF_JOB_FILE
    text = (
        '{"code":"sha256:c0de","inputs":["s3://bucket/a","s3://bucket/b"],"key_version":1,"parameters":'
        '{"analysis_name":"units","analysis_tag":"v1","channels":[1,10,2],"filter":{"band_hz":[300,6000],"order":4},'
        '"isi_violations_cutoff":1}}'
    )
    assert hashlib.sha256(text.encode()).hexdigest() == GOLDEN_OF_JOB_FILE


@pytest.mark.parametrize(
    "inputs", [["b", "a"], ["a/", "b"], ["a", "b//"]], ids=["another order", "a slash", "two slashes"]
)
def test_inputs_that_are_the_same(inputs: list[str]) -> None:
    assert key(inputs) == key(["a", "b"])


@pytest.mark.parametrize("location", ["/y/../x", "file:///x", "//x/", "/x/."])
def test_locations_count_in_their_normal_form(location: str) -> None:
    assert key([location]) == key(["/x"])


def test_a_slash_at_the_end_of_an_address_does_not_count() -> None:
    assert key(["https://h/x/"]) == key(["https://H:443/x"])


@pytest.mark.parametrize("inputs", [["a"], ["a", "B"], ["a", "a", "b"], ["a", "b", "/"]])
def test_inputs_that_differ(inputs: list[str]) -> None:
    assert key(inputs) != key(["a", "b"])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({"a": 1}, {"a": 1.0}),
        ({"a": 0.0}, {"a": -0.0}),
        ({"a": [{"b": 2.0}]}, {"a": [{"b": 2}]}),
        ({"a": 1e15}, {"a": 10**15}),
        ({"a": 0.1}, {"a": 0.10000000000000000001}),
    ],
)
def test_parameters_that_are_the_same(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert key(parameters=one) == key(parameters=other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1}, {"a": "1"}),
        ({"a": 1}, {"a": True}),
        ({"a": None}, {}),
        ({"a": [1, 2]}, {"a": [2, 1]}),
        ({"a": "é"}, {"a": "e\u0301"}),  # the same to the eye, not to a program
        ({"a": 0.1}, {"a": 0.1 + 1e-16}),
        ({"a": 2**53}, {"a": 2**53 + 1}),
    ],
)
def test_parameters_that_differ(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert key(parameters=one) != key(parameters=other)


def test_code_is_part_of_the_key() -> None:
    assert key(code="sha256:1") != key(code="version:1") != key(code="version:2")


def test_the_key_of_a_job_with_its_environment_is_this() -> None:
    """Golden: of a launch with --key_environment, by a version of its own; without it keys are what they were."""
    parts = key_parts(["s3://bucket/b/", "s3://bucket/a"], {"cutoff": 0.5, "n": 10}, "sha256:c0de", "0f" * 32)
    assert canonical_json(parts) == (
        '{"code":"sha256:c0de","environment":"sha256:' + "0f" * 32 + '","inputs":["s3://bucket/a","s3://bucket/b"],'
        '"key_version":2,"parameters":{"cutoff":0.5,"n":10}}'
    )
    assert job_key(parts) == "d2771eed24eeca89c4a5b322f8ac95de7e759d4673f60622a9fa7eb4524155c0"
    assert "environment" not in key_parts([], {}, "sha256:c0de")


class WithoutParameters(GenericModel):
    pass


@pytest.mark.parametrize(
    ("environment", "version", "golden"),
    [(None, 3, GOLDEN_OF_CONTENT), ("0f" * 32, 4, GOLDEN_OF_CONTENT_AND_ENVIRONMENT)],
)
def test_the_key_of_a_job_by_the_content_of_its_inputs_is_this(
    environment: str | None, version: int, golden: str
) -> None:
    """Golden: of a launch with --inputs_by content, by versions of their own, wherever the inputs lie."""
    digests = {"a": f"sha256:{'0a' * 32}", "b": f"folder-sha256:{'0b' * 32}"}
    keys = []
    for place in ("s3://bucket", "/data/copy"):
        contents: dict[str, InputContent] = {f"{place}/{name}": {"digest": digest} for name, digest in digests.items()}
        job = Job(s3_location=[f"{place}/b/", f"{place}/a"])
        assert inputs_to_read(job).keys() == contents.keys()
        of_job = JobKeys(ParameterSources(), Parameters(WithoutParameters), "sha256:c0de", environment, contents)
        (keyed,) = of_job.all_of(job)
        keys.append(keyed.key)
        assert keyed.parts["inputs"] == [digests["b"], digests["a"]]
        assert keyed.parts["key_version"] == version
    assert keys == [golden] * 2


def test_a_job_whose_input_cannot_be_read_has_no_key_by_content() -> None:
    contents: dict[str, InputContent] = {"s3://bucket/a": {"problem": "nothing is there"}}
    keys = JobKeys(ParameterSources(), Parameters(WithoutParameters), "sha256:c0de", None, contents)
    with pytest.raises(
        InvalidInput, match="content of the input s3://bucket/a cannot be read: nothing is there; check"
    ):
        keys.all_of(Job(s3_location=["s3://bucket/a"]))


def test_key_version_is_part_of_the_key() -> None:
    parts = key_parts(["a"], {}, "version:1")
    assert parts == {"key_version": KEY_VERSION, "inputs": ["a"], "parameters": {}, "code": "version:1"}
    assert job_key({**parts, "key_version": KEY_VERSION + 1}) != job_key(parts)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_numbers_that_json_cannot_hold_are_refused(number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        key(parameters={"a": {"b": [number]}})


def test_canonical_json_keeps_unicode_and_no_blanks() -> None:
    assert canonical_json({"ü": [1, "日本"], "a": None}) == '{"a":null,"ü":[1,"日本"]}'


def test_names_and_ids_of_a_job_are_not_part_of_its_key(tmp_path: Path) -> None:
    jobs = write_files(
        tmp_path,
        {
            "1.json": job_text("a", asset_id=["1"], query="x", group_metadata={"mouse": 1}),
            "2.json": job_text("a/", docdb_record_id=["2"], asset_name=["b"], unknown_field=3),
            "3.json": job_text("elsewhere", file_location=["a"]),
        },
    )
    lines = decide(jobs).lines
    assert len({line["key"] for line in lines}) == 1
    assert [line["decision"] for line in lines] == ["run", "repeat", "repeat"]


def test_sources_are_no_part_of_the_key_and_their_locations_are(tmp_path: Path) -> None:
    def keys(location: str, **source: Any) -> list[str]:
        job = Job(s3_location=[location], sources=[{"key": "k", "location": location, **source}])
        named = ParameterSources(fixed={"analysis_name": "units"})
        return [keyed.key for keyed in JobKeys(named, Parameters(Specification), "sha256:c0de").all_of(job)]

    assert keys("/a/1") == keys("/a/1", outputs={"x": 1}, label="one") != keys("/a/2")
