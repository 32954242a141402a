"""Which names tell that a value is a secret; those of the documents are."""

import re

import pytest
from support.samples import PROJECT

from analysis_jobs.redaction import names
from analysis_jobs.redaction.names import SHORTEST, is_secret_field, is_secret_variable, is_withheld

VARIABLES = {
    "AWS_SECRET_ACCESS_KEY GITHUB_TOKEN MYSQL_PWD PGPASSWORD SSHPASS my_passphrase HTTP_COOKIE AUTHORIZATION "
    "GOOGLE_CREDENTIALS AZURE_STORAGE_CONNECTION_STRING GITHUB_PAT OAUTH_CLIENT BEARER LAB_CRED LAB_CREDS "
    "ANALYSIS_NOTIFY": True,
    "PWD OLDPWD HOME PATH SSH_AUTH_SOCK GIT_AUTHOR_NAME AUTHOR KEYBOARD COMPASS_LEVEL AWS_WEB_IDENTITY_TOKEN_FILE "
    "DATABASE_URL PASSWORD_STORE_DIR AWS_REGION": False,
}
FIELDS = {
    "api_key apiKey API-KEY password dbPassword user_pass token session_token tokens secret client_secret_v2 "
    "credentials accessKey aws_access_key_id private_key auth cookie jwt": True,
    "high_pass pass passband key sort_key keyword tokenizer token_length author authority secretion_rate n_passes "
    "primary_key event_keys signature": False,
}


@pytest.mark.parametrize(("several", "are"), VARIABLES.items())
def test_variables(several: str, are: bool) -> None:
    assert {name: is_secret_variable(name) for name in several.split()} == dict.fromkeys(several.split(), are)


@pytest.mark.parametrize(("several", "are"), FIELDS.items())
def test_parameters_and_outputs(several: str, are: bool) -> None:
    assert {name: is_secret_field(name) for name in several.split()} == dict.fromkeys(several.split(), are)


def test_what_no_analysis_gets() -> None:
    withheld = (
        "CODEOCEAN_API_TOKEN GIT_ACCESS_TOKEN GITHUB_TOKEN GH_TOKEN GITHUB_PAT GITLAB_PASSWORD TOWER_ACCESS_TOKEN "
        "ANALYSIS_NOTIFY"
    )
    others = "CODEOCEAN_EMAIL GIT_HOST GIT_AUTHOR_NAME AWS_SECRET_ACCESS_KEY DANDI_API_KEY MY_TOKEN GITHUB_ACTOR"
    assert [name for name in withheld.split() if not is_withheld(name)] == []
    assert [name for name in others.split() if is_withheld(name)] == []


def test_misspelt_ones() -> None:
    meant = "github_tokn api_kay apiKey pasword dbPasswrd my_secrt credentails private-kye acces_key authorisation"
    others = "cutoff min_spikes n_units passes_band sorting_method take_mean path units unit_ids channel"
    assert [name for name in meant.split() if not names.may_be_secret_field(name)] == []
    assert [name for name in others.split() if names.may_be_secret_field(name)] == []


def test_the_launch_goes_by_the_same_names() -> None:
    text = (PROJECT / "functions" / "secrets.nf").read_text()
    assert f"==~ /{names._PARAMETER.pattern}/" in text
    assert f"=~ /(?i){names._VARIABLE.pattern}/ && !(name ==~ /(?i){names._NO_SECRET.pattern}/)" in text
    assert f"/{names._WORDS.pattern}/" in text
    assert f"size() >= {SHORTEST}" in text


def test_the_documents_list_the_words() -> None:
    words = set(re.findall(r"`([A-Z_]+)`", (PROJECT / "docs" / "services.md").read_text().partition("## Secrets")[2]))
    assert {word.strip("_$").replace("?", "") for word in names._VARIABLE.pattern.split("|")} <= {
        word.strip("_") for word in words
    }
