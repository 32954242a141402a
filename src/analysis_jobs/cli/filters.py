"""Which jobs a command is about: options that `list` and `export` share."""

import json
from collections.abc import Iterable
from typing import Annotated, Any, get_args

import typer

from analysis_jobs.errors import InvalidInput
from analysis_jobs.json_values import unstorable
from analysis_jobs.records.wanted import Wanted
from analysis_jobs.results.listing import ListedState
from analysis_jobs.results.times import parse_time
from analysis_jobs.wording import nearest, shown

STATE_NAMES = get_args(ListedState)
Name = Annotated[str | None, typer.Option(help="only of this analysis_name")]
Tag = Annotated[str | None, typer.Option(help="only of this analysis_tag")]
Parameter = Annotated[
    list[str] | None,
    typer.Option(
        help="only with this parameter, NAME=VALUE; dots go into objects; may be repeated", metavar="NAME=VALUE"
    ),
]
Input = Annotated[
    list[str] | None,
    typer.Option("--input", help="only with an input whose location has this in it; may be repeated", metavar="TEXT"),
]
State = Annotated[
    list[str] | None,
    typer.Option(
        help=f"only in this state: {', '.join(STATE_NAMES)}; may be repeated",
        metavar="STATE",
        autocompletion=lambda incomplete: [state for state in STATE_NAMES if state.startswith(incomplete)],
    ),
]
Since = Annotated[str | None, typer.Option(help="only ended since this date or time, ISO 8601; UTC without a zone")]
Until = Annotated[str | None, typer.Option(help="only ended until then; a date means the end of that day")]
Latest = Annotated[bool, typer.Option("--latest", help="only the newest result of each inputs and parameters")]
Limit = Annotated[int | None, typer.Option(min=1, help="only the newest ones, so many")]


def wanted(
    name: str | None,
    tag: str | None,
    parameter: Iterable[str] | None,
    inputs: Iterable[str] | None,
    states: Iterable[str],
    since: str | None,
    until: str | None,
    latest: bool,
    limit: int | None,
) -> Wanted:
    """Return what the options say.

    Raises
    ------
    InvalidInput
        If one of them is no time, no state, or no NAME=VALUE.
    """
    return Wanted(
        name=name,
        tag=tag,
        parameters=dict(_parameter(text) for text in parameter or ()),
        input_texts=list(inputs or ()),
        states=[_state(text) for text in states],
        since=parse_time(since, "--since") if since else None,
        until=parse_time(until, "--until", end=True) if until else None,
        latest=latest,
        limit=limit,
    )


def _parameter(text: str) -> tuple[str, list[Any]]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise InvalidInput(f"--parameter is {shown(text)}; write NAME=VALUE")
    return name, _meanings(value)


def _meanings(text: str) -> list[Any]:
    """Return the values that a text may mean: itself, and what it says as JSON."""
    try:
        value = json.loads(text)
    except ValueError:
        return [text]
    return [text] if isinstance(value, str) or unstorable(value) else [text, value]


def _state(text: str) -> str:
    if text not in STATE_NAMES:
        raise InvalidInput(f"--state is {shown(text)}{nearest(text, STATE_NAMES)}")
    return text
