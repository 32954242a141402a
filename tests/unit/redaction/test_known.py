"""The secrets that a process knows, and the forms that they are written in."""

import html
import json
import os
import re
import shlex
from pathlib import Path
from urllib.parse import quote, quote_plus, urlencode

import pytest

from analysis_jobs.redaction.known import forms_of, known_secrets, learn, withhold

from .conftest import PEM, PLAIN


def test_values_of_variables_whose_names_tell_and_logins() -> None:
    assert known_secrets() == {
        PEM: "the environment variable MY_PRIVATE_KEY",
        f"{PLAIN}-and-more": "the environment variable SOME_API_TOKEN",
        PLAIN: "the environment variable AWS_SECRET_ACCESS_KEY",
        "hunter2secret": "the environment variable DATABASE_URL",
    }


def test_a_place_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SIGNING_KEY", str(tmp_path))
    assert str(tmp_path) not in known_secrets()
    monkeypatch.setenv("SIGNING_KEY", "/begins+with/a/slash")
    assert "/begins+with/a/slash" in known_secrets()


def test_of_several_addresses_each_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = "slack://a-token/of/three-parts", "mailto://me:a-password@host"
    monkeypatch.setenv("ANALYSIS_NOTIFY", f"{one}, {other}")
    known = known_secrets()
    assert {one, other, "a-password", f"{one}, {other}"} <= known.keys()
    assert "a-token" not in known


def test_what_is_learned() -> None:
    learn(["of an address", "short"], "the address of an input")
    assert known_secrets()["of an address"] == "the address of an input"
    assert "short" not in known_secrets()


def test_what_is_withheld_stays_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "a token of git")
    withhold()
    assert "GITHUB_TOKEN" not in os.environ
    assert known_secrets()["a token of git"] == "the environment variable GITHUB_TOKEN"


ODD = 'it\'s "odd" <&> +/=% \\ ü\nof two lines'
WRITTEN = {
    "plain": str,
    "repr": repr,
    "repr of bytes": lambda text: repr(text.encode()),
    "JSON": json.dumps,
    "JSON with letters": lambda text: json.dumps(text, ensure_ascii=False),
    "JSON in JSON": lambda text: json.dumps(json.dumps({"x": text})),
    "in a path": lambda text: quote(text, safe=""),
    "in a URL": quote,
    "in a form": quote_plus,
    "of a query": lambda text: urlencode({"x": text}),
    "in lower case": lambda text: re.sub("%..", lambda found: found[0].lower(), quote(text, safe="")),
    "HTML": html.escape,
    "shell": shlex.quote,
    "Windows": lambda text: text.replace("\n", "\r\n"),
    "indented": lambda text: text.replace("\n", "\n    "),
    "a group of exceptions": lambda text: text.replace("\n", "\n  | "),
    "one line": lambda text: " ".join(text.split("\n")),
}


@pytest.mark.parametrize("way", WRITTEN)
@pytest.mark.parametrize("secret", [PLAIN, PEM, ODD])
def test_however_it_is_written_a_form_is_in_it(secret: str, way: str) -> None:
    assert any(form in WRITTEN[way](secret) for form in forms_of([secret]) if len(form) >= len(secret) - 2)


def test_each_line_is_one() -> None:
    assert {"MIIEvQIBADANBgkqhkiG9w0BAQ", "-----BEGIN PRIVATE KEY-----"} <= set(forms_of([PEM]))
    assert "Ab3=" not in forms_of([PEM])
