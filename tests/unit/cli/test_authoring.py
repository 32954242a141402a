"""`analysis-jobs try`: one job without Nextflow, and what is shown of it."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.samples import ANALYSIS, job_text, run_command, run_script, write_files

BODY = """
    print("said by the analysis", flush=True)
    import subprocess
    subprocess.run(["echo", "said by a program"])
    (results / "deep").mkdir()
    (results / "deep" / "a.txt").write_text("four")
    return"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {"units.py": ANALYSIS.replace("\n    return", BODY), "job.json": job_text("s3://in"), "p.json": "[{}, {}]"}
    return write_files(tmp_path, files)


def attempt(folder: Path, *more: object, said: str = "", analysis: str = "units.py") -> tuple[int, str, str]:
    ended = run_command("try", analysis, "--job", "job.json", *more, cwd=folder, said=said)
    return ended.returncode, ended.stdout, ended.stderr


def found(folder: Path, *more: object) -> tuple[int, dict[str, Any], str]:
    code, out, err = attempt(folder, "--json", *more)
    return code, json.loads(out), err


def failing(folder: Path, line: str) -> Path:
    return write_files(folder, {"units.py": ANALYSIS.replace("    return", f"    {line}\n    return")})


def test_what_is_shown(folder: Path) -> None:
    code, out, err = attempt(folder, "--set", "cutoff=0.25", "--results", "out")
    assert (code, err) == (0, "")
    printed, program, *facts, took, key, results = out.splitlines()
    assert (printed, program) == ("said by the analysis", "said by a program")
    assert facts == [
        "inputs:        s3://in", "parameters:    cutoff = 0.25", "state:         done", "outputs:       value = 0.25",
        "files:         deep/a.txt (4 bytes)",
    ]  # fmt: skip
    assert re.fullmatch(r"took:          \d\.\d\d s, at most \d+\.\d [MG]B of memory", took)
    assert re.fullmatch(r"key:           [0-9a-f]{64}", key)
    assert results == f"results:       {folder / 'out'}"


def test_as_json_it_is_alone_on_stdout(folder: Path) -> None:
    code, one, err = found(folder)
    assert (code, err) == (0, "said by the analysis\nsaid by a program\n")
    assert one["state"] == "done"
    assert one["outputs"] == {"value": 0.5}
    assert one["files"] == [{"path": "deep/a.txt", "size": 4}]
    assert one["peak_memory_bytes"] > 1_000_000
    assert one["seconds"] >= 0
    assert (Path(one["results"]) / "deep" / "a.txt").read_text() == "four"
    assert Path(one["results"]).parent == folder.with_name(f"{folder.name}-fresh")


def test_the_key_is_that_of_a_launch(folder: Path) -> None:
    _, one, _ = found(folder, "--set", "cutoff=1")
    write_files(folder, {"jobs/a.json": job_text("s3://in/"), "work/x": ""})
    flags = ["--jobs", folder / "jobs", "--analysis", folder / "units.py", "--store", folder / "records.sqlite"]
    flags += ["--bucket", folder / "analyses", "--session", "s", "--set", "cutoff=1.0"]
    assert run_script("dedupe", *flags, cwd=folder / "work").returncode == 0
    (line,) = (folder / "work" / "decisions.jsonl").read_text().splitlines()
    assert one["key"] == json.loads(line)["key"]


def test_every_set_of_parameters_is_run(folder: Path) -> None:
    write_files(folder, {"p.json": '[{"cutoff": 1}, {"cutoff": 2}]'})
    code, out, _ = attempt(folder, "--parameters", "p.json", "--results", "out", "--json")
    lines = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [one["outputs"] for one in lines] == [{"value": 1.0}, {"value": 2.0}]
    assert [one["results"] for one in lines] == [str(folder / "out" / number) for number in "01"]


