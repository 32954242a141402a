"""An analysis in its environment, which is not made for that."""

from pathlib import Path

import pytest
from support.samples import ANALYSIS, write_files

from analysis_jobs.errors import InvalidInput
from analysis_jobs.health import analysis
from analysis_jobs.health.analysis import look_at_analysis


def test_one_that_is_fine(tmp_path: Path) -> None:
    write_files(tmp_path, {"rates.py": ANALYSIS})
    said = list(look_at_analysis(str(tmp_path / "rates.py")))
    assert [one.level for one in said] == ["ok"], said


def test_one_that_lacks_a_module(tmp_path: Path) -> None:
    write_files(tmp_path, {"rates.py": f"import not_there_at_all\n{ANALYSIS}"})
    said = list(look_at_analysis(str(tmp_path / "rates.py")))
    assert said[0].level == "wrong"
    assert "the module not_there_at_all is not installed" in said[0].message


def test_no_environment_is_made(tmp_path: Path) -> None:
    block = '# /// script\n# dependencies = ["not-there-at-all"]\n# ///\n'
    write_files(tmp_path, {"rates.py": block + ANALYSIS})
    (said,) = look_at_analysis(str(tmp_path / "rates.py"), cache=tmp_path / "cache")
    assert (said.level, "is not made yet, and is by the first launch" in said.message) == ("ok", True)
    assert not (tmp_path / "cache").exists()


def test_no_analysis(tmp_path: Path) -> None:
    try:
        said = list(look_at_analysis(str(tmp_path / "absent.py")))
    except InvalidInput as error:
        assert "absent.py" in str(error)
    else:
        assert [one.level for one in said] == ["wrong"]
        assert "absent.py" in said[0].message


def test_one_that_never_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysis, "CHECKING", 2.0)
    write_files(tmp_path, {"rates.py": f"import time; time.sleep(600)\n{ANALYSIS}"})
    (said,) = look_at_analysis(str(tmp_path / "rates.py"))
    assert (said.level, "was not loaded in 2 s" in said.message) == ("warning", True)
