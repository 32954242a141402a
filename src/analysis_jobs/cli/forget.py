"""The command that removes jobs: `forget`.

Imports within functions are for a quick start.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from analysis_jobs.cli.app import KEEPING, app
from analysis_jobs.cli.filters import Input, Latest, Limit, Name, OfLaunch, Parameter, Since, State, Tag, Until, wanted
from analysis_jobs.cli.many_jobs import sessions_of_launch
from analysis_jobs.cli.options import (
    OUT,
    AsJson,
    BucketUrl,
    By,
    Outdir,
    Profile,
    StoreUrl,
    complete_key,
    full_key,
    myself,
    open_bucket_of,
    open_store_of,
)
from analysis_jobs.cli.tables import SHORT_KEY, on_terminal, say, say_aside, say_json, show_table
from analysis_jobs.errors import InvalidInput
from analysis_jobs.records.wanted import Wanted
from analysis_jobs.wording import plural, size_text

if TYPE_CHECKING:
    from analysis_jobs.results.listing import JobLine
    from analysis_jobs.store.protocol import Store
    from analysis_jobs.upkeep.forget import Forgettable
    from analysis_jobs.upkeep.pair import Pair
    from analysis_jobs.upkeep.removal import Scope

_COLUMNS = ("key", "state", "name", "label", "files", "size")
_WHAT = {"job": "", "documents": ", without their files", "state": ", their states alone"}


@app.command(rich_help_panel=KEEPING)
def forget(
    keys: Annotated[
        list[str] | None, typer.Argument(help="keys of jobs, or their beginnings", autocompletion=complete_key)
    ] = None,
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
    keep_results: Annotated[
        bool, typer.Option("--keep-results", help="remove record and state, and leave the files")
    ] = False,
    only_state: Annotated[
        bool,
        typer.Option("--only-state", help="remove the states of jobs without a record, so that they are tried again"),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
    as_json: AsJson = False,
    outdir: Outdir = OUT,
    store: StoreUrl = None,
    bucket: BucketUrl = None,
    write_profile: Profile = None,
    by: By = None,
) -> None:
    """List jobs, ask, and remove their records, states and results, so that the next launch computes them again."""
    from analysis_jobs.upkeep.pair import Pair

    options = wanted(name, tag, parameter, inputs, state or (), since, until, latest, limit)
    scope = _scope(keep_results, only_state)
    _check_named(keys, any((name, tag, parameter, inputs, state, since, until, launch)))
    opened = open_store_of(outdir, store, write_profile)
    together = not (store or bucket or os.environ.get("ANALYSIS_BUCKET"))
    pair = Pair(open_bucket_of(outdir, bucket, write_profile), opened, together, by or myself())
    lines, everything = _lines(keys, options, launch, opened)
    _forget(lines, everything, pair, scope, yes=yes, as_json=as_json)


def _scope(keep_results: bool, only_state: bool) -> "Scope":
    if keep_results and only_state:
        raise InvalidInput("--only-state keeps the results anyway: leave out --keep-results")
    return "documents" if keep_results else "state" if only_state else "job"


def _check_named(keys: Sequence[str] | None, filtered: bool) -> None:
    if keys and filtered:
        raise InvalidInput("both keys and filters are given; give one of the two")
    if not keys and not filtered:  # of all jobs --latest and --limit leave some, and name none
        raise InvalidInput("no job is named: give keys, or filters as `analysis-jobs list` takes them")


def _lines(
    keys: Sequence[str] | None, options: Wanted, launch: str | None, store: "Store"
) -> "tuple[dict[str, JobLine | None], list[JobLine]]":
    """Return by key the jobs that are named, None for one that cannot be read; and all that the store knows."""
    from analysis_jobs.results.choice import chosen
    from analysis_jobs.results.listing import job_lines, labelled_lines

    everything = job_lines(store)
    if keys:
        by_key = {line.key: line for line in everything}
        full = dict.fromkeys(full_key(key, store) for key in keys)
        found = {line.key: line for line in labelled_lines([by_key[key] for key in full if key in by_key])}
        return {key: found.get(key) for key in full}, everything
    if launch is not None:
        options = replace(options, launches=sessions_of_launch(launch, store, everything))
    return {line.key: line for line in labelled_lines(chosen(everything, options))}, everything


def _forget(
    lines: "Mapping[str, JobLine | None]",
    everything: "Sequence[JobLine]",
    pair: "Pair",
    scope: "Scope",
    *,
    yes: bool,
    as_json: bool,
) -> None:
    from analysis_jobs.upkeep.forget import forgettable
    from analysis_jobs.upkeep.removal import Removal
    from analysis_jobs.upkeep.uses import Uses

    if lines:
        pair.check_history()
    found = forgettable(list(lines), pair, scope)
    if not as_json:
        _show(lines, found)
    for key, why in found.refused.items():
        _say_stays(key, why, as_json)
    for warning in Uses(everything).warnings([job.key for job in found.jobs]) if scope != "state" else ():
        say_aside(f"warning: {warning}")
    if found.jobs and not yes:
        _ask(found, scope)
    if found.files:
        pair.bucket.check()  # or the record would go, and the files not
    left = len(found.refused)
    for removed in Removal(pair, scope, "forgotten", pair.by).of(found.jobs):
        left += bool(removed.why_not)
        if removed.why_not:
            _say_stays(removed.job.key, removed.why_not, as_json)
        elif as_json:
            say_json({"key": removed.job.key, "forgotten": True, "bytes": removed.job.size, "reason": ""})
    if not as_json:
        say(f"{len(lines) - left} of {plural(len(lines), 'job')} forgotten")
    if left:
        raise typer.Exit(1)


def _say_stays(key: str, why: str, as_json: bool) -> None:
    if as_json:
        say_json({"key": key, "forgotten": False, "bytes": 0, "reason": why})
    else:
        say_aside(f"{key} stays: {why}")


def _show(lines: "Mapping[str, JobLine | None]", found: "Forgettable") -> None:
    rows = []
    for job in found.jobs:
        line = lines[job.key]
        state, name, label = (line.state, line.name, line.label) if line else ("damaged", "", "")
        key = job.key[:SHORT_KEY] if on_terminal() else job.key
        rows.append((key, state, name, label, len(job.names), size_text(job.size)))
    if rows:
        show_table(_COLUMNS, rows, flexible=("name", "label"))


def _ask(found: "Forgettable", scope: "Scope") -> None:
    what = f"{plural(len(found.jobs), 'job')}{_WHAT[scope]}"
    if scope == "job":
        what += f", with {plural(found.files, 'file')} ({size_text(found.size)})"
    if not sys.stdin.isatty():
        raise InvalidInput(
            f"nothing was removed, because there is no terminal to ask whether to forget {what}: give --yes"
        )
    typer.confirm(f"Forget {what}?", abort=True)
