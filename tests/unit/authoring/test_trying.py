"""`try` in an environment of its own packages, and in this one."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.bare import needs_index
from support.samples import ANALYSIS, job_text, run_command, write_files

from analysis_jobs.authoring.trying import Trying

BLOCK = '# /// script\n# dependencies = ["tomli-w==1.1.0"]\n# ///\nimport tomli_w\n'


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    needs_index()
    folder = tmp_path_factory.mktemp("lab")
    return write_files(folder / "lab", {"units.py": BLOCK + ANALYSIS, "job.json": job_text("a"), "p.json": "[{}, {}]"})


def test_it_runs_there_and_is_shown_here(lab: Path) -> None:
    ended = run_command("try", "units.py", "--job", "job.json", "--parameters", "p.json", "--json", cwd=lab)
    assert (ended.returncode, ended.stderr) == (0, "")
    first, second = map(json.loads, ended.stdout.splitlines())
    assert (first["outputs"], second["state"]) == ({"value": 0.5}, "done")
    shown = run_command("try", "units.py", "--job", "job.json", cwd=lab)
    assert "outputs:       value = 0.5" in shown.stdout


def test_what_it_prints_and_raises_is_seen(lab: Path) -> None:
    fails = "    print('said by the analysis')\n    raise ValueError('no')\n    return"
    write_files(lab, {"failing.py": BLOCK + ANALYSIS.replace("    return", fails)})
    ended = run_command("try", "failing.py", "--job", "job.json", "--json", cwd=lab)
    assert ended.returncode == 1
    assert json.loads(ended.stdout)["error"]["message"] == "no"
    assert "said by the analysis" in ended.stderr
    raised = run_command("try", "failing.py", "--job", "job.json", "--raise", cwd=lab)
    assert raised.returncode == 1
    assert raised.stderr.splitlines()[-1] == "ValueError: no"
    debugged = run_command("try", "failing.py", "--job", "job.json", "--debug", cwd=lab, said="p specification\nq\n")
    assert "cutoff=0.5" in debugged.stdout


def test_what_is_wrong_is_said_in_a_sentence(lab: Path) -> None:
    ended = run_command("try", "units.py", "--job", "job.json", "--set", "cutof=1", cwd=lab)
    assert ended.returncode == 2
    assert "cutof" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_check_says_what_the_declaration_lacks(lab: Path) -> None:
    write_files(lab, {"lacking.py": BLOCK + "import numpy\n" + ANALYSIS})
    ended = run_command("check", "lacking.py", cwd=lab)
    assert ended.returncode == 2
    said = " ".join(ended.stdout.split())
    declared = "the script block of lacking.py"
    assert f"wrong: lacking.py, line 5: nothing that {declared} declares provides the module numpy; add what " in said
    assert f"provides numpy to {declared}" in said
    fine = run_command("check", "units.py", "--json", cwd=lab)
    assert fine.returncode == 0
    assert [finding["level"] for finding in json.loads(fine.stdout)["findings"]] == ["warning"]  # it has no name
    here = run_command("check", "units.py", "--environment", "active", cwd=lab)
    assert f"the module tomli_w is not installed in {sys.prefix}" in here.stdout


def test_explain_asks_there(lab: Path) -> None:
    from analysis_jobs.store.sqlite import SqliteStore

    SqliteStore(lab / "records.sqlite")
    words = ["explain", "job.json", "--analysis", "units.py", "--store", "records.sqlite", "--json"]
    ended = run_command(*words, cwd=lab)
    tried = run_command("try", "units.py", "--job", "job.json", "--json", cwd=lab)
    assert json.loads(ended.stdout)["key"] == json.loads(tried.stdout)["key"]
    counted = json.loads(run_command(*words, "--key-environment", cwd=lab).stdout)
    assert counted["parts"]["key_version"] == 2
    assert counted["parts"]["environment"].startswith("sha256:")


def test_it_counts_and_runs_in_this_process(tmp_path: Path, importing: None) -> None:
    write_files(tmp_path, {"units.py": ANALYSIS, "job.json": job_text("a")})
    trying = Trying(str(tmp_path / "units.py"), str(tmp_path / "job.json"), str(tmp_path / "out"), None, ["cutoff=2"])
    assert trying.count() == 1
    assert trying.run(0)["outputs"] == {"value": 2.0}
    assert os.path.samefile(Path.cwd(), tmp_path / "out")


def test_ours_is_not_seen_by_the_programs_of_the_analysis(lab: Path) -> None:
    """The descriptors by which it is asked are closed in what it starts."""
    look = (
        "    import os, subprocess\n    held = subprocess.run(['ls', '/proc/self/fd'], capture_output=True)\n    return"
    )
    body = ANALYSIS.replace("    return", look).replace("value=specification.cutoff", "value=len(held.stdout.split())")
    write_files(lab, {"looking.py": BLOCK + body})
    ended = subprocess.run(
        [Path(sys.executable).with_name("analysis-jobs"), "try", "looking.py", "--job", "job.json", "--json"],
        cwd=lab,
        capture_output=True,
        text=True,
    )
    assert json.loads(ended.stdout)["outputs"]["value"] <= 4  # standard ones, and that of the listing
