"""What of a repetition needs the analysis: loaded where the job runs again."""

from pathlib import Path

import pytest
from support.samples import ANALYSIS, write_files

from analysis_jobs.analysis.source import locate
from analysis_jobs.errors import InvalidInput
from analysis_jobs.published.again import LoadedAgain


@pytest.fixture
def code(tmp_path: Path, importing: None) -> str:
    twice = "cutoff: float = 0.5\n    twice = field_validator('cutoff')(lambda value: 2 * value)"
    analysis = "from pydantic import field_validator\n" + ANALYSIS.replace("cutoff: float = 0.5", twice)
    write_files(tmp_path, {"units.py": analysis})
    locate(str(tmp_path / "units.py")).export(tmp_path / "code")
    return str(tmp_path / "code")


def test_recorded_parameters_are_had_again(code: str) -> None:
    assert LoadedAgain(code).parameters({"cutoff": 1}, {"cutoff": 2.0}, False) == {"cutoff": 2.0}


def test_others_are_refused_unless_other_code_will_do(code: str) -> None:
    with pytest.raises(InvalidInput, match=r"makes cutoff = 2\.0 of what was given, where 3\.0 is recorded"):
        LoadedAgain(code).parameters({"cutoff": 1}, {"cutoff": 3.0}, False)
    assert LoadedAgain(code).parameters({"cutoff": 1}, {"cutoff": 3.0}, True) == {"cutoff": 2.0}
