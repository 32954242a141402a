"""The command `explain`: two keys, or a job file and what is near it."""

import json
from pathlib import Path

import pytest
from support.samples import code_of, write_files
from support.shelf import Shelf, command

from analysis_jobs.analysis.archive import ArchivedCode, archive_of
from analysis_jobs.analysis.source import locate
from analysis_jobs.jobs.key import job_key

PARAMETERS = {"analysis_name": "rates", "cutoff": 0.5, "filter": {"order": 3, "kind": "low"}}


def test_two_keys(shelf: Shelf, place, capsys):
    a = shelf.done(["in"], PARAMETERS)
    error = {"stage": "analyze", "cause": "analysis", "type": "ValueError", "message": "x"}
    b = shelf.settled("failed", ["in"], {**PARAMETERS, "cutoff": "[red]0.5\x1b[31m"}, error=error)
    said = command(capsys, "explain", a[:8], b[:8], *place)
    assert said.code == 0, said.err
    lines = said.out.splitlines()
    assert lines[:3] == [f"A {a}", f"B {b}", "not the same job: parameters.cutoff differs"]
    assert '  differs    parameters.cutoff         0.5 in A, "[red]0.5\\u001b[31m" in B' in lines
    (found,) = command(capsys, "explain", a, b, "--json", *place).lines
    assert (found["a"], found["b"], found["same"]) == (a, b, False)
    assert {one["field"]: one["verdict"] for one in found["fields"]}["code"] == "same"


def test_a_key_and_itself(shelf: Shelf, place, capsys):
    key = shelf.done(["in"], PARAMETERS)
    assert command(capsys, "explain", key, key[:6], *place).out.splitlines()[2] == "the same job"


def test_a_job_file_that_is_done(job, same, place, capsys):
    said = command(capsys, "explain", *job, *place)
    assert said.out == f"A {same} ({job[0]})\nthe store knows this job: done, attempt 1\n", said.err
    (found,) = command(capsys, "explain", *job, "--json", *place).lines
    assert (found["key"], found["known"]["state"], found["nearest"]) == (same, "done", None)


def test_a_job_file_that_is_near_nothing(job, shelf, importing, place, capsys):
    said = command(capsys, "explain", *job, *place)
    assert (
        said.out.splitlines()[1] == "no record of the same inputs or of the same analysis_name is near; this job is new"
    )


def test_a_job_file_that_failed(job, shelf: Shelf, importing, place, capsys):
    parameters = {"analysis_name": "rates", "tag": "a", "cutoff": 0.5}
    error = {"stage": "analyze", "cause": "analysis", "type": "ValueError", "message": "oh"}
    state = shelf.store.job_states([shelf.settled("failed", ["s3://in/a"], parameters, 2, error=error)], whole=True)
    (one,) = state.values()
    parts = {**one["parts"], "code": code_of(job[2])}
    shelf.store.settle([{**one, "_id": job_key(parts), "key": job_key(parts), "parts": parts}], "this-run")
    said = command(capsys, "explain", *job, *place).out.splitlines()
    assert said[1] == "the store knows this job: failed, attempt 2: ValueError: oh"


def test_each_set_of_parameters(job, same, tmp_path: Path, place, capsys):
    write_files(tmp_path, {"p.json": json.dumps([{"cutoff": 0.5}, {"cutoff": 0.7}])})
    found = command(capsys, "explain", *job, "--parameters", tmp_path / "p.json", "--json", *place).lines
    assert [(one["known"] or {}).get("state") for one in found] == ["done", None]
    write_files(tmp_path, {"jobs/distributed_parameters.json": json.dumps([{"tag": "x"}, {"tag": "y"}, {"tag": "z"}])})
    assert len(command(capsys, "explain", *job, "--jobs", tmp_path / "jobs", "--json", *place).lines) == 3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["a", "b", "c"], "explain was given 3 jobs; give two keys, or one key or one job file with --analysis"),
        (["nofile"], "there is no job file, and no key, 'nofile'; give two keys, or one key or one job"),
        (["JOB"], "explain of one job needs --analysis, since the code is part of what makes a job the same; or give"),
        (["JOB", "--analysis", "nothing.py"], "there is no analysis at 'nothing.py'"),
        (["JOB", "--analysis", "ANALYSIS", "--set", "cutof=1"], "--set: 'cutof' (given as '1') is not a parameter"),
        (["JOB", "--analysis", "ANALYSIS", "--set", "cutoff=x"], "JOB: parameters refused by AnalysisSpecification"),
        (["a", "b"], "no job has a key a...; `analysis-jobs list --store "),
    ],
)
def test_what_is_wrong(job, shelf, importing, place, capsys, words, said):
    real = {"JOB": job[0], "ANALYSIS": job[2]}
    ended = command(capsys, "explain", *(real.get(word, word) for word in words), *place)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"error: {said.replace('JOB', job[0])}")


# The code


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
    assert said[4] == "  by --code_identity syntax: the same code, of which no job runs again"
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
