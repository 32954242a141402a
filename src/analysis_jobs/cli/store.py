"""Commands for a store as a whole: `store prepare`, `copy`, `backup` and `restore`.

Imports within functions are for a quick start.
"""

from pathlib import Path
from typing import Annotated

import typer

from analysis_jobs.cli.app import KEEPING, app, with_dashes
from analysis_jobs.cli.options import OUT, Outdir, Profile, StoreUrl, open_store_of
from analysis_jobs.cli.tables import say
from analysis_jobs.errors import InvalidInput
from analysis_jobs.wording import listed, size_text

store_commands = typer.Typer(
    no_args_is_help=True,
    help="Manage a store as a whole: make its tables, copy it into another, back it up.",
    context_settings={"token_normalize_func": with_dashes},
)
app.add_typer(store_commands, name="store", rich_help_panel=KEEPING)


@store_commands.command("prepare")
def prepare(
    place: Annotated[str, typer.Argument(metavar="STORE", help="postgresql://..., a SQLite file, or docdb")],
    write_profile: Profile = None,
) -> None:
    """Make the tables of a store or upgrade them to this version, and check that it can be written."""
    from analysis_jobs.store.opening import open_store

    store = open_store(place, profile=write_profile)
    store.check(write=True)
    store.check_history()
    say(f"{_shown(place)} is ready")


@store_commands.command("copy")
def copy(
    source: Annotated[str, typer.Argument(metavar="FROM", help="SQLite file, postgresql://..., or docdb")],
    target: Annotated[str, typer.Argument(metavar="TO", help="the same; what it has already stays")],
    write_profile: Profile = None,
) -> None:
    """Copy records, states, claims, launches and notes into another store; if it ends early, run it again."""
    from analysis_jobs.store.opening import open_store
    from analysis_jobs.upkeep.copying import copy_store

    if source == target:
        raise InvalidInput("FROM and TO are the same store; give two")
    opened = open_store_of(OUT, source, read_only=True)
    written = open_store(target, profile=write_profile)
    written.check(write=True)
    copied = copy_store(opened, written, say)
    for name, reason in copied.refused.items():
        say(f"not copied: {name}: {reason}")
    for kind, names in copied.different.items():
        say(f"{kind} that are something else in {_shown(target)}, and stay so: {listed(names)}")
    if opened.damaged or not copied.is_whole:
        raise typer.Exit(1)
    say(f"{_shown(target)} has all of {_shown(source)}, read again and compared")


@store_commands.command("backup")
def backup(
    file: Annotated[Path, typer.Argument(help="file to write, which must not exist yet")],
    outdir: Outdir = OUT,
    store: StoreUrl = None,
) -> None:
    """Copy a SQLite store to a file, as it is at one moment, even while launches write to it."""
    from analysis_jobs.store.backups import back_up
    from analysis_jobs.store.sqlite import SqliteStore

    opened = open_store_of(outdir, store, read_only=True)
    if not isinstance(opened, SqliteStore):
        raise InvalidInput(
            "this command backs up SQLite stores only: use `pg_dump` for a PostgreSQL database, or copy any store into "
            "a SQLite file with `analysis-jobs store copy FROM TO`"
        )
    say(f"{file}: {size_text(back_up(opened, file))} of {opened.path}")


@store_commands.command("restore")
def restore(
    file: Annotated[Path, typer.Argument(help="what `store backup` wrote")],
    outdir: Outdir = OUT,
    store: Annotated[Path | None, typer.Option(help="SQLite file to make; default: OUTDIR/records.sqlite")] = None,
) -> None:
    """Make a SQLite store from a backup; there must be none yet."""
    from analysis_jobs.store.backups import restore as restore_store

    place = store or outdir / "records.sqlite"
    say(f"{place}: {size_text(restore_store(file, place))} of {file}")


def _shown(place: str) -> str:
    from analysis_jobs.redaction.text import redacted

    return redacted(place)
