"""`analysis-jobs forget`: what it lists, asks, says and refuses."""

import io
import os
import pwd

import pytest
from support.shelf import ERROR, RATES, Shelf, command

from analysis_jobs.errors import InvalidInput


@pytest.fixture
def folder(shelf: Shelf) -> list[str]:
    return ["--bucket", str(shelf.bucket.folder)]  # type: ignore[attr-defined]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_job_by_the_beginning_of_its_key(shelf: Shelf, place, folder, capsys):
    key, other = shelf.done(["/in/a"], RATES), shelf.done(["/in/b"], RATES)
    said = command(capsys, "forget", key[:12], "--yes", "--by", "alice", *place, *folder)
    assert (said.code, said.err) == (0, "")
    (row, *_), last = [line.split("\t") for line in said.out.splitlines()[1:-1]], said.out.splitlines()[-1]
    assert row == [key, "done", "rates", "a", "4", "1.5 kB"] or row[:4] == [key, "done", "rates", "a"]
    assert last == "1 of 1 job forgotten"
    assert shelf.store.recorded([key, other]).keys() == {other}
    assert shelf.bucket.files(key) == {}
    assert [note["by"] for note in shelf.store.history(key)] == ["alice"]


def test_jobs_by_filters_as_programs_see_them(shelf: Shelf, place, folder, capsys):
    keys = {shelf.done([f"/in/{name}"], RATES) for name in "ab"}
    shelf.done(["/in/a"], {**RATES, "analysis_name": "spikes"})
    said = command(capsys, "forget", "--name", "rates", "--state", "done", "--yes", "--json", *place, *folder)
    assert said.code == 0
    assert {line["key"] for line in said.lines} == keys
    assert all(line["forgotten"] and line["bytes"] > 0 and not line["reason"] for line in said.lines)


def test_it_asks_first_and_without_a_terminal_it_wants_yes(shelf: Shelf, place, folder, capsys, monkeypatch):
    key = shelf.done(["/in/a"], RATES)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    said = command(capsys, "forget", key, *place, *folder)
    assert said.code == 2
    assert said.err.startswith(
        "error: nothing was removed, because there is no terminal to ask whether to forget 1 job, with 4 files"
    )
    assert said.err.endswith("): give --yes\n")
    monkeypatch.setattr("sys.stdin", Terminal("n\n"))
    asked = command(capsys, "forget", key, *place, *folder)
    assert asked.code == 1
    assert "Forget 1 job, with 4 files (" in asked.out
    assert shelf.store.recorded([key])
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    assert command(capsys, "forget", key, *place, *folder).out.endswith("1 of 1 job forgotten\n")
    assert not shelf.store.recorded([key])


def test_to_try_again_what_failed(shelf: Shelf, place, folder, capsys):
    failed, done = shelf.settled("failed", ["/in/c"], RATES, 3, error=ERROR), shelf.done(["/in/a"], RATES)
    said = command(capsys, "forget", "--state", "failed", "--only-state", "--yes", *place, *folder)
    assert (said.code, said.out.splitlines()[-1]) == (0, "1 of 1 job forgotten")
    assert shelf.store.job_states([failed, done]).keys() == {done}
    refused = command(capsys, "forget", done, "--only-state", "--yes", *place, *folder)
    assert (refused.code, refused.out) == (1, "0 of 1 job forgotten\n")
    assert refused.err == (
        f"{done} stays: it has a record, so removing its state alone changes nothing; leave out --only-state\n"
    )


def test_the_files_may_stay(shelf: Shelf, place, folder, capsys):
    key = shelf.done(["/in/a"], RATES)
    assert command(capsys, "forget", key, "--keep-results", "--yes", *place, *folder).code == 0
    assert shelf.bucket.manifest(key) is not None
    assert not shelf.store.recorded([key])
    assert command(capsys, "fsck", "--repair", *place, *folder).code == 0
    assert shelf.store.recorded([key])


def test_what_others_rest_on_is_said(shelf: Shelf, place, folder, capsys):
    key = shelf.done(["/in/a"], RATES)
    shelf.done([f"{shelf.bucket.location(key)}/rates.csv"], {**RATES, "cutoff": 2})
    said = command(capsys, "forget", key, "--yes", *place, *folder)
    assert said.err == "warning: 1 other job of the store read these results as inputs\n"


def test_what_a_launch_has_stays(shelf: Shelf, place, folder, capsys):
    key, done = shelf.claimed(["/in/c"]), shelf.done(["/in/a"], RATES)
    said = command(capsys, "forget", key, done, "--yes", "--json", *place, *folder)
    assert said.code == 1
    assert [(line["key"], line["forgotten"]) for line in said.lines] == [(key, False), (done, True)]
    assert said.lines[0]["reason"].startswith("run this-run has been running it since ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "no job is named: give keys, or filters as `analysis-jobs list` takes them"),
        (["--keep-results"], "no job is named"),
        (["--latest", "--limit", "3"], "no job is named"),
        (["ab", "--state", "failed"], "both keys and filters are given; give one of the two"),
        (
            ["ab", "--keep-results", "--only-state"],
            "--only-state keeps the results anyway: leave out --keep-results",
        ),
        (["none"], "no job has a key none..."),
        ([""], "'' is not the beginning of a key; `analysis-jobs list --store "),
        (["\udce9"], "'\\udce9' is not the beginning of a key"),
        (["--input", ""], "--input is empty, and would match every job; give it a value, or leave it out"),
        (["--state", "done", "--since", ""], "--since is empty"),
        (["--state", "done", "--until", ""], "--until is empty"),
        (["--state", "done", "--launch", ""], "--launch is empty, and would match every job; `analysis-jobs launches "),
    ],
)
def test_mistakes(shelf: Shelf, place, folder, capsys, words: list[str], said: str):
    key = shelf.done(["/in/a"], RATES)
    ended = command(capsys, "forget", *words, "--yes", *place, *folder)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"error: {said}")
    assert shelf.store.recorded([key])


def test_filters_that_no_job_fits_remove_nothing(shelf: Shelf, place, folder, capsys):
    shelf.done(["/in/a"], RATES)
    said = command(capsys, "forget", "--name", "none", "--yes", *place, *folder)
    assert (said.code, said.out) == (0, "0 of 0 jobs forgotten\n")


def test_in_a_bucket_that_cannot_be_written_nothing_goes(shelf: Shelf, place, folder, capsys, monkeypatch):
    key = shelf.done(["/in/a"], RATES)

    def refuse(_: object) -> None:
        raise InvalidInput("the bucket cannot be written")

    monkeypatch.setattr(type(shelf.bucket), "check", refuse)
    said = command(capsys, "forget", key, "--yes", *place, *folder)
    assert (said.code, said.err) == (2, "error: the bucket cannot be written\n")
    assert shelf.store.recorded([key]) and not list(shelf.store.history(key))
    assert command(capsys, "forget", key, "--yes", "--keep-results", *place, *folder).code == 0


def test_who_has_no_name_has_a_number(shelf: Shelf, place, folder, capsys, monkeypatch):
    key = shelf.done(["/in/a"], RATES)
    monkeypatch.delenv("CODEOCEAN_EMAIL", raising=False)
    monkeypatch.setattr("getpass.getuser", lambda: pwd.getpwuid(2**31 - 2).pw_name)
    assert command(capsys, "forget", key, "--yes", *place, *folder).code == 0
    assert [note["by"] for note in shelf.store.history(key)] == [f"user {os.getuid()}"]
