"""Commands that run one job as the launch did."""

import shlex

import pytest
from support.reports import ABOUT, invalid, job

from analysis_jobs.report.try_command import TryCommand


def test_commands_run_one_job_as_the_launch_did() -> None:
    rows = [job(1), invalid(2)]
    rerun = TryCommand(ABOUT, rows)
    words = shlex.split(rerun.command(rows[0]))
    assert words == [
        *["analysis-jobs", "try", "/lab/analysis.py", "--job", "/data/my jobs/session_001.json"],
        *["--parameters", "/lab/parameters.json", "--set", "cutoff=0.5", "--set", "label=two words"],
        *["--results", f"try-{rows[0]['key'][:12]}"],
    ]
    assert shlex.split(rerun.command(rows[1]))[-1] == "try-job"


def test_commands_let_recordings_run_programs_only_where_the_launch_did() -> None:
    row, asked = job(1), {**ABOUT["launch"], "allow_pickle": True}
    assert "--allow-pickle" not in TryCommand(ABOUT, [row]).command(row)
    assert "--allow-pickle" in shlex.split(TryCommand({**ABOUT, "launch": asked}, [row]).command(row))


@pytest.mark.parametrize("file", ["it's.json", "a b.json", "$(rm -rf).json", "-x.json", "`x`;|&.json", "ü\n.json"])
def test_commands_hold_any_name_of_a_file(file: str) -> None:
    row = job(1, file=file)
    assert shlex.split(TryCommand(ABOUT, [row]).command(row))[4] == f"/data/my jobs/{file}"


def test_the_command_of_a_file_with_many_parameter_sets_runs_this_one() -> None:
    rows = [job(0, file="one.json"), job(1, file="two.json"), *(job(n, file="one.json") for n in (2, 3))]
    rerun = TryCommand(ABOUT, rows)
    words = [shlex.split(rerun.command(row)) for row in rows]
    numbers = [one[one.index("--number") + 1] if "--number" in one else None for one in words]
    assert numbers == ["0", None, "1", "2"]


def test_commands_without_knowledge_of_the_launch() -> None:
    row = job(1)
    assert shlex.split(TryCommand({}, [row]).command(row))[:5] == [
        *["analysis-jobs", "try", "analysis.py", "--job", "jobs/session_001.json"]
    ]
