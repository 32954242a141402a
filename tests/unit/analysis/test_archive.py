"""The source files of an analysis as one file: the same bytes for the same code, and nothing else taken out of it."""

import gzip
import io
import json
import os
import tarfile
from pathlib import Path

import pytest
from support.samples import ANALYSIS, write_files

from analysis_jobs.analysis.archive import ArchivedCode, archive_of, code_of, read_archive
from analysis_jobs.analysis.source import DESCRIPTION, Source, locate
from analysis_jobs.shapes import Damaged

FILES = {
    "rates.py": "import helper\r\n" + ANALYSIS,
    "helper.py": "VALUE = 1\n",
    "other.py": "",
    "data.csv": "1,2",
    "tests/test_it.py": "",
}


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return locate(str(write_files(tmp_path / "lab", FILES) / "rates.py"))


def packed(members: dict[str, bytes | tarfile.TarInfo]) -> bytes:
    """Return an archive of contents by name, or of members as they are."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name) if isinstance(content, bytes) else content
            if isinstance(content, bytes):
                member.size = len(content)
            archive.addfile(member, io.BytesIO(content) if isinstance(content, bytes) else None)
    return out.getvalue()


def described(kind: str = "file", entry: str = "a.py") -> dict[str, bytes | tarfile.TarInfo]:
    return {DESCRIPTION: json.dumps({"kind": kind, "entry": entry}).encode()}


def test_exactly_what_the_digest_covers(source: Source):
    code = read_archive(archive_of(code_of(source)), source.digest())
    assert (code.kind, code.entry, set(code.files)) == ("file", "rates.py", {"rates.py", "helper.py"})
    assert code.files["rates.py"] == FILES["rates.py"].encode()  # as it ran, with its line ends
    assert code.digest() == source.digest()


def test_of_a_folder_without_its_tests_and_data(tmp_path: Path):
    source = locate(str(write_files(tmp_path / "lab", {**FILES, "analysis.py": ANALYSIS})))
    code = read_archive(archive_of(code_of(source)), source.digest())
    assert (code.kind, code.entry) == ("folder", "analysis.py")
    assert set(code.files) == {"analysis.py", "helper.py", "other.py", "rates.py"}


def test_the_same_bytes_wherever_and_whenever(source: Source, tmp_path: Path):
    copy = write_files(tmp_path / "elsewhere", dict(reversed(FILES.items())))
    os.utime(copy / "rates.py", (0, 0))
    (copy / "helper.py").chmod(0o755)
    archive = archive_of(code_of(locate(str(copy / "rates.py"))))
    assert archive == archive_of(code_of(source))
    assert archive[3:10] == b"\0\0\0\0\0\2\xff"  # no name, no time, no system
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        about = {(member.mtime, member.uid, member.uname, member.mode) for member in opened}
        assert about == {(0, 0, "", 0o644)}


def test_written_below_a_folder(tmp_path: Path):
    ArchivedCode("folder", "a/b.py", {"a/b.py": b"x"}).write(tmp_path / "new")
    assert (tmp_path / "new" / "a" / "b.py").read_bytes() == b"x"


def link(kind: bytes, target: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo("a.py")
    member.type, member.linkname = kind, target
    return member


def sparse() -> tarfile.TarInfo:
    """Return a file that is empty in the archive, and a hole of many bytes outside."""
    member = tarfile.TarInfo("a.py")
    size = str(10**15)
    member.pax_headers = {"GNU.sparse.name": "a.py", "GNU.sparse.size": size, "GNU.sparse.map": f"0,0,{size},0"}
    return member


@pytest.mark.parametrize(
    "members",
    [
        {"../a.py": b""},
        {"/a.py": b""},
        {"b/../../a.py": b""},
        {"./a.py": b""},
        {"a.py": link(tarfile.SYMTYPE, "/etc/passwd")},
        {"a.py": link(tarfile.LNKTYPE, "analysis.json")},
        {"a.py": link(tarfile.DIRTYPE, "")},
        {"a.py": link(tarfile.CHRTYPE, "")},
        {"a.py": sparse()},
        {"a.py": b"", "b.py": tarfile.TarInfo("a.py")},
    ],
    ids=[
        "above",
        "absolute",
        "above by detours",
        "odd",
        "a link",
        "a hard link",
        "a folder",
        "a device",
        "holes",
        "twice",
    ],
)
def test_nothing_but_files_within_a_folder(members: dict[str, bytes | tarfile.TarInfo]):
    with pytest.raises(Damaged, match="which is not a file of an analysis"):
        read_archive(packed({**described(), **members}), "0" * 64)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty file"),
        (b"no archive", "Not a gzipped file"),
        (gzip.compress(b"no tar"), "."),
        (packed({"a.py": b""}), "it is empty"),
        (packed({**described("egg"), "a.py": b""}), "of its description kind"),
        (packed({DESCRIPTION: b"[]", "a.py": b""}), "of its description it"),
        (packed({**described(entry="b.py"), "a.py": b""}), "its files are others"),
        (packed({**described(), "a.py": b"other"}), "its files are others"),
    ],
    ids=["empty", "no gzip", "no tar", "no description", "no kind", "no object", "another entry", "other content"],
)
def test_what_is_no_archive_of_the_digest(content: bytes, why: str):
    with pytest.raises(Damaged, match=f"sha256:{'0' * 64} is damaged: .*{why}"):
        read_archive(content, "0" * 64)


def test_cut_off(source: Source):
    archive = archive_of(code_of(source))
    for size in (5, 20, len(archive) // 2, len(archive) - 1):
        with pytest.raises(Damaged):
            read_archive(archive[:size], source.digest())


def test_one_that_would_fill_the_memory(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("analysis_jobs.analysis.archive.LARGEST_FOLDER", 1_000)
    with pytest.raises(Damaged, match="it is too large"):
        read_archive(gzip.compress(bytes(1_000_000)), "0" * 64)
