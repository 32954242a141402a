"""`analysis-jobs new`: what it makes runs at once, is checked and tested, and is as well kept as it should be."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
from support.samples import PROJECT, run_command, write_files

from analysis_jobs.authoring.new import Template, create
from analysis_jobs.errors import InvalidInput

TEMPLATES = get_args(Template)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an analysis of each template, called by it."""
    folder = tmp_path_factory.mktemp("new")
    for template in TEMPLATES:
        create(folder / f"my_{template}", template)
    return folder


@pytest.mark.parametrize("template", TEMPLATES)
def test_it_runs_on_its_example(made: Path, template: str, tmp_path: Path) -> None:
    name = f"my_{template}"
    job = made / name / "jobs" / "example.json"
    ended = run_command("try", name, "--job", job, "--results", tmp_path / "out", "--json", cwd=made)
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout)
    assert (found["state"], found["parameters"]["analysis_name"]) == ("done", name)
    assert found["outputs"] and found["files"]


@pytest.mark.parametrize("template", TEMPLATES)
def test_it_has_nothing_wrong(made: Path, template: str) -> None:
    name = f"my_{template}"
    ended = run_command("check", name, "--parameters", made / name / "parameters.json", "--json", cwd=made)
    assert ended.returncode == 0
    found = json.loads(ended.stdout)
    assert (found["findings"], found["files"]) == ([], ["__init__.py", "analysis.py"])


def test_their_tests_pass_also_together(made: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *(f"my_{one}" for one in TEMPLATES)]
    environment = {**os.environ, "PYTEST_ADDOPTS": ""}  # those of whoever tests are not theirs
    ended = subprocess.run(command, cwd=made, env=environment, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout
    assert ended.stdout.splitlines()[-1].startswith("9 passed")


@pytest.mark.parametrize("options", [["--isolated"], ["--config", PROJECT / "pyproject.toml"]], ids=["alone", "here"])
def test_they_are_as_ruff_wants(made: Path, options: list[str | Path]) -> None:
    more = ["--per-file-ignores", "**:I"] if "--config" in options else []  # sorted as in a folder of its own
    for command in (["check", *options, *more], ["format", "--check", *options]):
        whole = [sys.executable, "-m", "ruff", *map(str, command), "--no-cache", "."]
        ended = subprocess.run(whole, cwd=made, capture_output=True, text=True)
        assert ended.returncode == 0, ended.stdout


def test_what_is_in_it(made: Path) -> None:
    found = {path.relative_to(made / "my_table").as_posix() for path in (made / "my_table").rglob("*.*")}
    assert {name for name in found if "cache" not in name} == {
        "__init__.py",
        "analysis.py",
        "parameters.json",
        "test_analysis.py",
        "README.md",
        "jobs/example.json",
        "example/values.csv",
    }
    assert "{{" not in "".join(path.read_text() for path in (made / "my_table").rglob("*.*") if path.suffix != ".pyc")


def test_the_command_says_what_to_do_next(tmp_path: Path) -> None:
    ended = run_command("new", "a folder/my_units", "--from", "table", cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    files = ended.stdout.partition("\n\n")[0].splitlines()
    assert all((tmp_path / file).is_file() for file in files)
    (line,) = (line for line in ended.stdout.splitlines() if line.startswith("try it:"))
    _, *words = shlex.split(line.removeprefix("try it:"))
    assert run_command(*words, cwd=tmp_path).returncode == 0


def test_the_folder_may_have_blanks_and_quotes_above_it(tmp_path: Path) -> None:
    place = tmp_path / "a 'lab\" of\\mine"
    create(place / "my_table", "table")
    ended = run_command("try", "my_table", "--job", "my_table/jobs/example.json", cwd=place)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "my-analysis",
            "'my-analysis' is not a name that Python can import; use letters, digits and _, as in my_analys",
        ),
        ("2p", "'2p' is not a name that Python can import"),
        ("my analysis", "'my analysis' is not a name that Python can import"),
        ("class", "'class' is not a name that Python can import"),
        ("übung", "'übung' is not a name that Python can import"),
        ("json", "'json' is the name of a module that is installed already"),
        ("numpy", "'numpy' is the name of a module that is installed already"),
        ("analysis_jobs", "'analysis_jobs' is the name of a module that is installed already"),
        ("there", "there exists already; choose another name, or remove it"),
        ("file/my_analysis", "the folder file/my_analysis cannot be made: Not a directory; choose another place"),
    ],
)
def test_what_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, said: str) -> None:
    write_files(tmp_path, {"there/x": "1", "file": "1"})
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidInput) as caught:
        create(Path(name), "table")
    assert str(caught.value).startswith(said)
    assert sorted(os.listdir(tmp_path)) == ["file", "there"]


def test_a_refusal_is_a_sentence_and_status_2(tmp_path: Path) -> None:
    ended = run_command("new", "my-analysis", cwd=tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
    assert ended.stderr.startswith("error: 'my-analysis' is not a name")
