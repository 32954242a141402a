"""The locale, as Java will take it."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from analysis_jobs.health import letters
from analysis_jobs.health.letters import given_locale, look_at_letters, own_variables


@pytest.mark.parametrize(
    ("variables", "level", "message"),
    [
        ({"LC_ALL": "C.UTF-8"}, "ok", "the locale C.UTF-8 has all letters"),
        ({"LANG": "C"}, "warning", "the locale C has only letters of English"),
        ({}, "warning", "the locale C has only letters of English"),
        ({"LC_ALL": "xx_XX.UTF-8"}, "warning", "the locale xx_XX.UTF-8 is not on this machine, so that programs take"),
        ({"LANG": "C.UTF-8", "LC_ALL": "POSIX"}, "warning", "the locale POSIX has only"),
    ],
)
def test_a_locale(variables: Mapping[str, str], level: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(letters, "own_variables", lambda: variables)
    (said,) = look_at_letters()
    assert said.level == level
    assert said.message.startswith(message)


def test_without_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(letters, "own_variables", lambda: {"LANG": "de_DE.utf8"})
    assert [said.level for said in look_at_letters()] == ["ok"]


def test_variables_are_those_of_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "set later")
    assert own_variables().get("LC_ALL") != "set later"
    assert own_variables()["PATH"]


def test_only_what_is_set() -> None:
    assert given_locale({"LANG": "", "LC_ALL": "C", "HOME": "/x"}) == {"LC_ALL": "C"}
