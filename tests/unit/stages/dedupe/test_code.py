"""The code of a launch: out of its pack, and into the archive that is published."""

import tarfile
from pathlib import Path

import pytest
from support.packs import pack_files
from support.samples import ANALYSIS, write_files

from analysis_jobs.analysis.archive import read_archive
from analysis_jobs.analysis.source import locate
from analysis_jobs.stages.dedupe.code import archive_code, export_code, unpacked

FILES = {"my lab/units.py": ANALYSIS, "my lab/sub/é.py": "1"}


def test_a_file_is_where_its_siblings_are(tmp_path: Path) -> None:
    pack = pack_files(tmp_path / "code.zip", FILES, named="my lab/units.py")
    assert unpacked(pack, tmp_path / "here") == tmp_path / "here" / "my lab" / "units.py"
    assert (tmp_path / "here" / "my lab" / "sub" / "é.py").read_text() == "1"


def test_a_folder_keeps_its_name(tmp_path: Path) -> None:
    assert unpacked(pack_files(tmp_path / "code.zip", FILES), tmp_path / "here") == tmp_path / "here" / "my lab"


def test_a_pack_becomes_the_same_code_as_what_lies_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(tmp_path / "lab", {"units.py": "import helper\n" + ANALYSIS, "helper.py": "", "other.py": ""})
    files = {f"lab/{path.name}": path.read_text() for path in (tmp_path / "lab").iterdir()}
    pack = pack_files(tmp_path / "code.zip", files, named="lab/units.py")
    digests = []
    for number, packed in enumerate((None, pack)):
        folder = tmp_path / str(number)
        folder.mkdir()
        monkeypatch.chdir(folder)
        digests.append(
            export_code(str(unpacked(packed, Path("analysis")) if packed else tmp_path / "lab" / "units.py")).digest()
        )
        with tarfile.open("code.tar") as archive:
            assert archive.getnames() == ["code/analysis.json", "code/source/helper.py", "code/source/units.py"]
    assert digests[0] == digests[1]
    assert (tmp_path / "0" / "code.tar").read_bytes() == (tmp_path / "1" / "code.tar").read_bytes()


def archived(folder: Path, source: str, *, wanted: bool = True) -> bytes:
    write_files(folder, {"units.py": source})
    archive_code(locate(str(folder / "units.py")), folder / "sources.tar.gz", wanted=wanted)
    return (folder / "sources.tar.gz").read_bytes()


def test_what_is_published_of_the_code(tmp_path: Path) -> None:
    archive = archived(tmp_path, ANALYSIS)
    code = read_archive(archive, locate(str(tmp_path / "units.py")).digest())
    assert code.files == {"units.py": ANALYSIS.encode()}


def test_nothing_where_it_is_not_wanted(tmp_path: Path) -> None:
    assert archived(tmp_path, ANALYSIS, wanted=False) == b""


@pytest.mark.parametrize(
    ("secret", "what"),
    [
        ("hunter2-hunter2", "the value of the environment variable LAB_TOKEN"),
        ("https://me:hunter3@lab.org/x", "an address with a login or a signature"),
    ],
)
def test_nothing_where_a_secret_stands_in_it(
    secret: str, what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("LAB_TOKEN", "hunter2-hunter2")
    assert archived(tmp_path, f"{ANALYSIS}\nWHERE = '{secret}'\n") == b""
    (line,) = (record.getMessage() for record in caplog.records)
    assert line.startswith(f"the code is not published with the results, as units.py holds {what}; take it out")
    assert secret not in line
