"""What is recorded is what ran: for many kinds of fields, or DEDUPE refuses them before anything starts."""

import json
import os
from ast import literal_eval
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support.samples import job_text, run_command, run_python, write_files

from analysis_jobs.bucket.opening import open_bucket
from analysis_jobs.jobs.key import job_key, same_value
from analysis_jobs.records.read import inputs_and_parameters, summary_of
from analysis_jobs.stages.files import read_launch
from analysis_jobs.stages.record import record_group
from analysis_jobs.stages.upload import GroupFolders, upload_group
from analysis_jobs.store.opening import open_store

# The analysis says itself what it has seen: by its repr, which no serializer changes.
HEAD = """
import dataclasses, datetime, decimal, enum, itertools, os, pathlib, random, re, time, uuid
from typing import Annotated, Any, Literal, NamedTuple, Optional, Union
import numpy as np
import pydantic
from pydantic import *
from analysis_jobs import GenericModel
"""
TAIL = """
class AnalysisOutputs(GenericModel):
    seen: str

def run_analysis(job, specification, results):
    return AnalysisOutputs(seen=repr(getattr(specification, "x")))
"""


@dataclass(frozen=True)
class Kind:
    """A field `x`: how it is declared, what is given, what is recorded (DRAWN: what was seen), and what is seen."""

    declared: str
    given: dict[str, Any]
    recorded: Any
    seen: str = ""
    before: str = ""
    name: str = "x"