def test_one_set_of_several(folder: Path) -> None:
    """Whatever is wrong with another one."""
    write_files(folder, {"p.json": '[{"cutoff": "x"}, {"cutoff": 2}]'})
    tried = "--parameters", "p.json", "--results", "out", "--json", "--number"
    code, out, _ = attempt(folder, *tried, "1")
    assert code == 0
    (one,) = map(json.loads, out.splitlines())
    assert (one["outputs"], one["results"]) == ({"value": 2.0}, str(folder / "out"))
    code, _, err = attempt(folder, *tried, "0")
    assert code == 2
    assert "cutoff is 'x'" in err
    code, _, err = attempt(folder, *tried, "2")
    assert (code, err) == (2, "error: --number is 2, and job.json makes 2 jobs: numbers begin with 0\n")


def test_one_failure_does_not_stop_the_others(folder: Path) -> None:
    failing(folder, "assert specification.cutoff > 1, 'too low'")
    write_files(folder, {"p.json": '[{"cutoff": 1}, {"cutoff": 2}]'})
    code, out, _ = attempt(folder, "--parameters", "p.json", "--json")
    assert code == 1
    assert [json.loads(line)["state"] for line in out.splitlines()] == ["failed", "done"]


def test_nothing_to_report_is_a_state(folder: Path) -> None:
    failing(folder, "raise NothingToReport('no units')")
    code, out, err = attempt(folder)
    assert (code, err) == (0, "")
    assert "\nstate:         empty\nwhy:           no units\nfiles:         none\n" in out
    assert "outputs" not in out


def test_an_error_shows_the_traceback_of_the_user_alone(folder: Path) -> None:
    failing(folder, "helper()")
    write_files(folder, {"units.py": (folder / "units.py").read_text() + "\ndef helper():\n    return {}['x']\n"})
    code, out, err = attempt(folder)
    assert code == 1
    assert "\nstate:         failed\nwhy:           KeyError: 'x'\n" in out
    assert err.startswith("Traceback (most recent call last):\n")
    assert set(re.findall(r'File ".*?([^/]*)", line', err)) == {"units.py"}
    assert err.rstrip().endswith("KeyError: 'x'")


def test_outputs_that_cannot_be_kept_are_told_without_a_traceback(folder: Path) -> None:
    failing(folder, "return None")
    code, out, err = attempt(folder)
    assert code == 1
    assert "File" not in err
    assert "why:           BadOutcome: run_analysis returned None of type NoneType; return AnalysisOutputs(...)" in out


def test_a_file_with_a_name_that_cannot_be_shown(folder: Path) -> None:
    failing(folder, "open(b'a\\xff\\x1b', 'w').close()")
    code, out, _ = attempt(folder)
    assert code == 1
    assert "\nwhy:           BadOutcome: the results hold 'a\\udcff\\x1b', which is not a printable name" in out
    assert "\nfiles:         a\\udcff\\x1b (0 bytes)\n" in out


def test_the_debugger_opens_where_it_fails(folder: Path) -> None:
    failing(folder, "seen = 6 * 7; raise ValueError('oh')")
    code, out, err = attempt(folder, "--debug", said="p seen\np specification\nq\n")
    assert code == 1
    assert "(Pdb) 42\n(Pdb) AnalysisSpecification(cutoff=0.5)\n" in out
    assert err.rstrip().endswith("ValueError: oh")
    assert "why:           ValueError: oh" in out


def test_the_debugger_has_no_place_for_bad_outputs(folder: Path) -> None:
    failing(folder, "return None")
    code, out, err = attempt(folder, "--debug")
    assert (code, "(Pdb)" in out) == (1, False)
    assert "none of your code was running when it failed; to look at outputs, write breakpoint() " in err


def test_a_breakpoint_stops_without_any_option(folder: Path) -> None:
    failing(folder, "breakpoint()")
    code, out, _ = attempt(folder, said="p job.inputs\nc\n")
    assert code == 0
    assert "(Pdb) ['s3://in']\n" in out
    assert "state:         done" in out


