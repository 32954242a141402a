"""What the check finds in the models of an analysis: defaults, fields, outputs."""

from pathlib import Path

import pytest
from support.checks import NAMED, field, found, report
from support.samples import ANALYSIS

pytestmark = pytest.mark.usefixtures("importing")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "n: int = 'x'",
            "the default of n is 'x': Input should be a valid integer, unable to parse string as an intege",
        ),
        ("n: int = Field(default=-1, ge=0)", "the default of n is -1: Input should be greater than or equal to 0"),
        (
            "n: float = float('inf')",
            "the default of n cannot be kept: n is inf, which JSON cannot hold and which equals nothing; use a number, "
            "or None (null) where it may be",
        ),
        (
            "n: Any = object()",
            "the default of n cannot be written as JSON: Unable to serialize unknown type: <class 'ob",
        ),
        ("n: int = Field(default_factory=lambda: 1 / 0)", "the default of n cannot be made: ZeroDivisionError: div"),
    ],
)
def test_defaults_that_are_wrong(tmp_path: Path, text: str, said: str) -> None:
    (message,) = found(tmp_path, field(text))
    assert message.startswith(f"wrong: {said}")


def test_a_default_that_is_a_secret_is_refused_and_not_shown(tmp_path: Path) -> None:
    seen = report(
        tmp_path, field("apiToken: str = 'defaultTok12345'\n    sizes: dict = {'password': 'defaultTok12345'}")
    )
    assert [one.message.partition(", but")[0] for one in seen.wrong] == [
        "parameter apiToken holds a secret by its name",
        "parameter sizes.password holds a secret by its name",
    ]
    assert "defaultTok" not in str(seen.as_json())
    assert seen.parameters[-2]["default"] == "***"
    (wrong, *_) = report(tmp_path, field("apiToken: int = 'defaultTok12345'")).findings
    assert wrong.message.startswith("the default of apiToken is '***': Input should be a valid integer")


def test_a_validator_that_exits(tmp_path: Path) -> None:
    text = "import pydantic\n" + NAMED.replace(
        "    cutoff: float = 0.5",
        "    cutoff: float = 0.5\n"
        "    @pydantic.model_validator(mode='after')\n"
        "    def _check(self): raise SystemExit('v')",
    )
    (message,) = found(tmp_path, text)
    assert message == "wrong: AnalysisSpecification fails on its own defaults: SystemExit: v; fix it"


def test_a_default_that_is_made_of_another(tmp_path: Path) -> None:
    text = field("n: float = Field(default_factory=lambda given: given['cutoff'])")
    assert found(tmp_path, text) == []
    assert report(tmp_path, text).parameters[-1]["default"] == "made by a function"


WHOLE = """
    @pydantic.model_validator(mode="before")
    def _check(cls, values):
        assert "both" in values, "give both"
        return values
"""


def test_defaults_that_do_not_go_together(tmp_path: Path) -> None:
    text = "import pydantic\n" + NAMED.replace("    cutoff: float = 0.5", f"    cutoff: float = 0.5\n{WHOLE}")
    (message,) = found(tmp_path, text)
    assert message.startswith("wrong: AnalysisSpecification refuses its own defaults, {}: Assertion failed, give both")


def test_what_is_required_may_mend_the_whole(tmp_path: Path) -> None:
    text = "import pydantic\n" + NAMED.replace("    cutoff: float = 0.5", f"    cutoff: float\n{WHOLE}")
    assert found(tmp_path, text) == []


def test_every_default_that_is_wrong(tmp_path: Path) -> None:
    assert len(found(tmp_path, field("n: int = 'x'\n    m: int = 'y'\n    k: float = float('nan')"))) == 3


@pytest.mark.parametrize(
    "text", ["n: Path = Path('x')", "n: int", "n: dict[str, int] = {}", "n: set[int] = {1}", "n: float | None = None"]
)
def test_fields_that_are_right(tmp_path: Path, text: str) -> None:
    assert found(tmp_path, field(text)) == []
    assert found(tmp_path, field(text, "AnalysisOutputs")) == []


