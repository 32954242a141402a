"""Commands about one job that has no results, or those of another: `show`, `logs`, `files` and `get`."""

import shlex
import shutil
from pathlib import Path

import pytest
from support.shelf import Shelf, command
from support.terminals import on_terminal

from analysis_jobs.bucket.opening import open_bucket
from analysis_jobs.jobs.key import job_key, key_parts
from analysis_jobs.store.adopt import adopt
from analysis_jobs.store.opening import open_store

TRACEBACK = 'Traceback (most recent call last):\n  File "x.py", line 1\nValueError: oh\x1b[31m'


ERROR = {"stage": "analyze", "cause": "analysis", "type": "ValueError", "message": "oh\x1b[31m", "traceback": TRACEBACK}


@pytest.mark.parametrize("tail", ["", f"before\n{TRACEBACK}\n", "only this"])
def test_logs_of_a_failed_job(shelf: Shelf, place, capsys, tail):
    key = shelf.settled("failed", ["in"], {"a": 1}, error={**ERROR, "log_tail": tail})
    said = command(capsys, "logs", key[:9], *place)
    assert said.code == 0, said.err
    assert said.out.startswith("failed in analyze, analysis: ValueError: oh\\x1b[31m\n")
    assert said.out.count("Traceback (most recent call last):\n") == 1
    assert "\x1b" not in said.out
    assert (tail.splitlines() or [""])[0] in said.out
    (line,) = command(capsys, "logs", key, "--json", *place).lines
    assert (line["log"], line["error"]["traceback"]) == (tail, TRACEBACK)


def test_logs_of_a_job_whose_task_died(shelf: Shelf, place, capsys):
    error = {"stage": "analyze", "cause": "infrastructure", "type": "TaskDied", "message": "killed"}
    key = shelf.settled("failed", ["in"], {"a": 1}, error=error)
    assert command(capsys, "logs", key, *place).out == "failed in analyze, infrastructure: TaskDied: killed\n"


def test_a_log_on_a_terminal(shelf: Shelf, place):
    key = shelf.done(["\x1b[2Jin"], {"a": 1})
    assert on_terminal(80, "logs", key, *place) == "log of \\x1b[2Jin\r\n"
    silent = shelf.done(["in"], {"a": 2}, files={"analysis.log": ""})
    assert on_terminal(80, "logs", silent, *place) == "(the log is empty)\r\n"


def test_the_colour_of_a_log_ends_with_it(shelf: Shelf, place, capsys):
    for number, (log, end) in enumerate({"\x1b[31mred\n": "\x1b[0m", "\x1b[31mred\x1b[0m\n": "", "none\n": ""}.items()):
        key = shelf.done(["in"], {"a": number}, files={"analysis.log": log})
        assert command(capsys, "logs", key, *place).out == log + end


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("empty", "has no log: it is empty: no units; logs are kept of results and failures"),
        ("pending", "has no log: it is pending; logs are kept of results and failures"),
    ],
)
def test_jobs_without_a_log(shelf: Shelf, place, capsys, state, said):
    key = shelf.settled("empty", ["in"], {}, reason="no units") if state == "empty" else shelf.claimed(["in"])
    ended = command(capsys, "logs", key, *place)
    assert (ended.code, ended.out, said in ended.err) == (2, "", True), ended.err


@pytest.mark.parametrize("words", [["files"], ["get"]])
def test_jobs_without_results(shelf: Shelf, place, capsys, tmp_path: Path, words):
    key = shelf.settled("failed", ["in"], {"a": 1}, error=ERROR)
    more = [tmp_path / "copy"] if words == ["get"] else []
    ended = command(capsys, *words, key, *more, *place)
    assert (ended.code, ended.out) == (2, "")
    hint = shlex.join(["analysis-jobs", "show", key[:12], *place])
    assert ended.err == f"error: {key} has no results: it is failed; `{hint}` says more\n"
    assert command(capsys, *shlex.split(hint)[1:]).code == 0, "as it stands there"


def test_show_of_a_failed_job(shelf: Shelf, place, capsys):
    key = shelf.settled("failed", ["/data/in"], {"a": {"b": 1}, "c": "x"}, 2, error=ERROR, seconds=1.5)
    lines = command(capsys, "show", key, *place).out.splitlines()
    assert lines == [
        f"key:           {key}", "label:         in", "state:         failed", "why:           ValueError: oh\\x1b[31m",
        "seconds:       1.5", "attempt:       2", "inputs:        /data/in",
        'parameters:    a = {"b": 1}', "               c = x", "code:          sha256:c0de",
        "settled by:    run this-run",
    ]  # fmt: skip
    (found,) = command(capsys, "show", key, "--json", *place).lines
    assert (found["record"], found["files"], found["state"]["error"]) == (None, [], ERROR)
    assert (found["label"], found["subject"], found["acquired"]) == ("in", "", "")


