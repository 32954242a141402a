"""Results of other code: found by meaning, counted where the user says so, adopted and withdrawn."""

import json
from pathlib import Path
from typing import Any

import pytest
from fakes.docdb import DocDBServer
from support.samples import Connect, Decided, decide, job_text, published, write_files

from analysis_jobs import GenericModel
from analysis_jobs.jobs.parameter_sources import ParameterSources
from analysis_jobs.records.build import build_record
from analysis_jobs.store.adopt import adopt, withdraw
from analysis_jobs.store.protocol import Store
from analysis_jobs.store.states import new_owner, pending

VERSION = "7639b7c960882937890b24cae21bfc6a49494200"


class UnitFiltering(GenericModel):
    """The specification of the original's example."""

    analysis_name: str
    analysis_tag: str
    isi_violations_cutoff: float = 0.5


GIVEN = ParameterSources(fixed={"analysis_name": "Unit Filtering", "analysis_tag": "V1"})


def original(generation: int = 2, **code: Any) -> dict[str, Any]:
    """Return a record in the form of the original's, of which only what is compared is here."""
    inputs = code.pop("inputs", ["s3://in-bucket/asset_000"])
    parameters = {"analysis_name": "Unit Filtering", "analysis_tag": "V1", "isi_violations_cutoff": 0.05}
    asset = {"object_type": "Data asset", **({"name": None} if generation == 2 else {})}
    process = {
        "pipeline_name": None,
        "end_date_time": "2026-01-07T15:34:20",
        "code": {
            "version": VERSION,
            "parameters": {**parameters, **code},
            "input_data": [{**asset, "url": url} for url in inputs],
        },
    }
    return {"_id": "original", "location": "s3://results/original", "processing": {"data_processes": [process]}}


@pytest.fixture
def store(connect: Connect) -> Store:
    return connect()


def ask(tmp_path: Path, store: Store, text: str = "", **more: Any) -> Decided:
    text = text or job_text("s3://in-bucket/asset_000", distributed_parameters={"isi_violations_cutoff": 0.05})
    jobs = write_files(tmp_path / "jobs", {"a.json": text})
    return decide(jobs, store, **{"sources": GIVEN, "specification": UnitFiltering, "claim": False, **more})


@pytest.mark.real_data
@pytest.mark.parametrize("job", ["sample_job_gen1", "sample_job_gen2", "sample_job_dispatched_gen2"])
@pytest.mark.parametrize("record", ["sample_docdb_record_gen1", "sample_docdb_record_gen2"])
def test_real_records_of_the_original(tmp_path: Path, store: Store, real_data: Path, job: str, record: str) -> None:
    document = json.loads((real_data / "aind" / f"{record}.json").read_text())
    store.insert([document])
    text = (real_data / "aind" / f"{job}.json").read_text()
    line = ask(tmp_path, store, text).line("a.json")
    assert (line["decision"], line["older"]) == ("run", [document["_id"]])
    line = ask(tmp_path, store, text, code_version=VERSION).line("a.json")
    assert (line["decision"], line["location"]) == ("done", document["location"])


def test_it_is_named(tmp_path: Path, store: Store) -> None:
    store.insert([original()])
    line = ask(tmp_path, store).line("a.json")
    assert line["decision"] == "run"
    assert line["reason"] == (
        f"new; other code has results of the same inputs and parameters: original (code version {VERSION})"
    )


def test_it_counts_where_its_version_is_given(tmp_path: Path, store: Store) -> None:
    store.insert([original()])
    line = ask(tmp_path, store, code_version=VERSION).line("a.json")
    assert (line["decision"], line["location"], line["record"]) == ("done", "s3://results/original", "original")
    assert "outputs" not in line
    assert line["reason"] == f"done before by the original wrapper, code version {VERSION}: record original"
    assert ask(tmp_path, store, code_version="another").by_file == {"a.json": "run"}


