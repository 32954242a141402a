"""The table of parameters and outputs: also of models in models."""

from pathlib import Path

import pytest
from support.checks import field, report
from support.samples import run_command, write_files

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