def test_to_quit_a_breakpoint_ends_it(folder: Path) -> None:
    failing(folder, "breakpoint()")
    code, out, err = attempt(folder, said="q\n")
    assert (code, err) == (1, "")
    assert "state" not in out


@pytest.mark.parametrize("error", ["ZeroDivisionError", "EOFError", "BrokenPipeError", "InvalidInput"])
def test_for_an_editor_nothing_is_caught(folder: Path, error: str) -> None:
    """Neither what typer takes for an interruption or a closed pipe, nor what our commands tell in a sentence."""
    failing(folder, f"from analysis_jobs.errors import InvalidInput; raise {error}('oh')")
    code, out, err = attempt(folder, "--raise")
    assert (code, out) == (1, "")
    assert err.startswith('Traceback (most recent call last):\n  File "')
    assert re.search(r'File ".*units.py", line \d+, in run_analysis\n(    .*\n)+\S*' + error + ": oh\n$", err)
    assert "During handling" not in err


def test_the_debugger_of_an_editor_stops_there(folder: Path) -> None:
    failing(folder, "seen = 6 * 7; raise ValueError('oh')")
    program = Path(sys.executable).with_name("analysis-jobs")
    command = [
        sys.executable,
        "-m",
        "pdb",
        "-c",
        "continue",
        "--",  # what follows is the program's, also to Python 3.13
        program,
        "try",
        "units.py",
        "--job",
        "job.json",
        "--raise",
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, input="p seen\n")
    assert "units.py(" in done.stdout, done.stderr
    assert "-> seen = 6 * 7; raise ValueError('oh')\n(Pdb) 42\n" in done.stdout


def test_for_an_editor_what_ends_well_is_shown(folder: Path) -> None:
    code, out, err = attempt(folder, "--raise", "--results", "out")
    assert (code, err) == (0, "")
    assert "\nstate:         done\noutputs:       value = 0.5\nfiles:         deep/a.txt (4 bytes)\nkey: " in out
    write_files(folder, {"p.json": '[{"cutoff": 1}, {"cutoff": 2}]'})
    code, out, err = attempt(folder, "--raise", "--parameters", "p.json", "--json")
    assert (code, err.count("said by the analysis\n")) == (0, 2)
    assert [json.loads(line)["outputs"] for line in out.splitlines()] == [{"value": 1.0}, {"value": 2.0}]


def test_one_debugger_at_a_time(folder: Path) -> None:
    code, out, err = attempt(folder, "--raise", "--debug")
    assert (code, out) == (2, "")
    assert (
        err == "error: --debug and --raise are given together; choose the debugger of Python, or that of your editor\n"
    )


def test_files_from_before_are_told(folder: Path) -> None:
    write_files(folder, {"out/old.txt": "1", "units.py": ANALYSIS})
    code, one, err = found(folder, "--results", "out")
    assert (code, err) == (0, f"files that were in {folder / 'out'} before (1) are listed as well\n")
    assert [file["path"] for file in one["files"]] == ["old.txt"]


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (
            ["--set", "cutof=1"],
            "--set: 'cutof' (given as '1') is not a parameter of the analysis; did you mean 'cutoff",
        ),
        (["--parameters", "none.json"], "none.json does not exist; check the path"),
        (["--results", "units.py/x"], "the results folder "),
        (["--job", "none.json"], "none.json does not exist; check the path"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(folder: Path, flags: list[str], said: str) -> None:
    code, out, err = attempt(folder, *flags)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"error: {said}")


def test_what_counts_for_nothing_is_noted(folder: Path) -> None:
    job = {"s3_location": ["s3://in"], "colour": "red", "analysis_code": {"parameters": {"dry_run": "1"}}}
    write_files(folder, {"job.json": json.dumps(job)})
    ignored = "ignored 'colour', not a field of a job file"
    note = f"{ignored}; left out 'dry_run' of the dispatcher, not a parameter of the analysis"
    assert f"note:          {note}" in attempt(folder)[1].splitlines()
    assert found(folder)[1]["note"] == note