FILTER = "class Filter(GenericModel):\n    order: int = 3\n    cutoff: float = 0.5\n"
DRAWN = object()
UNION = (
    "class A(GenericModel):\n    kind: Literal['a'] = 'a'\n    gain: float = 1\n"
    "class B(GenericModel):\n    kind: Literal['b'] = 'b'\n    names: list[str] = []\n"
)
KINDS = {
    "int": Kind("x: int = 1", {"x": "12"}, 12, "12"),
    "float": Kind("x: float = 1", {"x": 2}, 2, "2.0"),
    "bool": Kind("x: bool = False", {"x": "yes"}, True, "True"),
    "text of digits": Kind("x: str = ''", {"x": "008"}, "008", "'008'"),
    "null": Kind("x: int | None = 1", {"x": None}, None, "None"),
    "anything": Kind(
        "x: Any = None", {"x": {"a": [1, 2.5, "3", None]}}, {"a": [1, 2.5, "3", None]}, "{'a': [1, 2.5, '3', None]}"
    ),
    "list": Kind("x: list[int] = []", {"x": ["3", 1]}, [3, 1], "[3, 1]"),
    "tuple": Kind("x: tuple[int, str] = (1, '')", {"x": [3, "a"]}, [3, "a"], "(3, 'a')"),
    "set": Kind("x: set[int] = set()", {"x": [3, 1, 3]}, [1, 3], "{1, 3}"),
    "names that are numbers": Kind("x: dict[int, float] = {}", {"x": {"7": 1}}, {"7": 1}, "{7: 1.0}"),
    "bytes": Kind("x: bytes = b''", {"x": "abc"}, "abc", "b'abc'"),
    "date": Kind("x: datetime.date = None", {"x": "2024-03-01"}, "2024-03-01", "datetime.date(2024, 3, 1)"),
    "time": Kind("x: datetime.datetime = None", {"x": "2024-03-01T10:00:00+02:00"}, "2024-03-01T10:00:00+02:00"),
    "duration": Kind("x: datetime.timedelta = None", {"x": "PT90S"}, "PT1M30S", "datetime.timedelta(seconds=90)"),
    "decimal": Kind("x: decimal.Decimal = None", {"x": "0.10"}, "0.10", "Decimal('0.10')"),
    "uuid": Kind(
        "x: uuid.UUID = None",
        {"x": "{00000000-0000-0000-0000-00000000000a}"},
        "00000000-0000-0000-0000-00000000000a",
        "UUID('00000000-0000-0000-0000-00000000000a')",
    ),
    "path": Kind("x: pathlib.Path = None", {"x": "/a//b/"}, "/a/b", "PosixPath('/a/b')"),
    "pattern": Kind("x: re.Pattern = None", {"x": "a+"}, "a+", "re.compile('a+')"),
    "enum": Kind(
        "x: Side = Side.LEFT",
        {"x": "left"},
        "left",
        "<Side.LEFT: 'left'>",
        "class Side(enum.Enum):\n    LEFT = 'left'\n",
    ),
    "enum of numbers": Kind(
        "x: Side = 1", {"x": 2}, 2, "<Side.RIGHT: 2>", "class Side(enum.IntEnum):\n    LEFT = 1\n    RIGHT = 2\n"
    ),
    "literal": Kind("x: Literal[1, 'one'] = 1", {"x": "one"}, "one", "'one'"),
    "url": Kind("x: AnyUrl = None", {"x": "HTTP://host"}, "http://host/", "AnyUrl('http://host/')"),
    "named tuple": Kind(
        "x: P = None", {"x": [1, 2]}, [1, 2], "P(a=1, b=2)", "class P(NamedTuple):\n    a: int\n    b: int\n"
    ),
    "dataclass": Kind(
        "x: P = None",
        {"x": {"a": 1}},
        {"a": 1, "b": 2},
        "P(a=1, b=2)",
        "@dataclasses.dataclass\nclass P:\n    a: int\n    b: int = 2\n",
    ),
    "model": Kind(
        "x: Filter = Filter()", {"x": {"order": 4}}, {"order": 4, "cutoff": 0.5}, "Filter(order=4, cutoff=0.5)", FILTER
    ),
    "model by default": Kind(
        "x: Filter = Filter()", {}, {"order": 3, "cutoff": 0.5}, "Filter(order=3, cutoff=0.5)", FILTER
    ),
    "models": Kind(
        "x: dict[str, list[Filter]] = {}",
        {"x": {"a": [{}]}},
        {"a": [{"order": 3, "cutoff": 0.5}]},
        "{'a': [Filter(order=3, cutoff=0.5)]}",
        FILTER,
    ),
    "union by its kind": Kind(
        "x: Annotated[A | B, Field(discriminator='kind')] = A()",
        {"x": {"kind": "b", "names": ["n"]}},
        {"kind": "b", "names": ["n"]},
        "B(kind='b', names=['n'])",
        UNION,
    ),
    "number or text": Kind("x: int | str = 0", {"x": "5"}, "5", "'5'"),
    "text or number": Kind("x: str | int = 0", {"x": 5}, 5, "5"),
    "alias": Kind("x: int = Field(0, alias='The X')", {"The X": 3}, 3, "3", name="The X"),
    "alias for reading": Kind("x: int = Field(0, validation_alias=AliasChoices('one', 'other'))", {"other": 3}, 3, "3"),
    "alias for writing": Kind("x: int = Field(0, serialization_alias='ix')", {"x": 3}, 3, "3", name="ix"),
    "alias with a path": Kind("x: int = Field(0, validation_alias=AliasPath('deep', 1))", {"deep": [1, 3]}, 3, "3"),
    "excluded": Kind("x: float = Field(0.5, exclude=True)", {"x": 0.25}, 0.25, "0.25"),
    "excluded inside": Kind(
        "x: P = None",
        {"x": {"b": 2}},
        {"a": 0, "b": 2},
        "P(a=0, b=2)",
        "class P(GenericModel):\n    a: int = 0\n    b: int = Field(0, exclude=True)\n",
    ),
    "excluded in a list": Kind(
        "x: list[P] = []",
        {"x": [{"b": 2}]},
        [{"b": 2}],
        "[P(b=2)]",
        "class P(GenericModel):\n    b: int = Field(0, exclude=True)\n",
    ),
    "not shown": Kind("x: float = Field(0.5, repr=False)", {"x": 0.25}, 0.25, "0.25"),
    "validator that divides": Kind(
        "x: float = 0.1\n    @field_validator('x')\n    @classmethod\n    def f(cls, v): return v / 1000",
        {"x": 50},
        0.05,
        "0.05",
    ),
    "default past its validator": Kind(
        "x: float = 0.1\n    @field_validator('x')\n    @classmethod\n    def f(cls, v): return v / 1000",
        {},
        0.1,
        "0.1",
    ),
    "validator in a union": Kind(
        "x: Annotated[float, AfterValidator(lambda v: v / 1000)] | None = None", {"x": 50}, 0.05, "0.05"
    ),
    "validator that takes a text": Kind(
        "x: float = 0\n    @field_validator('x', mode='before')\n    @classmethod\n"
        "    def f(cls, v): return v.removesuffix(' ms')",
        {"x": "2.5 ms"},
        2.5,
        "2.5",
    ),
    "validator that changes what is given": Kind(
        "x: int = 0\n    @model_validator(mode='before')\n    @classmethod\n"
        "    def f(cls, v): v['x'] = v.get('x', 0) + 1; return v",
        {"x": 1},
        2,
        "2",
    ),
    "validator of the whole": Kind(
        "x: int = 0\n    y: int = 0\n    @model_validator(mode='after')\n"
        "    def f(self): self.x += self.y; return self",
        {"x": 1, "y": 5},
        6,
        "6",
    ),
    "validated default": Kind(
        "x: float = Field(50, validate_default=True)\n    @field_validator('x')\n    @classmethod\n"
        "    def f(cls, v): return v / 1000",
        {},
        0.05,
        "0.05",
    ),
    "numpy number": Kind(
        "x: float = 0\n    @field_validator('x')\n    @classmethod\n    def f(cls, v): return np.float64(v)",
        {"x": 0.5},
        0.5,
        "",
    ),
    "numpy written as a list": Kind(
        "model_config = ConfigDict(arbitrary_types_allowed=True)\n    x: Annotated[np.ndarray, "
        "BeforeValidator(np.asarray), PlainSerializer(lambda v: v.tolist())] = None",
        {"x": [1, 2]},
        [1, 2],
        "array([1, 2])",
    ),
    "serializer that can be undone": Kind(
        "x: float = 0\n    @field_validator('x')\n    @classmethod\n    def f(cls, v): return v / 1000\n"
        "    @field_serializer('x')\n    def g(self, v): return v * 1000",
        {"x": 50},
        50,
        "0.05",
    ),
    "computed": Kind(
        "y: int = 2\n    @computed_field\n    @property\n    def x(self) -> int: return 2 * self.y", {"y": 3}, 6, "6"
    ),
    "frozen": Kind("model_config = ConfigDict(frozen=True)\n    x: int = 0", {"x": 3}, 3, "3"),
    "strict": Kind("x: int = Field(0, strict=True)", {"x": 3}, 3, "3"),
    "root model": Kind("x: P = None", {"x": [1, 2]}, [1, 2], "P(root=[1, 2])", "class P(RootModel[list[int]]): pass\n"),
    "more than the type says": Kind(
        "x: P = Q(b=2)",
        {},
        {"a": 1, "b": 2},
        "Q(a=1, b=2)",
        "class P(GenericModel):\n    a: int = 1\nclass Q(P):\n    b: int = 1\n",
    ),
    "drawn": Kind("x: int = Field(default_factory=lambda: random.randrange(2**40))", {}, DRAWN),
    "drawn text": Kind("x: str = Field(default_factory=lambda: uuid.uuid4().hex)", {}, DRAWN),
    "drawn by a validator": Kind(
        "x: int | None = None\n    @model_validator(mode='after')\n    def f(self):\n"
        "        self.x = self.x or random.randrange(1, 2**40); return self",
        {"x": None},
        DRAWN,
    ),
    "drawn at the import": Kind("x: int = random.randrange(2**40)", {}, DRAWN),
    "drawn beside a validator": Kind(
        "x: int = Field(default_factory=lambda: random.randrange(2**40))\n    y: float = 0.1\n"
        "    @field_validator('y')\n    @classmethod\n    def f(cls, v): return v / 1000",
        {"y": 1},
        DRAWN,
    ),
    "time of the launch": Kind("x: float = Field(default_factory=time.time)", {}, DRAWN),
}

