"""`analysis-jobs environment`: what was made of declarations, listed, made and removed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.bare import needs_index
from support.samples import ANALYSIS, run_command, write_files


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an analysis, and its environment in a cache."""
    needs_index()
    folder = tmp_path_factory.mktemp("lab") / "lab"
    write_files(folder, {"analysis.py": ANALYSIS, "requirements.txt": "tomli-w==1.1.0\n"})
    return folder


def test_it_is_made_listed_and_removed(made: Path) -> None:
    place = ("--environment_cache", "cache")
    first = run_command("environment", "make", ".", *place, cwd=made)
    assert first.returncode == 0, first.stderr
    prefix = Path(first.stdout.strip())
    assert (made / prefix / "bin" / "python").exists()
    (line,) = run_command("environment", "list", *place, "--json", cwd=made).stdout.splitlines()
    about = json.loads(line)
    assert (about["declared"], about["python"]) == ("requirements.txt", sys.version.split()[0])
    assert "tomli-w==1.1.0" in about["packages"]
    assert about["bytes"] > 1_000_000
    shown = run_command("environment", "list", *place, cwd=made).stdout
    assert about["name"] in shown
    assert "requirements.txt" in shown

    variables = {**os.environ, "VIRTUAL_ENV": about["place"]}
    waiting = "import sys; print('there', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", waiting], env=variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        refused = run_command("environment", "remove", about["name"], *place, cwd=made)
        process.communicate()
    assert refused.returncode == 2
    assert f"something runs in the environment {about['name']} (process {process.pid})" in refused.stderr
    removed = run_command("environment", "remove", "--unused-for", "0", *place, cwd=made)
    assert (removed.returncode, removed.stdout) == (0, f"removed {about['name']}\n")
    assert (
        run_command("environment", "list", *place, cwd=made).stdout == f"there is no environment in {made / 'cache'}\n"
    )


def test_what_is_left_of_broken_makings_is_listed_and_removed(tmp_path: Path) -> None:
    name, place = "0123456789abcdef-00000000", ("--environment_cache", "cache")
    write_files(tmp_path / "cache" / name, {"lib/file": "twelve bytes"})
    (tmp_path / "cache" / f"{name[:-1]}1").mkdir()
    shown = run_command("environment", "list", *place, cwd=tmp_path).stdout
    assert name in shown
    assert "(left incomplete)" in shown
    line = run_command("environment", "list", *place, "--json", cwd=tmp_path).stdout.splitlines()[0]
    assert json.loads(line) == {
        "name": name,
        "leftover": True,
        "bytes": 12,
        "place": str(tmp_path / "cache" / name),
    }
    removed = run_command("environment", "remove", name, *place, cwd=tmp_path)
    assert (removed.returncode, removed.stdout) == (0, f"removed {name}\n")
    removed = run_command("environment", "remove", "--unused-for", "0", *place, cwd=tmp_path)
    assert (removed.returncode, removed.stdout) == (0, f"removed {name[:-1]}1\n")
    assert list((tmp_path / "cache").iterdir()) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["abc"], "no environment in {} has a name that begins with 'abc'"),
        ([""], "no environment in {} has a name that begins with ''"),
        (["0"], "several environments in {} have a name that begins with '0'; give more of it"),
        ([], "remove needs names of environments, or --unused-for DAYS"),
    ],
)
def test_what_is_not_one_is_not_removed(tmp_path: Path, words: list[str], said: str) -> None:
    for last in "12":
        (tmp_path / f"0123456789abcdef-0000000{last}").mkdir()
    refused = run_command("environment", "remove", *words, "--environment-cache", ".", cwd=tmp_path)
    assert refused.returncode == 2
    assert said.format(tmp_path) in refused.stderr
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("days", ["inf", "1e300"])
def test_no_time_is_too_long(tmp_path: Path, days: str) -> None:
    (tmp_path / "0123456789abcdef-00000000").mkdir()
    done = run_command("environment", "remove", "--unused-for", days, "--environment-cache", ".", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_an_empty_name_is_no_cache(tmp_path: Path) -> None:
    refused = run_command("environment", "list", "--environment-cache", "", cwd=tmp_path)
    assert refused.returncode == 2
    assert "it is empty; name a folder" in refused.stderr


def test_nothing_is_made_where_nothing_is_declared(tmp_path: Path) -> None:
    write_files(tmp_path, {"analysis.py": ANALYSIS})
    refused = run_command("environment", "make", ".", cwd=tmp_path)
    assert refused.returncode == 2
    assert "--environment auto needs packages that the analysis declares" in refused.stderr
