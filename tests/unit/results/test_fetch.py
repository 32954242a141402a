"""Copying results: checked, not twice, and over nothing that is there."""

import errno
import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from support.disks import windows_disk  # noqa: F401
from support.samples import write_files
from support.shelf import FILES, NAMES, command

from analysis_jobs.bucket.local import LocalBucket
from analysis_jobs.bucket.protocol import ResultFile
from analysis_jobs.errors import InvalidInput
from analysis_jobs.results.fetch import fetch, matching, result_lines


def content(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_get_whole_results(record, results_place, capsys, tmp_path: Path):
    target = tmp_path / "new" / "copy"
    said = command(capsys, "get", record["_id"], target, *results_place)
    assert said.out == f"8 of 8 files (4.0 MB) copied to {target}\n", said.err
    assert content(target) == FILES | {"analysis.log": "log of in\n"}
    again = command(capsys, "get", record["_id"], target, *results_place)
    assert again.out == f"0 of 8 files (0 bytes) copied to {target}, 8 already there\n"


def test_get_goes_on_where_it_ended(record, results_place, capsys, tmp_path: Path):
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "spikes.json").write_text(FILES["spikes.json"])
    lines = command(capsys, "get", record["_id"], tmp_path / "copy", "--json", *results_place).lines
    assert {line["path"] for line in lines if not line["copied"]} == {"spikes.json"}
    assert content(tmp_path / "copy") == FILES | {"analysis.log": "log of in\n"}
    assert all(Path(line["file"]).stat().st_size == line["size"] for line in lines)


def test_get_some(record, results_place, capsys, tmp_path: Path):
    command(capsys, "get", record["_id"], tmp_path / "copy", "--only", "*.png", "--only", "spikes*", *results_place)
    assert content(tmp_path / "copy").keys() == {"plots/a plot.png", "spikes.json"}
    none = command(capsys, "get", record["_id"], tmp_path / "copy", "--only", "*.PNG", *results_place)
    assert none.code == 2
    assert none.err.startswith("error: no file matches --only *.PNG; there are: ")


def test_get_overwrites_nothing(record, results_place, capsys, tmp_path: Path):
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "spikes.json").write_text("mine")
    said = command(capsys, "get", record["_id"], tmp_path / "copy", *results_place)
    assert (said.code, said.out) == (2, "")
    assert said.err == (
        f"error: {tmp_path / 'copy' / 'spikes.json'} exists with other content; remove it, or give another folder\n"
    )
    assert content(tmp_path / "copy") == {"spikes.json": "mine"}


@pytest.mark.parametrize("make", [Path.mkdir, lambda path: path.symlink_to("nowhere")])
def test_get_where_something_else_is(record, tmp_path: Path, make: Callable[[Path], None]):
    (tmp_path / "copy").mkdir()
    make(tmp_path / "copy" / "spikes.json")
    with pytest.raises(InvalidInput, match=r"spikes.json exists and is (not a file|a link)"):
        fetch(record, result_lines(record), tmp_path / "copy")


def test_get_into_a_file(record, results_place, capsys, tmp_path: Path):
    (tmp_path / "file").write_text("")
    said = command(capsys, "get", record["_id"], tmp_path / "file", *results_place)
    assert said.code == 2
    assert "cannot be written: " in said.err


def test_get_what_is_damaged(record, results_bucket, results_place, capsys, tmp_path: Path, request):
    results_bucket.put(record["location"], "spikes.json", b'{"unit": "X"}')
    said = command(capsys, "get", record["_id"], tmp_path / "copy", *results_place)
    assert said.code == 2
    assert "spikes.json at " in said.err
    assert "has another SHA-256 than its manifest says; `analysis-jobs fsck`, with the --outdir," in said.err
    assert not (tmp_path / "copy" / "spikes.json").exists()


def test_get_what_is_missing(record, results_bucket, results_place, capsys, tmp_path: Path):
    below = record["location"].rpartition(record["_id"])[2].strip("/")
    results_bucket.remove(record["_id"], [f"{below}/spikes.json".strip("/")])
    said = command(capsys, "get", record["_id"], tmp_path / "copy", *results_place)
    assert (said.code, "spikes.json is missing at " in said.err) == (2, True)
    (tmp_path / "copy" / "spikes.json").write_text(FILES["spikes.json"])
    assert command(capsys, "get", record["_id"], tmp_path / "copy", *results_place).code == 0


def test_names_of_a_manifest_that_lead_elsewhere(record, tmp_path: Path):
    (line, *_) = result_lines(record)
    with pytest.raises(InvalidInput, match="is not a name within the results"):
        fetch(record, [type(line)("../evil", 1, line.sha256)], tmp_path / "copy")
    assert not (tmp_path / "evil").exists()