CHANGES = "another value each time"
REFUSED = {
    "secret": (Kind("x: SecretStr = SecretStr('a')", {}, None), "hides the value of x by its type"),
    "secret bytes inside": (
        Kind("x: list[P] = []", {}, None, before="class P(GenericModel):\n    b: SecretBytes\n"),
        "value of x.b by",
    ),
    "secret in anything": (
        Kind("x: Any = Field(default_factory=lambda: SecretStr('a'))", {}, None),
        "a SecretStr would be written as",
    ),
    "validator that draws": (
        Kind(
            "x: float = 0\n    @field_validator('x')\n    @classmethod\n    def f(cls, v): return v + random.random()",
            {"x": 1},
            None,
        ),
        CHANGES,
    ),
    "validator that counts": (
        Kind(
            "x: int = 0\n    @field_validator('x')\n    @classmethod\n    def f(cls, v): return v + next(COUNT)",
            {"x": 1},
            None,
            before="COUNT = itertools.count()\n",
        ),
        CHANGES,
    ),
    "drawn and changed": (
        Kind(
            "x: float = Field(default_factory=random.random, validate_default=True)\n    @field_validator('x')\n"
            "    @classmethod\n    def f(cls, v): return v / 1000",
            {},
            None,
        ),
        CHANGES,
    ),
    "computed anew": (
        Kind("@computed_field\n    @property\n    def x(self) -> float: return random.random()", {}, None),
        CHANGES,
    ),
    "serializer that rounds": (
        Kind("x: float = 0\n    @field_serializer('x')\n    def g(self, v): return round(v, 1)", {"x": 0.123}, None),
        "parameter x is written as 0.1 by a serializer",
    ),
    "serializer that hides": (
        Kind("x: int = 0\n    @field_serializer('x')\n    def g(self, v): return '***'", {"x": 3}, None),
        "written as '***'",
    ),
    "serializer of the whole": (
        Kind("x: int = 0\n    @model_serializer\n    def g(self): return {'y': 1}", {"x": 3}, None),
        "the whole is written as",
    ),
    "numpy array": (
        Kind(
            "x: Any = 0\n    @field_validator('x')\n    @classmethod\n    def f(cls, v): return np.asarray(v)",
            {"x": [1]},
            None,
        ),
        "cannot be written as JSON",
    ),
    "two names": (
        Kind(
            "model_config = ConfigDict(populate_by_name=True)\n    x: int = Field(0, alias='X')", {"x": 1, "X": 2}, None
        ),
        "are one parameter of the analysis",
    ),
    "names that meet": (
        Kind(
            "x: Any = 0\n    @field_validator('x')\n    @classmethod\n    def f(cls, v): return {1: 'a', '1': 'b'}",
            {"x": 1},
            None,
        ),
        "the names 1 and '1' are one in JSON",
    ),
    "written under one name": (
        Kind("x: int = Field(0, serialization_alias='z')\n    y: int = Field(1, serialization_alias='z')", {}, None),
        "two of its fields are written as 'z'",
    ),
    "half a character": (Kind("x: str = os.fsdecode(b'\\xe9')", {}, None), "parameter x has half a character"),
    "NUL": (Kind("x: str = 'a\\x00'", {}, None), "parameter x has a NUL character"),
    "a large number": (Kind("x: int = 2**64", {}, None), "parameter x is a whole number of 65 bits"),
    "deep": (
        Kind("x: Any = Field(default_factory=lambda: eval('['*95 + ']'*95))", {}, None),
        "is nested in more than 90 levels",
    ),
    "infinite": (Kind("x: float = float('inf')", {}, None), "parameter x is inf, which JSON cannot hold"),
}
ALL = {**KINDS, **{name: kind for name, (kind, _) in REFUSED.items()}}

