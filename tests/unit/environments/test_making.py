"""Real environments, with packages that cannot be beside ours."""

import hashlib
import io
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
from support.samples import ANALYSIS, write_files

from analysis_jobs.environments.choice import environment_of
from analysis_jobs.environments.declaration import declared_by, pins
from analysis_jobs.environments.making import environment_name, make
from analysis_jobs.environments.uv import NoRoom
from analysis_jobs.errors import InvalidInput, ServiceUnavailable

PROJECT = '[project]\nname = "x"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = [{}]\n'


BACKEND = """
import zipfile

def build_wheel(folder, *_, **__):
    name, about = "ours_alone-1-py3-none-any.whl", "ours_alone-1.dist-info"
    with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
        wheel.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\\nName: ours-alone\\nVersion: 1\\n")
        wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{about}/RECORD", "")
    return name
"""
BUILD = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "ours-alone"
version = "1"
"""


def write_package(folder: Path, *, wheel: bool) -> str:
    """Write a package that no index has, as wheel or source, and return its SHA-256."""
    folder.mkdir(parents=True)
    if wheel:
        names: dict[str, Any] = {}
        exec(BACKEND, names)
        path = folder / names["build_wheel"](folder)
    else:
        path = folder / "ours_alone-1.tar.gz"
        with tarfile.open(path, "w:gz") as archive:
            for name, text in (("backend.py", BACKEND), ("pyproject.toml", BUILD)):
                entry = tarfile.TarInfo(f"ours_alone-1/{name}")
                entry.size = len(text.encode())
                archive.addfile(entry, io.BytesIO(text.encode()))
    return hashlib.sha256(path.read_bytes()).hexdigest()


def held_by(tmp_path: Path, cache: Path, files: dict[str, str]) -> dict[str, str]:
    environment = environment_of(str(write_files(tmp_path, {"analysis.py": ANALYSIS, **files})), cache=cache)
    assert environment.held is not None
    return dict(line.split("==") for line in environment.held["packages"])


@pytest.mark.parametrize(
    ("files", "package", "version"),
    [
        ({"analysis.py": '# /// script\n# dependencies = ["numpy<2.3"]\n# ///\n' + ANALYSIS}, "numpy", "2.2."),
        ({"pyproject.toml": PROJECT.format('"pydantic>=2.12"')}, "pydantic", "2."),
        ({"requirements.txt": "-c c.txt\ntomli-w\n", "c.txt": "tomli-w==1.1.0\n"}, "tomli-w", "1.1.0"),
    ],
)
def test_each_kind_is_made(tmp_path: Path, cache: Path, files: dict[str, str], package: str, version: str) -> None:
    held = held_by(tmp_path, cache, files)
    assert held[package].startswith(version)
    assert "pydantic" in held
    assert "typer" not in held


def test_a_lock_is_kept_to(tmp_path: Path, cache: Path) -> None:
    from support.bare import uv

    write_files(tmp_path, {"pyproject.toml": PROJECT.format('"tomli-w"').replace("tomli-w", "tomli-w<1.1")})
    uv("lock", "--quiet", cwd=tmp_path)
    lock = (tmp_path / "uv.lock").read_text().replace("<1.1", "")
    files = {"pyproject.toml": PROJECT.format('"tomli-w"'), "uv.lock": lock}
    assert held_by(tmp_path, cache, files)["tomli-w"] == "1.0.0"


def test_a_list_that_was_resolved_is_made_again(tmp_path: Path, cache: Path) -> None:
    files = {"requirements.txt": "tomli-w==1.1.0\n"}
    before = environment_of(str(write_files(tmp_path, {"analysis.py": ANALYSIS, **files})), cache=cache)
    assert before.held is not None
    made = make(pins(before.held["packages"], before.held["python"], "the record"), tmp_path / "again")
    assert made["packages"] == before.held["packages"]


def test_wheels_beside_the_requirements_are_found(tmp_path: Path, cache: Path) -> None:
    write_package(tmp_path / "more" / "wheels", wheel=True)
    files = {"requirements.txt": "-r more/more.txt\n", "more/more.txt": "--find-links wheels\nours-alone\n"}
    assert held_by(tmp_path, cache, files)["ours-alone"] == "1"


def test_our_package_is_the_one_that_runs_here_also_where_it_is_declared_by_a_url(tmp_path: Path, cache: Path) -> None:
    files = {"requirements.txt": "aind-analysis-jobs[s3] @ git+file:///nowhere/aind\ntomli-w\n"}
    held = held_by(tmp_path, cache, files)
    assert {"tomli-w", "boto3"} <= set(held)


def test_what_is_built_is_said(tmp_path: Path, cache: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_package(tmp_path / "wheels", wheel=False)
    assert held_by(tmp_path, cache, {"requirements.txt": "-f wheels\nours-alone\n"})["ours-alone"] == "1"
    (warning,) = caplog.messages
    assert warning.startswith(
        "ours-alone==1 is built from source, which may take minutes, as it has no wheel for this "
    )


def test_hashes_may_be_required(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = write_package(tmp_path / "wheels", wheel=True)
    pinned = f"-f wheels\nours-alone==1 --hash=sha256:{digest}\n"
    assert "pydantic" in held_by(tmp_path, cache, {"requirements.txt": f"--require-hashes\n{pinned}"})
    monkeypatch.setenv("UV_REQUIRE_HASHES", "1")
    assert held_by(tmp_path, tmp_path / "another cache", {"requirements.txt": pinned})["ours-alone"] == "1"
    for lines, problem in (
        (pinned.replace(digest, "0" * 64), "Hash mismatch for `ours-alone==1`"),
        ("-f wheels\nours-alone==1\n", "`--require-hashes` mode"),
    ):
        with pytest.raises(InvalidInput) as error:
            held_by(tmp_path, cache, {"requirements.txt": lines})
        assert problem in str(error.value)
        assert str(error.value).endswith("; change what it declares")


def test_no_room_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*words: object, **given: object) -> str:
        raise NoRoom("failed to write to file `/x`")

    monkeypatch.setattr("analysis_jobs.environments.making.run_uv", full)
    monkeypatch.setattr("analysis_jobs.environments.python.run_uv", full)
    own = ".".join(map(str, sys.version_info[:2]))
    with pytest.raises(ServiceUnavailable, match=r"full or a quota used up \(failed to write to file `/x`\); free"):
        make(pins([], own, "the record"), tmp_path / "environment")


@pytest.mark.skipif(sys.version_info < (3, 12), reason="this Python has zarr 2")
@pytest.mark.parametrize("declared", ["zarr<3", "numpy<2"])
def test_older_libraries_than_open_nwb_reads_with_need_another_python(
    tmp_path: Path, cache: Path, declared: str
) -> None:
    code = ANALYSIS + "\nfrom analysis_jobs import open_nwb\n"
    with pytest.raises(InvalidInput, match=r"zarr 3 and numpy 2 from Python 3.12 on: write requires-python ="):
        held_by(tmp_path, cache, {"analysis.py": code, "requirements.txt": f"{declared}\n"})


def test_what_has_no_solution_is_said_in_one_sentence(tmp_path: Path, cache: Path) -> None:
    write_files(tmp_path, {"analysis.py": ANALYSIS, "requirements.txt": "pydantic<2\n"})
    with pytest.raises(InvalidInput) as error:
        environment_of(str(tmp_path), cache=cache)
    said = str(error.value)
    assert said.startswith("the environment of requirements.txt cannot be made: No solution found")
    assert "pydantic>=2.10" in said
    assert "\n" not in said
    assert not [path for path in cache.iterdir() if path.suffix in (".lock", ".part")]


def test_a_python_that_is_no_version(tmp_path: Path, cache: Path) -> None:
    write_files(tmp_path, {"analysis.py": ANALYSIS, "pyproject.toml": PROJECT.format("").replace(">=3.11", "new")})
    with pytest.raises(InvalidInput, match="requires-python = 'new', which is not a specifier of versions"):
        environment_of(str(tmp_path), cache=cache)


def test_without_conda_an_environment_yml_says_so(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    write_files(tmp_path, {"analysis.py": ANALYSIS, "environment.yml": "dependencies: [python]\n"})
    with pytest.raises(InvalidInput, match="it needs micromamba, mamba or conda, and none is on PATH"):
        environment_of(str(tmp_path), cache=cache)


def write_conda(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, does: str) -> str:
    """Write a program that does what conda does, as there is none on every machine, and an analysis that needs it."""
    program = tmp_path / "bin" / name
    write_files(tmp_path, {f"bin/{name}": f"#!/bin/sh\n{does}\n"})
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    return str(write_files(tmp_path / "lab", {"analysis.py": ANALYSIS, "environment.yml": "dependencies: [python]\n"}))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("micromamba", "create --quiet --prefix $4 --file environment.yml"),
        ("conda", "env create --quiet --prefix $5 --file environment.yml"),
    ],
)
def test_conda_makes_what_uv_completes(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, name: str, words: str
) -> None:
    """It is asked nothing that conda does not know before version 24, as --yes."""
    from uv import find_uv_bin

    does = f'test "$*" = "{words}" && test $CONDA_ALWAYS_YES = true && {find_uv_bin()} venv -q {words.split()[-3]}'
    environment = environment_of(write_conda(tmp_path, monkeypatch, name, does), cache=tmp_path / "cache")
    said = subprocess.run([environment.python, "-c", "import analysis_jobs.stages.analyze.analyze"])
    assert said.returncode == 0


@pytest.mark.parametrize(
    ("does", "problem"),
    [
        (
            "echo 'Examining x:  14%|#  | 1/7' >&2; echo 'ResolvePackageNotFound: x' >&2; exit 1",
            "conda says: ResolvePackageNotFound: x; change what it declares",
        ),
        (
            "echo CondaHTTPError: HTTP 000 CONNECTION FAILED >&2; exit 1",
            "no channel of conda answers (CondaHTTPError: HTTP 000 CONNECTION FAILED); connect this machine, or",
        ),
        ("exit 0", "conda has put no Python in it, as environment.yml names none; change what it declares"),
    ],
)
def test_what_conda_cannot_make_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, does: str, problem: str
) -> None:
    with pytest.raises(InvalidInput) as error:
        environment_of(write_conda(tmp_path, monkeypatch, "conda", does), cache=tmp_path / "cache")
    assert f"the environment of environment.yml cannot be made: {problem}" in str(error.value)


def test_the_name_goes_by_what_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(tmp_path, {"analysis.py": ANALYSIS, "requirements.txt": "numpy\n"})
    declaration = declared_by(str(tmp_path))
    assert declaration is not None
    name = environment_name(declaration)
    assert environment_name(declaration) == name
    monkeypatch.setattr("analysis_jobs.environments.making.own_digest", lambda: "another version of ours")
    assert environment_name(declaration) != name
