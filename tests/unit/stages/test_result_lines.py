"""What a job wrote is what is published."""

from collections.abc import Callable
from pathlib import Path

import pytest
from support.samples import write_files

from analysis_jobs.bucket.names import LOG
from analysis_jobs.stages.result_lines import ChangedResults, files_as_written, result_files, written_lines


@pytest.fixture
def job(tmp_path: Path) -> Path:
    return write_files(tmp_path, {"results/a.txt": "a", "results/sub/b.txt": "bb", LOG: "log"})


def test_every_file_is_listed(job: Path) -> None:
    assert [(line["path"], line["size"]) for line in written_lines(job)] == [("a.txt", 1), ("sub/b.txt", 2), (LOG, 3)]


def test_files_come_back_with_their_lines(job: Path) -> None:
    lines = written_lines(job)
    assert [file.line for file in files_as_written(job, lines)] == lines


def test_files_are_in_one_order(tmp_path: Path) -> None:
    write_files(tmp_path / "results", {"b": "", "a/z": "", "a.txt": "", ".hidden": ""})
    assert [file.name for file in result_files(tmp_path)] == [".hidden", "a/z", "a.txt", "b", LOG]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda results: (results / "a.txt").unlink(), "missing: a.txt"),
        (lambda results: (results / "a.txt").write_text("longer"), "changed: a.txt"),
        (lambda results: (results / "c.txt").write_text("c"), "new: c.txt"),
        (lambda results: (results / "a.txt").rename(results / "c.txt"), "missing: a.txt; new: c.txt"),
    ],
)
def test_what_changed_is_named(job: Path, change: Callable[[Path], object], said: str) -> None:
    lines = written_lines(job)
    change(job / "results")
    with pytest.raises(ChangedResults) as caught:
        files_as_written(job, lines)
    assert str(caught.value) == f"the results are not as the analysis left them ({said})"
