"""Options that several commands have: beginnings of keys, and their completion in a shell."""

import shutil
from pathlib import Path

import pytest
import typer
from support.shelf import Shelf, command
from support.terminals import shell

from analysis_jobs.cli.commands import app


def test_beginnings_of_keys(shelf: Shelf, place, capsys):
    keys = [shelf.done([f"in {number}"], {}) for number in range(20)]
    (first, second), *_ = [
        pair for pair in zip(sorted(keys), sorted(keys)[1:], strict=False) if pair[0][0] == pair[1][0]
    ]
    ended = command(capsys, "show", first[0], *place)
    assert ended.code == 2
    assert f"several jobs have a key {first[0]}...: {first}" in ended.err
    assert second in ended.err
    assert command(capsys, "show", first[:16], *place).code == 0


DECIDED = Path(__file__).parents[2] / "nf" / "data" / "decided" / "decisions.jsonl"
# What a command needs beside --store
WORDS: dict[str, list[str | Path]] = {
    "adopt": [DECIDED, "--withdraw", "--why", "it was moved"],
    "compare": ["--a", "tag=one", "--b", "tag=two"],
    "dispatch": ["--results-of", "rates", "--jobs", "jobs"],
    "explain": ["k"],
    "export": ["outputs.csv"],
    "files": ["k"],
    "forget": ["k"],
    "get": ["k", "there"],
    "history": ["k"],
    "logs": ["k"],
    "rerun": ["k", "--into", "there"],
    "show": ["k"],
}


def of_a_store() -> list[str]:
    commands = typer.main.get_command(app).commands.items()  # type: ignore[attr-defined]
    return [name for name, one in commands if any("--store" in option.opts for option in one.params)]


@pytest.mark.parametrize("name", [name for name in of_a_store() if name != "doctor"])  # which says it in a line
def test_a_misspelt_docdb_is_told_by_each_command(name: str, tmp_path: Path, capsys, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    ended = command(capsys, name, *WORDS.get(name, []), "--store", "docbd")
    assert (ended.code, list(tmp_path.iterdir())) == (2, [])
    assert ended.err.startswith(
        "error: there is no store docbd. Did you mean docdb, AIND's document database? Otherwise "
    )


def completed(text: str, *place: str) -> list[str]:
    """What bash offers after a beginning, by the completion that the program itself gives to it."""
    script = (
        'eval "$(_ANALYSIS_JOBS_COMPLETE=source_bash analysis-jobs)"; '
        'COMP_WORDS=("$@"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); '
        '_analysis_jobs_completion analysis-jobs; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    return shell(script, "analysis-jobs", *text.split(" ")).stdout.split()


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_completion_of_keys_and_states(shelf: Shelf, place):
    keys = sorted(shelf.done([f"in {number}"], {}) for number in range(3))
    options = " ".join(place)
    assert completed(f"show {options} ") == keys
    assert completed(f"show {options} {keys[0][:5]}") == [key for key in keys if key.startswith(keys[0][:5])]
    assert keys[1] in completed(f"explain {options} {keys[0]} ")
    assert completed(f"list {options} --state e") == ["empty", "expired"]
    assert completed("show --store nowhere.sqlite ") == [], "and no message in the middle of a line"
    assert {"list", "logs"} <= set(completed("l"))


@pytest.mark.parametrize(
    "words",
    [
        ["get", "KEY", ""],
        ["rerun", "KEY", "--into", ""],
        ["export", "KEY", "--crate", ""],
        ["dispatch", "--results-of", "rates", "--jobs", ""],
    ],
    ids=lambda words: words[0],
)
def test_a_folder_whose_variable_is_not_set_is_not_the_current_one(
    words: list[str], shelf: Shelf, place, capsys, tmp_path: Path, monkeypatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    key = shelf.done(["s3://in/a"], {"analysis_name": "rates"})
    refused = command(capsys, *(key if word == "KEY" else word for word in words), *place)
    assert refused.code == 2
    assert "it is empty; name a folder" in refused.err
    assert list((tmp_path / "here").iterdir()) == []


READING = [["rerun", "KEY", "--into", "there"], ["export", "KEY", "--crate", "there"], ["export", "all.parquet"]]


@pytest.mark.parametrize("words", READING, ids=[" ".join(words) for words in READING])
@pytest.mark.parametrize("bucket", ["nowhere", pytest.param("s3://nowhere/x", marks=pytest.mark.slow)])
def test_a_bucket_that_is_not_there_is_told_by_who_reads(
    words: list[str], bucket: str, shelf: Shelf, place, capsys, tmp_path: Path, monkeypatch, request
) -> None:
    if bucket.startswith("s3://"):
        for name, value in request.getfixturevalue("s3").environment.items():
            monkeypatch.setenv(name, value)
    key = shelf.done(["in"], {})
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    ended = command(capsys, *[key if word == "KEY" else word for word in words], *place, "--bucket", bucket)
    assert (ended.code, ended.out, list(Path().iterdir())) == (2, "", [])
    name = bucket.removesuffix("/x")
    assert ended.err.startswith(
        (f"error: there is no bucket {name!r}, as no folder", f"error: there is no bucket {name};")
    )
