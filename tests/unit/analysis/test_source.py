"""What DEDUPE hands to ANALYZE: the code as it was when the jobs were planned, and nothing else."""

import json
import sys
from pathlib import Path

import pytest
from support.samples import ANALYSIS, run_python, write_files

from analysis_jobs.analysis.code_files import LARGEST_FOLDER
from analysis_jobs.analysis.source import locate
from analysis_jobs.errors import InvalidInput

# In an interpreter of its own, where nothing of the original was imported.
LOAD = """
import sys
from pathlib import Path
from analysis_jobs.analysis.loading import load_exported
from analysis_jobs.analysis.source import locate
from analysis_jobs.errors import InvalidInput
sys.path[0] = "/the folder of the script"
try:
    loaded = load_exported(Path(sys.argv[1]))
except InvalidInput as error:
    print(error)
else:
    outputs = loaded.run(None, loaded.specification(), Path("."))
    print(loaded.name, outputs.value, loaded.outputs.__module__)
"""

SIBLINGS = {
    "units.py": "from sibling import X\nfrom pack.inner import Y\n" + ANALYSIS.replace("0.5", "X + Y"),
    "sibling.py": "X = 1",
    "pack/__init__.py": "",
    "pack/inner.py": "from .more import Y",
    "pack/more.py": "Y = 2",
    "unrelated.py": "",
    "data.csv": "1,2",
}
PACKAGE = {
    "__init__.py": "",
    "analysis.py": "from .sub.inner import X\nimport pathlib\n"
    "Y = float((pathlib.Path(__file__).parent / 'table.txt').read_text())\n" + ANALYSIS.replace("0.5", "X + Y"),
    "sub/__init__.py": "",
    "sub/inner.py": "X = 1",
    "table.txt": "4",
    ".git/config": "not code",
    "__pycache__/old.pyc": "not code",
}


def export(analysis: str | Path, target: Path) -> Path:
    locate(str(analysis)).export(target)
    return target


@pytest.mark.parametrize(
    ("name", "path", "files", "expected"),
    [
        ("file", "units.py", SIBLINGS, "units 3.0 units"),
        ("file called as a module", "json.py", {"json.py": ANALYSIS}, "analysis_json 0.5 analysis_json"),
        ("package", "my_lab", {f"my_lab/{n}": t for n, t in PACKAGE.items()}, "my_lab.analysis 5.0 my_lab.analysis"),
        ("folder", "a lab", {"a lab/analysis.py": "import a\n" + ANALYSIS, "a lab/a.py": ""}, "analysis 0.5 analysis"),
    ],
)
def test_round_trip(tmp_path: Path, name: str, path: str, files: dict[str, str], expected: str) -> None:
    original = write_files(tmp_path / "original", files)
    exported = export(original / path, tmp_path / "code")
    for file in files:  # what happens to the original meanwhile makes no difference
        (original / file).write_text("raise SystemExit('this is the original')")
    assert run_python(LOAD, exported, cwd=tmp_path) == expected + "\n"


def names_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_of_a_file_its_imports_are_exported(tmp_path: Path) -> None:
    write_files(tmp_path, SIBLINGS)
    exported = export(tmp_path / "units.py", tmp_path / "code")
    imported = SIBLINGS.keys() - {"unrelated.py", "data.csv"}
    assert names_in(exported) == {"analysis.json", *(f"source/{name}" for name in imported)}


def test_of_a_folder_all_but_hidden_folders_and_caches(tmp_path: Path) -> None:
    folder = write_files(tmp_path / "my_lab", PACKAGE)
    (folder / ".#analysis.py").symlink_to("me@host.123")
    exported = export(folder, tmp_path / "code")
    kept = {name for name in PACKAGE if not name.startswith((".git", "__pycache__"))}
    assert names_in(exported) == {"analysis.json", *(f"source/my_lab/{name}" for name in kept)}


def test_what_is_exported_is_what_was_digested(tmp_path: Path) -> None:
    for name, path in (("one", "units.py"), ("two", ".")):
        write_files(tmp_path / name, {**SIBLINGS, "analysis.py": ANALYSIS})
        exported = export(tmp_path / name / path, tmp_path / f"{name} code")
        description = json.loads((exported / "analysis.json").read_text())
        copy = locate(str(exported / "source" / description["path"]))
        assert copy.digest() == description["digest"] == locate(str(tmp_path / name / path)).digest()


def test_the_same_code_is_exported_as_the_same_bytes(tmp_path: Path) -> None:
    for place in ("here", "elsewhere"):
        write_files(tmp_path / place / "lab", SIBLINGS)
        export(tmp_path / place / "lab" / "units.py", tmp_path / place / "code")
    one, other = tmp_path / "here" / "code", tmp_path / "elsewhere" / "code"
    assert names_in(one) == names_in(other)
    assert all((one / name).read_bytes() == (other / name).read_bytes() for name in names_in(one))


