"""`open_nwb` of recordings in S3: the same as on disk, little of it, and helpful when S3 refuses or falters."""

import multiprocessing
import os
import shutil
import threading
import traceback
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import h5py
import numpy as np
import pytest
import zarr
from fakes.keys import READER, Keys
from fakes.proxy import Proxy
from fakes.s3 import PUBLIC, S3Server
from pynwb import NWBFile
from support.recordings import (
    BUCKET,
    GO_CUES,
    READS_VERSION_3,
    SAMPLES,
    ZARR_2,
    ZARR_3,
    formats,
    go_cues,
    noise,
    upload,
)

from analysis_jobs import open_nwb

pytestmark = pytest.mark.usefixtures("through_proxy")
EACH = formats("hdf5.nwb", "zarr.nwb", "zarr3.nwb")
ALL = formats("hdf5.nwb", *ZARR_2, *ZARR_3)
REAL = [
    "behavior/697062_2023-11-20_10-39-40.nwb",
    "behavior/703548_2024-03-01_08-51-32.nwb",
    "behavior/717121_2024-06-15_10-58-01.nwb",  # Zarr
    "behavior/727456_2024-06-12_11-10-53.nwb",
    "ephys/A8604-211122.nwb",
]


def use_keys(monkeypatch: pytest.MonkeyPatch, keys: Keys | None) -> None:
    for name, value in (keys or READER).environment.items():
        if "KEY" in name:
            monkeypatch.setenv(name, value) if keys else monkeypatch.delenv(name)


def content(nwb: NWBFile) -> dict[str, np.ndarray]:
    """Return every array of a recording."""
    fields = ((each, name, value) for each in nwb.objects.values() for name, value in each.fields.items())
    arrays = {f"{each.object_id}/{name}": value for each, name, value in fields}
    columns = {each.object_id: each.data for each in nwb.objects.values() if hasattr(each, "data")}
    found = {
        name: value for name, value in {**arrays, **columns}.items() if isinstance(value, h5py.Dataset | zarr.Array)
    }
    return {name: np.asarray(value[()]) for name, value in found.items()}


# The same as on disk


@pytest.fixture
def real(s3: S3Server, bucket: str, real_data: Path) -> Callable[[str], str]:
    """Returns the URL of a real recording, uploaded once."""

    def url(name: str) -> str:
        if not s3.objects(BUCKET, name):
            upload(s3, real_data / name, name)
        return f"{bucket}/{name}"

    return url


@pytest.mark.real_data
@pytest.mark.parametrize("name", REAL)
def test_a_real_recording_is_the_same_as_on_disk(real, real_data: Path, name: str) -> None:
    with open_nwb(real_data / name) as there, open_nwb(real(name)) as here:
        assert here.identifier == there.identifier
        expected, found = content(there), content(here)
        assert len(expected) > 10
        assert found.keys() == expected.keys()
        for key in expected:
            np.testing.assert_array_equal(found[key], expected[key])
        for table in ("trials", "units"):
            if getattr(there, table) is not None:
                frame = getattr(here, table).to_dataframe().drop(columns="electrodes", errors="ignore")
                assert frame.equals(getattr(there, table).to_dataframe()[frame.columns]) or name.startswith("ephys")


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "trials", "responded", "median"),
    [
        ("behavior/703548_2024-03-01_08-51-32.nwb", 555, 505, 0.296),
        ("behavior/717121_2024-06-15_10-58-01.nwb", 571, 506, 0.164),
    ],
)
def test_reaction_times_from_s3(real, name: str, trials: int, responded: int, median: float) -> None:
    with open_nwb(real(name)) as nwb:
        cues, responses = (np.asarray(nwb.trials[each][:]) for each in ("goCue_start_time", "animal_response"))
        licks = np.sort(
            np.concatenate([nwb.acquisition[f"{side}_lick_time"].timestamps[:] for side in ("left", "right")])
        )
    cues = cues[responses < 2]
    times = licks[np.searchsorted(licks, cues, side="right")] - cues  # to the first lick after the cue
    assert (len(responses), len(times)) == (trials, responded)
    assert np.median(times) == pytest.approx(median, abs=5e-4)


