"""Jobs of a file: one for each parameter set, and what is wrong with it, or with a set."""

from pathlib import Path
from typing import Any

from support.samples import Specification, job_text

from analysis_jobs.jobs.job_files import JobFile
from analysis_jobs.jobs.key import JobKeys
from analysis_jobs.jobs.parameter_sources import ParameterSources
from analysis_jobs.jobs.specification import Parameters
from analysis_jobs.stages.dedupe.candidates import Candidate, candidates

SETS = ({"cutoff": 1}, {"cutoff": "high"}, {"cutoff": 2})


def found(folder: Path, text: str) -> list[Any]:
    (folder / "a.json").write_text(text)
    keys = JobKeys(ParameterSources(distributed=SETS), Parameters(Specification), "sha256:c0de")
    return list(candidates(JobFile(folder / "a.json", "sub/a.json"), keys))


def test_a_set_that_is_wrong_stops_no_others(tmp_path: Path) -> None:
    first, wrong, last = found(tmp_path, job_text("in"))
    assert isinstance(first, Candidate) and isinstance(last, Candidate)
    assert first.key != last.key
    assert [each.keyed.parts["parameters"] for each in (first, last)] == [{"cutoff": 1}, {"cutoff": 2}]
    assert wrong["decision"] == "invalid"
    assert wrong["reason"].startswith("sub/a.json: parameters refused by ")


def test_what_is_known_of_a_set_that_is_wrong(tmp_path: Path) -> None:
    """So that it can be called by its recording; but no secret of it."""
    location = "s3://in/690494_2025-02-04_10-20-30"
    _, wrong, _ = found(tmp_path, job_text(location, asset_name=["raw"]))
    about = {name: wrong[name] for name in ("inputs", "assets", "subject", "acquired")}
    assert about == {"inputs": [location], "assets": ["raw"], "subject": "690494", "acquired": "2025-02-04T10:20:30"}
    _, signed, _ = found(tmp_path, job_text("https://me:s3cret@host/a.nwb?X-Amz-Signature=c0de"))
    assert "s3cret" not in str(signed) and "c0de" not in str(signed)


def test_a_file_that_is_wrong_has_one_decision(tmp_path: Path) -> None:
    (decision,) = found(tmp_path, "{")
    assert (decision["file"], decision["decision"]) == ("sub/a.json", "invalid")
    assert "is not JSON" in decision["reason"]
