"""`open_nwb` of recordings in an S3 that falters: passing trouble is sat out, what lasts is an error."""

import threading
import traceback

import numpy as np
import pytest
from fakes.proxy import Proxy
from support.recordings import GO_CUES, SAMPLES, ZARR_2, ZARR_3, formats, go_cues, noise

from analysis_jobs import open_nwb

pytestmark = pytest.mark.usefixtures("through_proxy")

EACH = formats("hdf5.nwb", "zarr.nwb", "zarr3.nwb")
ALL = formats("hdf5.nwb", *ZARR_2, *ZARR_3)


@ALL
def test_opening_outlasts_an_outage(bucket: str, proxy: Proxy, name: str) -> None:
    proxy.drop()
    proxy.slow_down()
    assert go_cues(f"{bucket}/{name}") == GO_CUES
    assert proxy.pending == 0


@EACH
def test_reading_outlasts_an_outage(bucket: str, proxy: Proxy, name: str) -> None:
    with open_nwb(f"{bucket}/{name}") as nwb:
        proxy.slow_down(2)
        np.testing.assert_array_equal(nwb.acquisition["noise"].data[:], noise(SAMPLES))
    assert proxy.pending == 0


@EACH
def test_reading_outlasts_answers_that_break_off(bucket: str, proxy: Proxy, name: str) -> None:
    with open_nwb(f"{bucket}/{name}") as nwb:
        proxy.cut_after(100_000)  # also the connections that are there
        mended = threading.Timer(1, proxy.cut_after, [None])
        mended.start()
        np.testing.assert_array_equal(nwb.acquisition["noise"].data[:], noise(SAMPLES))
        mended.join()


def test_the_first_answer_may_break_off(bucket: str, proxy: Proxy) -> None:
    proxy.cut_after(100_000)
    mended = threading.Timer(0.5, proxy.cut_after, [None])
    mended.start()
    assert go_cues(f"{bucket}/hdf5.nwb") == GO_CUES
    mended.join()


@EACH
def test_what_cannot_be_read_is_an_error_and_no_zeros(bucket: str, proxy: Proxy, monkeypatch, name: str) -> None:
    monkeypatch.setenv("ANALYSIS_RETRY_SECONDS", "1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    url = f"{bucket}/{name}"
    with pytest.raises(OSError, match=r"SlowDown|reduce your request rate") as caught, open_nwb(url) as nwb:
        proxy.slow_down(1_000_000)
        nwb.acquisition["noise"].data[:]
    assert repr(url) in "".join(traceback.format_exception_only(caught.value))