@pytest.mark.real_data
def test_spike_times_from_s3(real, real_data: Path) -> None:
    with open_nwb(real_data / REAL[-1]) as there, open_nwb(real(REAL[-1])) as here:
        assert len(here.units) == 3
        for unit in range(3):
            spikes = here.units["spike_times"][unit]
            assert len(spikes) > 100
            np.testing.assert_array_equal(spikes, there.units["spike_times"][unit])


@ALL
def test_generated_recordings_are_read(bucket: str, name: str) -> None:
    with open_nwb(f"{bucket}/{name}") as nwb:
        assert list(nwb.trials["goCue_start_time"][:]) == GO_CUES
        np.testing.assert_array_equal(nwb.acquisition["noise"].data[:], noise(SAMPLES))


@EACH
def test_a_url_made_into_a_path_is_read(bucket: str, name: str) -> None:
    assert go_cues(Path(f"{bucket}/{name}")) == GO_CUES


# No more than is needed


@ALL
def test_ten_trials_are_not_the_whole_recording(bucket: str, proxy: Proxy, name: str) -> None:
    assert go_cues(f"{bucket}/{name}", stop=10) == GO_CUES[:10]
    size = SAMPLES * 8
    assert 0 < proxy.received < size / 8
    assert proxy.sent < 500_000


def test_hdf5_needs_few_requests(bucket: str, proxy: Proxy) -> None:
    go_cues(f"{bucket}/hdf5.nwb")
    assert proxy.requests <= 4


def test_consolidated_zarr_needs_few_requests(bucket: str, proxy: Proxy) -> None:
    go_cues(f"{bucket}/zarr.nwb")
    consolidated = proxy.requests
    proxy.clear()
    go_cues(f"{bucket}/plain.zarr")
    assert consolidated <= 25
    assert proxy.requests > 2 * consolidated


# In processes of its own


@ALL
def test_a_forked_process_reads_after_its_parent(bucket: str, name: str) -> None:
    assert go_cues(f"{bucket}/{name}") == GO_CUES
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.apply_async(go_cues, [f"{bucket}/{name}"]).get(60) == GO_CUES


# Without credentials, and with wrong ones


def refusal(error: type[Exception], url: str, **options: Any) -> str:
    """Return the message, which names the recording in one sentence and shows no key, also not in its causes."""
    with pytest.raises(error) as caught, open_nwb(url, **options):
        pass
    message, everything = str(caught.value), "".join(traceback.format_exception(caught.value))
    assert repr(url) in message
    assert "\n" not in message
    assert "127.0.0.1" not in message
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        assert os.environ.get(name, "not set") not in everything
    return message


@EACH
def test_a_public_bucket_is_read_without_credentials(bucket, monkeypatch, name: str) -> None:
    use_keys(monkeypatch, None)
    assert go_cues(f"s3://{PUBLIC}/{name}", anonymous=True) == GO_CUES


@EACH
def test_without_credentials_the_message_says_both_ways(bucket, monkeypatch, name: str) -> None:
    use_keys(monkeypatch, None)
    message = refusal(PermissionError, f"s3://{PUBLIC}/{name}")
    assert message.startswith("no AWS credentials")
    assert "AWS_PROFILE" in message
    assert "anonymous=True" in message


@EACH
def test_anonymous_is_refused_elsewhere(bucket: str, monkeypatch, name: str) -> None:
    use_keys(monkeypatch, None)
    message = refusal(PermissionError, f"{bucket}/{name}", anonymous=True)
    assert "(AccessDenied); if the bucket is not public, leave out anonymous=True and set AWS_PROFILE" in message


@EACH
def test_anonymous_leaves_good_credentials_aside(bucket: str, name: str) -> None:
    refusal(PermissionError, f"{bucket}/{name}", anonymous=True)


@ALL
@pytest.mark.parametrize(
    ("keys", "code"),
    [
        (Keys(READER.access_key, "WrongSecretOfTheTests/0000000000000000000"), "SignatureDoesNotMatch"),
        (Keys("AKIATESTSNOBODY00000", READER.secret_key), "InvalidAccessKeyId"),
    ],
    ids=["wrong secret", "unknown key"],
)
def test_wrong_credentials_are_said(bucket: str, monkeypatch, name: str, keys: Keys, code: str) -> None:
    assert go_cues(f"{bucket}/{name}", stop=1) == GO_CUES[:1]  # what was allowed before counts no more
    use_keys(monkeypatch, keys)
    assert f"may not be read ({code}); check your AWS credentials" in refusal(PermissionError, f"{bucket}/{name}")


