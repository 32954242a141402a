"""What is shown to people and to programs, whatever is in it: hostile texts, narrow terminals."""

import re

import pytest
from support.shelf import Shelf, command
from support.terminals import on_terminal, shell

from analysis_jobs.cli.tables import many_lines, one_line

HOSTILE = {"analysis_name": "[red]rates[/red]\x1b[2J\nnext\tcolumn", "analysis_tag": "<b>\u202e\x07"}


@pytest.fixture
def hostile(shelf: Shelf) -> str:
    return shelf.done(["s3://in/[bold]a"], HOSTILE, {"x": "[red]\x1b]0;title\x07"})


def test_hostile_texts_in_a_pipe(hostile, place, capsys):
    (row,) = command(capsys, "list", *place).rows
    assert row["name"] == "[red]rates[/red]\\x1b[2J\\nnext\\tcolumn"
    assert (row["tag"], row["inputs"]) == ("<b>\\u202e\\x07", "s3://in/[bold]a")
    shown = command(capsys, "show", hostile, *place).out
    assert all(line.isprintable() for line in shown.splitlines())
    assert "x = [red]\\x1b]0;title\\x07" in shown


def test_hostile_texts_on_a_terminal(hostile, place):
    shown = on_terminal(200, "list", *place)
    assert "[red]rates[/red]\\x1b[2J\\nnext\\tcolumn" in shown
    assert set(re.findall(r"\x1b\[[0-9;]*[A-Za-z]", shown)) <= {"\x1b[0m", "\x1b[1m", "\x1b[32m"}


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_table_fits_the_terminal(hostile, place, width):
    lines = re.sub(r"\x1b\[[0-9;]*m", "", on_terminal(width, "list", *place)).splitlines()
    assert len(lines) == 2
    assert all(len(line) <= width for line in lines)
    assert lines[1].startswith(f"{hostile[:12]}   done ")


def test_json_holds_texts_as_they_are(hostile, place, capsys):
    (line,) = command(capsys, "list", "--json", *place).lines
    assert (line["name"], line["tag"]) == (HOSTILE["analysis_name"], HOSTILE["analysis_tag"])


def test_a_terminal_of_few_characters(shelf: Shelf, place):
    shelf.done(["in"], {"analysis_name": "日本"})
    done = shell('PYTHONIOENCODING=latin-1 analysis-jobs list "$@"', *place)
    assert "\t\\u65e5\\u672c\t" in done.stdout


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a b ü 日", "a b ü 日"), ("a\nb\x1b", "a\\nb\\x1b"), ("\ud800\x9b", "\\ud800\\x9b"), (3, "3"), (None, "None")],
)
def test_one_line(text, shown):
    assert one_line(text) == shown


def test_what_a_spreadsheet_would_run_is_a_text_between_tabs(shelf: Shelf, place, capsys):
    shelf.done(["in"], {"analysis_name": "=1+1", "analysis_tag": "-1.5"})
    (line,) = command(capsys, "list", *place).out.splitlines()[1:]
    assert line.split("\t")[2:4] == ["'=1+1", "-1.5"]


def test_many_lines():
    assert many_lines("10%\r20%\r\nred \x1b[31m\n\tx") == "10%\n20%\nred \\x1b[31m\n\tx"
