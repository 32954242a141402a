"""The check says how an analysis ends the process that loads it, and does not wait for ever."""

import json
import tempfile
from pathlib import Path

import pytest
from support.checks import NAMED, field
from support.samples import run_command, write_files

from analysis_jobs.authoring.check import check_analysis
from analysis_jobs.authoring.check_apart import check_apart
from analysis_jobs.errors import InvalidInput

ENDS = {
    "an interrupt": ("raise KeyboardInterrupt", ": KeyboardInterrupt; fix it"),
    "exit in a default": (
        field("n: int = Field(default_factory=lambda: __import__('os')._exit(3))"),
        ", with status 3;",
    ),
    "a signal": ("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)", ", by SIGSEGV; look for the library"),
    "killed": ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "within 300 s, or was killed for its memory"),
}


@pytest.mark.parametrize("how", ENDS)
def test_how_it_ended(tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    text, said = ENDS[how]
    write_files(tmp_path, {"my_analysis.py": text})
    (finding,) = check_apart(str(tmp_path / "my_analysis.py")).wrong
    assert said in finding.message
    assert "my_analysis.py" in finding.message
    assert sorted(path.name for path in tmp_path.iterdir()) == ["my_analysis.py"]


def test_an_import_without_an_end(tmp_path: Path) -> None:
    write_files(tmp_path, {"my_analysis.py": "while True: pass"})
    (finding,) = check_apart(str(tmp_path / "my_analysis.py"), seconds=2).wrong
    assert "was not loaded within 2 s" in finding.message


def test_all_that_is_found_arrives(tmp_path: Path) -> None:
    write_files(tmp_path, {"my_analysis.py": NAMED + "import random\nRNG = random.Random()", "p.json": '{"cutof": 1}'})
    arguments = str(tmp_path / "my_analysis.py"), tmp_path / "p.json"
    apart, here = (check(*arguments).as_json() for check in (check_apart, check_analysis))
    assert len(apart["findings"]) == 2
    assert {**apart, "import_seconds": 0} == {**here, "import_seconds": 0}


def test_no_analysis(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="there is no analysis at"):
        check_apart(str(tmp_path / "nothing.py"))


ODD = {
    "what Python has is replaced": "import builtins, json\nbuiltins.open = json.dumps = json.loads = None\n",
    "a fork": "import os\nos.fork()\n",
}


@pytest.mark.parametrize("case", ODD)
def test_nothing_ends_the_command_in_a_traceback(tmp_path: Path, case: str) -> None:
    write_files(tmp_path, {"my_analysis.py": ODD[case] + NAMED})
    ended = run_command("check", "my_analysis.py", "--json", cwd=tmp_path)
    assert "Traceback" not in ended.stderr + ended.stdout
    assert json.loads(ended.stdout)["name"] == "my_analysis.py"
