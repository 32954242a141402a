"""What a job reads and writes, as the system counts it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.samples import in_child

from analysis_jobs.recordings import traffic as module
from analysis_jobs.recordings.traffic import count_fetched, traffic, traffic_since

linux = pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="the system does not count, as Linux does")
MEGABYTE = 1_000_000


@linux
def test_what_is_written_and_read(tmp_path: Path) -> None:
    before = traffic()
    (tmp_path / "file").write_bytes(bytes(5 * MEGABYTE))
    between = traffic_since(before)
    (tmp_path / "file").read_bytes()
    after = traffic_since(before)
    assert 5 * MEGABYTE <= (between["bytes_written"] or 0) < 6 * MEGABYTE
    assert (between["bytes_read"] or 0) < MEGABYTE
    assert 5 * MEGABYTE <= (after["bytes_read"] or 0) < 6 * MEGABYTE


@linux
def test_children_count_once_they_have_ended(tmp_path: Path) -> None:
    before = traffic()
    write = f"open({str(tmp_path / 'file')!r}, 'wb').write(bytes({5 * MEGABYTE}))"
    subprocess.run([sys.executable, "-c", write], check=True)
    assert (traffic_since(before)["bytes_written"] or 0) >= 5 * MEGABYTE


@linux
def test_a_forked_process_begins_anew(tmp_path: Path) -> None:
    """So that a job is not told what was read before it."""
    (tmp_path / "file").write_bytes(bytes(5 * MEGABYTE))

    def look() -> None:
        assert (traffic()["bytes_written"] or 0) < MEGABYTE

    assert in_child(look) == 0


def test_a_system_that_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(path: Path) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(module, "_fetched", 0)  # whatever other tests have fetched
    monkeypatch.setattr(Path, "read_text", missing)
    assert set(traffic().values()) == set(traffic_since(traffic()).values()) == {None}


def test_what_was_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_fetched", 0)
    before = traffic()
    assert traffic_since(before)["fetched_bytes"] is None
    count_fetched(3)
    between = traffic()
    count_fetched(4)
    assert traffic_since(before)["fetched_bytes"] == 7
    assert traffic_since(between)["fetched_bytes"] == 4


@linux
def test_other_words_of_the_system_are_passed_over() -> None:
    assert set(traffic()) == {
        "bytes_read",
        "bytes_written",
        "storage_bytes_read",
        "storage_bytes_written",
        "fetched_bytes",
    }
    assert os.path.getsize("/proc/self/io") == 0  # a file of the kernel's, which costs nothing to read
