"""Commands about many jobs: `list` and `state`."""

import json
from pathlib import Path

import pytest
from support.shelf import ERROR, command


def test_json_of_a_record_is_strict(rates, place, capsys):
    for line in command(capsys, "list", "--json", *place).out.splitlines():
        assert json.loads(line)["key"] in rates.values()


def test_lines_for_other_programs(jobs, place, capsys):
    said = command(capsys, "list", *place)
    rows = {row["key"]: row for row in said.rows}
    assert rows.keys() == set(jobs.values())
    assert rows[jobs["old"]] == {
        "key": jobs["old"], "state": "done", "name": "rates", "tag": "v1", "inputs": "s3://in/a/x.nwb",
        "ended (UTC)": rows[jobs["old"]]["ended (UTC)"], "seconds": "10", "attempt": "1",
        "label": "x.nwb · analysis_tag=v1 · cutoff=1 · code c0de", "subject": "", "acquired": "",
    }  # fmt: skip
    assert rows[jobs["old"]]["ended (UTC)"] == "2026-01-01T12:00:00+00:00"


def test_states_are_counted(jobs, place, capsys):
    said = command(capsys, "state", *place).out.splitlines()
    assert said[0] == "8 jobs: 3 done, 1 empty, 1 failed, 1 pending, 1 expired, 1 removed"
    assert said[1].startswith("claimed: run this-run, 1 job, since 20")
    assert said[1].endswith(": f · analysis_tag=not set · cutoff=not set")
    job = f"{jobs['failed'][:12]} c · analysis_tag=v1 · cutoff=0.5"
    assert said[2] == f"failed 2026-01-03 08:00:00: {job}: analysis: ValueError: oh [red]no[/red]\\x1b[31m"
    (found,) = command(capsys, "state", "--json", *place).lines
    assert found["states"] == {"done": 3, "empty": 1, "failed": 1, "pending": 1, "expired": 1, "removed": 1}
    assert [one["session"] for one in found["claims"]] == ["this-run"]
    assert [one["error"] for one in found["last_failures"]] == [ERROR]
    assert [one["label"] for one in found["last_failures"]] == ["c · analysis_tag=v1 · cutoff=0.5"]
    assert [len(one["labels"]) for one in found["claims"]] == [1]


def test_the_state_of_one_job(jobs, place, capsys):
    (state,) = command(capsys, "state", jobs["nested"][:9], "--json", *place).lines
    assert state["parts"]["parameters"]["a.b"] == {"$c": True}
    assert json.loads(command(capsys, "state", jobs["nested"], *place).out) == state


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["list", "--state", "gave-up"], "--state is gave_up, a word of launches"),
        (["list", "--state", "gaveup"], "--state is 'gaveup'; did you mean 'gave_up'?"),
        (["list", "--state", "faild"], "--state is 'faild'; did you mean 'failed'?"),
        (["list", "--since", "yesterday"], "--since is 'yesterday'; give a date such as 2026-01-31, or"),
        (["list", "--until", "2026-13-01"], "--until is '2026-13-01'; give a date such as"),
        (["list", "--parameter", "cutoff"], "--parameter is 'cutoff'; write NAME=VALUE"),
        (["state", "nokey"], "no job has a key nokey...; `analysis-jobs list --store "),
    ],
)
def test_what_is_wrong(shelf, place, capsys, words, said):
    ended = command(capsys, *words, *place)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"error: {said}")


def test_a_store_that_is_not_there(tmp_path: Path, capsys):
    ended = command(capsys, "list", "--outdir", tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert "there is no store" in ended.err
    assert not (tmp_path / "records.sqlite").exists()


def test_a_service_that_does_not_answer(docdb, monkeypatch, capsys):
    docdb.empty()
    for name, value in {**docdb.environment, "DOCDB_COLLECTION": "results", "ANALYSIS_RETRY_SECONDS": "0.1"}.items():
        monkeypatch.setenv(name, value)
    docdb.faults.fail(503, 50)
    ended = command(capsys, "list", "--store", "docdb")
    docdb.clear()
    assert (ended.code, ended.out) == (75, "")
    assert "did not answer" in ended.err
