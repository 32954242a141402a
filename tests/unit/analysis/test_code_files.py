"""The identity of an analysis: which files belong to it, and what changes its digest."""

from pathlib import Path

import pytest
from support.samples import ANALYSIS, write_files

from analysis_jobs.analysis.code_files import digest, imported_files, python_files
from analysis_jobs.analysis.source import locate
from analysis_jobs.errors import InvalidInput


def imported(folder: Path, files: dict[str, str], entry: str = "analysis.py") -> list[str]:
    """Return the names of the local files that an analysis imports, itself included."""
    write_files(folder, files)
    return sorted(path.relative_to(folder).as_posix() for path in imported_files(folder / entry, folder))


def file_digest(folder: Path, files: dict[str, str], entry: str = "analysis.py") -> str:
    return locate(str(write_files(folder, files) / entry)).digest()


FILES = {
    "analysis.py": "import sibling\n" + ANALYSIS,
    "sibling.py": "import deeper\n",
    "deeper.py": "VALUE = 1\n",
    "other.py": "print('not imported')\n",
    "README.md": "about",
}


def test_golden_digest(tmp_path: Path) -> None:
    files = {"a.py": "import b\n", "b.py": "VALUE = 1\n"}
    # As with the golden keys: if this changes, every lab computes everything anew. Never merely update it.
    assert file_digest(tmp_path, files, "a.py") == "b53b841404ef372a376303b033195397c8d98576a486adf7aa091e654706c49f"


def test_same_wherever_it_lies(tmp_path: Path) -> None:
    assert file_digest(tmp_path / "one", FILES) == file_digest(tmp_path / "two" / "deep er", FILES)


def test_same_through_links_and_other_ways_to_write_a_path(tmp_path: Path) -> None:
    expected = file_digest(tmp_path / "one", FILES)
    (tmp_path / "link").symlink_to("one")
    for folder in ("link", "one/../one", "one/."):
        assert locate(f"{tmp_path}/{folder}/analysis.py").digest() == expected


@pytest.mark.parametrize(
    "change",
    [
        {"other.py": "changed"},
        {"README.md": "changed"},
        {"new.py": "new"},
        {"deeper.py": "VALUE = 1\r\n"},
        {"deeper.py": "VALUE = 1\r"},
    ],
    ids=["a file that is not imported", "a README", "a new file", "Windows line ends", "old Mac line ends"],
)
def test_what_changes_nothing(tmp_path: Path, change: dict[str, str]) -> None:
    before = file_digest(tmp_path, FILES)
    for name, text in change.items():
        (tmp_path / name).write_bytes(text.encode())
    assert locate(str(tmp_path / "analysis.py")).digest() == before


@pytest.mark.parametrize(
    "change",
    [
        {"analysis.py": FILES["analysis.py"] + "# a comment\n"},
        {"sibling.py": "import deeper \n"},
        {"deeper.py": "VALUE = 2\n"},
        {"deeper.py": "VALUE = 1\n\n"},
        {"sibling.py": "import deeper, other\n"},
    ],
    ids=["the entry", "a sibling", "a sibling's sibling", "a line end more", "one import more"],
)
def test_what_changes_it(tmp_path: Path, change: dict[str, str]) -> None:
    assert file_digest(tmp_path / "a", FILES) != file_digest(tmp_path / "b", {**FILES, **change})


def test_the_name_of_the_entry_does_not_count_but_those_of_siblings_do(tmp_path: Path) -> None:
    before = file_digest(tmp_path, FILES)
    (tmp_path / "analysis.py").rename(tmp_path / "my_analysis.py")
    assert locate(str(tmp_path / "my_analysis.py")).digest() == before
    renamed = {"a.py": "import x", "x.py": "1"}, {"a.py": "import y", "y.py": "1"}
    one, other = (file_digest(tmp_path / str(i), files, "a.py") for i, files in enumerate(renamed))
    assert one != other


def test_swapped_contents_are_another_code(tmp_path: Path) -> None:
    write_files(tmp_path, {"a": "1", "b": "2"})
    a, b = tmp_path / "a", tmp_path / "b"
    assert digest([("x", a), ("y", b)]) == digest([("y", b), ("x", a)]) != digest([("x", b), ("y", a)])


def test_of_a_folder_every_python_file_counts(tmp_path: Path) -> None:
    def folder_digest() -> str:
        return locate(str(tmp_path)).digest()

    write_files(tmp_path, {"analysis.py": ANALYSIS, "sub/unused.py": "1", "data.json": "{}"})
    before = folder_digest()
    unrelated = ("data.json", "sub/__pycache__/x.py", ".venv/x.py", "venv/x.py", ".git/x.py", "._analysis.py")
    write_files(tmp_path, dict.fromkeys(unrelated, "changed"))
    (tmp_path / ".#analysis.py").symlink_to("me@host.123")  # Emacs, while the file is open
    assert folder_digest() == before
    write_files(tmp_path, {"sub/unused.py": "2"})
    changed = folder_digest()
    (tmp_path / "sub" / "unused.py").rename(tmp_path / "sub" / "used.py")
    assert len({before, changed, folder_digest()}) == 3


TESTED = {"analysis.py": ANALYSIS, "test_analysis.py": "1", "conftest.py": "1", "deep/test_more.py": "1"}


def test_of_a_folder_tests_do_not_count(tmp_path: Path) -> None:
    source = locate(str(write_files(tmp_path, TESTED)))
    assert [path.name for path in source.files] == ["analysis.py"]
    before = source.digest()
    write_files(tmp_path, {"test_analysis.py": "def broken(:", "conftest.py": "2"})
    assert locate(str(tmp_path)).digest() == before


