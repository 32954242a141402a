"""Files of results, in a local folder and in S3: listing, opening, copying."""

import errno
import hashlib
import json
import os
from pathlib import Path

import pytest
from support.shelf import FILES, NAMES, command

from analysis_jobs import list_results_files, open_result
from analysis_jobs.bucket.opening import open_bucket
from analysis_jobs.errors import InvalidInput
from analysis_jobs.results.fetch import fetch, result_lines


def test_all_files_are_listed_but_what_the_pipeline_adds(record):
    assert list_results_files(record) == [f"{record['location']}/{name}" for name in NAMES]


def test_text_and_bytes(record):
    with open_result(record, "spikes.json") as text:
        assert json.load(text) == {"unit": "ü"}
    with open_result(record, "spikes.json", encoding="latin-1") as text:
        assert text.read() == '{"unit": "Ã¼"}'
    with open_result(record, "large.bin.txt", "rb") as file:
        file.seek(-5, 2)
        assert file.read() == b"56789"
        file.seek(2_000_000)
        assert file.read(3) == b"012"
    for name in ("empty.txt", "odd #?%41&+ü.txt"):
        with open_result(record, name) as text:
            assert text.read() == FILES[name]
    with open_result(record, "sub/manifest.json", "rt") as text:
        assert list(text) == ["the user's own"]


def test_what_is_not_there(record):
    with pytest.raises(FileNotFoundError) as caught:
        open_result(record, "spike.json")
    assert str(caught.value) == f"there is no file 'spike.json' at {record['location']}; there are: {', '.join(NAMES)}"
    with pytest.raises(FileNotFoundError, match="there is no file 'plots'"):
        open_result(record, "plots")
    gone = {**record, "location": f"{record['location'].rpartition('/')[0]}/gone"}
    with pytest.raises(FileNotFoundError, match=r"there is nothing at .*gone; if the bucket was moved, give"):
        open_result(gone, "spikes.json")
    assert list_results_files(gone) == []


@pytest.mark.parametrize("name", ["", "../x", "a/../../x", "/etc/passwd", "..", "a\0b"])
def test_names_that_lead_elsewhere(record, name):
    with pytest.raises(InvalidInput, match=r"is not a name within the results; give one such as 'plots/rates\.png'"):
        open_result(record, name)


def test_a_link_that_leads_elsewhere(record, tmp_path: Path):
    if record["location"].startswith("s3://"):
        pytest.skip("S3 has no links")
    (tmp_path / "secret").write_text("x")
    Path(record["location"], "link").symlink_to(tmp_path / "secret")
    with pytest.raises(InvalidInput, match="'link' leads out of"):
        open_result(record, "link")


def test_nobody_waits_for_a_pipe(record):
    if record["location"].startswith("s3://"):
        pytest.skip("S3 has no pipes")
    path = Path(record["location"], "empty.txt")
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(InvalidInput, match=r"/empty\.txt cannot be read: it is a pipe, not a file; remove it$"):
        open_result(record, "empty.txt")
    with pytest.raises(InvalidInput, match=r"/empty\.txt cannot be read: it is a pipe, not a file"):
        fetch(record, result_lines(record), Path(record["location"]).with_name("copy"))


@pytest.mark.parametrize("mode", ["w", "r+", "a", "x", ""])
def test_results_are_only_read(record, mode):
    with pytest.raises(InvalidInput, match="results can only be read; give 'r' for text or 'rb' for bytes"):
        open_result(record, "spikes.json", mode)


def test_a_bucket_that_is_not_there(record, results_place, capsys):
    gone = {**record, "location": f"{record['location'].partition('results-')[0]}no-bucket/{record['_id']}"}
    assert list_results_files(gone) == []
    with pytest.raises(FileNotFoundError, match="there is nothing at "):
        open_result(gone, "spikes.json")
    with pytest.raises(InvalidInput, match="there is nothing at "):
        result_lines(gone)


def test_wrong_credentials(record, monkeypatch):
    if not record["location"].startswith("s3://"):
        pytest.skip("of S3")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    with pytest.raises(InvalidInput, match=r"cannot be read \(.*\); check the AWS credentials"):
        open_result(record, "spikes.json")


# The commands


