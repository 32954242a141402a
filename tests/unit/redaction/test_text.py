"""No secret in texts, documents and command lines."""

import json

import pytest
from pydantic import BaseModel, ValidationError

from analysis_jobs.redaction.known import learn
from analysis_jobs.redaction.text import redacted, redacted_command, redacted_values, secret_in, secret_texts
from analysis_jobs.wording import shown

from .conftest import PEM, PLAIN


def test_values_are_hidden() -> None:
    assert (
        redacted(f"key {PLAIN}, token {PLAIN}-and-more, abc, /var/run/token")
        == "key ***, token ***, abc, /var/run/token"
    )
    assert redacted(f"{PEM} of bob:hunter2secret") == "*** of bob:***"
    assert redacted(json.dumps({"x": [PEM]})) == '{"x": ["***"]}'
    assert redacted("x" * 5_000 + PLAIN) == "x" * 5_000 + "***"


@pytest.mark.parametrize("secret", [PLAIN * 4, PEM, "x" * 30 + "y1z2" * 30])
def test_what_somebody_has_cut_is_hidden_as_well(secret: str) -> None:
    learn([secret], "a test")
    text = redacted(f"value is {shown(secret)}: wrong")
    assert not [part for part in (secret[:8], secret[30:38], secret[-8:]) if part in text], text


def test_what_pydantic_has_cut() -> None:
    class Model(BaseModel):
        number: int

    learn([PLAIN * 3], "a test")
    with pytest.raises(ValidationError) as caught:
        Model(number=PLAIN * 3)
    assert "..." in str(caught.value)
    text = redacted(str(caught.value))
    assert "planted" not in text
    assert "6789" not in text


def test_other_cuts_stay() -> None:
    assert redacted("loading... planning ...done…") == "loading... planning ...done…"


def test_documents() -> None:
    document = {
        PLAIN: 1,
        "a": [{"b": f"at https://me:pw@host/{PLAIN}"}, None, 1.5],
        "api_key": "of another",
        "token": "t",
    }
    assert redacted_values(document) == {
        "***": 1,
        "a": [{"b": "at https://***@host/***"}, None, 1.5],
        "api_key": "***",
        "token": "t",
    }
    assert redacted_values({"credentials": {"user": "somebody", "n": 1}}) == {"credentials": {"user": "***", "n": 1}}


LINES = {
    "nextflow run main.nf --set.cutoff 0.8": "nextflow run main.nf --set.cutoff 0.8",
    "run --set.api_token abc --x 1": "run --set.api_token *** --x 1",
    "run --set.api_token=abc --x 1": "run --set.api_token=*** --x 1",
    "run --plan --set.api_token -abc --x": "run --plan --set.api_token *** --x",
    "run --set.dbPassword 'two words' --x": "run --set.dbPassword *** --x",
    "run '--set.password=two words' --x": "run '--set.password=***' --x",
    "run --set.high_pass 300 --set.sort_key time": "run --set.high_pass 300 --set.sort_key time",
    "run --jobs https://me:pass@host/x": "run --jobs https://***@host/x",
    "run --jobs 'https://host/x?X-Amz-Signature=1f&a=b'": "run --jobs 'https://host/x?X-Amz-Signature=***&a=b'",
    f"run --name {PLAIN}": "run --name ***",
    "run --set.note password=abc --x": "run --set.note password=*** --x",
    "run --set.note=password=abc --x": "run --set.note=password=*** --x",
    "run --set.note 'api_key=two words' --x": "run --set.note 'api_key=***' --x",
    "run --set.note 'with token=abc in it' --x": "run --set.note 'with token=*** in it' --x",
    "run --set.note high_pass=300": "run --set.note high_pass=300",
}


@pytest.mark.parametrize("line", LINES)
def test_command_lines(line: str) -> None:
    assert redacted_command(line) == LINES[line]


HOLDING = {
    "deep": ({"a": {"b": [1, f"x {PLAIN}"]}}, ("a.b.1", "the value of the environment variable AWS_SECRET_ACCESS_KEY")),
    "a line": ({"a": PEM.splitlines()[1]}, ("a", "the value of the environment variable MY_PRIVATE_KEY")),
    "over lines": (
        {"a": f"{PLAIN[:9]}\n  {PLAIN[9:]}"},
        ("a", "the value of the environment variable AWS_SECRET_ACCESS_KEY"),
    ),
    "a number": ({"a": [1, 8734502983]}, ("a.1", "the value of the environment variable NUM_TOKEN")),
    "a float": ({"a": -8734502983.0}, ("a", "the value of the environment variable NUM_TOKEN")),
    "a name": ({"a": {PLAIN: 1}}, ("a", "the value of the environment variable AWS_SECRET_ACCESS_KEY")),
    "by its name": ({"a": {"api_key": "somebody's"}}, ("a.api_key", "a secret by its name")),
    "in a list": ({"tokens": ["somebody's"]}, ("tokens", "a secret by its name")),
    "a login": ({"a": "at https://me:pw@host/x"}, ("a", "an address with a login or a signature")),
    "a signature": ({"a": "https://host/x?X-Amz-Signature=1"}, ("a", "an address with a login or a signature")),
}


@pytest.mark.parametrize("kind", HOLDING)
def test_what_holds_a_secret(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUM_TOKEN", "8734502983")
    document, found = HOLDING[kind]
    assert secret_in(document) == found


def test_what_holds_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUM_TOKEN", "8734502983")
    assert secret_in({"a": [8734502984, 87345.02983, True, float("nan"), 10**400]}) is None
    assert (
        secret_in({"a": [1, None, "text"], "token": "short", "n_tokens": 12345678, "at": "https://host/x?y=1"}) is None
    )


def test_texts_whose_names_tell() -> None:
    assert secret_texts({"api_key": "a", "b": [{"password": ["c", 1]}], "d": "e"}) == ["a", "c"]
