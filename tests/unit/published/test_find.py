"""Published results, wherever they lie now."""

import json
from pathlib import Path

import pytest
from support.launches import launch
from support.publishing import KEY, Place
from support.reruns import ANALYSIS, Done
from support.samples import write_files

from analysis_jobs.bucket.opening import open_bucket
from analysis_jobs.errors import InvalidInput
from analysis_jobs.published.crate import write_crate
from analysis_jobs.published.find import Published, find_published
from analysis_jobs.store.opening import open_store

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")  # of the checker


def test_results_that_were_moved_are_found_by_the_bucket(results: Published, local: Place, tmp_path: Path) -> None:
    store = open_store(local.store, read_only=True)
    (tmp_path / "bucket").rename(tmp_path / "new")
    write_crate(find_published(KEY, store, open_bucket(str(tmp_path / "new"))), tmp_path / "crate")
    assert (tmp_path / "crate" / "results" / "rates.csv").read_text() == "a,1"
    with pytest.raises(InvalidInput, match=r"has a record, but no manifest.json in .*; give --bucket if"):
        find_published(KEY, store, open_bucket(str(tmp_path / "elsewhere")))


def test_without_published_results(done: Done, tmp_path: Path) -> None:
    write_files(tmp_path, {"units.py": ANALYSIS})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHANGE", "raises")
        assert launch(tmp_path, tmp_path / "units.py", str(tmp_path / "s.sqlite"), str(tmp_path / "bucket")) == []
    key = json.loads((tmp_path / "launch" / "settled.jsonl").read_text())["key"]
    failed = Done(tmp_path, key, ["--store", str(tmp_path / "s.sqlite"), "--bucket", str(tmp_path / "bucket")])
    again = failed.rerun()
    assert again.returncode == 2
    assert "is failed and has no published results; only those of a job that is done can be used" in again.stderr
    lost = Done(tmp_path, done.key, [*done.places[:2], "--bucket", str(tmp_path / "other")])
    assert "as no folder is there; check the path of --bucket" in lost.rerun().stderr
    (tmp_path / "other").mkdir()
    assert lost.rerun().returncode == 0  # found where the record says
