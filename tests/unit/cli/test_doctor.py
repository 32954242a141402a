"""The command `doctor`: lines, JSON, and its status."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from support.samples import ANALYSIS, PROJECT, write_files
from support.shelf import Said, command

from analysis_jobs.health import doctor as checks
from analysis_jobs.health.checking import Check
from analysis_jobs.health.diagnosis import broken, doubtful, fine
from analysis_jobs.health.given import Given

Run = Callable[..., Said]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return partial(command, capsys, "doctor")


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> list[Given]:
    """What the command was told, of which nothing is looked at."""
    told: list[Given] = []

    def few(given: Given) -> list[Check]:
        told.append(given)
        return [Check("java", lambda: [fine("Java 21")]), Check("store", lambda: [doubtful("it is odd; look at it")])]

    monkeypatch.setattr(checks, "checks_of", few)
    return told


def test_lines_and_status(run: Run, given: list[Given], monkeypatch: pytest.MonkeyPatch) -> None:
    said = run()
    assert (said.code, said.out.splitlines()) == (
        0,
        ["ok       java: Java 21", "warning  store: it is odd; look at it", "nothing is wrong, 1 warning"],
    )
    monkeypatch.setattr(checks, "checks_of", lambda _given: [Check("java", lambda: [broken("there is none; get one")])])
    said = run()
    assert (said.code, said.out.splitlines()) == (1, ["wrong    java: there is none; get one", "1 thing is wrong"])


def test_json(run: Run, given: list[Given]) -> None:
    assert run("--json").lines == [
        {"check": "java", "level": "ok", "message": "Java 21"},
        {"check": "store", "level": "warning", "message": "it is odd; look at it"},
    ]


def test_options_are_those_of_the_pipeline(run: Run, given: list[Given], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NXF_WORK", raising=False)
    monkeypatch.delenv("RESULTS_PATH", raising=False)
    run("--outdir", "out", "--store", "docdb", "--bucket", "s3://x", "--profile", "docker,lab", "--read_only")
    run("--profile", "codeocean")
    run("--work_dir", "w", "--analysis_image", "mine:1", "--apptainer", "--pipeline", str(PROJECT))
    first, second, third = given
    assert (first.outdir, first.store, first.bucket, first.read_only) == ("out", "docdb", "s3://x", True)
    assert first.profiles == {"docker", "lab"}
    assert (second.outdir, second.store_place, second.work) == ("/results", "docdb", "work")
    assert (third.work, third.analysis_image, third.apptainer, third.pipeline) == ("w", "mine:1", True, PROJECT)


def test_outdir_may_be_a_url(run: Run, given: list[Given]) -> None:
    run("--outdir", "s3://my-bucket/launches", "--work-dir", "s3://my-bucket/work")
    (told,) = given
    assert told.outdir == "s3://my-bucket/launches"
    assert not {"--outdir", "-work-dir"} & told.folders.keys()


def test_an_analysis_is_checked(run: Run, given: list[Given], tmp_path: Path) -> None:
    write_files(tmp_path, {"rates.py": f"import not_there_at_all\n{ANALYSIS}"})
    said = run("--analysis", tmp_path / "rates.py")
    assert said.code == 1
    assert "wrong    analysis: rates.py, line 1: the module not_there_at_all is not installed in" in said.out


def test_all_of_it_without_a_traceback(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = run("--outdir", tmp_path / "out", "--store", "nothing://of/that/kind", "--bucket", "s3://")
    assert said.code == 1
    assert said.err == ""
    assert "wrong    store: the store 'nothing://of/that/kind' is of an unknown kind" in said.out
    assert "wrong    bucket: the bucket s3:// has no name" in said.out
    assert list(tmp_path.iterdir()) == []
