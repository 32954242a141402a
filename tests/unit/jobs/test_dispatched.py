"""What a dispatcher adds to the parameters by itself: known by name, and said."""

from pathlib import Path
from typing import Any

import pytest
from support.samples import Specification, decide, job_text, write_files

from analysis_jobs import GenericModel


class OfItsOwn(GenericModel):
    """An analysis that has parameters of the panel's names."""

    cutoff: float = 0.5
    dry_run: bool = True
    file_location: list[str] = []


def decided(folder: Path, parameters: dict[str, Any], specification: type = Specification) -> dict[str, Any]:
    write_files(folder, {"1.json": job_text("a", analysis_code={"object_type": "Code", "parameters": parameters})})
    (line,) = decide(folder, specification=specification).lines
    return line


@pytest.mark.parametrize(
    "name",
    [
        *("dry_run", "dry run", "dry-run", "Dry Run", "dryRun", "file_location", "input_directory", "input directory"),
        *("split files", "filter by extension", "docDB group by field", "maximum number of tasks dispatched"),
        *("use data asset input from csv", "tasks_per_job", "filter_latest", "drop_null_groups", "ordered_param_3"),
    ],
)
def test_an_entry_of_the_panel_is_left_out_and_named(tmp_path: Path, name: str) -> None:
    line = decided(tmp_path, {name: "0", "cutoff": "0.25"})
    assert line["decision"] == "run"
    assert line["parameters"] == {"cutoff": 0.25}
    assert line["reason"] == f"new; left out {name!r} of the dispatcher, not a parameter of the analysis"
    assert line["key"] == decided(tmp_path, {"cutoff": 0.25})["key"]


def test_what_the_analysis_has_is_its_parameter(tmp_path: Path) -> None:
    line = decided(tmp_path, {"dry_run": "0", "dry run": "0", "file_location": ["s3://b/x"]}, OfItsOwn)
    assert line["parameters"] == {"cutoff": 0.5, "dry_run": False, "file_location": ["s3://b/x"]}
    assert line["note"] == "left out 'dry run' of the dispatcher, not a parameter of the analysis"


@pytest.mark.parametrize(("name", "near"), [("cutof", "did you mean 'cutoff'?"), ("dry_runs", "known are: cutoff")])
def test_what_nobody_knows_stays_an_error(tmp_path: Path, name: str, near: str) -> None:
    line = decided(tmp_path, {name: 1, "dry_run": "0"})
    assert line["decision"] == "invalid"
    assert line["reason"] == f"1.json: {name!r} (given as 1) is not a parameter of the analysis; {near}"


def test_parameters_of_the_job_itself_are_no_panel(tmp_path: Path) -> None:
    write_files(tmp_path, {"1.json": job_text("a", distributed_parameters={"dry_run": 1})})
    assert decide(tmp_path).by_file == {"1.json": "invalid"}


def test_unknown_fields_are_in_the_reason(tmp_path: Path) -> None:
    fields = {f"x{number}": number for number in range(7)}
    write_files(tmp_path, {"1.json": job_text("a", **fields), "2.json": job_text("a/", x0=0)})
    one, two = decide(tmp_path).lines
    assert one["reason"] == "new; ignored 'x0', 'x1', 'x2', 'x3', 'x4' and 2 more, not a field of a job file"
    assert two["reason"] == "the same job as in 1.json; ignored 'x0', not a field of a job file"


@pytest.mark.parametrize("name", ["cutof", "cut-off", "Cutoff"])
def test_a_misspelt_parameter_beside_the_fields(tmp_path: Path, name: str) -> None:
    write_files(tmp_path, {"1.json": job_text("a", **{name: 1})})
    (line,) = decide(tmp_path).lines
    assert line["reason"].endswith(
        f"{name!r} is not a field of a job file; did you mean the parameter 'cutoff'? Write it into "
        "'distributed_parameters'"
    )
