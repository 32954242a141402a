"""What inputs are when a job reads them: recorded, and compared_with_now when it has ended."""

import json
import os
import signal
import socket
from pathlib import Path

import pytest
from fakes.s3 import S3Server
from support.samples import entry, run_python, write_files

from analysis_jobs.documents import Entry, InputIdentity
from analysis_jobs.jobs.addresses import packed_addresses
from analysis_jobs.stages.analyze.inputs_read import InputsRead


def job(*locations: str, **more: object) -> Entry:
    return entry(**{"job": {"s3_location": list(locations)}, **more})  # type: ignore[return-value, arg-type]


@pytest.fixture(autouse=True)
def asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANALYSIS_CHECK_INPUTS", "exists")


def identities_of(entry: Entry) -> list[InputIdentity]:
    with InputsRead() as inputs:
        return inputs.identities_of(entry)


@pytest.fixture
def recording(tmp_path: Path) -> str:
    return str(write_files(tmp_path, {"a.nwb": "12345"}) / "a.nwb")


def test_what_is_on_a_disk(recording: str) -> None:
    (identity,) = identities_of(job(recording, f"{recording}.none", file_location=[]))
    assert (identity["location"], identity["size"]) == (recording, 5)
    assert identities_of(job("test")) == []


LOOK = """
import json, sys
from analysis_jobs.aws import s3
from analysis_jobs.stages.analyze.inputs_read import InputsRead
with InputsRead() as inputs:
    for places in sys.argv[1:]:
        entry = {"key": "k", "parts": {}, "job": {"s3_location": places.split()}}
        print(json.dumps(inputs.identities_of(entry)))
assert s3._process is None  # so that jobs, which are forked of it as well, may use S3
"""


@pytest.mark.slow
def test_what_is_in_s3_is_looked_at_in_a_process_of_its_own(s3: S3Server, recording: str) -> None:
    bucket = s3.make_bucket(f"read-{os.getpid()}")
    s3.client().put_object(Bucket=bucket, Key="a.zarr/0", Body=b"123")
    places = f"s3://{bucket}/a.zarr {recording} s3://{bucket}/none"
    said = run_python(LOOK, places, f"s3://{bucket}/a.zarr", **s3.environment)
    (in_s3, on_disk), (again,) = map(json.loads, said.splitlines())
    assert again == in_s3
    assert (in_s3["location"], in_s3["files"], in_s3["size"]) == (f"s3://{bucket}/a.zarr", 1, 3)
    assert (on_disk["location"], on_disk["size"]) == (recording, 5)


def test_who_does_not_answer_is_waited_for_shortly(recording: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    said = run_python(LOOK, f"{recording} http://127.0.0.1:{port}/a.nwb", ANALYSIS_RETRY_SECONDS="0.2")
    assert json.loads(said) == []


def test_a_launch_may_leave_inputs_alone(recording: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANALYSIS_CHECK_INPUTS", "none")
    assert identities_of(job(recording)) == []
    monkeypatch.delenv("ANALYSIS_CHECK_INPUTS")  # as where somebody calls the script
    assert identities_of(job(recording)) == []


def test_no_trouble_with_it_is_a_job_s(recording: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RecursionError

    monkeypatch.setattr("analysis_jobs.recordings.inputs_on_disk.InputsOnDisk.look", fails)
    assert identities_of(job(recording)) == []


def test_an_input_that_changed_while_the_job_ran_is_marked(recording: str, tmp_path: Path) -> None:
    write_files(tmp_path, {"b.nwb": "1", "c.nwb": "1"})
    with InputsRead() as inputs:
        before = inputs.identities_of(job(recording, f"{tmp_path}/b.nwb", f"{tmp_path}/c.nwb"))
        Path(recording).write_text("123456")
        (tmp_path / "c.nwb").unlink()
        after = inputs.compared_with_now(before, job(recording, f"{tmp_path}/b.nwb", f"{tmp_path}/c.nwb"))
        assert after == [{**before[0], "changed_meanwhile": True}, before[1], before[2]]
        assert inputs.compared_with_now([], job(recording)) == []


def test_what_opens_an_input_is_not_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = tmp_path / "asked"
    monkeypatch.setattr(
        "analysis_jobs.stages.analyze.inputs_read.Inputs.look",
        lambda _, places, identify: asked.write_text(" ".join(places)) and {place: _Looked(place) for place in places},
    )
    addresses = packed_addresses({"https://host/a.nwb": "https://me:secret@host/a.nwb"})
    assert identities_of(job("https://host/a.nwb", addresses=addresses)) == [
        {"location": "https://host/a.nwb", "size": 5}
    ]
    assert asked.read_text() == "https://me:secret@host/a.nwb"


class _Looked:
    def __init__(self, place: str) -> None:
        self.identity = {"location": place, "size": 5}


def test_who_looks_is_replaced_where_it_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "analysis_jobs.stages.analyze.inputs_read.Inputs.look",
        lambda _, places, identify: {place: _Looked(place) for place in places},
    )
    with InputsRead() as inputs:
        assert inputs.identities_of(job("https://host/a.nwb"))
        assert inputs.number
        os.kill(inputs.number, signal.SIGKILL)
        assert inputs.identities_of(job("https://host/a.nwb")) == []
        assert len(inputs.identities_of(job("https://host/a.nwb"))) == 1
        number = inputs.number
    assert not Path(f"/proc/{number}").exists()


def test_who_looks_for_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis_jobs.stages.analyze.inputs_read._LONGEST", 0.05)
    monkeypatch.setattr("analysis_jobs.stages.analyze.inputs_read.Inputs.look", lambda *_, **__: signal.pause())
    with InputsRead() as inputs:
        assert inputs.identities_of(job("https://host/a.nwb")) == []
        assert inputs.number is None
