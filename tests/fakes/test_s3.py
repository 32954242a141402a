"""The S3 of tests does what the real one does, as far as we rely on it."""

import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import botocore
import obstore
import pytest
import requests
import s3fs
from obstore.store import S3Store
from support.calls import THREADS, at_once, code_of

from fakes.keys import READER, REGION, WRITER, Keys
from fakes.s3 import PUBLIC, S3Server


def test_s3_lists_and_reads(s3: S3Server, bucket: str) -> None:
    assert s3.objects(bucket, "there/") == {"there/it is": 7}
    assert s3.objects(bucket, "elsewhere/") == {}
    assert s3.read(bucket, "there/it is") == b"content"


def test_s3_lists_more_than_a_page(s3: S3Server) -> None:
    s3.make_bucket("many")
    client = s3.client(max_pool_connections=8)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: client.put_object(Bucket="many", Key=f"{number:04}", Body=b""), range(1100)))
    assert len(s3.objects("many")) == 1100


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        (Keys(WRITER.access_key, "wrong"), "SignatureDoesNotMatch"),
        (Keys("AKIAUNKNOWN000000000", WRITER.secret_key), "InvalidAccessKeyId"),
    ],
)
def test_s3_refuses_wrong_keys(s3: S3Server, bucket: str, keys: Keys, code: str) -> None:
    client = s3.client(keys)
    assert code_of(lambda: client.get_object(Bucket=bucket, Key="there/it is")) == code
    assert code_of(lambda: client.list_objects_v2(Bucket=PUBLIC)) == code
    assert code_of(lambda: client.put_object(Bucket=bucket, Key="new", Body=b"")) == code


def test_s3_reader_may_only_read(s3: S3Server, bucket: str) -> None:
    reader = s3.client(READER)
    assert reader.get_object(Bucket=bucket, Key="there/it is")["Body"].read() == b"content"
    assert reader.list_objects_v2(Bucket=bucket)["KeyCount"] >= 1
    for refused in (
        lambda: reader.put_object(Bucket=bucket, Key="new", Body=b""),
        lambda: reader.put_object(Bucket=bucket, Key="new", Body=b"", IfNoneMatch="*"),
        lambda: reader.create_multipart_upload(Bucket=bucket, Key="new"),
        lambda: reader.copy_object(Bucket=bucket, Key="new", CopySource=f"{bucket}/there/it is"),
        lambda: reader.delete_object(Bucket=bucket, Key="there/it is"),
        lambda: reader.create_bucket(Bucket="new"),
    ):
        assert code_of(refused) == "AccessDenied"
    assert "new" not in s3.objects(bucket)


def test_s3_shows_strangers_the_public_bucket_only(s3: S3Server, bucket: str) -> None:
    s3.client().put_object(Bucket=PUBLIC, Key="shown/seen", Body=b"by all")  # other tests put more there
    stranger = boto3.client(
        "s3",
        endpoint_url=s3.url,
        region_name=REGION,
        config=botocore.config.Config(signature_version=botocore.UNSIGNED),
    )
    assert stranger.get_object(Bucket=PUBLIC, Key="shown/seen")["Body"].read() == b"by all"
    assert stranger.list_objects_v2(Bucket=PUBLIC, Prefix="shown/")["KeyCount"] == 1
    assert code_of(lambda: stranger.get_object(Bucket=bucket, Key="there/it is")) == "AccessDenied"
    assert code_of(lambda: stranger.put_object(Bucket=PUBLIC, Key="new", Body=b"")) == "AccessDenied"


def test_s3_names_what_is_not_there(s3: S3Server, bucket: str) -> None:
    client = s3.client()
    assert code_of(lambda: client.get_object(Bucket=bucket, Key="nothing")) == "NoSuchKey"
    assert code_of(lambda: client.get_object(Bucket="no-bucket", Key="nothing")) == "NoSuchBucket"
    assert code_of(lambda: client.put_object(Bucket="no-bucket", Key="new", Body=b"")) == "NoSuchBucket"


