"""The command `browse`: the web application, on this machine.

Imports within functions are for a quick start.
"""

import sys
from concurrent.futures import Future
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analysis_jobs.cli.app import SEEING, app
from analysis_jobs.cli.options import OUT, Outdir, StoreUrl, open_store_of
from analysis_jobs.cli.tables import say
from analysis_jobs.errors import InvalidInput
from analysis_jobs.wording import plural

if TYPE_CHECKING:
    from analysis_jobs.browse.catalog import Reading

_NEEDED = ("starlette", "uvicorn")


@app.command(rich_help_panel=SEEING)
def browse(
    host: Annotated[
        str, typer.Option(help="address to listen at; 0.0.0.0 also accepts other machines, which need the token too")
    ] = "127.0.0.1",
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="port to listen at; default: the first free one from 8765 on")
    ] = None,
    no_open: Annotated[bool, typer.Option("--no-open", help="only print the address; do not open a browser")] = False,
    outdir: Outdir = OUT,
    store: StoreUrl = None,
    bucket: Annotated[
        str | None,
        typer.Option("--bucket", help="where the bucket is now, if it was moved; default: where the records say"),
    ] = None,
) -> None:
    """Show jobs and their results in a browser: filter, compare figures, see failures, export. Changes nothing."""
    if missing := [name for name in _NEEDED if find_spec(name) is None]:
        raise InvalidInput(
            f"browse needs {' and '.join(missing)}, which is not installed; pip install 'aind-analysis-jobs[browse]'"
        )
    from analysis_jobs.browse.catalog import Catalog
    from analysis_jobs.browse.desk import Desk
    from analysis_jobs.browse.files import Files
    from analysis_jobs.browse.server import listening, serve_pages

    place = store or str(outdir / "records.sqlite")
    with listening(host, port) as listener:
        say(f"reading the jobs of {place}; Ctrl-C ends this")
        catalog = Catalog(lambda: open_store_of(outdir, store, read_only=True))
        catalog.reading.add_done_callback(_say_how_many)
        # In full, as what is copied from a page is run in another folder
        given = {"--outdir": None if store else str(outdir), "--store": store, "--bucket": bucket}
        options = [part for name, value in given.items() if value for part in (name, _in_full(value))]
        desk = Desk(catalog, Files(outdir, bucket), _in_full(place), options)
        serve_pages(desk, listener, host, _say_address, open_browser=not no_open)


def _say_how_many(reading: "Future[Reading]") -> None:
    if not reading.exception():
        say(f"{plural(len(reading.result().index), 'job')} to look at")


def _in_full(place: str) -> str:
    """Return a file or folder by its whole path, and any other place as it is."""
    return place if place == "docdb" or "://" in place else str(Path(place).absolute())


def _say_address(address: str) -> None:
    """Print the address with its token: a secret that is meant for whoever reads, and so not redacted."""
    stream = getattr(sys.stdout, "stream", sys.stdout)
    stream.write(f"open {address}\n")
    stream.flush()