def test_files(record, results_place, capsys):
    key = record["_id"]
    lines = command(capsys, "files", key[:8], "--json", *results_place).lines
    assert {line["path"]: line["sha256"] for line in lines} == {
        name: hashlib.sha256((FILES | {"analysis.log": "log of in\n"})[name].encode()).hexdigest() for name in NAMES
    }
    assert {line["location"] for line in lines} == set(list_results_files(record))
    rows = command(capsys, "files", key, *results_place).rows
    assert {row["path"]: (int(row["size"]), row["sha256"]) for row in rows} == {
        line["path"]: (line["size"], line["sha256"]) for line in lines
    }


def test_logs(record, results_place, capsys):
    assert command(capsys, "logs", record["_id"][:7], *results_place).out == "log of in\n"
    (line,) = command(capsys, "logs", record["_id"], "--json", *results_place).lines
    assert line == {"key": record["_id"], "log": "log of in\n", "error": None}


def test_show(record, results_place, capsys):
    said = command(capsys, "show", record["_id"][:7], *results_place)
    assert said.out.splitlines()[:4] == [
        f"key:           {record['_id']}",
        "label:         in",
        "state:         done",
        "analysis:      rates",
    ]
    assert "files:         8, 4.0 MB" in said.out.splitlines()
    (found,) = command(capsys, "show", record["_id"], "--json", *results_place).lines
    assert (found["record"], len(found["files"]), found["state"]["state"]) == (record, 8, "done")


# A bucket that was moved


@pytest.fixture
def moved(record, tmp_path: Path) -> str:
    """The local folder that the bucket is in now: a whole OUTDIR that was renamed, or what `aws s3 sync` made."""
    target = tmp_path / "elsewhere" / "analyses"
    if record["location"].startswith("s3://"):
        fetch(record, result_lines(record), target / record["_id"] / Path(record["location"]).name)
        manifest = open_bucket(record["location"].rpartition(f"/{record['_id']}")[0]).manifest(record["_id"])
        (target / record["_id"] / "manifest.json").write_text(json.dumps(manifest))
    else:
        target.parent.mkdir()
        (tmp_path / "analyses").rename(target)
    return str(target)


def test_reading_from_a_bucket_that_was_moved(record, moved, results_place, capsys, tmp_path: Path):
    assert len(list_results_files(record, moved)) == len(NAMES)
    with open_result(record, "spikes.json", bucket=moved) as text:
        assert json.load(text) == {"unit": "ü"}
    said = command(capsys, "get", record["_id"], tmp_path / "copy", "--bucket", moved, *results_place)
    assert said.out.startswith("8 of 8 files"), said.err
    assert command(capsys, "logs", record["_id"], "--bucket", moved, *results_place).out == "log of in\n"


def test_an_outdir_that_was_moved(record, moved, results_place, capsys, tmp_path: Path):
    if record["location"].startswith("s3://"):
        pytest.skip("its files are still there")
    gone = command(capsys, "logs", record["_id"], *results_place)
    assert gone.code == 2
    assert gone.err.endswith("if the bucket was moved, give --bucket (in Python bucket=)\n")
    assert command(capsys, "files", record["_id"], *results_place).err.endswith(
        "if the bucket was moved, give --bucket (in Python bucket=)\n"
    )
    shown = command(capsys, "show", record["_id"], *results_place)
    assert (shown.code, shown.err.startswith("warning: there is nothing at ")) == (0, True)
    found = command(capsys, "logs", record["_id"], "--outdir", tmp_path / "elsewhere", *results_place)
    assert (found.code, found.out) == (0, "log of in\n")


def test_a_relative_place(record, tmp_path: Path, monkeypatch):
    if record["location"].startswith("s3://"):
        pytest.skip("of folders")
    monkeypatch.chdir(tmp_path)
    place = {**record, "location": f"analyses/{record['_id']}"}
    assert list_results_files(place) == [f"analyses/{record['_id']}/{name}" for name in NAMES]
    assert list_results_files(record, "./analyses") == [f"./{name}" for name in list_results_files(place)]
    with open_result(place, "spikes.json") as text:
        assert json.load(text) == {"unit": "ü"}


@pytest.mark.parametrize("results_bucket", ["local"], indirect=True)
def test_a_log_that_cannot_be_read(record, results_place, capsys, monkeypatch: pytest.MonkeyPatch):
    path = f"{record['location']}/analysis.log"
    opened = Path.open

    def refuse(one: Path, *arguments, **options):
        if str(one) == path:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        return opened(one, *arguments, **options)

    monkeypatch.setattr(Path, "open", refuse)
    said = command(capsys, "logs", record["_id"], *results_place)
    assert said.code == 2
    assert said.err.startswith(f"error: {path} cannot be read: Permission denied: {path} belongs to ")
    assert said.err.count("\n") == 1