def test_descriptions_that_are_no_texts(tmp_path: Path) -> None:
    text = "n: int = Field(1, description=('in', 'two parts',))\n    m: int = Field(1, description=3)"
    for model, table in (("AnalysisSpecification", "parameters"), ("AnalysisOutputs", "outputs")):
        checked = report(tmp_path, field(text, model))
        described = {one["name"]: one["description"] for one in getattr(checked, table)}
        assert (described["n"], described["m"]) == ("in two parts", "3")
        assert not checked.findings


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("n: float = Field(default_factory=random.random)", "n"),
        ("n: float = Field(default_factory=random.random, alias='The N')", "The N"),
        ("n: Inner = Field(default_factory=lambda: Inner())", "n"),
        ("n: Inner = Inner()", "n"),
        ("n: Inner = Inner(seed=1)", ""),
        ("n: float = random.random()", "n"),
        ('n: set[str] = {"a", "b", "c", "d"}', ""),
        ("n: list[int] = Field(default_factory=list)", ""),
        ("n: int\n    m: float = Field(default_factory=random.random)", "m"),
        ("n: float | None = None\n    @pydantic.model_validator(mode='after')\n    def f(self):\n"
         "        self.n = self.n or random.random(); return self", "n"),
    ],
)  # fmt: skip
def test_defaults_that_are_drawn(tmp_path: Path, text: str, name: str) -> None:
    inner = "class Inner(BaseModel):\n    seed: float = Field(default_factory=random.random)\n\n\n"
    whole = "import random, pydantic\n" + field(text).replace("class AnalysisSp", f"{inner}class AnalysisSp")
    said = "becomes another value each time (drawn by its default_factory, mostly), so each launch makes new jobs of"
    fix = "the same inputs; give it a fixed default, or a value by --set"
    assert found(tmp_path, whole) == ([f"warning: {name} {said} {fix}.{name}"] if name else [])


def test_secrets_are_no_parameters(tmp_path: Path) -> None:
    (message,) = found(tmp_path, field("n: SecretStr = SecretStr('a')\n    m: dict[str, SecretBytes] = {}"))
    assert message.startswith("wrong: AnalysisSpecification hides the value of n, m by its type (such as SecretStr)")
    assert message.endswith("take secrets from the environment in run_analysis, and leave the field out")


ARRAYS = "model_config = ConfigDict(arbitrary_types_allowed=True)\n    "


def test_every_output_that_json_cannot_hold(tmp_path: Path) -> None:
    messages = found(tmp_path, field(f"{ARRAYS}a: np.ndarray\n    b: list[np.ndarray]\n    c: int", "AnalysisOutputs"))
    remedy = "which JSON cannot hold; declare numbers, texts, lists or objects, and write arrays to files"
    assert messages == [
        f"wrong: the output a is declared as ndarray, {remedy}",
        f"wrong: the output b is declared as list[numpy.ndarray], {remedy}",
    ]


def test_an_output_that_writes_itself_is_right(tmp_path: Path) -> None:
    kind = "Annotated[np.ndarray, PlainSerializer(lambda a: a.tolist(), return_type=list)]"
    assert found(tmp_path, field(f"{ARRAYS}a: {kind}", "AnalysisOutputs")) == []


def test_a_model_without_analysis_name(tmp_path: Path) -> None:
    (message,) = found(tmp_path, ANALYSIS)
    assert message.startswith("warning: AnalysisSpecification has no analysis_name, by which results are found; add")


@pytest.mark.parametrize(
    ("base", "fate"),
    [("BaseModel", "drops"), ("aind_data_schema.base.GenericModel", "keeps")],
    ids=["pydantic", "aind"],
)
def test_models_that_take_any_name(tmp_path: Path, base: str, fate: str) -> None:
    text = "import aind_data_schema.base\nfrom pydantic import BaseModel\n" + NAMED.replace(
        "(GenericModel)", f"({base})"
    )
    remedy = "silently; derive it from analysis_jobs.GenericModel, or set extra='forbid'"
    assert found(tmp_path, text) == [
        "warning: AnalysisSpecification silently accepts a misspelt parameter, which only the pipeline refuses; "
        "derive it from analysis_jobs.GenericModel, or set extra='forbid'",
        f"warning: AnalysisOutputs {fate} a misspelt output {remedy}",
    ]
    assert report(tmp_path, text).wrong == []
