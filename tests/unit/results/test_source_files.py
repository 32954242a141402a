"""Files of the results that a job is made from, checked, in either kind of bucket."""

import json
import multiprocessing
import os
from pathlib import Path

import pytest
from support.shelf import RATES, Shelf

from analysis_jobs import open_source, source_outputs
from analysis_jobs.bucket.names import MANIFEST
from analysis_jobs.bucket.places import location_of
from analysis_jobs.bucket.protocol import ResultFile
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.source_results import SourceResult
from analysis_jobs.shapes import Damaged

FILES = {"rates.json": '{"unit": "ü"}', "plots/a plot.bin": "\x00\x01", "empty.txt": ""}


def source_of(shelf: Shelf, key: str, **more: object) -> SourceResult:
    (record,) = shelf.store.records([key]).values()
    return SourceResult.model_validate({"key": key, "location": location_of(record), **more})


@pytest.fixture
def source(results_shelf: Shelf) -> SourceResult:
    return source_of(results_shelf, results_shelf.done(["s3://in/a"], RATES, {"rate": 1.5}, files=FILES))


def test_files_are_read_as_text_and_as_bytes(source: SourceResult) -> None:
    with open_source(source, "rates.json") as file:
        assert json.load(file) == {"unit": "ü"}
        file.seek(0)
        assert file.read(5) == '{"uni'
    with open_source(source, "plots/a plot.bin", "rb") as file:
        assert file.read() == b"\x00\x01"
    with open_source(source, "empty.txt", checked=False) as file:
        assert file.read() == ""


def test_a_file_that_is_not_there(source: SourceResult) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        open_source(source, "rate.json")
    assert str(caught.value) == (
        f"there is no file 'rate.json' at {source.location}; there are: analysis.log, empty.txt, plots/a plot.bin, "
        "rates.json"
    )


def change(shelf: Shelf, source: SourceResult, name: str, content: bytes, tmp_path: Path) -> None:
    """Put another content in the place of a published file, as a mistake of somebody else's does."""
    shelf.bucket.put(source.location, name, content)


def test_a_file_that_is_not_as_it_was_published(results_shelf: Shelf, source: SourceResult, tmp_path: Path) -> None:
    change(results_shelf, source, "rates.json", b'{"unit": "x"}', tmp_path)
    with pytest.raises(InvalidInput, match=rf"^rates.json at {source.location} has another SHA-256 than its manifest"):
        open_source(source, "rates.json")
    with open_source(source, "rates.json", checked=False) as file:
        assert json.load(file) == {"unit": "x"}


def test_outputs_that_lie_in_the_job_file_or_are_read(results_shelf: Shelf, source: SourceResult) -> None:
    assert source_outputs(source) == {"rate": 1.5}
    carried = source.model_copy(update={"outputs": {}, "location": "/nowhere"})
    assert source_outputs(carried) == {}


def test_results_that_are_gone(source: SourceResult) -> None:
    gone = SourceResult(key="0" * 64, location=source.location.replace(source.key, "0" * 64))
    for read in (lambda: open_source(gone, "rates.json"), lambda: source_outputs(gone)):
        with pytest.raises(InvalidInput, match=rf"^there is no {MANIFEST} at .*: the result is gone, or never"):
            read()


def test_results_without_a_manifest_are_read_if_that_is_asked_for(tmp_path: Path) -> None:
    folder = tmp_path / "analyses" / ("0" * 64)
    folder.mkdir(parents=True)
    (folder / "rates.json").write_text("1")
    source = SourceResult(key="0" * 64, location=str(folder))
    with pytest.raises(InvalidInput, match=rf"there is no {MANIFEST} at {folder} to check files by: .* give checked"):
        open_source(source, "rates.json")
    with open_source(source, "rates.json", checked=False) as file:
        assert file.read() == "1"


def test_a_manifest_that_lacks_outputs(tmp_path: Path) -> None:
    key = "1" * 64
    folder = tmp_path / key
    folder.mkdir()
    (folder / MANIFEST).write_text(json.dumps({"key": key, "location": str(folder), "files": []}))
    with pytest.raises(Damaged, match="is damaged: it has no outputs"):
        source_outputs(SourceResult(key=key, location=str(folder)))


@pytest.mark.slow
@pytest.mark.parametrize("results_bucket", ["s3"], indirect=True)
def test_results_that_were_published_anew(results_shelf: Shelf, source: SourceResult, tmp_path: Path) -> None:
    there = results_shelf.bucket.manifest(source.key)
    assert there is not None
    (tmp_path / "rates.json").write_text("2")
    results_shelf.bucket.remove(source.key, results_shelf.bucket.files(source.key))
    results_shelf.bucket.publish(source.key, [ResultFile("rates.json", tmp_path / "rates.json")], there)
    with pytest.raises(InvalidInput, match=r"was published again, and is at s3://.*dispatch --results-of"):
        open_source(source, "rates.json")


@pytest.mark.slow
@pytest.mark.parametrize("results_bucket", ["s3"], indirect=True)
def test_a_forked_process_reads_after_its_parent_used_s3(results_shelf: Shelf, source: SourceResult) -> None:
    assert results_shelf.bucket.manifest(source.key)
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.apply_async(_read, [source]).get(60) == ('{"unit": "ü"}', {"rate": 1.5})


def _read(source: SourceResult) -> tuple[str, dict[str, object]]:
    with open_source(source, "rates.json") as file:
        return file.read(), source_outputs(source)


def test_a_mode_that_writes(source: SourceResult) -> None:
    with pytest.raises(InvalidInput, match=r"^mode is 'w', but results can only be read"):
        open_source(source, "rates.json", "w")


def test_s3_needs_obstore(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis_jobs.results.source_files.find_spec", lambda name: None)
    source = SourceResult(key="0" * 64, location=f"s3://b/{'0' * 64}/0123456789abcdef")
    with pytest.raises(ImportError, match=r"pip install 'aind-analysis-jobs\[s3\]'"):
        open_source(source, "rates.json")


@pytest.mark.parametrize("checked", [True, False])
def test_nobody_waits_for_a_pipe_in_the_place_of_a_file(source: SourceResult, checked: bool) -> None:
    if source.location.startswith("s3://"):
        pytest.skip("S3 has no pipes")
    path = Path(source.location, "rates.json")
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(InvalidInput, match=r"/rates\.json cannot be read: it is a pipe, not a file; remove it$"):
        open_source(source, "rates.json", checked=checked)
