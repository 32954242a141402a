"""What an analysis declares: where it may stand, which counts, and what of it makes another environment."""

from pathlib import Path

import pytest
from support.samples import ANALYSIS, write_files

from analysis_jobs.environments.declaration import declared_by, pins
from analysis_jobs.errors import InvalidInput

BLOCK = '# /// script\n# requires-python = ">=3.11"\n# dependencies = ["numpy"]\n# ///\n'
PROJECT = '[project]\nname = "x"\nversion = "1"\ndependencies = ["numpy"]\nrequires-python = ">=3.11"\n'
CONDA = "dependencies: [python=3.12, numpy]\n"
ALL = {"pyproject.toml": PROJECT, "uv.lock": "version = 1\n", "requirements.txt": "numpy\n", "environment.yml": CONDA}


@pytest.mark.parametrize(
    ("files", "kind", "python"),
    [
        ({"analysis.py": BLOCK + ANALYSIS, **ALL}, "script", ">=3.11"),
        ({"analysis.py": ANALYSIS, **ALL}, "uv.lock", ">=3.11"),
        ({"analysis.py": ANALYSIS, "pyproject.toml": PROJECT, "requirements.txt": "x"}, "pyproject.toml", ">=3.11"),
        ({"analysis.py": ANALYSIS, "requirements.txt": "numpy", "environment.yml": CONDA}, "requirements.txt", ""),
        ({"analysis.py": ANALYSIS, "environment.yaml": CONDA}, "environment.yml", ""),
        ({"analysis.py": ANALYSIS, "pyproject.toml": "[tool.ruff]\n", "requirements.txt": "x"}, "requirements.txt", ""),
    ],
)
@pytest.mark.parametrize("name", ["", "analysis.py"])
def test_the_first_that_declares_counts(
    tmp_path: Path, files: dict[str, str], kind: str, python: str, name: str
) -> None:
    found = declared_by(str(write_files(tmp_path, files) / name))
    assert found is not None
    assert (found.kind, found.python, found.nwb) == (kind, python, False)


def test_what_the_pipeline_needs_is_not_declared_by_an_analysis_in_its_checkout(tmp_path: Path) -> None:
    project = PROJECT.replace('name = "x"', 'name = "aind-analysis-jobs"')
    write_files(tmp_path, {"my_analysis.py": ANALYSIS, "pyproject.toml": project})
    assert declared_by(str(tmp_path / "my_analysis.py")) is None
    write_files(tmp_path, {"requirements.txt": "numpy\n"})
    found = declared_by(str(tmp_path / "my_analysis.py"))
    assert found is not None
    assert found.kind == "requirements.txt"


@pytest.mark.parametrize(
    ("project", "said"),
    [
        ('[project]\nname = "x"\ndynamic = ["version", "dependencies"]\n', "a file of its build system (dynamic), wh"),
        ('[tool.poetry.dependencies]\npython = "^3.11"\n', "[tool.poetry], which is not read"),
        ('[project]\nname = "x"\ndynamic = ["version"]\n[tool.poetry]\nname = "x"\n', ""),
    ],
)
def test_packages_that_are_not_read_are_told_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, project: str, said: str
) -> None:
    write_files(tmp_path, {"analysis.py": ANALYSIS, "pyproject.toml": project})
    assert declared_by(str(tmp_path)) is None
    assert [said in each for each in caplog.messages] == [True] * bool(said)
    write_files(tmp_path, {"requirements.txt": "numpy\n"})
    caplog.clear()
    assert declared_by(str(tmp_path)) is not None
    assert not caplog.messages


def test_nothing_is_declared(tmp_path: Path) -> None:
    write_files(tmp_path, {"analysis.py": ANALYSIS, "pyproject.toml": '[project]\nname = "x"\ndynamic = ["version"]\n'})
    assert declared_by(str(tmp_path)) is None
    assert declared_by("my_lab.module") is None


@pytest.mark.parametrize("block", ["", BLOCK])
def test_a_file_may_be_in_any_encoding_that_it_names(tmp_path: Path, block: str) -> None:
    text = f"# -*- coding: latin-1 -*-\n{block}# ü\n{ANALYSIS}"
    (tmp_path / "a.py").write_bytes(text.replace("\n", "\r\n").encode("latin-1"))
    found = declared_by(str(tmp_path / "a.py"))
    assert (found.texts if found else None) == ({"script.py": BLOCK} if block else None)
    (tmp_path / "a.py").write_bytes(b"# ?\n# ?\nx = '\xfc'\n")  # which Python refuses, and then says so
    assert declared_by(str(tmp_path / "a.py")) is None


def test_the_use_of_open_nwb_is_seen_also_in_a_module_beside(tmp_path: Path) -> None:
    files = {"a.py": "import reading\n" + ANALYSIS, "reading.py": "from analysis_jobs import open_nwb\n"}
    write_files(tmp_path, {**files, "requirements.txt": ""})
    for name, nwb in (("a.py", True), ("", True)):
        found = declared_by(str(tmp_path / name))
        assert found is not None
        assert found.nwb is nwb
    (tmp_path / "a.py").write_text(ANALYSIS)
    found = declared_by(str(tmp_path / "a.py"))
    assert found is not None
    assert not found.nwb


