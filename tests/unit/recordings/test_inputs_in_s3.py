"""Inputs in a real S3: objects and folders, there or not, what they are, and what is in them."""

import hashlib
import os

import pytest
from fakes.keys import Keys
from fakes.s3 import PUBLIC, S3Server

from analysis_jobs.recordings.inputs_in_s3 import InputsInS3
from analysis_jobs.recordings.looked import Looked

BUCKET = "looked-at"
OBJECTS = {
    "asset_1/a.nwb": b"12345",
    "asset_1/z.zarr/.zgroup": b"{}",
    "asset_1/z.zarr/a/0.0": b"chunk",
    "asset_1/copy.nwb.zarr/.zgroup": b"{}",
    "asset_1/copy.nwb.zarr/a/0.0": b"chunk",
    "asset_12/b.nwb": b"b",
    "empty.txt": b"",
}


@pytest.fixture(scope="module")
def objects(s3: S3Server) -> S3Server:
    s3.make_bucket(BUCKET)
    for key, content in OBJECTS.items():
        s3.client().put_object(Bucket=BUCKET, Key=key, Body=content)
    s3.client().put_object(Bucket=PUBLIC, Key="looked-at/a.nwb", Body=b"12345")
    return s3


@pytest.fixture(autouse=True)
def reader(objects: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in objects.reader_environment.items():
        monkeypatch.setenv(name, value)


def look(name: str, bucket: str = BUCKET, *, identify: bool = True) -> Looked:
    return InputsInS3().look(f"s3://{bucket}/{name}", identify=identify)


def test_an_object() -> None:
    looked = look("asset_1/a.nwb")
    assert looked.state == "there" and looked.identity
    etag = hashlib.md5(b"12345").hexdigest()
    assert looked.identity | {"size": 5, "etag": etag} == looked.identity
    assert "modified" in looked.identity and "files" not in looked.identity
    assert look("asset_1/a.nwb", identify=False) == Looked("there")
    assert look("empty.txt").identity | {"size": 0} == look("empty.txt").identity  # type: ignore[operator]


@pytest.mark.parametrize("name", ["asset_1", "asset_1/z.zarr", "asset_1/copy.nwb.zarr", ""])
def test_a_folder_is_there_if_something_lies_below_it(name: str) -> None:
    assert look(name, identify=False) == Looked("there")


@pytest.mark.parametrize("name", ["asset", "asset_1/none.nwb", "asset_1/z", "asset_1/a.nwb/below", "none"])
def test_what_is_not_there_is_missing(name: str) -> None:
    assert look(name) == Looked("missing", "nothing is there")


def test_there_is_no_such_bucket() -> None:
    assert look("a.nwb", "no-such-bucket") == Looked("missing", "S3 says NoSuchBucket")
    assert look("a.nwb", "no..name") == Looked("missing", "no bucket has such a name")


def test_a_folder_is_known_again_by_its_listing(objects: S3Server) -> None:
    key = "changing.zarr/a/0.0"
    objects.client().put_object(Bucket=BUCKET, Key=key, Body=b"12345")
    objects.client().put_object(Bucket=BUCKET, Key="changing.zarr/.zgroup", Body=b"{}")
    before = look("changing.zarr").identity
    assert before and (before["files"], before["size"]) == (2, 7)
    objects.client().put_object(Bucket=BUCKET, Key=key, Body=b"12345")  # again, and the same
    assert look("changing.zarr").identity == before
    objects.client().put_object(Bucket=BUCKET, Key=key, Body=b"54321")
    after = look("changing.zarr").identity
    assert after and after["listing"] != before["listing"]


def test_no_rights_are_not_the_same_as_nothing_there(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    assert look("asset_1/a.nwb") == Looked("no rights", "AccessDenied")
    assert look("asset_1") == Looked("no rights", "AccessDenied")
    assert look("looked-at/a.nwb", PUBLIC).state == "there"


def test_a_public_bucket_is_read_as_nobody_where_credentials_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in Keys("AKIANOBODYKNOWS00000", "x" * 40).environment.items():
        monkeypatch.setenv(name, value)
    assert look("looked-at/a.nwb", PUBLIC).state == "there"
    assert look("asset_1/a.nwb").state == "no rights"


def test_the_content_is_the_same_elsewhere() -> None:
    inputs = InputsInS3()
    assert inputs.content(f"s3://{BUCKET}/asset_1/a.nwb", map) == f"sha256:{hashlib.sha256(b'12345').hexdigest()}"
    one, copy = (inputs.content(f"s3://{BUCKET}/asset_1/{name}", map) for name in ("z.zarr", "copy.nwb.zarr"))
    assert one == copy and one.startswith("folder-sha256:")
    with pytest.raises(FileNotFoundError):
        inputs.content(f"s3://{BUCKET}/none", map)