def test_results_without_a_manifest(record, results_bucket, results_place, capsys, tmp_path: Path):
    """As the original wrapper left them."""
    results_bucket.remove(record["_id"], ["manifest.json"])
    lines = result_lines(record)
    assert [(line.path, line.sha256) for line in lines] == [(name, None) for name in NAMES]
    refused = command(capsys, "get", record["_id"], tmp_path / "copy", *results_place)
    assert refused.code == 2
    assert "can be checked, as it has no manifest.json that can be used; give --unchecked" in refused.err
    assert not (tmp_path / "copy").exists()
    listed = command(capsys, "files", record["_id"], *results_place)
    assert (listed.code, listed.err.startswith("warning: nothing at ")) == (0, True)
    said = command(capsys, "get", record["_id"], tmp_path / "copy", "--unchecked", *results_place)
    assert (said.code, said.err.startswith("warning: nothing at ")) == (0, True)
    assert content(tmp_path / "copy") == FILES | {"analysis.log": "log of in\n"}


def test_a_manifest_that_is_damaged(record, results_bucket, capsys, results_place, tmp_path: Path):
    results_bucket.put(results_bucket.location(record["_id"]), "manifest.json", b"[]")
    for words in (["get", record["_id"], tmp_path / "copy"], ["files", record["_id"]]):
        said = command(capsys, *words, *results_place)
        assert (said.code, "is damaged" in said.err) == (2, True)
    said = command(capsys, "get", record["_id"], tmp_path / "copy", "--unchecked", *results_place)
    assert (said.code, "can be checked" in said.err) == (0, True)
    assert content(tmp_path / "copy") == FILES | {"analysis.log": "log of in\n"}


def test_files_that_are_not_as_listed_are_named(record, results_bucket, capsys, results_place):
    place = record["location"].partition(record["_id"])[2].strip("/")
    results_bucket.remove(record["_id"], [f"{place}/empty.txt".strip("/")])
    results_bucket.put(record["location"], "spikes.json", b"other")
    said = command(capsys, "files", record["_id"], "--json", *results_place)
    assert said.code == 1
    assert {line["path"] for line in said.lines} == set(NAMES)
    assert said.err.startswith("warning: of these files, empty.txt is missing, spikes.json has 5 bytes; `analysis-jobs")


@pytest.mark.parametrize("name", ["plots", "plots/a plot.png", "spikes.json", ".unfinished"])
def test_a_link_in_the_folder_leads_nowhere_else(record, tmp_path: Path, name: str):
    """Neither one in the place of a folder, nor of a file, nor of what is on its way."""
    elsewhere, target = tmp_path / "elsewhere", tmp_path / "copy"
    write_files(elsewhere, {"mine.txt": "mine"})
    name = name.replace(".unfinished", f".unfinished-{hashlib.sha256(b'spikes.json').hexdigest()[:16]}")
    (target / name).parent.mkdir(parents=True)
    (target / name).symlink_to(elsewhere if name == "plots" else elsewhere / "mine.txt")
    lines = result_lines(record)
    if name.startswith(".unfinished"):
        fetch(record, lines, target)
    else:
        with pytest.raises(InvalidInput, match="exists and is a link, which may lead elsewhere; give another folder"):
            fetch(record, lines, target)
    assert content(elsewhere) == {"mine.txt": "mine"}


def test_a_folder_that_is_itself_a_link(record, tmp_path: Path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    assert len(fetch(record, result_lines(record), tmp_path / "link")) == len(NAMES)


def test_patterns():
    assert matching([], ["*"]) == []


def test_two_files_that_are_one_on_the_disk(tmp_path: Path, windows_disk: Path):  # noqa: F811
    folder, key = tmp_path / "bucket", "0" * 64
    files = write_files(tmp_path / "results", {"Unit.txt": "one", "unit.txt": "two", "a.txt": ""})
    bucket = LocalBucket(folder)
    bucket.publish(key, [ResultFile(path.name, path) for path in sorted(files.iterdir())], {"key": key})
    record = {"_id": key, "location": bucket.location(key)}
    with pytest.raises(InvalidInput, match=r"Unit.txt and unit.txt are one file in .*; give a folder on another disk"):
        fetch(record, result_lines(record), windows_disk / "copy")
    fetch(record, result_lines(record), tmp_path / "copy")
    assert content(tmp_path / "copy") == {"Unit.txt": "one", "unit.txt": "two", "a.txt": ""}


@pytest.mark.parametrize("results_bucket", ["local"], indirect=True)
def test_a_source_that_cannot_be_read_is_not_taken_for_the_copy(
    record, results_place, capsys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    source, copy = f"{record['location']}/spikes.json", shutil.copyfile

    def refuse(path: Path, target: Path) -> object:
        if str(path) != source:
            return copy(path, target)
        target.write_text("half")
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr(shutil, "copyfile", refuse)
    said = command(capsys, "get", record["_id"], tmp_path / "copy", "--only", "spikes*", *results_place)
    assert said.code == 2
    assert said.err.startswith(f"error: {source} cannot be read: Permission denied: {source} belongs to ")
    assert content(tmp_path / "copy") == {}


@pytest.mark.parametrize("results_bucket", ["local"], indirect=True)
def test_nothing_stays_of_a_copy_for_which_there_is_no_room(
    record, results_place, capsys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def refuse(path: Path, target: Path) -> object:
        target.write_text("half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path), None, str(target))  # as shutil says it

    monkeypatch.setattr(shutil, "copyfile", refuse)
    said = command(capsys, "get", record["_id"], tmp_path / "copy", "--only", "spikes*", *results_place)
    assert said.err.endswith("cannot be written: No space left on device; give another folder\n")
    assert content(tmp_path / "copy") == {}
