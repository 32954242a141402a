"""The source files of an archive under the names that they had, and what cannot run without what lay around it."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest
from support.samples import ANALYSIS, run_python, write_files

from analysis_jobs.analysis.archive import ArchivedCode, code_of
from analysis_jobs.analysis.source import exported_source, locate
from analysis_jobs.errors import InvalidInput
from analysis_jobs.published.unpacking import unpacked_source

LOAD = """
import sys
from pathlib import Path
from analysis_jobs.analysis.loading import load_exported
from analysis_jobs.analysis.source import locate

try:
    locate("my_lab.sub")  # as `rerun` looks for the installed one first
except Exception:
    pass
loaded = load_exported(Path(sys.argv[1]))
print(loaded.name, loaded.run(None, loaded.specification(), Path(".")).value, loaded.module.__file__)
"""
MODULE = f"from my_lab import Y\nfrom .deep.x import X\n{ANALYSIS.replace('0.5', 'X + Y')}"
PACKAGE = {
    "my_lab/__init__.py": "Y = 3",
    "my_lab/units.py": MODULE,
    "my_lab/deep/__init__.py": "",
    "my_lab/deep/x.py": "X = 1",
    "my_lab/unrelated.py": "raise SystemExit",
}
INNER = {
    "my_lab/__init__.py": "Y = 3",
    "my_lab/other.py": "Z = 5",
    "my_lab/sub/__init__.py": f"from my_lab.sub.x import X\nimport my_lab.sub\n{ANALYSIS.replace('0.5', 'X')}",
    "my_lab/sub/x.py": "from . import y\nX = y.Y",
    "my_lab/sub/y.py": "Y = 2",
}


def launched(name: str) -> Any:
    return {"source": {"kind": "module", "path": name, "digest": ""}, "analysis": name, "entry": "x"}


def archived(site: Path, files: dict[str, str], name: str, monkeypatch: pytest.MonkeyPatch) -> ArchivedCode:
    monkeypatch.syspath_prepend(str(write_files(site, files)))
    return code_of(locate(name))


@pytest.fixture(autouse=True)
def _forgotten(monkeypatch: pytest.MonkeyPatch):
    """Modules that looking for others imports."""
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "my_lab"]:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("name", "files", "said"),
    [("my_lab.units", PACKAGE, "4.0"), ("my_lab.sub", INNER, "2.0")],
    ids=["module", "package"],
)
@pytest.mark.parametrize("installed", [True, False], ids=["another one installed", "not installed"])
def test_a_module_runs_with_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, files: dict[str, str], said: str, installed: bool
) -> None:
    code = archived(tmp_path / "site", files, name, monkeypatch)
    source = unpacked_source(code, launched(name), tmp_path / "unpacked")
    assert source.digest() == code.digest()
    source.export(tmp_path / "code")
    for path in (tmp_path / "site").rglob("*.py"):
        path.write_text(f"{path.read_text()}\nX = Y = 100\n")
    places = [str(tmp_path / "site")] * installed + [os.environ.get("PYTHONPATH", "")]
    environment = {"PYTHONPATH": os.pathsep.join(filter(None, places))}
    entry = exported_source(tmp_path / "code").entry
    assert run_python(LOAD, tmp_path / "code", cwd=tmp_path, **environment) == f"{name} {said} {entry}\n"


@pytest.mark.parametrize(
    "line",
    ["from my_lab.other import Z", "from .. import other", "import my_lab.other", "from ..other import Z"],
)
def test_a_package_that_needs_the_one_around_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    files = INNER | {"my_lab/sub/y.py": f"def f():\n    {line}\nY = 2"}
    code = archived(tmp_path / "site", files, "my_lab.sub", monkeypatch)
    said = r"^my_lab.sub was an installed module, and its archive has nothing of the package around it, of which it imp"
    with pytest.raises(InvalidInput, match=said):
        unpacked_source(code, launched("my_lab.sub"), tmp_path / "unpacked")
    assert not (tmp_path / "unpacked").exists()


def test_modules_of_a_package_without_a_file_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"my_lab/units.py": f"from my_lab import other\n{ANALYSIS}", "my_lab/other.py": ""}
    code = archived(tmp_path / "site", files, "my_lab.units", monkeypatch)
    assert unpacked_source(code, launched("my_lab.units"), tmp_path / "unpacked").digest() == code.digest()


@pytest.mark.parametrize(
    ("name", "entry", "said"),
    [
        ("/etc/x", "__init__.py", "'/etc/x', which its manifest says was the module, is not the name of one"),
        ("..x", "__init__.py", "is not the name of one"),
        ("my_lab.units", "my_lab/other.py", "that my_lab.units was the module, and its archive has 'my_lab/other.py'"),
    ],
)
def test_a_manifest_that_names_another_module(tmp_path: Path, name: str, entry: str, said: str) -> None:
    code = ArchivedCode("module", entry, {entry: b""})
    with pytest.raises(InvalidInput, match=said):
        unpacked_source(code, launched(name), tmp_path / "unpacked")
    assert not (tmp_path / "unpacked").exists()
