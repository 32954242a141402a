"""How commands show what they found: to people as tables, to programs as JSON lines or text between tabs.

Imports within functions are for a quick start.
"""

import json
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

import typer

from analysis_jobs.json_values import plain_text
from analysis_jobs.wording import cell

STYLES = {
    "done": "green", "failed": "red", "removed": "red", "pending": "yellow", "expired": "yellow",
    "ended": "green", "died": "red", "running": "yellow", "unknown": "yellow",
}  # fmt: skip
SHORT_KEY = 12  # characters: of a million jobs no two are likely to begin alike
MOST_RESULTS = 20  # that are named of those that a result is made from, or that are made from it
LONGEST = 10_000  # characters of one text in a table; --json has it whole


def say(value: object) -> None:
    """Print a line of text, whatever is in it: what could move the cursor or end the line is shown escaped."""
    typer.echo(one_line(value))


def say_aside(value: object) -> None:
    """Print a line beside what programs read, on standard error; see `say`."""
    typer.echo(one_line(value), err=True)


def say_json(value: Mapping[str, Any]) -> None:
    """Print an object as one line of JSON."""
    typer.echo(json.dumps(value))


def one_line(value: object) -> str:
    """Return a value as text of one line, with control characters and halves of characters escaped."""
    text = str(value)
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}... ({len(text):,} characters)"
    return text if text.isprintable() else "".join(map(_printable, text))


def many_lines(text: str) -> str:
    """Return a text with its lines and tabs, and other control characters escaped.

    A carriage return, by which progress bars overwrite themselves, ends a line.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join("\t".join(map(one_line, line.split("\t"))) for line in lines)


def _printable(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode()


def on_terminal() -> bool:
    """Return whether people read what is printed, for whom keys and times are shortened."""
    return sys.stdout.isatty()


def show_table(columns: Sequence[str], rows: Iterable[Sequence[object]], flexible: Collection[str]) -> None:
    """Print rows: to a terminal as a table of its width, else as text between tabs, with nothing cut.

    Parameters
    ----------
    columns
        Their names.
    rows
        The values of each; names of states are coloured.
    flexible
        The columns that give way where the terminal is narrow.
    """
    texts = [[one_line(value) for value in row] for row in rows]
    if on_terminal():
        _show_on_terminal(columns, texts, flexible)
        return
    for row in [columns, *texts]:
        typer.echo("\t".join(map(cell, row)))


def _show_on_terminal(columns: Sequence[str], rows: Sequence[Sequence[str]], flexible: Collection[str]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name, *texts in zip(columns, *rows, strict=True):
        width = None if name in flexible else max(map(len, (name, *texts)))
        # Columns that may be wrapped are narrowed first; their texts are cut nevertheless.
        table.add_column(name, no_wrap=name not in flexible, min_width=width)
    for row in rows:
        table.add_row(*(Text(text, STYLES.get(text, ""), no_wrap=True, overflow="ellipsis") for text in row))
    Console().print(table)


def show_facts(facts: Iterable[tuple[str, object]]) -> None:
    """Print facts, a line each: the name, and the value beside it, or several below each other; not those without."""
    for name, value in facts:
        lines = value if isinstance(value, list | tuple) else [value] if value else []
        for number, line in enumerate(lines):
            typer.echo(f"{'' if number else f'{name}:':14} {one_line(line)}")


def brief_time(text: str | None) -> str:
    """Return a time of a record (ISO 8601, UTC) as people read it, to the second."""
    return (text or "").replace("T", " ")[: len("2026-01-31 14:00:00")]


def named_results(called: Mapping[str, str], replaced: Mapping[str, str] | None = None) -> list[str]:
    """Return results as `show_facts` takes them, a line for each of the first ones.

    Parameters
    ----------
    called
        What each is called, by key; an empty text of one that the store does not have.
    replaced
        Keys of those that newer ones replace, and of these.
    """
    newer = {key: f", which {other[:SHORT_KEY]} has replaced" for key, other in (replaced or {}).items()}
    lines = [
        f"{key[:SHORT_KEY]} {label or '(not in this store)'}{newer.get(key, '')}"
        for key, label in islice(called.items(), MOST_RESULTS)
    ]
    more = len(called) - len(lines)
    return [*lines, f"and {more:,} more, which --json lists"] if more else lines


def named_values(values: Mapping[str, Any]) -> list[str]:
    """Return parameters or outputs as `show_facts` takes them, a line for each."""
    return [f"{name} = {plain_text(value)}" for name, value in values.items()] or ["none"]
