"""Commands about many jobs: `list`, `state`."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, get_args

import typer

from analysis_jobs.cli.app import SEEING, app
from analysis_jobs.cli.filters import Input, Latest, Limit, Name, OfLaunch, Parameter, Since, State, Tag, Until, wanted
from analysis_jobs.cli.options import (
    OUT,
    AsJson,
    Outdir,
    StoreUrl,
    command_line,
    complete_key,
    exit_if_damaged,
    full_key,
    open_store_of,
)
from analysis_jobs.cli.tables import SHORT_KEY, brief_time, on_terminal, say, say_json, show_table
from analysis_jobs.documents import JobState
from analysis_jobs.errors import InvalidInput
from analysis_jobs.records.wanted import Wanted
from analysis_jobs.results.choice import chosen
from analysis_jobs.results.launches import sessions_called
from analysis_jobs.results.listing import JobLine, ListedState, job_lines, labelled_lines
from analysis_jobs.store.protocol import Store
from analysis_jobs.store.release import held_claims
from analysis_jobs.wording import error_text, listed, plural, shown, to_the_second

LIST_COLUMNS = (
    "key", "state", "name", "tag", "inputs", "ended (UTC)", "seconds", "attempt", "label", "subject", "acquired",
)  # fmt: skip
# To people, whose terminal has no room for more, and who know the inputs by the label
_BRIEF = ("key", "state", "name", "tag", "label", "subject", "acquired", "ended (UTC)", "seconds", "attempt")
LAST_FAILURES = 5


@app.command("list", rich_help_panel=SEEING)
def list_jobs(
    name: Name = None,
    tag: Tag = None,
    parameter: Parameter = None,
    inputs: Input = None,
    state: State = None,
    since: Since = None,
    until: Until = None,
    latest: Latest = False,
    launch: OfLaunch = None,
    limit: Limit = None,
    as_json: AsJson = False,
    outdir: Outdir = OUT,
    store: StoreUrl = None,
) -> None:
    """List the jobs that the store knows, done or not, the newest first."""
    options = wanted(name, tag, parameter, inputs, state or (), since, until, latest, limit)
    opened = open_store_of(outdir, store, read_only=True)
    jobs = job_lines(opened)
    if launch is not None:
        options = replace(options, launches=sessions_of_launch(launch, opened, jobs))
    lines = labelled_lines(chosen(jobs, options))
    if as_json:
        for line in lines:
            say_json(_as_json(line))
    else:
        rows = list(map(_row, lines))
        columns = [name for name in _BRIEF if _is_shown(name, rows)] if on_terminal() else LIST_COLUMNS
        values = ([row[name] for name in columns] for row in rows)
        show_table(columns, values, flexible=("name", "tag", "inputs", "label"))
    exit_if_damaged(opened)


def sessions_of_launch(text: str, store: Store, jobs: Iterable[JobLine]) -> list[str]:
    """Return the sessions of the launches that are called so; of those that the store does not remember, jobs know."""
    if not text:
        raise InvalidInput(f"--launch is empty, and would match every job; {command_line('launches')} lists them")
    called = {*sessions_called(text, store.launches()), *(job.launch for job in jobs if job.launch.startswith(text))}
    if not called - {""}:
        raise InvalidInput(
            f"no launch has a session or a run name {shown(text)}...; {command_line('launches')} lists them"
        )
    return sorted(called)


def _row(line: JobLine) -> dict[str, object]:
    key, when, acquired = line.key, to_the_second(line.changed), line.acquired
    if on_terminal():
        key = key[:SHORT_KEY]
        when, acquired = (brief_time(time)[: len("2026-01-31 14:00")] for time in (when, acquired))
    seconds = "" if line.seconds is None else f"{line.seconds:g}"
    values = key, line.state, line.name, line.tag, ", ".join(line.inputs), when, seconds, line.attempt or ""
    return dict(zip(LIST_COLUMNS, (*values, line.label, line.subject, acquired), strict=True))


def _is_shown(column: str, rows: Sequence[Mapping[str, object]]) -> bool:
    return column not in ("subject", "acquired") or any(row[column] for row in rows)


def _as_json(line: JobLine) -> dict[str, object]:
    return {name: value for name, value in vars(line).items() if name not in ("locations", "record")}


@app.command("state", rich_help_panel=SEEING)
def show_state(
    key: Annotated[
        str | None,
        typer.Argument(help="key of a job, or its beginning; default: all jobs", autocompletion=complete_key),
    ] = None,
    as_json: AsJson = False,
    outdir: Outdir = OUT,
    store: StoreUrl = None,
) -> None:
    """Count the jobs by state, with running claims and the last failures; or show the whole state of one job."""
    opened = open_store_of(outdir, store, read_only=True)
    if key is not None:
        whole = full_key(key, opened)
        known = opened.job_states([whole], whole=True).get(whole)
        if known is None:
            opened.damaged.refuse(whole)
            raise InvalidInput(
                f"{whole} has no job state, only a record; {command_line('show', whole[:SHORT_KEY])} shows it"
            )
        typer.echo(json.dumps(known, indent=None if as_json else 2))
        return
    lines = chosen(job_lines(opened), Wanted())
    counts = Counter(line.state for line in lines)
    failed = labelled_lines([line for line in lines if line.state == "failed"][:LAST_FAILURES], lines)
    held = labelled_lines([line for line in lines if line.state == "pending"], lines)
    labels = {line.key: line.label for line in held}
    claims = [_claims(session, states, labels) for session, states in held_claims(opened).items()]
    if as_json:
        last = [{"key": line.key, "label": line.label, "changed": line.changed, "error": line.error} for line in failed]
        say_json({"states": counts, "claims": claims, "last_failures": last})
        exit_if_damaged(opened)
        return
    _say_counts(counts)
    for claim in claims:
        say(
            f"claimed: run {claim['session']}, {plural(claim['jobs'], 'job')}, since {to_the_second(claim['since'])}, "
            f"until {to_the_second(claim['until'])}: {listed(claim['labels'])}"
        )
    for line in failed:
        say(f"failed {brief_time(line.changed)}: {line.key[:SHORT_KEY]} {line.label}: {_why(line)}")
    if failed:
        say(f"{command_line('logs', 'KEY')} shows more of a failed job; the next launch tries it again")
    exit_if_damaged(opened)


def _why(line: JobLine) -> str:
    return error_text(line.error, with_cause=True) if line.error else line.message


def _claims(session: str, states: Sequence[JobState], labels: Mapping[str, str]) -> dict[str, Any]:
    changed, ends = (sorted(state[name] for state in states) for name in ("changed", "expires"))
    called = [labels.get(state["key"], state["key"][:SHORT_KEY]) for state in states]
    return {"session": session, "jobs": len(states), "since": changed[0], "until": ends[0], "labels": called}


def _say_counts(counts: Counter[ListedState]) -> None:
    each = ", ".join(f"{counts[state]} {state}" for state in get_args(ListedState) if counts[state])
    say(f"{plural(sum(counts.values()), 'job')}{': ' if each else ''}{each}")