def test_a_missing_profile_is_said(bucket: str, monkeypatch) -> None:
    use_keys(monkeypatch, None)
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert "profile (nobody) could not be found" in refusal(PermissionError, f"{bucket}/hdf5.nwb")


# What is no recording


@pytest.mark.parametrize(
    ("name", "error", "said"),
    [
        ("missing.nwb", FileNotFoundError, "there is no recording at .* (NoSuchKey); check the URL"),
        ("hdf5.nwb/inner", FileNotFoundError, "check the URL"),
        ("version 3.zarr", ValueError, "it has no nwb_version" if READS_VERSION_3 else "use Python 3.12"),
        ("asset", ValueError, "it holds 'inner.nwb'; give the path of the recording itself"),
        ("text.nwb", ValueError, "it begins with b'no recording'"),
    ],
)
def test_what_is_no_recording_is_refused_by_name(bucket: str, name: str, error: type[Exception], said: str) -> None:
    for part in said.split(" .* "):
        assert part in refusal(error, f"{bucket}/{name}")


def test_a_missing_bucket_is_said(bucket: str) -> None:
    assert "(NoSuchBucket); check the URL" in refusal(FileNotFoundError, "s3://no-such-bucket/session.nwb")


def test_a_bucket_alone_is_no_recording(bucket: str) -> None:
    assert "give the path of the recording itself" in refusal(ValueError, bucket)


def test_a_name_that_no_bucket_has_is_said() -> None:
    assert "no bucket has such a name; check the URL" in refusal(ValueError, "s3://what a bucket!/session.nwb")


# Endpoint, region and proxy


def test_a_proxy_of_the_environment_is_used(bucket: str, s3: S3Server, proxy: Proxy, monkeypatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://s3.invalid")
    monkeypatch.setenv("http_proxy", proxy.host)  # it forwards to the server whatever host is asked for
    monkeypatch.delenv("no_proxy", raising=False)
    assert go_cues(f"s3://{BUCKET}/hdf5.nwb") == GO_CUES


@EACH
def test_another_endpoint_counts_at_once(bucket: str, s3: S3Server, proxy: Proxy, monkeypatch, name: str) -> None:
    go_cues(f"{bucket}/{name}")
    proxy.clear()
    with Proxy(s3.url) as other:
        monkeypatch.setenv("AWS_ENDPOINT_URL", other.url)
        assert go_cues(f"{bucket}/{name}") == GO_CUES
        assert other.requests > 0
    assert proxy.requests == 0


def test_a_recording_that_comes_later_is_seen(bucket: str, s3: S3Server, sessions: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        go_cues(f"{bucket}/later.zarr")
    shutil.copytree(sessions / "plain.zarr", tmp_path / "later.zarr", ignore=shutil.ignore_patterns("noise"))
    upload(s3, tmp_path / "later.zarr", "later.zarr")
    assert go_cues(f"{bucket}/later.zarr") == GO_CUES


class SignaturesServer(ThreadingHTTPServer):
    """Has nothing, and notes who asks, and how that is signed."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _NoteSignature)
        self.signed: list[tuple[str, str]] = []


class _NoteSignature(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        signature = self.headers["Authorization"] or unquote(self.path)
        self.server.signed.append((self.headers["User-Agent"].partition("/")[0], signature))
        self.send_response(404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.parametrize("default", [None, "us-west-2"])
def test_requests_are_signed_for_the_region_of_aws_region(monkeypatch, default: str | None) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    if default:
        monkeypatch.setenv("AWS_DEFAULT_REGION", default)
    with SignaturesServer() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
        with pytest.raises(FileNotFoundError):
            go_cues("s3://bucket/session.nwb")
        server.shutdown()
    assert {agent for agent, _ in server.signed} == {"python-urllib3", "aiobotocore"}
    assert all("/eu-central-1/s3/aws4_request" in signature for _, signature in server.signed)


@EACH
def test_a_server_that_is_not_there_is_said(bucket: str, monkeypatch, name: str) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    message = refusal(ConnectionError, f"{bucket}/{name}")
    assert "cannot be reached (EndpointConnectionError); check the URL and the network" in message
