"""Which jobs a command is about: options that `list`, `export`, `compare` and `forget` share, and what they say."""

from collections.abc import Iterable
from typing import Annotated, get_args

import typer

from analysis_jobs.errors import InvalidInput
from analysis_jobs.records.wanted import Wanted
from analysis_jobs.results.listing import ListedState
from analysis_jobs.results.sides import PARAMETER, meanings
from analysis_jobs.results.times import parse_time
from analysis_jobs.wording import nearest, shown

STATE_NAMES = get_args(ListedState)
# What launches call jobs, by their rules of that day, and the store
OF_LAUNCHES = {"gave_up": "failed", "claimed": "pending", "not_started": "pending"}
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
    typer.Option("--input", help="only with an input whose location contains this; may be repeated", metavar="TEXT"),
]
State = Annotated[
    list[str] | None,
    typer.Option(
        help=f"only in this state: {', '.join(STATE_NAMES)}; may be repeated",
        metavar="STATE",
        autocompletion=lambda incomplete: [state for state in STATE_NAMES if state.startswith(incomplete)],
    ),
]
Since = Annotated[
    str | None, typer.Option(help="only those that ended since this date or time, ISO 8601; UTC without a zone")
]
Until = Annotated[str | None, typer.Option(help="only those that ended until then; a date means the end of that day")]
Latest = Annotated[bool, typer.Option("--latest", help="only the newest result for the same inputs and parameters")]
OfLaunch = Annotated[
    str | None, typer.Option(help="only of this launch: its session or run name, or the beginning of one")
]
Limit = Annotated[int | None, typer.Option(min=1, help="only so many of the newest")]


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
        If one of them is empty, no time, no state, or no NAME=VALUE.
    """
    _refuse_empty(inputs, since, until)
    return Wanted(
        name=name,
        tag=tag,
        parameters={name: meanings(value) for name, value in map(_parameter, parameter or ())},
        input_texts=list(inputs or ()),
        states=[_state(text) for text in states],
        since=parse_time(since, "--since") if since else None,
        until=parse_time(until, "--until", end=True) if until else None,
        latest=latest,
        limit=limit,
    )


def filter_terms(
    name: str | None,
    tag: str | None,
    parameter: Iterable[str] | None,
    inputs: Iterable[str] | None,
    since: str | None,
    until: str | None,
) -> list[tuple[str, str]]:
    """Return what the options say as terms of a side; see `analysis_jobs.results.sides.side_of`.

    Raises
    ------
    InvalidInput
        If one of them is empty, or a parameter is no NAME=VALUE.
    """
    _refuse_empty(inputs, since, until)
    once = {"name": name, "tag": tag, "since": since, "until": until}
    return [
        *((term, value) for term, value in once.items() if value),
        *(("input", text) for text in inputs or ()),
        *((f"{PARAMETER}{name}", value) for name, value in map(_parameter, parameter or ())),
    ]


def _refuse_empty(inputs: Iterable[str] | None, since: str | None, until: str | None) -> None:
    """Refuse what would fit every job: a variable that is not set must not choose all of them."""
    given: dict[str, list[str | None]] = {"--input": [*(inputs or ())], "--since": [since], "--until": [until]}
    for option in (option for option, values in given.items() if "" in values):
        raise InvalidInput(f"{option} is empty, and would match every job; give it a value, or leave it out")


def _parameter(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise InvalidInput(f"--parameter is {shown(text)}; write NAME=VALUE")
    return name, value


def _state(text: str) -> str:
    text = text.replace("-", "_")
    if meant := OF_LAUNCHES.get(text):
        raise InvalidInput(f"--state is {text}, a word of launches, and the store has such jobs as {meant}; give that")
    if text not in STATE_NAMES:
        raise InvalidInput(f"--state is {shown(text)}{nearest(text, [*STATE_NAMES, *OF_LAUNCHES])}")
    return text
