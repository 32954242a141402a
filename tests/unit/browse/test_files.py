"""Files of results: which there are, and how they are sent."""

from pathlib import Path

import pytest
from support.shelf import Shelf

from analysis_jobs.browse.files import Files, KnownRecord, blocks, headers_of, is_figure, is_text
from analysis_jobs.errors import InvalidInput

from .conftest import Browsed


def record(browsed: Browsed, name: str = "701001 0.002"):
    return browsed.desk.catalog.documents(browsed.keys[name])[0]


@pytest.mark.parametrize(
    ("name", "kind", "is_saved"),
    [
        ("a.png", "image/png", False),
        ("plots/A.JPG", "image/jpeg", False),
        ("a.svg", "image/svg+xml", True),
        ("a.html", "application/octet-stream", True),
        ("a.pdf", "application/octet-stream", True),
        ("a.png.html", "application/octet-stream", True),
        ("png", "application/octet-stream", True),
        ("a.js", "application/octet-stream", True),
        ("a.xml", "application/octet-stream", True),
    ],
)
def test_no_file_is_a_page(name: str, kind: str, is_saved: bool) -> None:
    headers = headers_of(name, 3)
    assert (headers["content-type"], "content-disposition" in headers) == (kind, is_saved)
    assert headers["content-security-policy"].endswith("sandbox")


def test_names_do_not_end_a_header() -> None:
    disposition = headers_of('sub/a"\r\nset-cookie: x; ü.csv', 1)["content-disposition"]
    assert disposition == "attachment; filename*=UTF-8''a%22%0D%0Aset-cookie%3A%20x%3B%20%C3%BC.csv"


def test_kinds() -> None:
    assert [name for name in ("a.PNG", "b.svg", "c.csv", "d") if is_figure(name)] == ["a.PNG", "b.svg"]
    assert [name for name in ("a.PNG", "analysis.log", "c.csv", "d") if is_text(name)] == ["analysis.log", "c.csv"]


def test_the_files_of_a_job(browsed: Browsed) -> None:
    files = Files(browsed.folder, None)
    listed = files.of(record(browsed))
    assert {line.path for line in listed.figures} == {"rates.png", "plots/waveform.png"}
    assert files.of(record(browsed)) is listed
    assert files.of_each([record(browsed)] * 3) == [listed] * 3
    file, size = files.open(record(browsed), "units.csv")
    assert len(b"".join(blocks(file))) == size
    assert file.closed
    assert files.text(record(browsed), "units.csv", 4) == "unit"
    assert files.text(record(browsed), "units.csv", 4, end=True) == "0.4\n"


def test_results_that_are_not_there(tmp_path: Path) -> None:
    files = Files(tmp_path, None)
    gone = {"_id": "k", "location": str(tmp_path / "nowhere" / "k")}
    assert "there is nothing at" in files.of(gone).problem
    with pytest.raises(FileNotFoundError):
        files.open(gone, "a.png")


def test_a_file_that_is_shorter_than_it_was(shelf: Shelf, tmp_path: Path) -> None:
    """Its length would have been promised before it is sent."""
    key = shelf.done(["in"], {"analysis_name": "rates"}, files={"a.txt": "whole"})
    of_job, files = shelf.store.records([key])[key], Files(tmp_path, None)
    assert files.text(of_job, "a.txt") == "whole"
    (tmp_path / "analyses" / key / "a.txt").write_bytes(b"who")
    with pytest.raises(
        InvalidInput, match=r"^'a\.txt' has 3 bytes, and had 5 when it was published; `analysis-jobs fsck`"
    ):
        files.open(of_job, "a.txt")


def test_a_picture_that_is_none_has_no_small_version(browsed: Browsed, monkeypatch: pytest.MonkeyPatch) -> None:
    files = Files(browsed.folder, None)
    assert files.thumbnail(KnownRecord(record(browsed)), "units.csv") is None
    assert (files.thumbnail(KnownRecord(record(browsed)), "rates.png") or b"")[:4] == b"RIFF"
    monkeypatch.setattr("analysis_jobs.browse.files.LARGEST_IMAGE", 10)
    assert files.thumbnail(KnownRecord(record(browsed)), "plots/waveform.png") is None
    monkeypatch.undo()
    monkeypatch.setattr("PIL.Image.MAX_IMAGE_PIXELS", 1)  # Pillow refuses pictures far beyond its bound by itself
    assert Files(browsed.folder, None).thumbnail(KnownRecord(record(browsed)), "rates.png") is None
