"""Java: the one that Nextflow's launcher takes, too old, too new, broken or none."""

from pathlib import Path

import pytest

from analysis_jobs.health.java import NEWEST_JAVA, look_at_java, newest_java
from analysis_jobs.health.nextflow import FoundNextflow

OFFICIAL = """
if [[ ! $JAVA_VER =~ ^(17|18|19|20|21|22|23) ]]; then echo no; fi
if [[ "$JAVA_VER" =~ ^(21|22|23) ]]; then true; fi
"""


@pytest.fixture(autouse=True)
def nothing_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("NXF_JAVA_HOME", "JAVA_CMD", "JAVA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "path"))


def java(home: Path, version: str | None) -> Path:
    """Make a Java of a version, as a JDK says it in its file; None for one that does not run."""
    path = home / "bin" / "java"
    path.parent.mkdir(parents=True)
    path.write_text("#!/bin/sh\nexit 1\n")
    path.chmod(0o755)
    if version:
        (home / "release").write_text(f'IMPLEMENTOR="x"\nJAVA_VERSION="{version}"\n')
    return path


def official(tmp_path: Path) -> FoundNextflow:
    return FoundNextflow(tmp_path / "bin" / "nextflow", "24.10.4", OFFICIAL)


def of_setup(tmp_path: Path) -> FoundNextflow:
    (tmp_path / "share" / "nextflow").mkdir(parents=True)
    (tmp_path / "share" / "nextflow" / "version").write_text("24.10.0")
    return FoundNextflow(tmp_path / "bin" / "nextflow", "24.10.0", "")


@pytest.mark.parametrize(
    ("version", "level", "message"),
    [
        ("21.0.2", "ok", "Java 21 at "),
        ("17", "ok", "Java 17 at "),
        ("11.0.1", "wrong", "is too old, as Nextflow needs 17"),
        ("24.0.1", "wrong", "is too new for Nextflow 24.10.4, which takes 17 to 23"),
        (None, "wrong", "which JAVA_HOME names, does not run"),
    ],
)
def test_of_the_official_launcher(
    version: str | None, level: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    java(tmp_path / "jdk", version)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "jdk"))
    (said,) = look_at_java(official(tmp_path))
    assert said.level == level
    assert message in said.message


def test_a_variable_that_names_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NXF_JAVA_HOME", str(tmp_path / "gone"))
    java(tmp_path / "path", "21").rename(tmp_path / "path" / "java")
    passed_over, used = look_at_java(official(tmp_path))
    assert passed_over.message.startswith(f"NXF_JAVA_HOME names {tmp_path}/gone, which is not there; change it, or")
    assert (passed_over.level, used.message.endswith("/path/java, which PATH names, does not run; install one")) == (
        "warning",
        False,
    )


def test_a_folder_without_a_java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    (said,) = look_at_java(official(tmp_path))
    assert said.message.startswith(f"{tmp_path}/bin/java, which JAVA_HOME names, is not there; install one")


def test_none(tmp_path: Path) -> None:
    assert [said.message[:16] for said in look_at_java(official(tmp_path))] == ["there is no Java"]


def test_the_launcher_of_make_setup_goes_on_to_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    java(tmp_path / "old", "8.0.1")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "old"))
    nextflow = of_setup(tmp_path)
    java(tmp_path / "share" / "java", "21")
    used, passed_over = look_at_java(nextflow)
    assert (used.level, f"{tmp_path}/share/java/bin/java, which make setup names" in used.message) == ("ok", True)
    assert passed_over.level == "warning"
    assert passed_over.message.startswith(f"{tmp_path}/old/bin/java, which JAVA_HOME names, is not a Java for Nextflow")


def test_one_that_is_newer_than_any_that_was_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    java(tmp_path / "jdk", str(NEWEST_JAVA + 1))
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "jdk"))
    (said,) = look_at_java(of_setup(tmp_path))
    assert said.level == "warning"


def test_one_without_a_release_file_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = java(tmp_path, None)
    path.write_text("#!/bin/sh\necho 'openjdk version \"21.0.1\" 2023-10-17' >&2\n")
    monkeypatch.setenv("PATH", str(path.parent))
    (said,) = look_at_java(None)
    assert said.message == f"Java 21 at {path}, which PATH names"


def test_what_a_launcher_takes(tmp_path: Path) -> None:
    assert newest_java(official(tmp_path)) == 23
    assert newest_java(None) == newest_java(of_setup(tmp_path)) == NEWEST_JAVA