def test_show_says_what_a_failed_job_asked_for(shelf: Shelf, place, capsys):
    key = shelf.settled("failed", ["/data/in"], {}, error=ERROR, asked={"memory_bytes": 2**31, "processors": 1})
    assert "asked for:     2 GB and 1 processor" in command(capsys, "show", key, *place).out.splitlines()


def test_show_says_whose_the_recording_is(shelf: Shelf, place, capsys):
    key = shelf.settled("failed", ["/data/690494_2025-02-04_10-20-30"], {}, error=ERROR)
    lines = command(capsys, "show", key, *place).out.splitlines()
    assert {"subject:       690494", "acquired:      2025-02-04 10:20:30"} < set(lines)


@pytest.mark.parametrize("words", [["files"], ["get"], ["logs"], ["show"]])
@pytest.mark.parametrize("how", ["moved", "copied", "copied and damaged", "elsewhere"])
def test_an_outdir_is_read_where_it_is(tmp_path: Path, capsys, how: str, words: list[str]):
    """Not from the place of the original, of which a copy was made; results that lie elsewhere are read there."""
    original, here = tmp_path / "original", tmp_path / "here"
    bucket = tmp_path / "b" if how == "elsewhere" else original / "analyses"
    store = open_store(str(original / "records.sqlite"))
    key = Shelf(store, open_bucket(str(bucket)), tmp_path / "made").done(["in"], {"a": 1}, files={"a.txt": "one"})
    shutil.copytree(original, here)
    if how == "moved":
        shutil.rmtree(original)
    elif how != "elsewhere":
        (original / "analyses" / key / "a.txt").write_text("of the original, and longer")
        (original / "analyses" / key / "analysis.log").write_text("of the original, and longer")
    if how == "copied and damaged":
        (here / "analyses" / key / "manifest.json").unlink()
    target = [tmp_path / "target"] if words == ["get"] else []
    said = command(capsys, *words, key, *target, "--outdir", here)
    unchecked = how == "copied and damaged" and words == ["get"]
    assert said.code == 2 * unchecked
    told = how == "copied and damaged" and words in (["get"], ["files"])
    assert ("can be checked, as it has no manifest.json" in said.err) == told
    assert "of the original" not in said.out
    if words == ["get"] and not unchecked:
        assert (tmp_path / "target" / "a.txt").read_text() == "one"


def test_an_adopted_job_leads_to_its_results(shelf: Shelf, place, capsys):
    old = shelf.done(["in"], {"a": 1})
    parts = key_parts(["in"], {"a": 1}, "sha256:n3w")
    adopt([{"key": job_key(parts), "parts": parts, "older": [old]}], shelf.store, "me", "only a comment")
    lines = command(capsys, "show", job_key(parts), *place).out.splitlines()
    assert lines[2] == "state:         done"
    assert f"why:           adopted: record {old}, by me: only a comment" in lines
    assert command(capsys, "logs", job_key(parts), *place).out == "log of in\n"


def test_what_a_result_is_made_from_and_used_by(shelf: Shelf, place, capsys):
    sources = [shelf.done([f"s3://in/{number:02}"], {"analysis_name": "rates"}) for number in range(22)]
    places = [shelf.bucket.location(key) for key in sources]
    over = shelf.done(places, {"analysis_name": "over"}, ended="2026-01-02T05:00:00+00:00")
    newer = shelf.done(["s3://in/00"], {"analysis_name": "rates"}, code="version:2", ended="2026-02-02T00:00:00+00:00")
    said = command(capsys, "show", over, *place)
    assert f"made from:     {sources[0][:12]} rates: 00, which {newer[:12]} has replaced\n" in said.out
    assert f"               {sources[19][:12]} rates: 19\n               and 2 more, which --json lists\n" in said.out
    assert "used by" not in said.out
    assert f"\nused by:       {over[:12]} over: " in command(capsys, "show", sources[3], *place).out
    (line,) = command(capsys, "show", over, "--json", *place).lines
    assert (line["made_from"], line["used_by"]) == (sources, [])
    (line,) = command(capsys, "show", sources[3], "--json", *place).lines
    assert (line["made_from"], line["used_by"]) == ([], [over])


def test_a_result_that_is_made_from_one_of_another_store(shelf: Shelf, place, capsys):
    key = shelf.done([f"s3://elsewhere/{'0' * 64}/{'1' * 16}"], {"a": 1})
    assert f"made from:     {'0' * 12} (not in this store)\n" in command(capsys, "show", key, *place).out
