"""Messages of other programs that the index of troubleshooting has: they are worded so."""

import pytest
from pydantic import ValidationError
from support.shelf import command

from analysis_jobs import Job
from analysis_jobs.wording import refusal_text

from .blocks import PROJECT

TABLE = (PROJECT / "docs" / "troubleshooting" / "index.md").read_text()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["list", "--nothing"], "No such option: "),
        (["try", "a.py"], "Missing option '"),
        (["show"], "Missing argument '"),
        (["list", "OUT"], "Got unexpected extra argument(s) ("),
        (["new", "a", "--from", "nothing"], "Invalid value for '"),
    ],
)
def test_of_a_command(words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert message in command(capsys, *words).err
    assert message in TABLE


@pytest.mark.parametrize(
    ("fields", "message"),
    [({"s3_location": [5]}, "Input should be a valid "), ({"group_metadata": 5}, "Input should be a valid ")],
)
def test_of_pydantic(fields: dict, message: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Job.model_validate({"s3_location": ["a"], **fields})
    assert message in refusal_text(refused.value)
    assert message in TABLE
