"""Which jobs are wanted and which result is the newest: the same answer to the command and to a notebook."""

import json
from pathlib import Path
from typing import Any

import pytest
from support.samples import Connect
from support.shelf import Shelf, command

from analysis_jobs import get_docdb_records_partial, load_outputs
from analysis_jobs.jobs.key import job_key, key_parts
from analysis_jobs.store.adopt import adopt

RATES = {"analysis_name": "rates", "cutoff": 0.5, "filter": {"order": 3}, "a.b": "0.10"}


def record(key: str, ended: str = "", **process: Any) -> dict[str, Any]:
    """A record of somebody else's, who named the process otherwise than the analysis."""
    code = {"url": "https://host/code", "version": "1", "input_data": [{"url": "s3://in/a/"}], "parameters": {}}
    code |= process.pop("code", {})
    processes = [{"name": "process", "end_date_time": ended, **process, "code": code}]
    return {"_id": key, "location": f"s3://out/{key}", "processing": {"data_processes": processes}}


def of_command(capsys: pytest.CaptureFixture[str], *words: object) -> list[str]:
    return [line["key"] for line in command(capsys, "list", "--json", *words).lines]


def of_notebook(place: list[str], **options: Any) -> list[str]:
    return [record["_id"] for record in get_docdb_records_partial(store=place[1], **options)]


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ([], {}),
        (["--latest"], {"latest_only": True}),
        (["--name", "rates"], {"analysis_name": "rates"}),
        (["--name", "rates", "--latest"], {"analysis_name": "rates", "latest_only": True}),
        (["--parameter", "cutoff=0.5"], {"parameters": {"cutoff": 0.5}}),
        (["--parameter", "filter.order=3.0"], {"parameters": {"filter.order": 3}}),
        (["--parameter", 'filter={"order": 3}'], {"parameters": {"filter": {"order": 3}}}),
        (["--parameter", "a.b=0.10"], {"parameters": {"a.b": "0.10"}}),
        (["--parameter", "cutoff=NaN"], {"parameters": {"cutoff": "NaN"}}),
        (["--input", "s3://in/a"], {"input_data_locations": ["s3://in/a/"]}),
        (["--input", "s3://in/a", "--input", "s3://in/b"], {"input_data_locations": ["s3://in/b", "s3://in/a"]}),
    ],
)
def test_one_meaning(shelf: Shelf, place, capsys, words, options):
    for number, code in enumerate(("sha256:c0de", "sha256:n3w", "version:3")):
        for inputs in (["s3://in/a"], ["s3://in/b", "s3://in/a"]):
            shelf.done(inputs, RATES, ended=f"2026-01-0{number + 1}T00:00:00+00:00", code=code)
    shelf.done(["s3://in/a"], {"analysis_name": "spikes"})
    keys = of_command(capsys, *words, *place)
    assert keys == of_notebook(place, **options)
    assert len(keys) == {0: 7, 1: 3}.get(len(words), len(keys))


def test_the_name_is_the_analysis_name(connect: Connect, place, capsys):
    """That of the process only where there is no other."""
    connect().insert([record("named", code={"parameters": {"analysis_name": "rates"}}), record("other")])
    for name, keys in {"rates": ["named"], "process": ["other"]}.items():
        assert of_command(capsys, "--name", name, *place) == of_notebook(place, analysis_name=name) == keys


def test_the_newest_by_its_time(connect: Connect, place, capsys):
    """Wherever the clock stood, and by the key where two are of one moment."""
    times = {
        "c": "2026-01-01T23:00:00-05:00", "d": "2026-01-02T03:30:00Z", "a": "2026-01-02T03:30:00+00:00", "b": "no time",
    }  # fmt: skip
    connect().insert([record(key, ended) for key, ended in times.items()])
    assert of_command(capsys, *place) == of_notebook(place) == ["c", "a", "d", "b"]
    assert of_command(capsys, "--latest", *place) == of_notebook(place, latest_only=True) == ["c"]


def test_nothing_replaces_a_result_of_another_analysis(connect: Connect, place, capsys):
    """Also where its parameters do not say of which it is; nor what names no inputs."""
    some = {"a": {"name": "rates"}, "b": {"name": "spikes"}, "c": {"code": {"input_data": []}}}
    connect().insert([record(key, **process) for key, process in some.items()])
    connect().insert([record("d", name="spikes"), record("e", code={"input_data": []})])
    assert len(of_command(capsys, *place)) == 5
    assert of_command(capsys, "--latest", *place) == of_notebook(place, latest_only=True) == ["a", "b", "c", "e"]


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"code_url": "https://host/code"}, ["a"]),
        ({"code_url": ""}, []),
        ({"code_version": "1"}, ["a", "b"]),
        ({"code_version": "2"}, []),
    ],
)
def test_code_of_records(connect: Connect, place, options, found):
    connect().insert([record("a"), record("b", code={"url": None})])
    assert of_notebook(place, **options) == found


def test_documents_of_others_are_no_records(connect: Connect, place):
    connect().insert([{"_id": "foreign", "location": "/nowhere"}])
    assert of_notebook(place) == []


def test_an_adopted_result_is_one_result(shelf: Shelf, place, capsys, tmp_path: Path):
    """Of the job that has it and of those that adopted it, which may come first."""
    old = shelf.done(["in"], RATES, {"n": 1})
    for number in range(4):
        parts = key_parts(["in"], RATES, f"sha256:n3w{number}")
        adopt([{"key": job_key(parts), "parts": parts, "older": [old]}], shelf.store, "me", "only a comment")
    assert len(of_command(capsys, *place)) == 5
    assert len(of_command(capsys, "--latest", *place)) == 1
    for words in ([], ["--latest"]):
        assert command(capsys, "export", tmp_path / "out.csv", *words, *place).code == 0
        (_, line) = (tmp_path / "out.csv").read_text().splitlines()
        assert line.startswith(old)
    assert list(load_outputs(True, store=place[1])["key"]) == [old]


def test_what_is_wanted_may_be_a_text_or_json(shelf: Shelf, place, capsys):
    keys = {json.dumps(value): shelf.done(["in"], {"x": value}) for value in ("1", 1, "true", True, "NaN", None)}
    for text, values in {"1": ['"1"', "1"], "true": ['"true"', "true"], "NaN": ['"NaN"'], "null": ["null"]}.items():
        found = of_command(capsys, "--parameter", f"x={text}", *place)
        assert sorted(found) == sorted(keys[value] for value in values)
