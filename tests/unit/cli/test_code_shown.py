"""How commands show in which files two versions of code differ."""

import pytest

from analysis_jobs.analysis.archive import ArchivedCode
from analysis_jobs.cli.code_shown import json_of_code, say_code
from analysis_jobs.results.job_code import JobCode


def version(source: str) -> JobCode:
    code = ArchivedCode("file", "a.py", {"a.py": source.encode()})
    return JobCode(code.digest(), code)


A, B = version("x = 1\n"), version("x = 1  # \x1b[31mone\n")


def test_files_and_lines(capsys: pytest.CaptureFixture[str]) -> None:
    say_code(A, B, stat=False)
    assert capsys.readouterr().out.splitlines() == [
        "code: 1 file of it differs",
        "  by --code_identity files, the default: other code, so jobs run again",
        "  by --code_identity syntax: the same code, so no job runs again",
        "  changed    a.py  +1 -1",
        "--- A/a.py",
        "+++ B/a.py",
        "@@ -1 +1 @@",
        "-x = 1",
        "+x = 1  # \\x1b[31mone",
    ]


def test_an_empty_file_has_no_lines(capsys: pytest.CaptureFixture[str]) -> None:
    code = ArchivedCode("file", "a.py", {"a.py": b"x = 1\n", "empty.py": b""})
    say_code(JobCode(code.digest(), code), A, stat=False)
    assert capsys.readouterr().out.splitlines()[-1] == "  removed    empty.py  +0 -0"


def test_files_alone(capsys: pytest.CaptureFixture[str]) -> None:
    say_code(A, B, stat=True)
    assert capsys.readouterr().out.splitlines()[-1] == "  changed    a.py  +1 -1"


def test_without_an_archive(capsys: pytest.CaptureFixture[str]) -> None:
    say_code(A, JobCode("00ff", why="it is not there"), stat=False)
    assert capsys.readouterr().out.splitlines() == [
        "code: it differs, and in which files is not known",
        "  B: it is not there",
        "  by --code_identity files, the default: other code, so jobs run again",
    ]


def test_for_programs() -> None:
    told = json_of_code(A, B, stat=True)
    assert told["files"] == [{"file": "a.py", "change": "changed", "added": 1, "removed": 1}]
    assert json_of_code(A, B, stat=False)["files"][0]["diff"].startswith("--- A/a.py\n")
    assert told["same"] == {"files": False, "syntax": True}
    without = json_of_code(A, JobCode(None, why="unknown"), stat=True)
    assert (without["files"], without["b"]) == (None, {"digest": None, "why": "unknown"})


def test_the_same_files_and_what_is_not_known(capsys: pytest.CaptureFixture[str]) -> None:
    say_code(A, A, stat=False)
    say_code(JobCode("00ff", why="gone"), JobCode("00ff", why="gone"), stat=False)
    say_code(A, JobCode(None, why="unknown"), stat=False)
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line.startswith("code")] == [
        "code: the same files",
        "code: the same files",
        "code: whether its files differ is not known",
    ]
    assert lines[-1] == "  B: unknown"
