"""Reading parts of a file over HTTP: no more than is needed, counted, and in the thread that reads."""

import subprocess
import sys

import numpy as np
import pytest
from support.recordings import GO_CUES, go_cues, noise

from analysis_jobs import open_nwb
from analysis_jobs.recordings.traffic import traffic, traffic_since


def test_a_small_read_does_not_fetch_a_large_hdf5_file(server, recordings):
    assert go_cues(f"{server.url}/large.nwb") == GO_CUES
    assert 0 < server.bytes_sent < (recordings / "large.nwb").stat().st_size / 2


def test_what_is_fetched_is_counted(server):
    before = traffic()
    with open_nwb(f"{server.url}/large.nwb") as nwb:
        nwb.acquisition["noise"].data[:]
    assert traffic_since(before)["fetched_bytes"] == server.bytes_sent


def test_all_of_a_large_hdf5_file_is_right(server):
    with open_nwb(f"{server.url}/large.nwb") as nwb:
        found = nwb.acquisition["noise"].data[:]
    assert np.array_equal(found, noise(1_000_000))


def test_no_other_thread_fetches_for_hdf5(server):
    # h5py holds a lock while it reads; were the fetching thread to collect garbage of h5py's, both would hang.
    code = """
import sys, threading, analysis_jobs
with analysis_jobs.open_nwb(sys.argv[1]) as nwb:
    nwb.acquisition["noise"].data[:]
    print([thread.name for thread in threading.enumerate()])
"""
    command = [sys.executable, "-c", code, f"{server.url}/large.nwb"]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == "['MainThread']\n"


def test_a_server_without_ranges_is_named(server):
    server.has_ranges = False
    with pytest.raises(ValueError, match=r"large\.nwb.*only whole files"):
        go_cues(f"{server.url}/large.nwb")


def test_messages_show_no_signature_and_no_password():
    with pytest.raises(ConnectionError, match=r"'http://127\.0\.0\.1:1/a\.nwb' cannot be reached") as caught:
        go_cues("http://me:word@127.0.0.1:1/a.nwb?X-Amz-Signature=secret")
    assert "secret" not in str(caught.value)
    assert "word" not in str(caught.value)
