"""Variables that are half set, contradict each other, or name what is not there."""

from pathlib import Path

import pytest

from analysis_jobs.health.given import Given
from analysis_jobs.health.variables import look_at_variables


@pytest.mark.parametrize(
    ("variables", "level", "message"),
    [
        ({"AWS_ACCESS_KEY_ID": "x"}, "wrong", "AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY; set both"),
        ({"AWS_SECRET_ACCESS_KEY": "x"}, "wrong", "AWS_SECRET_ACCESS_KEY is set without AWS_ACCESS_KEY_ID"),
        ({"AWS_ROLE_ARN": "x"}, "wrong", "AWS_ROLE_ARN is set without AWS_WEB_IDENTITY_TOKEN_FILE"),
        ({"AWS_SESSION_TOKEN": "x"}, "warning", "AWS_SESSION_TOKEN is set without keys"),
        ({"DOCDB_HOST": "x"}, "warning", "DOCDB_HOST is set without DOCDB_COLLECTION"),
        ({"DOCDB_HOST": "https://x", "DOCDB_COLLECTION": "y"}, "wrong", "DOCDB_HOST begins with a scheme"),
        (
            {"AWS_PROFILE": "a", "AWS_ACCESS_KEY_ID": "b", "AWS_SECRET_ACCESS_KEY": "c"},
            "warning",
            "AWS_PROFILE and AWS_ACCESS_KEY_ID are both set",
        ),
        ({"AWS_REGION": "a", "AWS_DEFAULT_REGION": "b"}, "warning", "AWS_REGION and AWS_DEFAULT_REGION differ"),
        ({"ANALYSIS_BUCKET": ""}, "wrong", "ANALYSIS_BUCKET is set and empty"),
        ({"REQUESTS_CA_BUNDLE": "/absent.pem"}, "wrong", "REQUESTS_CA_BUNDLE names /absent.pem, which is not there"),
        ({"ANALYSIS_RETRY_SECONDS": "ten"}, "wrong", "ANALYSIS_RETRY_SECONDS is not a number"),
        ({"ANALYSIS_MAX_REQUESTS": "1.5"}, "wrong", "ANALYSIS_MAX_REQUESTS is not a number"),
    ],
)
def test_what_cannot_be_meant(variables: dict[str, str], level: str, message: str) -> None:
    (said,) = look_at_variables(Given(), {"HOME": "/", **variables})
    assert said.level == level
    assert said.message.startswith(message)


def test_what_is_whole() -> None:
    variables = {
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "y",
        "AWS_REGION": "a",
        "AWS_CONFIG_FILE": "/dev/null",
    }
    assert [said.level for said in look_at_variables(Given(), {"HOME": "/", **variables})] == ["ok"]


def test_a_password_file_that_others_may_read(tmp_path: Path) -> None:
    (tmp_path / ".pgpass").write_text("x")
    (tmp_path / ".pgpass").chmod(0o644)
    (said,) = look_at_variables(Given(), {"HOME": str(tmp_path)})
    assert (said.level, said.message.endswith(f"chmod 600 {tmp_path}/.pgpass")) == ("warning", True)
    (tmp_path / ".pgpass").chmod(0o600)
    assert [said.level for said in look_at_variables(Given(), {"HOME": str(tmp_path)})] == ["ok"]


def test_values_are_not_told() -> None:
    for said in look_at_variables(Given(), {"AWS_ACCESS_KEY_ID": "AKIAHIDDEN", "ANALYSIS_RETRY_SECONDS": "hidden"}):
        assert "hidden" not in said.message.lower()


def test_on_code_ocean() -> None:
    given = Given(profiles=frozenset({"codeocean"}), store="docdb")
    (said,) = look_at_variables(given, {"HOME": "/", "CODEOCEAN_EMAIL": "me@lab"})
    assert said.message.startswith("the environment lacks ANALYSIS_BUCKET, DOCDB_COLLECTION, which -profile")
