"""What an analysis hands back: the files in its results folder, and its outputs."""

import json
import os
import sys
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import BaseModel, Field, SecretStr, computed_field, field_validator
from support.samples import Specification, entry, write_files

from analysis_jobs import GenericModel, Job, NothingToReport
from analysis_jobs.analysis.loading import Analysis
from analysis_jobs.stages.analyze.job import (
    BadOutcome,
    BadSpecification,
    analysis_error,
    check_results,
    outcome_of,
    run_analysis,
)
from analysis_jobs.wording import LONGEST_MESSAGE, LONGEST_TRACEBACK

JOB = Job(s3_location=["in"])


def refusal(results: Path) -> str:
    with pytest.raises(BadOutcome) as caught:
        check_results(results, {"s3_location": ["in"]})
    return str(caught.value)


def test_files_and_folders_of_many_names(tmp_path: Path) -> None:
    names = ("a.json", "sub/deep er/b.png", "ü 日本.txt", ".hidden", "sub/manifest.json", 'it\'s "quoted" $x.txt')
    write_files(tmp_path, dict.fromkeys(names, ""))
    (tmp_path / "empty folder").mkdir()
    check_results(tmp_path, {"s3_location": ["in"]})


def test_a_link_within_the_results_or_to_an_input_is_a_file(tmp_path: Path) -> None:
    write_files(tmp_path, {"recording/a.nwb": "x", "b.nwb": "z", "results/inside.txt": "y"})
    for name, target in {"one": "recording/a.nwb", "two": "b.nwb", "three": "results/inside.txt"}.items():
        (tmp_path / "results" / name).symlink_to(tmp_path / target)
    inputs = {"s3_location": [str(tmp_path / "recording")], "file_location": [str(tmp_path / "b.nwb")]}
    check_results(tmp_path / "results", inputs)


def test_a_link_to_anything_else_is_refused(tmp_path: Path) -> None:
    write_files(tmp_path, {"secret.txt": "x", "results/inside.txt": "y"})
    (tmp_path / "results" / "link.txt").symlink_to(tmp_path / "secret.txt")
    said = refusal(tmp_path / "results")
    assert said.startswith("the results hold 'link.txt', a link to ")
    assert said.endswith(", which is not an input of the job; copy the file")


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    said = "the results folder was moved or removed; leave it where it is, and write into it"
    assert refusal(tmp_path / "results") == said


@pytest.mark.parametrize("name", ["manifest.json", "metadata.nd.json", "analysis.log", "Manifest.JSON"])
def test_names_that_the_pipeline_uses(tmp_path: Path, name: str) -> None:
    write_files(tmp_path, {name: ""})
    assert refusal(tmp_path) == f"the results hold {name}, a name that the pipeline uses; choose another one"


def test_a_reserved_name_of_a_folder(tmp_path: Path) -> None:
    write_files(tmp_path, {"manifest.json/a.txt": ""})
    assert refusal(tmp_path).startswith("the results hold manifest.json, a name that the pipeline uses")


def test_a_link_to_nothing(tmp_path: Path) -> None:
    write_files(tmp_path, {"sub/a.txt": ""})
    (tmp_path / "sub" / "link").symlink_to("nowhere")
    assert refusal(tmp_path).startswith("the results hold 'sub/link', which is a link to a folder or to nothing; write")


