"""Records: documents that aind-data-schema itself would write, with what is known of a job."""

import json
from pathlib import Path
from typing import Any

import pytest
from support.samples import ENVIRONMENT, RUN, published

from analysis_jobs.jobs.job import read_job
from analysis_jobs.records.build import Record, build_record
from analysis_jobs.records.schema import empty_metadata

GIT = {
    "url": "https://host/lab/code.git",
    "commit": "0123456789abcdef0123456789abcdef01234567",
    "dirty": False,
    "pushed": True,
    "run_script": "lab/firing_rates.py",
}


def process_of(record: Record) -> dict[str, Any]:
    (process,) = record["processing"]["data_processes"]
    return dict(process)


def build(**more: Any) -> dict[str, Any]:
    """Return the DataProcess of a published job; `code`, `environment`, `parts` and `job` are added to."""
    job = published()
    job["run"] = {**RUN, "code": more.pop("code", {}), **more.pop("run", {})}
    for name in ("environment", "parts", "job"):
        job[name] = {**job[name], **more.pop(name, {})}
    return process_of(build_record({**job, **more}))


@pytest.mark.filterwarnings("ignore:Metadata missing required file")
def test_equals_what_aind_data_schema_writes() -> None:
    from aind_data_schema.core.metadata import Metadata
    from aind_data_schema.core.processing import Processing

    record = build_record(published())
    processing = Processing.model_validate(record["processing"])
    theirs = Metadata(name=record["name"], location=record["location"], processing=processing)
    assert {**theirs.model_dump(mode="json"), "_id": record["name"]} == record
    assert Metadata.model_validate(record).model_dump(mode="json") == theirs.model_dump(mode="json")


def test_id_and_name_are_the_key() -> None:
    record = build_record(published())
    assert record["_id"] == record["name"] == "k" * 64
    assert record["location"] == f"/bucket/{'k' * 64}"
    json.dumps(record, allow_nan=False)


def test_it_is_the_same_each_time() -> None:
    assert json.dumps(build_record(published())) == json.dumps(build_record(json.loads(json.dumps(published()))))


def test_records_do_not_share_their_parts() -> None:
    one = build_record(published())
    one["subject"] = "changed"
    assert build_record(published())["subject"] is None
    assert empty_metadata()["subject"] is None


def test_like_the_records_of_the_original(real_data: Path) -> None:
    theirs = json.loads((real_data / "aind" / "sample_docdb_record_gen2.json").read_text())
    ours = build_record(published())
    assert ours.keys() == theirs.keys()
    assert ours["processing"].keys() == theirs["processing"].keys()
    assert process_of(ours).keys() == process_of(theirs).keys()
    assert process_of(ours)["code"].keys() == process_of(theirs)["code"].keys()
    assert (process_of(ours)["process_type"], process_of(ours)["stage"]) == ("Analysis", "Analysis")


@pytest.mark.parametrize("sample", ["sample_job_gen1", "sample_job_gen2", "sample_job_dispatched_gen2"])
def test_both_generations_of_jobs(real_data: Path, sample: str) -> None:
    job = read_job(real_data / "aind" / f"{sample}.json", sample).document()
    process = build(job=job, parts={"parameters": {"analysis_name": "Unit Filtering", "cutoff": 0.05}})
    assert process["name"] == "Unit Filtering"
    assert [asset["url"] for asset in process["code"]["input_data"]] == ["s3://in-bucket/asset_000"]
    assert process["code"]["parameters"] == {"analysis_name": "Unit Filtering", "cutoff": 0.05}
    assert ("query used to find the data assets" in process["notes"]) == ("query" in job)


def test_what_ran() -> None:
    process = build()
    assert process["name"] == "firing_rates"
    assert process["experimenters"] == ["A Scientist"]
    assert process["output_parameters"] == {"value": 1.5}
    assert process["output_path"] == "."
    assert (process["start_date_time"], process["end_date_time"]) == ("2026-01-02T03:04:05Z", "2026-01-02T03:04:15Z")
    resources = process["resources"]
    assert (resources["ram"], resources["ram_unit"], resources["system_memory"]) == (0.16, "Gigabyte", 16)
    assert resources["cpu_usage"][0]["usage"] == 50
    assert resources["ram_usage"][0]["usage"] == 1


def test_inputs_are_assets_and_files() -> None:
    process = build(job={"s3_location": ["a", "b"], "file_location": ["a/x.nwb", "b"]})
    assert [asset["url"] for asset in process["code"]["input_data"]] == ["a", "b", "a/x.nwb"]


def test_assets_are_as_aind_s_own_library_looks_for_them() -> None:
    """It compares the whole entry with that of the URL alone."""
    from aind_data_schema.core.processing import DataAsset

    job = {"s3_location": ["a"], "asset_name": ["one"]}
    assert build(job=job)["code"]["input_data"] == [DataAsset(url="a").model_dump(mode="json")]


def test_without_git() -> None:
    code = build()["code"]
    assert (code["url"], code["version"], code["commit_hash"]) == ("", "sha256:c0de", None)
    assert code["run_script"] == "firing_rates.py"
    assert build()["notes"].startswith("code sha256:c0de; attempt 1, ")


