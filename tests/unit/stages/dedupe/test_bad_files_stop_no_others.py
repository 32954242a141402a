"""Job files that are wrong between good ones: each is told by file, value and remedy, and stops none of the others."""

import json
import os
from collections import Counter
from pathlib import Path

import pytest
from support.bad_job_files import BAD
from support.samples import decide, job_text, write_files

from analysis_jobs.errors import InvalidInput
from analysis_jobs.stages.dedupe import planner as dedupe


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """A folder with every kind of bad file between good ones."""
    for number, (write, _, _) in enumerate(BAD.values()):
        write(tmp_path / f"{number:02}.json")
    good = {f"{number:02}-good.json": job_text(f"in {number}") for number in (0, 10, 99)}
    stray = {".DS_Store": "\0", "folder.json/inside.json": job_text("in a folder"), "folder.json/bad.json": "{"}
    return write_files(tmp_path, {**good, **stray, "repeat.json": job_text("in 10")})


def test_bad_files_stop_no_others(mixed: Path) -> None:
    decided = decide(mixed)
    assert decided.planned.counts == {"invalid": len(BAD) + 1, "run": 4, "repeat": 1}
    assert Counter(decided.by_file.values()) == decided.planned.counts
    assert len(decided.lines) == len(decided.by_file) == len(BAD) + 6
    assert decided.by_file["folder.json/inside.json"] == "run"
    assert decided.by_file["folder.json/bad.json"] == "invalid"
    for number, (_, value, remedy) in enumerate(BAD.values()):
        reason = decided.line(f"{number:02}.json")["reason"]
        assert reason.startswith(f"{number:02}.json")
        assert value in reason
        assert remedy in reason


def test_what_is_ignored_is_said(mixed: Path, caplog: pytest.LogCaptureFixture) -> None:
    decide(mixed)
    assert [record.getMessage() for record in caplog.records] == ["ignored 1 file not called *.json: .DS_Store"]


def test_an_unreadable_subfolder_stops_no_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(tmp_path, {"a.json": job_text("a"), "closed/b.json": job_text("b")})
    scan = os.scandir

    def scandir(folder: Path) -> object:  # as a folder without permissions, which root does not know
        if folder.name == "closed":
            raise PermissionError
        return scan(folder)

    monkeypatch.setattr(os, "scandir", scandir)
    assert decide(tmp_path).by_file == {"a.json": "run", "closed/*.json": "invalid"}


@pytest.mark.parametrize("files", [{}, {"readme.txt": "x"}, {"distributed_parameters.json": "[]"}, {"sub/.x": ""}])
def test_a_folder_without_jobs_is_an_error(tmp_path: Path, files: dict[str, str]) -> None:
    write_files(tmp_path, files)
    with pytest.raises(InvalidInput, match=r"holds no \*.json file; give --jobs the folder that the dispatcher wrote"):
        decide(tmp_path)


def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    try:
        (tmp_path / os.fsdecode(b"\xff.json")).write_text(job_text("a"))
    except OSError:
        pytest.skip("this file system takes only UTF-8")
    assert [line["decision"] for line in decide(tmp_path).lines] == ["run"]


def test_no_line_is_lost_where_chunks_end(mixed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = decide(mixed)
    monkeypatch.setattr(dedupe, "CHUNK", 2)
    assert json.dumps(decide(mixed).lines) == json.dumps(whole.lines)