@pytest.mark.parametrize("commits", [(VERSION,), ("0123456", VERSION[:7])], ids=["whole", "its beginning"])
def test_it_counts_where_its_commit_was_patched(tmp_path: Path, store: Store, commits: tuple[str, ...]) -> None:
    """PATCH_COMMITS: a plan tells of it, and a launch records the adoption."""
    record = original()
    record["processing"]["data_processes"][0]["output_parameters"] = {"n": 3}
    store.insert([record])
    planned = ask(tmp_path, store, patch_commits=commits).line("a.json")
    assert (planned["decision"], planned["location"], planned["outputs"]) == (
        "done",
        "s3://results/original",
        {"n": 3},
    )
    assert planned["reason"] == f"adopted: record original, of commit {VERSION}, which PATCH_COMMITS has"
    assert not store.job_states([planned["key"]])
    ask(tmp_path, store, patch_commits=commits, claim=True, by="me")
    (state,) = store.job_states([planned["key"]], whole=True).values()
    told = {name: state["adopted"][name] for name in ("record", "by", "why")}
    assert told == {"record": "original", "by": "me", "why": "PATCH_COMMITS has its commit"}
    line = ask(tmp_path, store, claim=True).line("a.json")  # from then on also without the variable
    assert (line["decision"], line["reason"]) == (
        "done",
        "adopted: record original, by me: PATCH_COMMITS has its commit",
    )
    assert (line["record"], line["outputs"]) == ("original", {"n": 3})


@pytest.mark.parametrize("commits", [(), ("",), (VERSION[:3],), ("7639b7d",)])
def test_other_commits_do_not_count(tmp_path: Path, store: Store, commits: tuple[str, ...]) -> None:
    store.insert([original()])
    assert ask(tmp_path, store, patch_commits=commits).by_file == {"a.json": "run"}


def test_it_can_be_ignored(tmp_path: Path, store: Store) -> None:
    store.insert([original()])
    line = ask(tmp_path, store, older=False, code_version=VERSION).line("a.json")
    assert (line["decision"], line["reason"]) == ("run", "new")


ASSET = "s3://in-bucket/asset_000"


@pytest.mark.parametrize(
    ("record", "job"),
    [
        (original(inputs=[f"{ASSET}/"]), job_text(ASSET)),
        (original(inputs=[ASSET]), job_text(f"{ASSET}/")),
        (original(inputs=["s3://b", "s3://a"]), job_text("s3://a", "s3://b")),
        (original(generation=1), job_text(ASSET, asset_id=["x"])),
        (original(file_location=[f"{ASSET}/f.nwb"]), job_text(ASSET, file_location=[f"{ASSET}/f.nwb"])),
    ],
    ids=["slash in the record", "slash in the job", "order", "first generation", "files"],
)
def test_the_same_by_meaning(tmp_path: Path, store: Store, record: dict[str, Any], job: str) -> None:
    store.insert([record])
    text = json.dumps({**json.loads(job), "distributed_parameters": {"isi_violations_cutoff": 0.05}})
    assert ask(tmp_path, store, text).line("a.json")["older"] == ["original"]


@pytest.mark.parametrize(
    "record",
    [
        original(inputs=["s3://in-bucket/asset_001"]),
        original(inputs=[ASSET, "s3://another"]),
        original(isi_violations_cutoff=0.06),
        original(analysis_tag="V2"),
        original(unknown=1),
        original(file_location=[f"{ASSET}/f.nwb"]),
        original(analysis_name=None),
    ],
    ids=["input", "more inputs", "value", "tag", "unknown parameter", "files", "no valid parameters"],
)
def test_not_the_same(tmp_path: Path, store: Store, record: dict[str, Any]) -> None:
    store.insert([record])
    line = ask(tmp_path, store, code_version=VERSION).line("a.json")
    assert (line["decision"], line["reason"]) == ("run", "new")


def test_a_default_that_the_original_did_not_write(tmp_path: Path, store: Store) -> None:
    record = original()
    del record["processing"]["data_processes"][0]["code"]["parameters"]["isi_violations_cutoff"]
    store.insert([record])
    assert ask(tmp_path, store, job_text(ASSET)).line("a.json")["older"] == ["original"]


def test_the_newest_of_several(tmp_path: Path, store: Store) -> None:
    for number in (2, 1, 3):
        record = original()
        record["processing"]["data_processes"][0]["end_date_time"] = f"2026-01-0{number}T00:00:00"
        store.insert([{**record, "_id": f"of day {number}"}])
    assert ask(tmp_path, store).line("a.json")["older"] == ["of day 3", "of day 2", "of day 1"]


