"""What `explain` tells of code: of two jobs, of a job and of now, and of the nearest record."""

from pathlib import Path

from support.shelf import Shelf, command

from analysis_jobs.analysis.archive import ArchivedCode, archive_of
from analysis_jobs.analysis.source import locate

PARAMETERS = {"analysis_name": "rates", "cutoff": 0.5, "filter": {"order": 3, "kind": "low"}}


def archived(shelf: Shelf, source: str) -> str:
    """Publish code as a launch does, and return its identity."""
    code = ArchivedCode("file", "rates.py", {"rates.py": source.encode()})
    shelf.bucket.keep_code(code.digest(), archive_of(code))
    return f"sha256:{code.digest()}"


def test_the_code_of_two_keys(shelf: Shelf, place, tmp_path: Path, capsys):
    place = [*place, "--bucket", tmp_path / "analyses"]
    old, new = (archived(shelf, f"X = {number}\n") for number in (1, 2))
    a, b = (shelf.done(["in"], PARAMETERS, code=identity) for identity in (old, new))
    said = command(capsys, "explain", a, b, *place).out
    assert "not the same job: code differs" in said
    assert said.endswith("--- A/rates.py\n+++ B/rates.py\n@@ -1 +1 @@\n-X = 1\n+X = 2\n")
    assert "@@" not in command(capsys, "explain", a, b, "--stat", *place).out
    (found,) = command(capsys, "explain", a, b, "--json", *place).lines
    assert [one["file"] for one in found["code"]["files"]] == ["rates.py"]


def test_the_code_of_an_older_result(shelf: Shelf, place, tmp_path: Path, capsys):
    """Which has no archive: what can be said still is."""
    a, b = (shelf.done(["in"], PARAMETERS, code=identity) for identity in ("sha256:00ff", archived(shelf, "X = 1")))
    said = command(capsys, "explain", a, b, *place, "--bucket", tmp_path / "analyses")
    assert said.code == 0
    assert "  differs    code" in said.out
    assert "code: it differs, and in which files is not known\n  A: there is no archive of sha256:00ff in" in said.out


def test_the_code_of_a_key_and_of_now(shelf: Shelf, place, job, tmp_path: Path, capsys):
    place = [*place, "--bucket", tmp_path / "analyses"]
    source = Path(job[2]).read_text()
    key = shelf.done(["in"], PARAMETERS, code=archived(shelf, source))
    same = command(capsys, "explain", key[:10], "--analysis", job[2], *place)
    assert (same.code, same.out.splitlines()[2]) == (0, "code: the same files")
    Path(job[2]).write_text(f"{source}# more\n")
    said = command(capsys, "explain", key, "--analysis", job[2], *place).out.splitlines()
    assert said[:2] == [f"A {key}", f"B {job[2]} as it is now"]
    assert said[4] == "  by --code_identity syntax: the same code, so no job runs again"
    assert said[-1] == "+# more"
    (found,) = command(capsys, "explain", key, "--analysis", job[2], "--json", *place).lines
    assert found["code"]["same"] == {"files": False, "syntax": True}


def test_the_code_of_the_nearest_record(shelf: Shelf, importing, place, job, tmp_path: Path, capsys):
    parameters = {"analysis_name": "rates", "tag": "a", "cutoff": 0.5}
    shelf.done(["s3://in/a"], parameters, code=archived(shelf, "X = 1\n"))
    said = command(capsys, "explain", *job, "--stat", *place, "--bucket", tmp_path / "analyses").out
    assert "not the same job: code differs" in said
    assert "\n  changed    rates.py  +1 -" in said


def test_a_key_by_syntax(shelf: Shelf, importing, place, job, capsys):
    (found,) = command(capsys, "explain", *job, "--code-identity", "syntax", "--json", *place).lines
    assert found["parts"]["code"] == locate(job[2]).identity(by="syntax")