DEDUPE_ALL = """
import os, sys
from pathlib import Path
from analysis_jobs.errors import InvalidInput
from analysis_jobs.stages.dedupe.dedupe import dedupe
from analysis_jobs.stages.dedupe.launch import Launch
for folder in sys.argv[1:]:
    os.chdir(folder)
    analysis = next(Path("analysis").glob("*.py"))
    try:
        dedupe(Launch(jobs=Path("input"), analysis=str(analysis), store="records.sqlite", bucket="bucket", session="s"))
    except InvalidInput as error:
        Path("problem.txt").write_text(str(error))
"""
ANALYZE_ALL = """
import os, sys
from pathlib import Path
from analysis_jobs.stages.analyze.analyze import analyze_batch
for folder in sys.argv[1:]:
    os.chdir(folder)
    for batch in Path("batches").glob("*.json"):
        analyze_batch(Path("code"), batch, Path("jobs"), None)
"""


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A launch for each kind, as far as ANALYZE: in one process DEDUPE, in another, which imports anew, ANALYZE."""
    found = {}
    for number, (name, kind) in enumerate(ALL.items()):
        text = f"{HEAD}{kind.before}\nclass AnalysisSpecification(GenericModel):\n    {kind.declared}\n{TAIL}"
        job = job_text("in", distributed_parameters=kind.given) if kind.given else job_text("in")
        folder = tmp_path_factory.mktemp("kind")
        found[name] = write_files(folder, {f"analysis/kind_{number}.py": text, "input/a.json": job})
    run_python(DEDUPE_ALL, *found.values())
    run_python(ANALYZE_ALL, *found.values())
    return found


@pytest.fixture
def inside(folders: dict[str, Path], request: pytest.FixtureRequest) -> Iterator[Path]:
    before = Path.cwd()
    os.chdir(folders[request.getfixturevalue("name")])
    yield Path.cwd()
    os.chdir(before)


def decision(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "decisions.jsonl").read_text())
    return found


@pytest.mark.parametrize("name", KINDS)
def test_key_record_and_analysis_agree(inside: Path, name: str) -> None:
    kind = KINDS[name]
    decided, run = decision(inside), read_launch(Path("run.json"))
    assert decided["decision"] == "run", decided["reason"]
    bucket, store = open_bucket("bucket"), open_store("records.sqlite")
    outcomes = upload_group(GroupFolders(Path("batches"), Path("jobs"), Path("deaths")), bucket, run, dry_run=False)
    (outcome,) = record_group(outcomes, bucket, store, run["owner"])
    assert outcome["state"] == "done", outcome.get("error")
    key, seen = decided["key"], outcome["outputs"]["seen"]
    _, recorded = inputs_and_parameters(summary_of(store.records([key])[key]))
    assert key == job_key({**outcome["parts"], "parameters": recorded})
    assert recorded == decided["parameters"] == outcome["parts"]["parameters"]
    assert same_value(recorded[kind.name], literal_eval(seen) if kind.recorded is DRAWN else kind.recorded)
    assert seen == (kind.seen or seen)
    if name in SHOWN:
        assert parameters_shown(key, inside) == recorded


# Each call of the command takes a second.
SHOWN = ("excluded", "drawn", "alias for writing", "validator that divides")


def parameters_shown(key: str, folder: Path) -> Any:
    ended = run_command("show", key, "--outdir", ".", "--store", "records.sqlite", "--json", cwd=folder)
    record = json.loads(ended.stdout)["record"]
    return record["processing"]["data_processes"][0]["code"]["parameters"]


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_before_anything_starts(folders: dict[str, Path], name: str) -> None:
    folder, said = folders[name], REFUSED[name][1]
    problem = folder / "problem.txt"
    reason = problem.read_text() if problem.exists() else decision(folder)["reason"]
    assert said in reason
    assert problem.exists() or decision(folder)["decision"] == "invalid"
    assert not (folder / "jobs").exists()


@pytest.mark.parametrize("name", [name for name in KINDS if "drawn" in name and "import" not in name])
def test_the_launch_says_what_was_drawn(folders: dict[str, Path], name: str) -> None:
    folder = folders[name]
    assert "new; drawn for this launch: x = " in decision(folder)["reason"]
    assert "x becomes another value each time" in (folder / "counts.txt").read_text()