def our_own(store: Store, code: str = "sha256:0ther") -> str:
    parameters = {"analysis_name": "Unit Filtering", "analysis_tag": "V1", "isi_violations_cutoff": 0.05}
    job = published("f" * 64, job={"s3_location": [ASSET]}, run={**published()["run"], "pipeline": PIPELINE})
    job["parts"] = {"key_version": 1, "inputs": [ASSET], "parameters": parameters, "code": code}
    store.insert([build_record(job)])
    return str(job["key"])


PIPELINE = {"name": "aind-analysis-jobs", "url": "https://host/p", "version": "1", "commit": None}


def test_our_own_of_other_code_is_named_but_counts_only_when_adopted(tmp_path: Path, store: Store) -> None:
    key = our_own(store)
    line = ask(tmp_path, store, code_version="sha256:0ther").line("a.json")
    assert (line["decision"], line["older"]) == ("run", [key])


# Adoption


def test_adopted_and_withdrawn(tmp_path: Path, store: Store) -> None:
    key = our_own(store)
    plan = ask(tmp_path, store)
    adopted, refused = adopt(plan.lines, store, "me", "only a comment changed")
    assert (adopted, refused) == ([plan.lines[0]["key"]], {})
    line = ask(tmp_path, store, claim=True).line("a.json")
    assert (line["decision"], line["location"]) == ("done", f"/bucket/{key}")
    assert line["reason"] == f"adopted: record {key}, by me: only a comment changed"

    assert withdraw(adopted, store, "you", "it was not only a comment") == (adopted, {})
    assert withdraw(adopted, store, "you", "twice") == ([], {})
    line = ask(tmp_path, store).line("a.json")
    assert line["decision"] == "run"
    assert line["reason"].startswith("an adoption was withdrawn by you: it was not only a comment; other code has")
    state = store.job_states(adopted, whole=True)[adopted[0]]
    assert state["parts"] == plan.lines[0]["parts"]
    assert state["withdrawn"]["record"] == key
    assert ask(tmp_path, store, claim=True).by_file == {"a.json": "run"}


def test_an_adopted_record_that_is_gone_counts_no_more(tmp_path: Path, store: Store) -> None:
    line = {"key": ask(tmp_path, store).line("a.json")["key"], "older": ["gone"], "parts": {}}
    adopt([line], store, "me", "why")
    assert ask(tmp_path, store).by_file == {"a.json": "run"}


def test_what_another_run_has_in_hand_is_not_adopted(tmp_path: Path, store: Store) -> None:
    our_own(store)
    plan = ask(tmp_path, store)
    key = plan.lines[0]["key"]
    store.claim([pending(key, 1, {}, new_owner("another", None), 1)], {})
    adopted, refused = adopt(plan.lines, store, "me", "why")
    assert adopted == []
    assert refused[key].startswith("run another has been running it since")


def test_what_was_adopted_is_replaced_by_what_is_computed(tmp_path: Path, store: Store) -> None:
    our_own(store)
    plan = ask(tmp_path, store)
    (key,), _ = adopt(plan.lines, store, "me", "why")
    assert adopt(plan.lines, store, "me", "again") == ([key], {})
    assert ask(tmp_path, store, older=False).by_file == {"a.json": "done"}


def test_nothing_to_adopt(tmp_path: Path, store: Store) -> None:
    assert adopt(ask(tmp_path, store).lines, store, "me", "why") == ([], {})


# What it costs


def test_one_request_for_all_jobs(tmp_path: Path, docdb: DocDBServer, connect: Connect) -> None:
    store = connect()
    files = {f"{number}.json": job_text(f"s3://in/{number}") for number in range(300)}
    docdb.clear()
    decide(write_files(tmp_path / "jobs", files), store, sources=GIVEN, specification=UnitFiltering, claim=False)
    asked = [request.endpoint for request in docdb.requests]
    assert asked in ([], ["aggregate"] * 3)  # of a SQLite file nothing; else records, states, and older records