def test_an_installed_module_is_only_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"__init__.py": "", "units.py": "from a_lab.x import X\n" + ANALYSIS, "x.py": "X=1"}
    site = write_files(tmp_path / "site" / "a_lab", files).parent
    monkeypatch.setattr(sys, "path", [*sys.path, str(site)])
    exported = export("a_lab.units", tmp_path / "code")
    assert names_in(exported) == {"analysis.json"}
    assert run_python(LOAD, exported, PYTHONPATH=str(site)) == "a_lab.units 0.5 a_lab.units\n"
    (site / "a_lab" / "x.py").write_text("X=2")
    assert run_python(LOAD, exported, PYTHONPATH=str(site)) == (
        f"the module a_lab.units installed here ({site}/a_lab/units.py) is not the one that the jobs were planned "
        "with; install the same version in both places\n"
    )


def test_what_is_missing_in_the_copy_is_said(tmp_path: Path) -> None:
    write_files(tmp_path / "shared", {"beside.py": ""})
    text = f"import sys\nsys.path.append({str(tmp_path / 'gone')!r})\nimport beside\n{ANALYSIS}"
    write_files(tmp_path, {"a.py": text})
    said = run_python(LOAD, export(tmp_path / "a.py", tmp_path / "code"))
    assert "ModuleNotFoundError: No module named 'beside' (a.py, line 3)" in said


def test_a_data_folder_is_not_copied_to_every_job(tmp_path: Path) -> None:
    write_files(tmp_path / "lab", {"analysis.py": ANALYSIS})
    with (tmp_path / "lab" / "recording.nwb").open("wb") as file:
        file.truncate(LARGEST_FOLDER)
    with pytest.raises(InvalidInput, match=r"^lab holds 100.0 MB beside the analysis.* put the analysis into a folder"):
        export(tmp_path / "lab", tmp_path / "code")
    assert export(write_files(tmp_path / "lab", {"units.py": ANALYSIS}) / "units.py", tmp_path / "code 2")


def test_digest_of_an_installed_module(site: Path) -> None:
    write_files(site / "a_lab", {"__init__.py": "", "units.py": "from . import common\nimport loose", "common.py": ""})
    write_files(site, {"loose.py": "", "flat.py": "import loose"})
    # What other distributions installed beside it is no more part of it than numpy is.
    assert {path.name for path in locate("a_lab.units").files} == {"units.py", "common.py", "__init__.py"}
    assert {path.name for path in locate("a_lab").files} == {"units.py", "common.py", "__init__.py"}
    assert {path.name for path in locate("flat").files} == {"flat.py"}


@pytest.mark.parametrize(
    ("analysis", "said"),
    [
        ("nowhere.py", "there is no analysis at 'nowhere.py'; give a Python file, a folder or a module's name"),
        ("no/where", "there is no analysis at 'no/where'; give a Python file"),
        ("", "there is no analysis at ''; give a Python file, a folder or a module's name"),
        ("no_such_module", "there is no file, folder or installed module called 'no_such_module'; check the name"),
        (
            "no_such.module",
            "the module no_such.module cannot be found: ModuleNotFoundError: No module named 'no_such'; install",
        ),
        ("sys", "there is no file, folder or installed module called 'sys'"),
        ("xml.", "there is no analysis at 'xml.'"),
    ],
)
def test_where_there_is_no_analysis(analysis: str, said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        locate(analysis)
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize(("text", "said"), [("1 / 0", "ZeroDivisionError"), ("raise SystemExit", "SystemExit")])
def test_a_package_that_cannot_be_imported(site: Path, text: str, said: str) -> None:
    write_files(site / "a_lab", {"__init__.py": text, "units.py": ANALYSIS})
    with pytest.raises(InvalidInput, match=rf"^the module a_lab.units cannot be found: {said}: "):
        locate("a_lab.units")


@pytest.mark.parametrize(
    ("analysis", "said"),
    [
        ("my_unit", "there is no file, folder or installed module called 'my_unit'; did you mean 'my_units'?"),
        ("my_analysi.py", "there is no analysis at 'my_analysi.py'; did you mean 'my_analysis.py'?"),
        ("my_units.py", "there is no analysis at 'my_units.py'; did you mean 'my_units'?"),
        ("empti", "there is no file, folder or installed module called 'empti'; check the name"),
    ],
)
def test_a_name_that_is_almost_that_of_one_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, analysis: str, said: str
) -> None:
    write_files(tmp_path, {"my_units/analysis.py": ANALYSIS, "my_analysis.py": ANALYSIS, "empty/README": ""})
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidInput) as caught:
        locate(analysis)
    assert str(caught.value).startswith(said)


def test_a_namespace_is_no_analysis(site: Path) -> None:
    (site / "a_namespace").mkdir()
    with pytest.raises(InvalidInput, match="no file, folder or installed module called 'a_namespace'"):
        locate("a_namespace")


def test_a_folder_without_analysis(tmp_path: Path) -> None:
    (tmp_path / "lab").mkdir()
    with pytest.raises(InvalidInput, match=r"^the folder lab has no analysis.py; put the analysis into a file"):
        locate(str(tmp_path / "lab"))


def test_a_file_that_is_no_python(tmp_path: Path) -> None:
    write_files(tmp_path, {"notebook.ipynb": "{}"})
    with pytest.raises(InvalidInput, match=r"notebook.ipynb is not a Python file; its name must end in .py"):
        locate(str(tmp_path / "notebook.ipynb"))
