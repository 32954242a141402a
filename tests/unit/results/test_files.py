"""Files of results, in a local folder and in S3: listing, opening, copying."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fakes.s3 import S3Server
from support.shelf import Shelf, command

from analysis_jobs import list_results_files, open_result
from analysis_jobs.bucket.opening import open_bucket
from analysis_jobs.bucket.protocol import Bucket
from analysis_jobs.errors import InvalidInput
from analysis_jobs.results.fetch import fetch, matching, result_lines
from analysis_jobs.store.opening import open_store

FILES = {
    "spikes.json": '{"unit": "ü"}',
    "plots/a plot.png": "\x89PNG",
    "sub/manifest.json": "the user's own",
    ".hidden.txt": "h",
    "empty.txt": "",
    "odd #?%41&+ü.txt": "odd",
    "large.bin.txt": "0123456789" * 400_000,
}
NAMES = sorted([*FILES, "analysis.log"])


@pytest.fixture(params=["local", "s3"])
def bucket(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    if request.param == "local":
        return open_bucket(str(tmp_path / "analyses"))
    s3: S3Server = request.getfixturevalue("s3")
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    name = f"results-{hashlib.sha256(str(tmp_path).encode()).hexdigest()[:10]}"
    return open_bucket(f"s3://{s3.make_bucket(name)}/some/prefix")


@pytest.fixture
def shelf(bucket: Bucket, tmp_path: Path) -> Shelf:
    return Shelf(open_store(str(tmp_path / "records.sqlite")), bucket, tmp_path / "results of jobs")


@pytest.fixture
def record(shelf: Shelf) -> dict[str, Any]:
    key = shelf.done(["in"], {"analysis_name": "rates"}, files=FILES)
    return shelf.store.records([key])[key]


@pytest.fixture
def place(tmp_path: Path, shelf: Shelf) -> list[str]:
    return ["--store", str(tmp_path / "records.sqlite")]


def content(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


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
    with pytest.raises(InvalidInput, match=r"is no name within the results; give one such as 'plots/rates\.png'"):
        open_result(record, name)


def test_a_link_that_leads_elsewhere(record, tmp_path: Path):
    if record["location"].startswith("s3://"):
        pytest.skip("S3 has no links")
    (tmp_path / "secret").write_text("x")
    Path(record["location"], "link").symlink_to(tmp_path / "secret")
    with pytest.raises(InvalidInput, match="'link' leads out of"):
        open_result(record, "link")


@pytest.mark.parametrize("mode", ["w", "r+", "a", "x", ""])
def test_results_are_only_read(record, mode):
    with pytest.raises(InvalidInput, match="results are only read; give 'r' for text or 'rb' for bytes"):
        open_result(record, "spikes.json", mode)


def test_a_bucket_that_is_not_there(record, place, capsys):
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


def test_files(record, place, capsys):
    key = record["_id"]
    lines = command(capsys, "files", key[:8], "--json", *place).lines
    assert {line["path"]: line["sha256"] for line in lines} == {
        name: hashlib.sha256((FILES | {"analysis.log": "log of in\n"})[name].encode()).hexdigest() for name in NAMES
    }
    assert {line["location"] for line in lines} == set(list_results_files(record))
    rows = command(capsys, "files", key, *place).rows
    assert {row["path"]: (int(row["size"]), row["sha256"]) for row in rows} == {
        line["path"]: (line["size"], line["sha256"]) for line in lines
    }


def test_get_whole_results(record, place, capsys, tmp_path: Path):
    target = tmp_path / "new" / "copy"
    said = command(capsys, "get", record["_id"], target, *place)
    assert said.out == f"8 of 8 files (4.0 MB) copied to {target}\n", said.err
    assert content(target) == FILES | {"analysis.log": "log of in\n"}
    again = command(capsys, "get", record["_id"], target, *place)
    assert again.out == f"0 of 8 files (0 bytes) copied to {target}, 8 were there\n"


def test_get_goes_on_where_it_ended(record, place, capsys, tmp_path: Path):
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "spikes.json").write_text(FILES["spikes.json"])
    lines = command(capsys, "get", record["_id"], tmp_path / "copy", "--json", *place).lines
    assert {line["path"] for line in lines if not line["copied"]} == {"spikes.json"}
    assert content(tmp_path / "copy") == FILES | {"analysis.log": "log of in\n"}
    assert all(Path(line["file"]).stat().st_size == line["size"] for line in lines)


def test_get_some(record, place, capsys, tmp_path: Path):
    command(capsys, "get", record["_id"], tmp_path / "copy", "--only", "*.png", "--only", "spikes*", *place)
    assert content(tmp_path / "copy").keys() == {"plots/a plot.png", "spikes.json"}
    none = command(capsys, "get", record["_id"], tmp_path / "copy", "--only", "*.PNG", *place)
    assert none.code == 2
    assert none.err.startswith("error: no file matches --only *.PNG; there are: ")


def test_get_overwrites_nothing(record, place, capsys, tmp_path: Path):
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "spikes.json").write_text("mine")
    said = command(capsys, "get", record["_id"], tmp_path / "copy", *place)
    assert (said.code, said.out) == (2, "")
    assert said.err == (
        f"error: {tmp_path / 'copy' / 'spikes.json'} is there with another content; remove it, or give another folder\n"
    )
    assert content(tmp_path / "copy") == {"spikes.json": "mine"}


@pytest.mark.parametrize("make", [Path.mkdir, lambda path: path.symlink_to("nowhere")])
def test_get_where_something_else_is(record, tmp_path: Path, make: Callable[[Path], None]):
    (tmp_path / "copy").mkdir()
    make(tmp_path / "copy" / "spikes.json")
    with pytest.raises(InvalidInput, match=r"spikes.json is there and is (not a file|a link)"):
        fetch(record, result_lines(record), tmp_path / "copy")


def test_get_into_a_file(record, place, capsys, tmp_path: Path):
    (tmp_path / "file").write_text("")
    said = command(capsys, "get", record["_id"], tmp_path / "file", *place)
    assert said.code == 2
    assert "cannot be written: " in said.err


def test_get_what_is_damaged(record, bucket, place, capsys, tmp_path: Path, request):
    bucket.put(record["location"], "spikes.json", b'{"unit": "X"}')
    said = command(capsys, "get", record["_id"], tmp_path / "copy", *place)
    assert said.code == 2
    assert "spikes.json at " in said.err
    assert "has another SHA-256 than its manifest says; `analysis-jobs fsck` says what else is damaged" in said.err
    assert not (tmp_path / "copy" / "spikes.json").exists()


def test_get_what_is_missing(record, bucket, place, capsys, tmp_path: Path):
    below = record["location"].rpartition(record["_id"])[2].strip("/")
    bucket.remove(record["_id"], [f"{below}/spikes.json".strip("/")])
    said = command(capsys, "get", record["_id"], tmp_path / "copy", *place)
    assert (said.code, "spikes.json is missing at " in said.err) == (2, True)
    (tmp_path / "copy" / "spikes.json").write_text(FILES["spikes.json"])
    assert command(capsys, "get", record["_id"], tmp_path / "copy", *place).code == 0


def test_names_of_a_manifest_that_lead_elsewhere(record, tmp_path: Path):
    (line, *_) = result_lines(record)
    with pytest.raises(InvalidInput, match="is no name within the results"):
        fetch(record, [type(line)("../evil", 1, line.sha256)], tmp_path / "copy")
    assert not (tmp_path / "evil").exists()


def test_results_without_a_manifest(record, bucket, place, capsys, tmp_path: Path):
    """As the original wrapper left them."""
    bucket.remove(record["_id"], ["manifest.json"])
    lines = result_lines(record)
    assert [(line.path, line.sha256) for line in lines] == [(name, None) for name in NAMES]
    assert command(capsys, "get", record["_id"], tmp_path / "copy", *place).code == 0
    assert content(tmp_path / "copy") == FILES | {"analysis.log": "log of in\n"}


def test_logs(record, place, capsys):
    assert command(capsys, "logs", record["_id"][:7], *place).out == "log of in\n"
    (line,) = command(capsys, "logs", record["_id"], "--json", *place).lines
    assert line == {"key": record["_id"], "log": "log of in\n", "error": None}


def test_show(record, place, capsys):
    said = command(capsys, "show", record["_id"][:7], *place)
    assert said.out.splitlines()[:3] == [
        f"key:           {record['_id']}",
        "state:         done",
        "analysis:      rates",
    ]
    assert "files:         8, 4.0 MB" in said.out.splitlines()
    (found,) = command(capsys, "show", record["_id"], "--json", *place).lines
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


def test_reading_from_a_bucket_that_was_moved(record, moved, place, capsys, tmp_path: Path):
    assert len(list_results_files(record, moved)) == len(NAMES)
    with open_result(record, "spikes.json", bucket=moved) as text:
        assert json.load(text) == {"unit": "ü"}
    said = command(capsys, "get", record["_id"], tmp_path / "copy", "--bucket", moved, *place)
    assert said.out.startswith("8 of 8 files"), said.err
    assert command(capsys, "logs", record["_id"], "--bucket", moved, *place).out == "log of in\n"


def test_an_outdir_that_was_moved(record, moved, place, capsys, tmp_path: Path):
    if record["location"].startswith("s3://"):
        pytest.skip("its files are still there")
    gone = command(capsys, "logs", record["_id"], *place)
    assert gone.code == 2
    assert gone.err.endswith("if the bucket was moved, give --bucket (in Python bucket=)\n")
    assert command(capsys, "files", record["_id"], *place).err.endswith(
        "if the bucket was moved, give --bucket (in Python bucket=)\n"
    )
    shown = command(capsys, "show", record["_id"], *place)
    assert (shown.code, shown.err.startswith("warning: there is nothing at ")) == (0, True)
    found = command(capsys, "logs", record["_id"], "--outdir", tmp_path / "elsewhere", *place)
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


def test_patterns():
    assert matching([], ["*"]) == []
