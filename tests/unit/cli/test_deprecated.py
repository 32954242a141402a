"""Options that go: taken with their new names and a warning, by an option that this test makes up."""

import re
import tomllib

import pytest
from packaging.version import Version
from support.samples import PROJECT
from support.shelf import Shelf, command

from analysis_jobs.cli import app
from analysis_jobs.cli.deprecated import DEPRECATED, Going, with_new_names

OLD = {
    "--labelled": Going("0.3.0", now="--tag"),
    "--fast": Going("0.3.0", has_value=False),
    "--depth": Going("0.3.0"),
}
NEW_NAME = "warning: {} is called --tag now: write that, as {} goes with version 0.3.0"
NO_EFFECT = "warning: {} has no effect any more: leave it out, as it goes with version 0.3.0"


@pytest.mark.parametrize(
    ("words", "written", "warned"),
    [
        ("--labelled a KEY", "--tag a KEY", [NEW_NAME.format("--labelled", "--labelled")]),
        ("KEY --labelled=a=b", "KEY --tag=a=b", [NEW_NAME.format("--labelled", "--labelled")]),
        ("--fast KEY", "KEY", [NO_EFFECT.format("--fast")]),
        ("--depth 3 KEY", "KEY", [NO_EFFECT.format("--depth")]),
        ("--depth=3 KEY", "KEY", [NO_EFFECT.format("--depth")]),
        ("KEY --depth", "KEY", [NO_EFFECT.format("--depth")]),
        ("--fast --depth 3", "", [NO_EFFECT.format("--fast"), NO_EFFECT.format("--depth")]),
        ("-- --fast --depth", "-- --fast --depth", []),
        ("--faster KEY --tag x", "--faster KEY --tag x", []),
        ("", "", []),
    ],
)
def test_old_names_are_replaced(words: str, written: str, warned: list[str]) -> None:
    assert with_new_names(words.split(), OLD) == (written.split(), warned)


def test_an_old_name_may_have_underscores() -> None:
    assert with_new_names(["--only_new"], {"--only-new": Going("0.3.0", now="--new")})[0] == ["--new"]


@pytest.fixture
def going(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "DEPRECATED", {"list": OLD, "store backup": {"--into": Going("0.3.0", now="--where")}})


@pytest.mark.usefixtures("going")
def test_a_command_takes_the_value_of_an_old_option(shelf: Shelf, place, capsys) -> None:
    kept = shelf.settled("empty", ["/data/1"], {"analysis_tag": "kept"}, reason="nothing")
    shelf.settled("empty", ["/data/2"], {"analysis_tag": "other"}, reason="nothing")
    done = command(capsys, "list", "--labelled", "kept", "--json", *place)
    assert [line["key"] for line in done.lines] == [kept]
    assert done.err == NEW_NAME.format("--labelled", "--labelled") + "\n"


@pytest.mark.usefixtures("going")
def test_other_commands_do_not_take_it(shelf: Shelf, place, capsys) -> None:
    done = command(capsys, "launches", "--labelled", "kept", *place)
    assert done.code == 2
    assert "No such option: --labelled" in done.err


@pytest.mark.usefixtures("going")
def test_a_command_of_a_group_has_its_own(capsys) -> None:
    done = command(capsys, "store", "backup", "--into", "x")
    assert done.err.startswith("warning: --into is called --where now: write that, as --into goes with version 0.3.0\n")


def test_what_was_to_go_with_this_version_is_gone() -> None:
    """What is left of it: remove it from the table, and the options from the documents."""
    now = Version(tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["version"])
    commands = [about.gone for options in DEPRECATED.values() for about in options.values()]
    parameters = re.findall(r"gone: '([\d.]+)'", (PROJECT / "functions" / "parameters.nf").read_text())
    assert [version for version in [*commands, *parameters] if Version(version) <= now] == []
