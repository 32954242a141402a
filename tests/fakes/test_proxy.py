"""The proxy before a service: what it counts, and how it falters."""

from collections.abc import Iterator
from typing import Any

import botocore
import obstore
import pytest
import requests
from obstore.store import S3Store
from support.calls import code_of, session_of

from fakes.docdb import DocDBServer
from fakes.keys import REGION, WRITER
from fakes.proxy import Proxy
from fakes.s3 import S3Server


@pytest.fixture
def proxy(s3: S3Server) -> Iterator[Proxy]:
    with Proxy(s3.url) as proxy:
        yield proxy


@pytest.fixture
def through(s3: S3Server, proxy: Proxy) -> Any:
    """A client of S3 through the proxy, that tries everything once."""
    session = session_of(WRITER)
    config = botocore.config.Config(retries={"total_max_attempts": 1})
    return session.client("s3", endpoint_url=proxy.url, config=config)


def test_proxy_counts(through: Any, proxy: Proxy, bucket: str) -> None:
    through.put_object(Bucket=bucket, Key="big", Body=bytes(1_000_000))
    assert 1_000_000 < proxy.sent < 1_010_000
    assert proxy.received < 10_000
    proxy.clear()
    assert len(through.get_object(Bucket=bucket, Key="big")["Body"].read()) == 1_000_000
    assert 1_000_000 < proxy.received < 1_010_000
    proxy.clear()
    assert through.get_object(Bucket=bucket, Key="big", Range="bytes=10-19")["Body"].read() == bytes(10)
    assert (proxy.connections, proxy.requests) == (0, 1)  # it is the same connection
    assert proxy.received < 10_000


def test_answers_that_are_late_and_counted(through: Any, proxy: Proxy, bucket: str) -> None:
    through.put_object(Bucket=bucket, Key="big", Body=bytes(1_000_000))
    proxy.clear()
    proxy.delay(0.05)
    for _ in range(3):
        assert len(through.get_object(Bucket=bucket, Key="big")["Body"].read()) == 1_000_000
    assert proxy.round_trips == 3


def test_proxy_counts_what_obstore_reads(s3: S3Server, proxy: Proxy, bucket: str) -> None:
    s3.client().put_object(Bucket=bucket, Key="big", Body=bytes(1_000_000))
    options = {"endpoint": proxy.url, "region": REGION, "client_options": {"allow_http": True}}
    store = S3Store(bucket, access_key_id=WRITER.access_key, secret_access_key=WRITER.secret_key, **options)
    assert len(obstore.get_range(store, "big", start=5, length=1000)) == 1000
    assert 1000 < proxy.received < 3000


def test_proxy_refuses_now_and_then(through: Any, proxy: Proxy, bucket: str) -> None:
    proxy.slow_down_every(2, 429, 503)
    for code in ("503", "429"):
        through.list_objects_v2(Bucket=bucket)
        assert code_of(lambda: through.head_object(Bucket=bucket, Key="there/it is")) == code
    assert (proxy.requests, proxy.refused, proxy.most_at_a_time) == (4, 2, 1)
    proxy.clear()
    through.list_objects_v2(Bucket=bucket)
    through.list_objects_v2(Bucket=bucket)


def test_proxy_slows_down(through: Any, proxy: Proxy, bucket: str) -> None:
    through.list_objects_v2(Bucket=bucket)  # so that there is a connection in use
    proxy.slow_down(3)
    body = bytes(1_000_000)
    assert code_of(lambda: through.put_object(Bucket=bucket, Key="slow", Body=body)) == "SlowDown"
    assert code_of(lambda: through.get_object(Bucket=bucket, Key="there/it is")) == "SlowDown"
    assert code_of(lambda: through.head_object(Bucket=bucket, Key="there/it is")) == "503"
    assert through.get_object(Bucket=bucket, Key="there/it is")["Body"].read() == b"content"
    assert proxy.pending == 0


def test_proxy_slow_down_is_overcome_by_retries(s3: S3Server, proxy: Proxy, bucket: str) -> None:
    proxy.slow_down()
    retries = {"total_max_attempts": 4, "mode": "standard"}
    config = botocore.config.Config(retries=retries)
    client = session_of(WRITER).client("s3", endpoint_url=proxy.url, config=config)
    client.put_object(Bucket=bucket, Key="retried", Body=b"x" * 100)
    assert s3.read(bucket, "retried") == b"x" * 100
    assert proxy.requests == 2


def test_proxy_drops_connections(through: Any, proxy: Proxy, bucket: str) -> None:
    proxy.drop(2)
    for _ in range(2):
        with pytest.raises(botocore.exceptions.HTTPClientError):
            through.list_objects_v2(Bucket=bucket)
    through.list_objects_v2(Bucket=bucket)
    assert proxy.connections == 3


def test_proxy_cuts_connections(s3: S3Server, through: Any, proxy: Proxy, bucket: str) -> None:
    s3.client().put_object(Bucket=bucket, Key="big", Body=bytes(1_000_000))
    proxy.cut_after(100_000)
    with pytest.raises(botocore.exceptions.BotoCoreError):
        through.get_object(Bucket=bucket, Key="big")["Body"].read()
    assert proxy.sent + proxy.received == 100_000
    with pytest.raises(botocore.exceptions.BotoCoreError):
        through.put_object(Bucket=bucket, Key="cut", Body=bytes(1_000_000))
    assert "cut" not in s3.objects(bucket)
    proxy.clear()
    assert len(through.get_object(Bucket=bucket, Key="big")["Body"].read()) == 1_000_000


def test_proxy_is_stopped_and_started(through: Any, proxy: Proxy, bucket: str) -> None:
    for _ in range(2):
        through.list_objects_v2(Bucket=bucket)
        connections = proxy.connections
        proxy.refuse()
        with pytest.raises(botocore.exceptions.EndpointConnectionError):
            through.list_objects_v2(Bucket=bucket)
        assert proxy.connections == connections
        proxy.accept()
    through.list_objects_v2(Bucket=bucket)


def test_proxy_passes_on_other_protocols(empty: DocDBServer) -> None:
    with Proxy(empty.host) as proxy:
        url = f"https://{proxy.host.replace('127.0.0.1', 'localhost')}/v1/analysis/records/find"
        assert requests.get(url, timeout=10, verify=str(empty.ca_bundle)).json() == []
        assert proxy.received > 500  # the certificate at least
        proxy.drop()
        with pytest.raises(requests.ConnectionError):
            requests.get(url, timeout=10, verify=str(empty.ca_bundle))
        with pytest.raises(ValueError, match="http://"):
            proxy.slow_down()