def test_a_link_to_a_folder(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    assert refusal(tmp_path).startswith("the results hold 'link', which is a link to a folder or to nothing")


def test_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert refusal(tmp_path) == "the results hold 'pipe', which is not a regular file; write a regular file"


@pytest.mark.parametrize("name", [b"new\nline", b"a\ttab", b"\xff", b"bell\x07/a.txt"])
def test_names_that_cannot_be_printed(tmp_path: Path, name: bytes) -> None:
    path = tmp_path / os.fsdecode(name)
    try:
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
    except OSError:
        pytest.skip("this file system does not take such a name")
    message = refusal(tmp_path)
    assert message == f"the results hold {os.fsdecode(name)!r}, which is not a printable name; choose another name"
    assert message.isprintable()


class Outputs(GenericModel):
    value: float = 1
    by_unit: dict[str, float] = {}


def outputs_of(returned: Any, results: Path, outputs: type[BaseModel] = Outputs) -> dict[str, Any]:
    analysis = Analysis("name", Specification, outputs, lambda *_: returned, sys.modules[__name__])
    return run_analysis(analysis, JOB, {}, {}, results)


def test_outputs(tmp_path: Path) -> None:
    found = outputs_of(Outputs(value=3, by_unit={"1": 0.25}), tmp_path)
    assert (found, type(found["value"])) == ({"value": 3.0, "by_unit": {"1": 0.25}}, float)


def test_outputs_are_validated_once(tmp_path: Path) -> None:
    class Converted(GenericModel):
        window: float

        @field_validator("window")
        @classmethod
        def from_milliseconds(cls, value: float) -> float:
            return value / 1000

    assert outputs_of(Converted(window=50), tmp_path, Converted) == {"window": 0.05}


def test_outputs_that_are_computed_or_renamed(tmp_path: Path) -> None:
    class Rich(GenericModel):
        value: float = Field(serialization_alias="Value")

        @computed_field  # type: ignore[prop-decorator]
        @property
        def double(self) -> float:
            return 2 * self.value

    assert outputs_of(Rich(value=1), tmp_path, Rich) == {"Value": 1, "double": 2}


def test_sets_and_keys_of_outputs(tmp_path: Path) -> None:
    class Sets(GenericModel):
        units: set[int]
        by_number: dict[int, str]

    returned = Sets(units={3, 1, 2}, by_number={7: "a"})
    assert outputs_of(returned, tmp_path, Sets) == {"units": [1, 2, 3], "by_number": {"7": "a"}}


class Other(GenericModel):
    value: float = 1


def changed(**values: Any) -> Outputs:
    outputs = Outputs()
    for name, value in values.items():
        setattr(outputs, name, value)
    return outputs


class Thing:
    pass


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        (None, "returned None of type NoneType; return AnalysisOutputs(...), or raise NothingToReport(...)"),
        ({"value": 1}, "run_analysis returned {'value': 1} of type dict; return AnalysisOutputs(...)"),
        (Outputs, "of type ModelMetaclass; return AnalysisOutputs(...)"),
        (Other(), "run_analysis returned Other(value=1) of type Other; return AnalysisOutputs(...)"),
        ("x" * 1000, "x... of type str; return"),
        (
            changed(value=float("nan")),
            "the output value is nan, which JSON cannot hold and which equals nothing; use a number, or None",
        ),
        (changed(by_unit={"7": float("inf")}), "the output by_unit.7 is inf, which JSON cannot hold"),
        (changed(value="high"), "the outputs cannot be written as JSON: value is 'high': Pydantic serializer warnings"),
        (changed(value=Thing()), "the outputs cannot be written as JSON: value is <"),
        (changed(by_unit={"7": [1]}), "the outputs cannot be written as JSON: by_unit is {'7': [1]}: "),
        (Outputs.model_construct(), None),
    ],
)
def test_outputs_that_are_wrong(tmp_path: Path, returned: Any, said: str | None) -> None:
    if said is None:
        assert outputs_of(returned, tmp_path) == {"value": 1, "by_unit": {}}
        return
    with pytest.raises(BadOutcome) as caught:
        outputs_of(returned, tmp_path)
    assert said in str(caught.value)
    assert len(str(caught.value)) < 500


def test_outputs_made_without_validation(tmp_path: Path) -> None:
    class Required(GenericModel):
        value: float

    with pytest.raises(BadOutcome, match="the outputs do not fit AnalysisOutputs: value is missing; add it"):
        outputs_of(Required.model_construct(), tmp_path, Required)


def test_the_results_folder_is_the_current_one_only_meanwhile(tmp_path: Path) -> None:
    before = Path.cwd()
    seen: list[Path] = []

    def run(job: Job, specification: Specification, results: Path) -> Outputs:
        seen.extend([Path.cwd(), results])
        return Outputs()

    run_analysis(
        Analysis("name", Specification, Outputs, run, sys.modules[__name__]),
        JOB,
        {"cutoff": 2},
        {"cutoff": 2.0},
        tmp_path,
    )
    assert seen == [tmp_path, tmp_path]
    assert Path.cwd() == before


def test_what_the_analysis_raises_is_raised(tmp_path: Path) -> None:
    def run(job: Job, specification: Specification, results: Path) -> Outputs:
        raise KeyError(specification.cutoff)

    before = Path.cwd()
    with pytest.raises(KeyError, match=r"2\.0"):
        run_analysis(
            Analysis("name", Specification, Outputs, run, sys.modules[__name__]),
            JOB,
            {"cutoff": 2},
            {"cutoff": 2.0},
            tmp_path,
        )
    assert Path.cwd() == before


def test_what_an_analysis_raises_shows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "planted+secret/0123456789"
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    try:
        raise RuntimeError(f"git clone https://me:{secret}@host")
    except RuntimeError as error:
        found = analysis_error(error)
    assert secret not in json.dumps(found)
    assert found["message"] == "git clone https://***@host"


def test_notes_are_part_of_the_message() -> None:
    """As that of `open_nwb`, which names the recording and the array that could not be read."""
    error = RuntimeError("Zstd decompression error")
    error.add_note("(while units/spike_times of 'a.nwb' was read: copy it again if it may be damaged)")
    assert analysis_error(error)["message"] == f"Zstd decompression error {error.__notes__[0]}"
    error.__notes__ = "of no list"  # type: ignore[assignment]
    assert analysis_error(error)["message"] == "Zstd decompression error"


class Anything(GenericModel):
    first: int = 0
    value: Any = None


def deep(levels: int) -> Any:
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value


