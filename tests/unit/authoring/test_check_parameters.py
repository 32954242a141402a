"""What the check finds in a parameters file."""

import json
from pathlib import Path

import pytest
from support.checks import NAMED, field, found

from analysis_jobs.authoring.check_parameters import MOST_OF_SETS

pytestmark = pytest.mark.usefixtures("importing")


def test_everything_in_a_parameters_file(tmp_path: Path) -> None:
    text = field("n: int = 1\n    must: int")
    sets = [{"cutoff": "a", "q": 1}, {"n": "b"}, {"n": 2}]
    given = json.dumps({"fixed_parameters": {"cutof": 1, "other": 2, "n": "z"}, "distributed_parameters": sets})
    number = "Input should be a valid number, unable to parse string as a number; fix it"
    integer = "Input should be a valid integer, unable to parse string as an integer; fix it"
    assert found(tmp_path, text, given) == [
        "wrong: p.json: 'cutof' (given as 1) is not a parameter of the analysis; did you mean 'cutoff'?",
        "wrong: p.json: 'other' (given as 2) is not a parameter of the analysis; known are: "
        "analysis_name, cutoff, must, n",
        f"wrong: p.json: n is 'z': {integer}",
        "wrong: p.json, set 0: 'q' (given as 1) is not a parameter of the analysis; known are: "
        "analysis_name, cutoff, must, n",
        f"wrong: p.json, set 0: cutoff is 'a': {number}",
        f"wrong: p.json, set 1: n is 'b': {integer}",
        "warning: p.json: must has no default and no value; give it here, with --set, or in the jobs",
    ]


VALIDATED = NAMED.replace(
    "    cutoff: float = 0.5",
    "    cutoff: float = 0.5\n    top: float = 0.1\n"
    + """
    @pydantic.model_validator(mode="after")
    def _check(self):
        assert self.cutoff < self.top, "cutoff must be below top"
        return self
""",
)


def test_what_concerns_a_set_as_a_whole(tmp_path: Path) -> None:
    given = '{"fixed_parameters": {"top": 0.3}, "distributed_parameters": [{"cutoff": 0.2}, {"cutoff": 0.4}]}'
    messages = [one for one in found(tmp_path, "import pydantic\n" + VALIDATED, given) if "p.json" in one]
    (message,) = messages
    assert message.startswith("wrong: p.json, set 1: the whole is {")
    assert "cutoff must be below top" in message


def test_sets_merge_into_what_is_fixed(tmp_path: Path) -> None:
    inner = "class Inner(BaseModel):\n    a: int\n    b: int\n\n\n"
    text = field("n: Inner").replace("class AnalysisSp", f"{inner}class AnalysisSp")
    content = '{"fixed_parameters": {"n": {"a": 1, "b": 1}}, "distributed_parameters": [{"n": {"b": 2}}]}'
    assert found(tmp_path, text, content) == []


def test_a_misspelt_name_deep_inside(tmp_path: Path) -> None:
    text = "from pydantic import BaseModel\nclass Filter(BaseModel):\n    order: int = 1\n" + NAMED
    text = text.replace("    cutoff", "    filter: Filter = Filter()\n    cutoff")
    (message,) = found(tmp_path, text, '{"filter": {"ordr": 2}}')
    assert "p.json: 'ordr' (given as 2) is not a parameter of the analysis; did you mean 'order'?" in message


@pytest.mark.parametrize(
    ("given", "said"), [("[1]", "p.json: distributed parameters are [1]"), ("{", "p.json is not JSON")]
)
def test_no_parameters_file(tmp_path: Path, given: str, said: str) -> None:
    (message,) = found(tmp_path, NAMED, given)
    assert message.startswith(f"wrong: {said}")


def test_a_value_of_a_grid_is_told_of_once(tmp_path: Path) -> None:
    given = json.dumps({"fixed_parameters": {"n": 1}, "grid": {"cutoff": ["a", 0.1], "n": [1, 2, 3]}})
    (message,) = found(tmp_path, field("n: int"), given)
    assert message.startswith("wrong: p.json, set 0 and 2 more: cutoff is 'a': Input should be a valid number")


def test_a_grid_gives_what_has_no_default(tmp_path: Path) -> None:
    assert found(tmp_path, field("n: int"), '{"grid": {"n": [1, 2]}}') == []


def test_a_grid_that_is_wrong(tmp_path: Path) -> None:
    (message,) = found(tmp_path, NAMED, '{"grid": {"cutof": [1]}}')
    assert message.startswith("wrong: p.json, grid.cutof: 'cutof' (given as [1]) is not a parameter of the analysis")
    (message,) = found(tmp_path, NAMED, '{"grid": {"cutoff": []}}')
    assert message.startswith("wrong: p.json: grid.cutoff is an empty list, so that there are 0 sets")


def test_no_more_problems_of_sets_than_one_reads(tmp_path: Path) -> None:
    *told, last = found(tmp_path, NAMED, json.dumps({"grid": {"cutoff": [f"x{number}" for number in range(60)]}}))
    assert len(told) == MOST_OF_SETS
    assert last == "wrong: p.json: its sets have 10 more problems; fix those above first"