def test_what_the_schema_has_no_field_for_is_in_the_notes() -> None:
    assert build()["notes"] == (
        "code sha256:c0de; attempt 1, Nextflow run happy_turing; host here; executor slurm, job slurm 4711; "
        "10 s, 5 s of CPU; read 2000 bytes; wrote 1000 bytes; 0 bytes from storage"
    )
    notes = build(environment={"container_engine": "apptainer", "executor": "local", "scheduler_job": None})["notes"]
    assert "; executor local; in a container of apptainer; " in notes
    assert "; fetched 7 bytes of remote files" in build(fetched_bytes=7)["notes"]


@pytest.mark.parametrize(
    ("seconds", "price", "said"),
    [(10.0, 0.36, "cost 0.001 at 0.36 per hour"), (5000.0, 1.0, "cost 1.389 at 1 per hour"), (0.0, 2.5, "cost 0 at")],
)
def test_cost(seconds: float, price: float, said: str) -> None:
    assert f"; {said}" in build(seconds=seconds, run={"price_per_hour": price})["notes"]
    assert "cost" not in build(seconds=seconds)["notes"]


def test_manifests_of_earlier_versions_have_less() -> None:
    job = published()
    for name in ("executor", "scheduler_job", "container_engine"):
        job["environment"] = {key: value for key, value in job["environment"].items() if key != name}
    for name in ("bytes_read", "bytes_written", "storage_bytes_read", "storage_bytes_written", "fetched_bytes"):
        del job[name]
    job["run"] = {name: value for name, value in RUN.items() if name != "price_per_hour"}
    assert process_of(build_record(job))["notes"].endswith("; host here; 10 s, 5 s of CPU")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, "; pushed;"),
        ({"dirty": True}, " with uncommitted changes; pushed;"),
        ({"pushed": False}, "; not pushed to any known remote;"),
    ],
)
def test_with_git(change: dict[str, bool], said: str) -> None:
    process = build(code={**GIT, **change})
    code = process["code"]
    assert (code["url"], code["version"], code["commit_hash"]) == (GIT["url"], GIT["commit"], GIT["commit"])
    assert code["run_script"] == "lab/firing_rates.py"
    assert f"git commit {GIT['commit']}{said}" in process["notes"]


def test_what_was_baked_into_the_image_comes_first() -> None:
    baked = {"code_version": "89abcdef" * 5, "code_url": "https://host/image"}
    code = build(code=GIT, environment=baked)["code"]
    assert (code["url"], code["version"], code["commit_hash"]) == ("https://host/image", "89abcdef" * 5, "89abcdef" * 5)
    assert build(environment={**baked, "code_version": "v1.2"})["code"]["commit_hash"] is None


def test_a_version_in_own_words_comes_before_all() -> None:
    process = build(code=GIT, parts={"code": "version:paper 1"}, environment={"code_version": "v2"})
    assert process["code"]["version"] == "paper 1"
    assert process["code"]["commit_hash"] == GIT["commit"]
    assert process["notes"].startswith("code version:paper 1; ")


DIGEST = "sha256:" + "0f" * 32


@pytest.mark.parametrize(
    ("image", "uri", "tag"),
    [
        ("python", "python", "latest"),
        ("python:3.11", "python", "3.11"),
        ("registry.example.com/lab/units:1.0", "registry.example.com/lab/units", "1.0"),
        ("registry.example.com:5000/lab/units", "registry.example.com:5000/lab/units", "latest"),
        ("registry.example.com:5000/lab/units:1.0", "registry.example.com:5000/lab/units", "1.0"),
        (f"lab/units@{DIGEST}", "lab/units", DIGEST),
        (f"host:5000/lab/units:1.0@{DIGEST}", "host:5000/lab/units", f"1.0@{DIGEST}"),
        ("docker://lab/units:1.0", "docker://lab/units", "1.0"),
        ("job-definition://units:3", "job-definition://units", "3"),
    ],
)
def test_container(image: str, uri: str, tag: str) -> None:
    container = build(environment={"container": image})["code"]["container"]
    assert (container["uri"], container["tag"], container["container_type"]) == (uri, tag, "OCI")


def test_without_container() -> None:
    assert build()["code"]["container"] is None


def test_attempt_is_noted() -> None:
    assert "; attempt 3, Nextflow run happy_turing; " in build(attempt=3)["notes"]


def test_pipeline() -> None:
    record = build_record(published())
    (pipeline,) = record["processing"]["pipelines"]
    assert (pipeline["name"], pipeline["version"], pipeline["commit_hash"]) == ("a pipeline", "1.2", "0a1b2c3d")
    assert (pipeline["language"], pipeline["language_version"]) == ("Nextflow", "24.10.0")
    assert process_of(record)["pipeline_name"] == "a pipeline"
    without = build_record(published(run={**RUN, "pipeline": {**RUN["pipeline"], "commit": ""}}))
    assert without["processing"]["pipelines"][0]["commit_hash"] is None


def test_where_the_host_tells_little() -> None:
    resources = build(environment={**ENVIRONMENT, "cpu": None, "cpu_cores": None}, seconds=0.0)["resources"]
    assert (resources["cpu"], resources["cpu_cores"]) == (None, None)
