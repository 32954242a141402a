"""The table of parameters and outputs: also of models in models."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, Field, create_model
from support.checks import field, report
from support.samples import run_command, write_files

from analysis_jobs.jobs.model_fields import MOST_DESCRIBED, described_fields

pytestmark = pytest.mark.usefixtures("importing")

INNER = """
import dataclasses, typing_extensions

class Band(BaseModel):
    low: float = Field(0.5, description="Hz")
    high: float

class Node(BaseModel):
    next: "Node | None" = None

@dataclasses.dataclass
class Plain:
    size: int
    names: list[str] = dataclasses.field(default_factory=list)

class Keys(typing_extensions.TypedDict):
    tag: str

"""


def rows(folder: Path, text: str, model: str = "AnalysisSpecification") -> list[tuple[str, str, object]]:
    checked = report(folder, field(text, model).replace("class AnalysisSp", f"{INNER}class AnalysisSp"))
    assert not checked.wrong
    table = checked.parameters if model == "AnalysisSpecification" else checked.outputs
    return [(one["name"], one["type"], one.get("default", "required")) for one in table if one["name"][0] == "n"]


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("n: Band", [("n.low", "float", 0.5), ("n.high", "float", "required")]),
        ("n: Band = Band(high=3)", [("n.low", "float", 0.5), ("n.high", "float", 3.0)]),
        ("n: Band | None = None", [("n.low", "float", 0.5), ("n.high", "float", "required")]),
        ("n: list[Band] = []", [("n[].low", "float", 0.5), ("n[].high", "float", "required")]),
        ("n: dict[str, Band] = {}", [("n.*.low", "float", 0.5), ("n.*.high", "float", "required")]),
        ("n: Annotated[Band, Field()]", [("n.low", "float", 0.5), ("n.high", "float", "required")]),
        ("n: Plain", [("n.size", "int", "required"), ("n.names", "list[str]", [])]),
        ("n: Keys", [("n.tag", "str", "required")]),
        ("n: dict[str, int] = {}", []),
    ],
)
@pytest.mark.parametrize("model", ["AnalysisSpecification", "AnalysisOutputs"])
def test_fields_of_what_is_in_a_field(tmp_path: Path, text: str, inside: list[object], model: str) -> None:
    assert rows(tmp_path, text, model)[1:] == inside


def test_a_model_that_holds_itself(tmp_path: Path) -> None:
    assert [name for name, *_ in rows(tmp_path, "n: Node = Node()")] == ["n", "n.next"]


def test_the_command_shows_them(tmp_path: Path) -> None:
    text = field("n: Band = Band(high=3)").replace("class AnalysisSp", f"{INNER}class AnalysisSp")
    write_files(tmp_path, {"units.py": text})
    ended = run_command("check", "units.py", cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "n.low\tfloat\t0.5\tHz\nn.high\tfloat\t3.0\t\n" in ended.stdout


class Unit(BaseModel):
    rate: float = Field(description="Mean rate", json_schema_extra={"unit": "Hz"})
    id: int


class Outputs(BaseModel):
    n: int
    units: list[Unit] = Field(description="Each sorted unit\n  of the recording")
    by_name: dict[str, Unit] = {}
    best: Unit | None = None
    renamed: float = Field(serialization_alias="as written", json_schema_extra={"unit": "s"})
    odd: float = Field(description="d" * 1_000, json_schema_extra=lambda schema: None)


class Specification(BaseModel):
    cutoff: float = Field(0.5, description="Shorter ones are left out", json_schema_extra={"unit": "s", "x": 1})
    analysis_name: str = "rates"


def test_what_fields_are_described_as() -> None:
    described = described_fields(parameters=Specification, outputs=Outputs)
    rate = {"description": "Mean rate", "unit": "Hz"}
    assert described == [
        {"name": "parameters.cutoff", "description": "Shorter ones are left out", "unit": "s"},
        {"name": "outputs.units", "description": "Each sorted unit of the recording"},
        {"name": "outputs.units[].rate", **rate},
        {"name": "outputs.by_name.*.rate", **rate},
        {"name": "outputs.best.rate", **rate},
        {"name": "outputs.as written", "unit": "s"},
        {"name": "outputs.odd", "description": f"{'d' * 299}…"},
    ]


def test_descriptions_are_kept_few() -> None:
    fields: dict[str, Any] = {f"f{number}": (int, Field(description="one")) for number in range(MOST_DESCRIBED + 1)}
    assert len(described_fields(outputs=create_model("Many", **fields))) == MOST_DESCRIBED


def test_fields_that_cannot_be_looked_into_are_not_described() -> None:
    class Odd:
        __total__ = True
        __annotations__ = {"x": "Nowhere"}

    class Model(BaseModel):
        model_config = {"arbitrary_types_allowed": True}
        first: int = Field(1, description="it is the first")
        odd: Odd | None = None

    assert described_fields(outputs=Model) == [{"name": "outputs.first", "description": "it is the first"}]