def circular() -> Any:
    value: list[Any] = []
    value.append(value)
    return value


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"source": os.fsdecode(b"caf\xe9.csv")}, r"the output value.source has half a character ('caf\udce9.csv')"),
        ({os.fsdecode(b"\xe9"): 1}, r"the output value has a name that has half a character ('\udce9')"),
        (["a\0b"], r"the output value.0 has a NUL character ('a\x00b'), which databases do not keep; remove it"),
        (deep(95), "is nested in more than 90 levels; flatten it"),
        (deep(300), "is nested in more than 90 levels; flatten it"),
        (deep(100_000), "value is <list>: it is nested in more than 90 levels, or holds itself"),
        (circular(), "value is [[...]]: it is nested in more than 90 levels, or holds itself"),
        (
            {1: "a", "1": "b"},
            "value is {1: 'a', '1': 'b'}: the names 1 and '1' are one in JSON, and a value would be lost",
        ),
        ({"in": [{1.0: 1, "1.0": 2}]}, "the names 1.0 and '1.0' are one in JSON"),
        ({True: 1, "True": 2}, "the names True and 'True' are one in JSON"),
        ({2**64: 1}, None),
        ([2**63 - 1, -(2**63)], None),
        ([2**63], "the output value.0 is a whole number of 64 bits, and databases keep 64; use a text"),
        ([10**5000], "the output value.0 is a whole number of 16610 bits"),
        (SecretStr("abcdefgh"), "value is SecretStr('**********'): a SecretStr would be written as stars"),
        (Thing(), "value is <"),
    ],
)
def test_values_that_cannot_be_kept(tmp_path: Path, value: Any, said: str | None) -> None:
    if said is None:
        outputs_of(Anything(value=value), tmp_path, Anything)
        return
    with pytest.raises(BadOutcome) as caught:
        outputs_of(Anything(value=value), tmp_path, Anything)
    assert said in str(caught.value)
    assert len(str(caught.value)) < 500
    str(caught.value).encode()


def removed(results: Path) -> None:
    results.rmdir()


def moved(results: Path) -> None:
    (results / "a.txt").write_text("x")
    results.rename(results.with_name("elsewhere"))


def replaced(results: Path) -> None:
    moved(results)
    results.symlink_to(results.with_name("elsewhere"))


@pytest.mark.parametrize("change", [removed, moved, replaced])
def test_a_results_folder_that_is_gone(tmp_path: Path, change: Any) -> None:
    results = tmp_path / "results"
    results.mkdir()

    def run(job: Job, specification: Specification, results: Path) -> Outputs:
        change(results)
        return Outputs()

    analysis = Analysis("name", Specification, Outputs, run, sys.modules[__name__])
    with pytest.raises(BadOutcome, match="the results folder was moved or removed; leave it where it is"):
        run_analysis(analysis, JOB, {}, {"cutoff": 0.5}, results)


def test_a_results_folder_that_is_made_anew(tmp_path: Path) -> None:
    results = tmp_path / "results"
    results.mkdir()

    def run(job: Job, specification: Specification, results: Path) -> Outputs:
        removed(results)
        results.mkdir()
        return Outputs()

    run_analysis(Analysis("name", Specification, Outputs, run, sys.modules[__name__]), JOB, {}, {}, results)


def test_other_parameters_than_recorded_are_not_run(tmp_path: Path) -> None:
    class Counting(GenericModel):
        cutoff: float = 0.5

        @field_validator("cutoff")
        @classmethod
        def shift(cls, value: float) -> float:
            return value + 1

    analysis = Analysis("name", Counting, Outputs, lambda *_: Outputs(), sys.modules[__name__])
    said = r"AnalysisSpecification makes cutoff another value each time or place \(5, then 6\.0\), so what is recorded"
    with pytest.raises(BadSpecification, match=said):
        run_analysis(analysis, JOB, {"cutoff": 1}, {"cutoff": 5}, tmp_path)


@pytest.mark.parametrize(
    "error",
    [
        ValueError("x" * 5_000_000),
        ValueError("half \udce9, nothing \0 " * 1000),
        type("E" * 1000, (Exception,), {})("short"),
        NothingToReport("y" * 5_000_000),
    ],
    ids=["long", "odd", "long name", "nothing"],
)
def test_texts_of_the_analysis_are_kept_to_a_length(
    tmp_path: Path, error: Exception, capfd: pytest.CaptureFixture[str]
) -> None:
    def run(*_: Any) -> None:
        raise error

    analysis = Analysis("name", Specification, Outputs, run, sys.modules[__name__])
    outcome = outcome_of(analysis, cast(Any, entry(given={"cutoff": 2})), tmp_path)
    text = json.dumps(outcome, ensure_ascii=False)
    assert len(text) < LONGEST_MESSAGE + LONGEST_TRACEBACK + 5000
    assert "\0" not in text
    text.encode()
    whole = "".join(capfd.readouterr())
    assert len(whole) > len(str(error))
