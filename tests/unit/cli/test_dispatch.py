"""The command `dispatch`, also with options as the original spells them."""

from pathlib import Path

import pytest
from support.dispatched import written
from support.samples import write_files
from support.shelf import Said, command


@pytest.fixture
def dispatched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> Said:
        return command(capsys, "dispatch", *words)

    return run


def test_dispatching_twice_writes_the_same_files(tmp_path: Path, dispatched) -> None:
    write_files(tmp_path, {"assets.csv": "s3_location\ns3://b/one\ns3://b/two\n"})
    first = dispatched("--csv", "assets.csv")
    assert (first.code, first.out, first.err) == (0, "2 job files of 2 assets are in jobs\n", "")
    before = written()
    assert dispatched("--csv", "assets.csv") == first
    assert written() == before


def test_options_as_the_original_spells_them(tmp_path: Path, dispatched) -> None:
    write_files(tmp_path / "sessions", dict.fromkeys(("a/1.nwb", "a/2.nwb", "b/3.nwb", "c/notes.txt"), ""))
    options = ["--glob=sessions/*", "--file_extension=.nwb", "--split_files=0", "--tasks_per_job=2"]
    dispatched(*options, "--max_number_of_tasks_dispatched=2", "--output_directory=elsewhere")
    assert sorted(len(job["file_location"]) for job in written(Path("elsewhere")).values()) == [1, 2]
    assert len(list((tmp_path / "elsewhere" / "0").iterdir())) == 2


@pytest.mark.parametrize("words", [["--jobs-per-task", "0"], ["--max-jobs", "0"], ["--split-files", "perhaps"]])
def test_options_that_are_wrong(dispatched, words: list[str]) -> None:
    ended = dispatched("--glob=*", *words)
    assert (ended.code, ended.out) == (2, "")
    assert f"Invalid value for '{words[0]}'" in ended.err


def test_results_of_an_analysis(rates: dict[str, str], place: list[str], dispatched) -> None:
    said = dispatched("--results-of", "rates", "--parameter", "cutoff=0.5", *place)
    assert (said.code, said.out) == (0, "1 job file of 1 result is in jobs\n"), said.err
    (job,) = written().values()
    assert [source["key"] for source in job["sources"]] == [rates["new"]]
    said = dispatched("--results-of", "rates", "--all-versions", "--until", "2026-01-02", "--group_by", "all", *place)
    assert said.out == "1 job file of 2 results is in jobs\n"
    (job,) = written().values()
    assert {source["key"] for source in job["sources"]} == {rates["old"], rates["other"]}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["--results-of", "rates", "--csv", "a.csv"],
            "--csv is an option of assets, and --results-of is given",
        ),
        (["--results-of", "rates", "--split-files", "0"], "--split-files is an option of assets, and --results-of"),
        (["--glob", "*", "--files", "*.json"], "--files is an option of results; give --results-of NAME, or leave it"),
        (["--results-of", "rates", "--files", ""], "--files is empty; give it a value, or leave it out"),
        (["--glob", "*", "--group-by", " "], "--group-by is empty; give it a value, or leave it out"),
        (["--glob", "*", "--tag", "v1"], "--tag is an option of results; give --results-of NAME, or leave it out"),
        (["--results-of", "rates", "--outdir", "none"], "there is no store none/records.sqlite"),
    ],
)
def test_options_that_do_not_go_together(dispatched, words: list[str], said: str) -> None:
    ended = dispatched(*words)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
