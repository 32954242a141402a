"""The command that removes what nothing needs any more: `collect`.

Imports within functions are for a quick start.
"""

import os
import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
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
    myself,
    open_bucket_of,
    open_store_of,
)
from analysis_jobs.cli.tables import SHORT_KEY, on_terminal, say, say_aside, say_json, show_table
from analysis_jobs.errors import InvalidInput
from analysis_jobs.wording import listed, plural, shown, size_text

if TYPE_CHECKING:
    from analysis_jobs.upkeep.collect import Garbage, GarbageCollection

_COLUMNS = ("key", "what", "files", "size", "why")
_SEVERAL = {"result without record": "results without record", "replaced result": "replaced results"}
_UNITS = {"h": "hours", "d": "days", "w": "weeks"}
_LONGEST = 100_000  # of any unit: there was no year 0


@app.command(rich_help_panel=KEEPING)
def collect(
    folders: Annotated[list[str] | None, typer.Argument(hidden=True)] = None,
    superseded: Annotated[bool, typer.Option("--superseded", help="also results that newer code has replaced")] = False,
    older_than: Annotated[
        str | None, typer.Option(help="minimum age, such as 12h, 30d or 8w; with --superseded 30d", metavar="AGE")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="remove what was found")] = False,
    as_json: AsJson = False,
    outdir: Outdir = OUT,
    store: StoreUrl = None,
    bucket: BucketUrl = None,
    write_profile: Profile = None,
    by: By = None,
) -> None:
    """List results without a record and leftovers of dead uploads, or remove them with --yes."""
    from analysis_jobs.upkeep.collect import GarbageCollection
    from analysis_jobs.upkeep.garbage import Ages
    from analysis_jobs.upkeep.pair import Pair

    if folders:
        raise InvalidInput(
            f"collect takes no folders, such as {shown(folders[0])}: the command that makes one account of many "
            "launches is `analysis-jobs gather` now"
        )
    ages = Ages(_age(older_than) if older_than is not None else None)
    opened = open_store_of(outdir, store, write_profile, read_only=not yes)
    together = not (store or bucket or os.environ.get("ANALYSIS_BUCKET"))
    pair = Pair(open_bucket_of(outdir, bucket, write_profile), opened, together, by or myself())
    if yes:
        pair.check_history()
    collection = GarbageCollection(pair, ages, replaced=superseded, now=datetime.now(UTC))
    found = collection.find()
    if not as_json:
        _show(found.garbage)
    if found.foreign:
        results = plural(found.foreign, "result")
        say_aside(f"warning: the store does not know {results} there, which may belong to another store: left alone")
    if found.unreadable:
        say_aside(f"warning: left alone, because it cannot be listed: {listed(found.unreadable)}")
    if yes:
        if found.garbage:
            pair.bucket.check()
        _remove(found.garbage, collection, as_json)
    elif as_json:
        for garbage in found.garbage:
            say_json(_as_json(garbage, removed=False, why_not="a report: --yes removes it"))
    elif found.garbage:
        say("nothing was removed: --yes removes it")


def _age(text: str) -> timedelta:
    match = re.fullmatch(r"(\d+)([hdw])", text.strip())
    if not match or int(match[1]) > _LONGEST:
        raise InvalidInput(f"--older-than is {shown(text)}; give hours, days or weeks, such as 12h, 30d or 8w")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _show(garbage: "Sequence[Garbage]") -> None:
    rows = [(_key(one), one.kind, len(one.doomed.names), size_text(one.doomed.size), one.why) for one in garbage]
    if rows:
        show_table(_COLUMNS, rows, flexible=("why",))
    counts = Counter(one.kind for one in garbage)
    each = ", ".join(_counted(kind, count) for kind, count in counts.items())
    size = size_text(sum(one.doomed.size for one in garbage))
    say(f"{plural(len(garbage), 'finding')} ({each}), {size}" if garbage else "nothing to collect")


def _counted(kind: str, count: int) -> str:
    if kind == "leftovers":
        return f"leftovers of {plural(count, 'upload')}"
    return f"{count:,} {kind if count == 1 else _SEVERAL[kind]}"


def _remove(garbage: "Sequence[Garbage]", collection: "GarbageCollection", as_json: bool) -> None:
    left = size = 0
    for one, why_not in collection.remove(garbage):
        left += bool(why_not)
        size += 0 if why_not else one.doomed.size
        if as_json:
            say_json(_as_json(one, removed=not why_not, why_not=why_not))
        elif why_not:
            say_aside(f"{one.doomed.key} stays: {why_not}")
    if garbage and not as_json:
        say(f"{len(garbage) - left:,} of {len(garbage):,} removed, {size_text(size)}")
    if left:
        raise typer.Exit(1)


def _key(garbage: "Garbage") -> str:
    return garbage.doomed.key[:SHORT_KEY] if on_terminal() else garbage.doomed.key


def _as_json(garbage: "Garbage", *, removed: bool, why_not: str) -> dict[str, object]:
    job = garbage.doomed
    what = {"key": job.key, "kind": garbage.kind, "files": len(job.names), "bytes": job.size, "why": garbage.why}
    return {**what, "removed": removed, "reason": why_not}
