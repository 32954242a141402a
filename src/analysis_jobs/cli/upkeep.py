"""Commands that look after what the pipeline has recorded and published: `release`, `adopt` and `fsck`.

Imports within functions are for a quick start.
"""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analysis_jobs.cli.app import KEEPING, app
from analysis_jobs.cli.options import (
    OUT,
    AsJson,
    BucketUrl,
    By,
    Outdir,
    Profile,
    StoreUrl,
    checked_beginning,
    command_line,
    myself,
    open_bucket_of,
    open_store_of,
)
from analysis_jobs.cli.tables import say, say_json
from analysis_jobs.errors import InvalidInput
from analysis_jobs.stages.files import checked_decisions
from analysis_jobs.wording import plural, to_the_second

if TYPE_CHECKING:
    from analysis_jobs.upkeep.damage import Damage


@app.command(rich_help_panel=KEEPING)
def release(
    session: Annotated[
        str | None, typer.Argument(help="session of the run, or its beginning; without it, list the runs")
    ] = None,
    outdir: Outdir = OUT,
    store: StoreUrl = None,
    write_profile: Profile = None,
    by: By = None,
    force: Annotated[bool, typer.Option("--force", help="also of a run that is alive")] = False,
) -> None:
    """Free the jobs that a run has claimed and will not finish, or list the runs that have claims."""
    from analysis_jobs.store.release import held_claims, life_of
    from analysis_jobs.store.release import release as release_claims

    opened = open_store_of(outdir, store, write_profile, read_only=session is None)
    held = held_claims(opened)
    if session is None:
        for name, states in held.items():
            since = to_the_second(min(state["changed"] for state in states))
            until = to_the_second(max(state["expires"] for state in states))
            typer.echo(f"{name}: {plural(len(states), 'job')}, since {since}, until {until} ({life_of(states)})")
        typer.echo(f"{plural(len(held), 'run')} {'has' if len(held) == 1 else 'have'} claims")
        return
    chosen = [name for name in held if session and name.startswith(session)]
    if len(chosen) != 1:
        raise InvalidInput(
            f"{len(chosen)} runs with claims have a session {session}...; {command_line('release')} lists them"
        )
    if (life := life_of(held[chosen[0]])).startswith("alive") and not force:
        _ask_whether_to_release(chosen[0], life)
    freed = release_claims(held[chosen[0]], opened, by or myself())
    jobs, are = plural(len(held[chosen[0]]), "job"), "is" if len(freed) == 1 else "are"
    typer.echo(f"{len(freed):,} of {jobs} of {chosen[0]} {are} free")


def _ask_whether_to_release(session: str, life: str) -> None:
    if not sys.stdin.isatty():
        raise InvalidInput(
            f"run {session} is {life}: another launch would run its jobs a second time; end it first, or give --force"
        )
    typer.confirm(f"run {session} is {life}; another launch would run its jobs a second time. Free them?", abort=True)


@app.command(rich_help_panel=KEEPING)
def adopt(
    decisions: Annotated[Path, typer.Argument(help="decisions.jsonl of a plan that names the older results")],
    why: Annotated[str, typer.Option(help="the reason, kept in the job state")],
    key: Annotated[list[str] | None, typer.Option(help="only jobs with this key, or its beginning")] = None,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="withdraw the adoptions of these jobs")] = False,
    outdir: Outdir = OUT,
    store: StoreUrl = None,
    write_profile: Profile = None,
    by: By = None,
) -> None:
    """Count results of other code, which a plan has named, as results of the current code; --withdraw undoes that."""
    from analysis_jobs.store import adopt as adoption

    beginnings = tuple(map(checked_beginning, key or [])) or ("",)
    lines = [line for line in checked_decisions(decisions) if line.get("key") and line["key"].startswith(beginnings)]
    if not lines:
        which = f"a key {' or '.join(beginnings)}..." if key else "a key"
        raise InvalidInput(f"no job in {decisions} has {which}; give the decisions.jsonl of a plan, and keys in it")
    if not withdraw and not any(line.get("older") for line in lines):
        raise InvalidInput(f"for no job that was asked for, {decisions} names results of other code; make a new plan")
    opened = open_store_of(outdir, store, write_profile)
    if withdraw:
        done, refused = adoption.withdraw((line["key"] for line in lines), opened, by or myself(), why)
        if not done and not refused:
            raise InvalidInput(
                f"none of {plural(len(lines), 'job')} has been adopted; `analysis-jobs show KEY` shows it"
            )
    else:
        done, refused = adoption.adopt(lines, opened, by or myself(), why)
    for name in done:
        typer.echo(f"{name} {'withdrawn' if withdraw else 'adopted'}")
    for name, reason in refused.items():
        typer.echo(f"{name} refused: {reason}", err=True)
    typer.echo(f"{len(done)} of {plural(len(lines), 'job')} {'withdrawn' if withdraw else 'adopted'}")
    if refused:
        raise typer.Exit(1)


@app.command(rich_help_panel=KEEPING)
def fsck(
    repair: Annotated[bool, typer.Option("--repair", help="repair what is safe to repair")] = False,
    sizes_only: Annotated[
        bool, typer.Option("--sizes-only", help="compare only sizes, and do not read files for their SHA-256")
    ] = False,
    as_json: AsJson = False,
    outdir: Outdir = OUT,
    store: StoreUrl = None,
    bucket: BucketUrl = None,
    write_profile: Profile = None,
    by: By = None,
) -> None:
    """Compare bucket and store: results without record, records without files, damaged files, leftovers."""
    from analysis_jobs.upkeep.damage import LookedAt
    from analysis_jobs.upkeep.fsck import fsck as damages_of
    from analysis_jobs.upkeep.pair import Pair

    opened = open_store_of(outdir, store, write_profile, read_only=not repair)
    place = open_bucket_of(outdir, bucket, write_profile)
    looked = LookedAt(place.location("").rstrip("/"))
    together = not (store or bucket or os.environ.get("ANALYSIS_BUCKET"))
    pair = Pair(place, opened, together, by or myself())
    left = count = later = 0

    def tell(damage: "Damage", done: str = "") -> None:
        say(f"{damage.key or looked.place}: {damage.kind}: {damage.detail}; {done}{damage.remedy}")

    before = _silent if as_json else tell
    for damage in damages_of(pair, looked, repair=repair, checksums=not sizes_only, before=before):
        count += not damage.harmless
        left += not (damage.harmless or damage.repaired)
        later += damage.harmless and damage.kind not in ("on its way", "not ours")
        say_json(vars(damage)) if as_json else tell(damage, "repaired: " if damage.repaired else "")
    typer.echo(str(looked), err=as_json)
    if looked.problem:
        typer.echo(f"warning: {looked.problem}", err=True)
    elif not as_json:
        agree = f"{plural(later, 'job')} left to the next launch" if later else "bucket and store agree"
        typer.echo(f"{plural(count, 'finding')}, {count - left:,} repaired" if count else agree)
    if left or looked.problem:
        raise typer.Exit(1)


def _silent(damage: "Damage") -> None:
    """Say nothing: programs read what became of it."""