def digest_of(tmp_path: Path, files: dict[str, str]) -> str:
    found = declared_by(str(write_files(tmp_path, {"analysis.py": ANALYSIS, **files})))
    assert found is not None
    return found.digest()


def test_only_what_counts_makes_another_environment(tmp_path: Path) -> None:
    first = digest_of(tmp_path, {"pyproject.toml": PROJECT})
    assert digest_of(tmp_path, {"pyproject.toml": PROJECT + "[tool.ruff]\n"}) == first
    assert digest_of(tmp_path, {"pyproject.toml": PROJECT.replace("numpy", "numpy<2")}) != first
    assert digest_of(tmp_path, {"pyproject.toml": PROJECT, "uv.lock": "version = 1\n"}) != first


def test_requirements_come_with_those_that_they_include(tmp_path: Path) -> None:
    files = {"requirements.txt": "-r more.txt\n--constraint=constraints.txt\nnumpy\n", "constraints.txt": "numpy<3"}
    first = digest_of(tmp_path, {**files, "more.txt": "pandas\n-r requirements.txt\n"})
    assert digest_of(tmp_path, {**files, "more.txt": "pandas<3\n"}) != first


def test_what_pip_installs_for_conda_comes_along(tmp_path: Path) -> None:
    conda = "dependencies:\n  - python=3.12\n  - pip:\n    - -r more.txt  # us\n    - '--find-links wheels'\n    - x\n"
    (tmp_path / "wheels").mkdir()
    files = {"environment.yml": conda, "more.txt": "tomli-w\n"}
    first = digest_of(tmp_path, files)
    found = declared_by(str(tmp_path))
    assert found is not None
    assert found.texts == files
    assert found.wheels == {"wheels": tmp_path / "wheels"}
    assert digest_of(tmp_path, {**files, "more.txt": "tomli-w<2\n"}) != first


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"pyproject.toml": 'project = "dependencies"'}, "pyproject.toml has project = 'dependencies', where a table "),
        ({"pyproject.toml": "tool = 1\n[project]\ndependencies = []"}, "pyproject.toml has tool = 1, where a table "),
        ({"pyproject.toml": "x"}, "pyproject.toml is not valid TOML: "),
        ({"environment.yml": "dependencies:\n- pip:\n  - -r x.txt\n"}, "environment.yml includes 'x.txt', which is n"),
        (
            {
                "pyproject.toml": PROJECT.replace("numpy", "My_Lab[x]>1")
                + '[tool.uv.sources]\nmy-lab = {path = "lib"}\n'
            },
            "pyproject.toml has \"my-lab = {'path': 'lib'}\", which is on this machine alone",
        ),
        (
            {"analysis.py": '# /// script\n# dependencies = ["x"]\n# [tool.uv.sources]\n# x = [{path = "x"}]\n# ///'},
            "the script block of analysis.py has \"x = [{'path': 'x'}]\", which is on this machine alone",
        ),
        ({"environment.yml": "dependencies:\n- pip:\n  - -e .\n"}, "environment.yml has '-e .', which is on this "),
        ({"analysis.py": "# /// script\n# x\n# ///\n"}, "the script block of analysis.py is not valid TOML: "),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, files: dict[str, str], problem: str) -> None:
    with pytest.raises(InvalidInput) as error:
        declared_by(str(write_files(tmp_path, {"analysis.py": ANALYSIS, **files})))
    assert problem in str(error.value)


def test_sources_of_what_is_not_installed_may_be_here(tmp_path: Path) -> None:
    sources = '[tool.uv.sources]\nlinter = {path = "lib"}\nnumpy = {git = "https://host/numpy"}\n'
    write_files(tmp_path, {"analysis.py": ANALYSIS, "pyproject.toml": PROJECT + sources})
    assert declared_by(str(tmp_path)) is not None


def test_pins_are_a_declaration_too() -> None:
    declaration = pins(["numpy==1.26.4"], "3.11.7", "the record")
    assert (declaration.python, declaration.texts) == ("==3.11.*", {"pins.txt": "numpy==1.26.4\n"})


def test_the_use_of_results_is_seen_and_makes_another_environment(tmp_path: Path) -> None:
    write_files(tmp_path, {"requirements.txt": "numpy\n", "a.py": ANALYSIS})
    plain = declared_by(str(tmp_path / "a.py"))
    (tmp_path / "a.py").write_text(f"from analysis_jobs import source_outputs\n{ANALYSIS}")
    reading = declared_by(str(tmp_path / "a.py"))
    assert plain and reading
    assert (plain.sources, reading.sources) == (False, True)
    assert plain.digest() != reading.digest()
