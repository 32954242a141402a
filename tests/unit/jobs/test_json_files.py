"""Job files that are wrong: each is told by file, value and remedy, and stops none of the others."""

import json
import os
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest
from support.samples import decide, job_text, write_files

from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.job import read_job
from analysis_jobs.jobs.json_files import DEEPEST, LARGEST_FILE
from analysis_jobs.stages.dedupe import planner as dedupe

Write = Callable[[Path], object]
AS_ROOT = os.geteuid() == 0


def text(content: str) -> Write:
    return lambda path: path.write_text(content)


def data(content: bytes) -> Write:
    return lambda path: path.write_bytes(content)


def large(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(50_000_000)


def unreadable(path: Path) -> None:
    path.write_text(job_text("a"))
    path.chmod(0)


DEEP = 200
# What is wrong, how to make such a file, and what its message says: the value, and what to do.
BAD: dict[str, tuple[Write, str, str]] = {
    "not JSON": (text("{'s3_location': ['a']}"), "line 1, column 2, near \"{'s3_location'", "write the file again"),
    "cut off": (text('{"s3_location": ["a"'), "Expecting ',' delimiter at line 1, column 21", "write the file again"),
    "a list": (text('[{"s3_location": ["a"]}]'), "a JSON list ([{'s3_location': ['a']}])", "a job is an object such"),
    "a text": (text('"s3://a"'), "a JSON text ('s3://a')", "a job is an object such as"),
    "a null": (text("null"), "a JSON null (None)", "a job is an object such as"),
    "empty": (text(""), "is empty", "write the JSON again, or remove the file"),
    "blank": (text(" \n\n"), "is empty", "write the JSON again, or remove the file"),
    "broken link": (lambda path: path.symlink_to("nowhere"), "is a broken link to 'nowhere'", "mend or remove it"),
    "link to itself": (lambda path: path.symlink_to(path.name), "Too many levels of symbolic links", "check the file"),
    "folder": (lambda path: path.mkdir(), "is a folder, not a file", "rename or remove it"),
    "pipe": (lambda path: os.mkfifo(path), "is a pipe or a device, not a file", "remove it"),
    "no s3_location": (text('{"asset_id": ["a"]}'), "s3_location is missing", "add it"),
    "location a text": (text('{"s3_location": "a"}'), "s3_location is 'a'", "should be a valid list"),
    "location a number": (text('{"s3_location": [1]}'), "s3_location.0 is 1", "should be a valid string"),
    "location null": (text('{"s3_location": null}'), "s3_location is None", "should be a valid list"),
    "parameters a list": (text(job_text("a", distributed_parameters=[1])), "is [1]", "should be a valid dict"),
    "code a text": (text(job_text("a", analysis_code="x")), "analysis_code is 'x'", "should be a valid dict"),
    "50 MB": (large, "has 50.0 MB, more than the 10.0 MB that is read", "keep data elsewhere"),
    "not UTF-8": (data(b'{"s3_location": ["\xff\xfe"]}'), "is not UTF-8: b'\\xff\\xfe\"]' at byte 18", "as UTF-8"),
    "UTF-16": (data(job_text("a").encode("utf-16")), "is not UTF-8", "save it as UTF-8"),
    "NUL in a name": (text(r'{"s3_location": ["a"], "x\u0000": 1}'), "a NUL character (\\u0000)", "remove it"),
    "NUL in a text": (text(r'{"s3_location": ["a\u0000"]}'), "a NUL character (\\u0000)", "remove it"),
    "raw NUL": (data(b'{"s3_location": ["a\x00"]}'), "Invalid control character", "write the file again"),
    "half a character": (text(r'{"s3_location": ["\uD83D"]}'), r"in '\ud83d' (a lone surrogate)", "write it whole"),
    "NaN": (text(job_text("a", group_metadata={"x": float("nan")})), "holds NaN", "use null or a number"),
    "Infinity": (text('{"s3_location": ["a"], "x": -Infinity}'), "holds -Infinity", "use null or a number"),
    "too large a number": (text('{"s3_location": ["a"], "x": 1e999}'), "holds '1e999', too large", "a smaller one"),
    "too deep": (text(f'{{"s3_location": ["a"], "x": {"[" * DEEP}1{"]" * DEEP}}}'), "too deeply", "flatten it"),
    "too deep objects": (text('{"a":' * DEEP + "1" + "}" * DEEP), "too deeply", "flatten it"),
    "far too deep": (text("[" * 100_000), "nested too deeply to be read", "flatten it"),
    "NaN parameter": (text('{"s3_location": ["a"], "distributed_parameters": {"cutoff": NaN}}'), "NaN", "use null"),
    "misspelt parameter": (
        text(job_text("a", distributed_parameters={"cutof": 1})),
        "'cutof' (given as 1) is not a parameter of the analysis",
        "did you mean 'cutoff'?",
    ),
    "wrong parameter": (
        text(job_text("a", distributed_parameters={"cutoff": "high"})),
        "cutoff is 'high'",
        "Input should be a valid number",
    ),
}
IN_THE_PARAMETERS = ("misspelt parameter", "wrong parameter")


@pytest.mark.parametrize("kind", [kind for kind in BAD if kind not in IN_THE_PARAMETERS])
def test_message_names_file_value_and_remedy(tmp_path: Path, kind: str) -> None:
    write, value, remedy = BAD[kind]
    write(tmp_path / "x.json")
    with pytest.raises(InvalidInput) as caught:
        read_job(tmp_path / "x.json", "sub/x.json")
    message = str(caught.value)
    assert message.startswith("sub/x.json")
    assert value in message
    assert remedy in message
    assert len(message) < 400
    assert message.isprintable()


@pytest.mark.skipif(AS_ROOT, reason="root may read every file")
def test_unreadable_file(tmp_path: Path) -> None:
    unreadable(tmp_path / "x.json")
    with pytest.raises(InvalidInput, match=r"x.json cannot be read: Permission denied; check the file"):
        read_job(tmp_path / "x.json", "x.json")


def test_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"^p.json does not exist; check the path"):
        read_job(tmp_path / "p.json", "p.json")


def test_largest_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(job_text("a").ljust(LARGEST_FILE))
    assert read_job(path, "x.json").inputs == ["a"]


@pytest.mark.parametrize(("levels", "refused"), [(DEEPEST, False), (DEEPEST + 1, True)])
def test_deepest_file_is_read(tmp_path: Path, levels: int, refused: bool) -> None:
    inside = levels - 2  # the job and its group_metadata
    path = write_files(tmp_path, {"x.json": job_text("a", group_metadata={"x": "HERE"})}) / "x.json"
    path.write_text(path.read_text().replace('"HERE"', "[" * inside + "1" + "]" * inside))
    with pytest.raises(InvalidInput, match="too deeply") if refused else nullcontext():
        assert read_job(path, "x.json").inputs == ["a"]


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
    assert [record.getMessage() for record in caplog.records] == ["ignored 1 files that are not *.json: .DS_Store"]


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
