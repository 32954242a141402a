"""Commands for the environments of analyses: `environment list`, `make` and `remove`.

Imports within functions are for a quick start.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from analysis_jobs.cli.app import KEEPING, app, with_dashes
from analysis_jobs.cli.options import AsJson, EnvironmentCache
from analysis_jobs.cli.tables import brief_time, say, say_json, show_table
from analysis_jobs.errors import InvalidInput
from analysis_jobs.wording import listed, size_text

environment = typer.Typer(
    no_args_is_help=True,
    help="Manage the environments that are made from what analyses declare.",
    context_settings={"token_normalize_func": with_dashes},
)
app.add_typer(environment, name="environment", rich_help_panel=KEEPING)

ENVIRONMENT_COLUMNS = ("name", "declared by", "python", "packages", "size", "made", "last used")


@environment.command("list")
def list_environments(cache: EnvironmentCache = None, as_json: AsJson = False) -> None:
    """List the environments, the last used first, and those that were left incomplete."""
    from analysis_jobs.environments.cache import SHORT, default_cache, folder_of, last_used, leftovers, made_in

    place = (cache or default_cache()).absolute()
    rows: list[Mapping[str, Any]] = [
        {
            "name": name[:SHORT],
            "declared": made["declared"],
            "python": made["python"],
            "packages": made["packages"],
            "bytes": _bytes(folder_of(place, made)),
            "made": made["made"],
            "last_used": last_used(place, name).isoformat(timespec="seconds"),
            "place": str(folder_of(place, made)),
        }
        for name, made in made_in(place).items()
    ]
    rows += [
        {"name": folder.name, "leftover": True, "bytes": _bytes(folder), "place": str(folder)}
        for folder in leftovers(place)
    ]
    if as_json:
        for row in rows:
            say_json(row)
        return
    if not rows:
        say(f"there is no environment in {place}")
        return
    show_table(ENVIRONMENT_COLUMNS, map(_cells, rows), flexible=("declared by",))


@environment.command("make")
def make_environment(
    analysis: Annotated[str, typer.Argument(help="a Python file or a folder that declares its packages")],
    cache: EnvironmentCache = None,
) -> None:
    """Make the environment that an analysis declares, if there is none yet, and print its folder."""
    from analysis_jobs.environments.choice import AUTO, environment_of

    say(environment_of(analysis, AUTO, cache).prefix)


@environment.command("remove")
def remove_environments(
    names: Annotated[list[str] | None, typer.Argument(help="names of environments, or their beginnings")] = None,
    unused_for: Annotated[
        float | None, typer.Option("--unused-for", min=0, help="those that no launch has used for so many days")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="also those in which something runs")] = False,
    cache: EnvironmentCache = None,
) -> None:
    """Remove environments, and those that were left incomplete; a launch makes an environment again if it needs it."""
    from analysis_jobs.environments.cache import (
        SHORT,
        default_cache,
        folder_of,
        leftovers,
        made_in,
        remove,
        remove_leftover,
    )
    from analysis_jobs.environments.folders import users_of

    place = (cache or default_cache()).absolute()
    there, left = made_in(place), {folder.name: folder for folder in leftovers(place)}
    for name in _chosen(names or [], unused_for, [*there, *left], place):
        called = name if name in left else name[:SHORT]
        if (users := users_of(left.get(name) or folder_of(place, there[name]))) and not force:
            raise InvalidInput(
                f"something runs in the environment {called} (process {listed(list(map(str, users)))}): wait for it, "
                "or give --force"
            )
        if name in left:
            remove_leftover(place, left[name])
        else:
            remove(place, name)
        say(f"removed {called}")


def _chosen(names: list[str], unused_for: float | None, there: list[str], place: Path) -> list[str]:
    if not names and unused_for is None:
        raise InvalidInput("remove needs names of environments, or --unused-for DAYS; `environment list` shows them")
    chosen = [_begun(beginning, there, place) for beginning in names]
    if unused_for is not None:
        chosen += (name for name in there if name not in chosen and _unused_days(place, name) >= unused_for)
    return list(dict.fromkeys(chosen))


def _begun(beginning: str, there: list[str], place: Path) -> str:
    """Return the one name that begins so; that of an environment goes before those of what is left beside it."""
    from analysis_jobs.environments.cache import SHORT

    found = [name for name in there if name.startswith(beginning)] if beginning else []
    exact = [name for name in found if beginning in (name, name[:SHORT]) and "-" not in name]
    if len(exact or found) > 1:
        raise InvalidInput(
            f"several environments in {place} have a name that begins with {beginning!r}; give more of it "
            "(`analysis-jobs environment list` shows them)"
        )
    if not found:
        raise InvalidInput(
            f"no environment in {place} has a name that begins with {beginning!r}; "
            "`analysis-jobs environment list` shows them"
        )
    return (exact or found)[0]


def _unused_days(place: Path, name: str) -> float:
    from datetime import UTC, datetime

    from analysis_jobs.environments.cache import last_used

    return (datetime.now(UTC) - last_used(place, name)).total_seconds() / 86400


def _cells(row: Mapping[str, Any]) -> tuple[object, ...]:
    if "leftover" in row:
        return row["name"], "(left incomplete)", "", "", size_text(row["bytes"]), "", ""
    return (
        row["name"],
        row["declared"],
        row["python"],
        len(row["packages"]),
        size_text(row["bytes"]),
        brief_time(row["made"]),
        brief_time(row["last_used"]),
    )


def _bytes(folder: Path) -> int:
    # What uv links into several environments counts in each
    files = [folder] if folder.is_file() else (path for path in folder.rglob("*") if not path.is_dir())
    return sum(path.lstat().st_size for path in files)