def test_s3_refuses_content_that_is_not_what_its_checksum_says(s3: S3Server, bucket: str) -> None:
    wrong = {"ContentMD5": "A" * 22 + "==", "ChecksumSHA256": "A" * 43 + "="}
    for name, value in wrong.items():
        put = {"Bucket": bucket, "Key": "damaged", "Body": b"x", name: value}
        assert code_of(lambda put=put: s3.client().put_object(**put)) == "BadDigest"


def test_s3_conditional_put_is_done_once(s3: S3Server, bucket: str) -> None:
    client = s3.client()
    assert code_of(lambda: client.put_object(Bucket=bucket, Key="once", Body=b"1", IfNoneMatch="*")) == ""
    assert code_of(lambda: client.put_object(Bucket=bucket, Key="once", Body=b"2", IfNoneMatch="*")) == (
        "PreconditionFailed"
    )
    assert s3.read(bucket, "once") == b"1"


def test_s3_conditional_put_has_one_winner(s3: S3Server, bucket: str) -> None:
    client = s3.client(max_pool_connections=THREADS)

    def put(number: int) -> str:
        body = b"%d" % number
        return code_of(lambda: client.put_object(Bucket=bucket, Key="race", Body=body, IfNoneMatch="*"))

    codes = at_once(put)
    assert Counter(codes) == {"": 1, "PreconditionFailed": THREADS - 1}
    assert s3.read(bucket, "race") == b"%d" % codes.index("")


def test_s3_conditional_multipart_is_done_once(s3: S3Server, bucket: str) -> None:
    """One after the other; SeaweedFS may let several win that complete theirs at the same moment."""
    client = s3.client()

    def put(body: bytes) -> str:
        name: dict[str, Any] = {"Bucket": bucket, "Key": "parts"}
        name["UploadId"] = client.create_multipart_upload(**name)["UploadId"]
        part = {"PartNumber": 1, "ETag": client.upload_part(**name, PartNumber=1, Body=body)["ETag"]}
        done = {**name, "MultipartUpload": {"Parts": [part]}, "IfNoneMatch": "*"}
        return code_of(lambda: client.complete_multipart_upload(**done))

    assert [put(b"1"), put(b"2")] == ["", "PreconditionFailed"]
    assert s3.read(bucket, "parts") == b"1"


_READ_IN_ANOTHER_PROCESS = """
import boto3, obstore, s3fs
from obstore.store import S3Store
print(boto3.client("s3").get_object(Bucket="some-bucket", Key="there/it is")["Body"].read())
print(s3fs.S3FileSystem().cat("some-bucket/there/it is"))
print(bytes(obstore.get(S3Store("some-bucket"), "there/it is").bytes()))
"""


@pytest.mark.parametrize("who", ["environment", "reader_environment"])
@pytest.mark.usefixtures("bucket")
def test_s3_environment_suffices_for_every_library(s3: S3Server, who: str) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    done = subprocess.run(
        [sys.executable, "-c", _READ_IN_ANOTHER_PROCESS],
        env={**kept, **getattr(s3, who)},
        capture_output=True,
        text=True,
    )
    assert done.stdout.count("b'content'") == 3, done.stderr


def test_s3_is_read_by_strangers_with_every_library(s3: S3Server) -> None:
    s3.client().put_object(Bucket=PUBLIC, Key="open", Body=b"to all")
    store = S3Store(PUBLIC, endpoint=s3.url, region=REGION, skip_signature=True, client_options={"allow_http": True})
    assert bytes(obstore.get(store, "open").bytes()) == b"to all"
    assert s3fs.S3FileSystem(anon=True, endpoint_url=s3.url).cat(f"{PUBLIC}/open") == b"to all"


def test_s3_hangs_and_goes_on() -> None:
    with S3Server() as server:
        client = server.client(read_timeout=0.5)
        server.hang()
        with pytest.raises(botocore.exceptions.ReadTimeoutError):
            client.list_objects_v2(Bucket=PUBLIC)
        server.go_on()
        assert client.list_objects_v2(Bucket=PUBLIC)["KeyCount"] == 0


def test_s3_ends_and_leaves_nothing() -> None:
    with S3Server() as server:
        folder, process, url = server._folder, server._server.process, server.url
    assert process.poll() is not None
    assert not folder.exists()
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)
    assert not [path for port in server._grpc_ports.values() for path in Path("/tmp").glob(f"seaweedfs-*-{port}.sock")]
