"""The code of a launch, out of its pack."""

import tarfile
from pathlib import Path

import pytest
from support.packs import pack_files
from support.samples import ANALYSIS, write_files

from analysis_jobs.stages.dedupe.code import export_code, unpacked

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
        digests.append(export_code(str(tmp_path / "lab" / "units.py"), packed).digest())
        with tarfile.open("code.tar") as archive:
            assert archive.getnames() == ["code/analysis.json", "code/source/helper.py", "code/source/units.py"]
    assert digests[0] == digests[1]
    assert (tmp_path / "0" / "code.tar").read_bytes() == (tmp_path / "1" / "code.tar").read_bytes()