@pytest.mark.parametrize("imports", ["import test_of_means", "from .deep import test_of_means"])
@pytest.mark.parametrize("package", [{}, {"__init__.py": ""}], ids=["a folder", "a package"])
def test_of_a_folder_what_is_imported_counts(tmp_path: Path, imports: str, package: dict[str, str]) -> None:
    files = {**TESTED, **package, "analysis.py": imports, "test_of_means.py": "", "deep/test_of_means.py": ""}
    found = [path.name for path in locate(str(write_files(tmp_path, files))).files]
    assert "test_of_means.py" in found
    assert "test_analysis.py" not in found


def test_of_a_package_what_is_imported_by_its_name_counts(tmp_path: Path) -> None:
    files = {"__init__.py": "", "analysis.py": "from my_lab.test_of_means import x", "test_of_means.py": ""}
    source = locate(str(write_files(tmp_path / "my_lab", files)))
    assert {path.name for path in source.files} == set(files)


def test_python_files_are_in_one_order(tmp_path: Path) -> None:
    write_files(tmp_path, dict.fromkeys(("b.py", "a/z.py", "a/b/c.py", "c.txt"), ""))
    assert [path.relative_to(tmp_path).as_posix() for path in python_files(tmp_path)] == [
        "b.py",
        "a/z.py",
        "a/b/c.py",
    ]


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"analysis.py": "import numpy, json"}, []),
        ({"analysis.py": "import a", "a.py": "import b", "b.py": "import c", "c.py": ""}, ["a.py", "b.py", "c.py"]),
        ({"analysis.py": "import a", "a.py": "import b", "b.py": "import a, analysis"}, ["a.py", "b.py"]),
        ({"analysis.py": "import a as x, b", "a.py": "", "b.py": ""}, ["a.py", "b.py"]),
        ({"analysis.py": "def f():\n    from a import g\n", "a.py": "", "g.py": ""}, ["a.py"]),
        ({"analysis.py": "if 0:\n    import a\n", "a.py": ""}, ["a.py"]),
        ({"analysis.py": "import p", "p/__init__.py": "", "p/m.py": ""}, ["p/__init__.py"]),
        ({"analysis.py": "import p.m", "p/__init__.py": "", "p/m.py": ""}, ["p/__init__.py", "p/m.py"]),
        ({"analysis.py": "from p import m", "p/__init__.py": "", "p/m.py": ""}, ["p/__init__.py", "p/m.py"]),
        ({"analysis.py": "from p.m import f", "p/__init__.py": "", "p/m.py": ""}, ["p/__init__.py", "p/m.py"]),
        ({"analysis.py": "from p.m import *", "p/__init__.py": "", "p/m.py": ""}, ["p/__init__.py", "p/m.py"]),
        ({"analysis.py": "from p.q.m import f", "p/__init__.py": "", "p/q/m.py": ""}, ["p/__init__.py", "p/q/m.py"]),
        ({"analysis.py": "import n.m", "n/m.py": "", "n/other.py": ""}, ["n/m.py"]),
        ({"analysis.py": "from n.deep import m", "n/deep/m.py": ""}, ["n/deep/m.py"]),
        (
            {"analysis.py": "import p", "p/__init__.py": "from . import x", "p/x.py": "from .y import z", "p/y.py": ""},
            ["p/__init__.py", "p/x.py", "p/y.py"],
        ),
        (
            {"analysis.py": "import p.q", "p/__init__.py": "", "p/q/__init__.py": "from ..m import f", "p/m.py": ""},
            ["p/__init__.py", "p/m.py", "p/q/__init__.py"],
        ),
        ({"analysis.py": "import p", "p/__init__.py": "import p.x", "p/x.py": ""}, ["p/__init__.py", "p/x.py"]),
        ({"analysis.py": "try:\n    from .. import up\nexcept ImportError:\n    pass", "../up.py": ""}, []),
        ({"analysis.py": "from . import a\nfrom .b import c", "a.py": "", "b.py": ""}, ["a.py", "b.py"]),
    ],
)
def test_imports_are_followed(tmp_path: Path, files: dict[str, str], found: list[str]) -> None:
    assert imported(tmp_path / "code", files) == sorted(["analysis.py", *found])


def test_a_sibling_that_is_no_python(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"^sibling.py, line 2 is not valid Python: .*; fix it$"):
        imported(tmp_path, {"analysis.py": "import sibling", "sibling.py": "\ndef f(:\n"})


def test_source_in_another_encoding(tmp_path: Path) -> None:
    write_files(tmp_path, {"a.py": ""})
    (tmp_path / "analysis.py").write_bytes("# coding: latin-1\nimport a\nx = 'ü'\n".encode("latin-1"))
    assert imported(tmp_path, {}) == ["a.py", "analysis.py"]
    (tmp_path / "analysis.py").write_bytes(b"x = '\xfc'\n")
    with pytest.raises(InvalidInput, match=r"^analysis\.py.* is not valid Python"):
        imported(tmp_path, {})
    (tmp_path / "analysis.py").write_bytes(b"x = 1\0\n")
    with pytest.raises(InvalidInput, match=r"^analysis\.py(, line \d+)? is not valid Python: .*null bytes"):
        imported(tmp_path, {})


def test_a_name_that_is_not_utf_8(tmp_path: Path) -> None:
    write_files(tmp_path / "lab", {"analysis.py": ANALYSIS, "odd\udcff.py": ""})
    with pytest.raises(InvalidInput, match=r"^the name of the source file 'odd\\udcff.py' is not UTF-8; rename it$"):
        locate(str(tmp_path / "lab")).digest()
