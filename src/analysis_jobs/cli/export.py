"""The command `export`: results for other programs, as a table or as a crate.

Imports within functions are for a quick start.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from analysis_jobs.cli.app import USING, app
from analysis_jobs.cli.filters import Input, Latest, Limit, Name, Parameter, Since, Tag, Until, wanted
from analysis_jobs.cli.options import (
    OUT,
    BucketUrl,
    Outdir,
    StoreUrl,
    complete_key,
    exit_if_damaged,
    open_store_of,
    published_of,
)
from analysis_jobs.cli.tables import say
from analysis_jobs.errors import InvalidInput
from analysis_jobs.records.wanted import Wanted
from analysis_jobs.results.choice import chosen
from analysis_jobs.results.listing import job_lines
from analysis_jobs.store.protocol import Store
from analysis_jobs.wording import plural

_CHUNK = 200  # whole records asked for at once


@app.command(rich_help_panel=USING)
def export(
    what: Annotated[
        str | None,
        typer.Argument(
            help="table to write, .parquet or .csv; for --crate a key",
            metavar="OUT.parquet|KEY",
            autocompletion=complete_key,
        ),
    ] = None,
    crate: Annotated[
        Path | None, typer.Option(help="new or empty folder for one result as a Workflow Run RO-Crate", metavar="DEST")
    ] = None,
    licence: Annotated[str | None, typer.Option("--license", help="of the result in a crate: a URL or a text")] = None,
    name: Name = None,
    tag: Tag = None,
    parameter: Parameter = None,
    inputs: Input = None,
    since: Since = None,
    until: Until = None,
    latest: Latest = False,
    limit: Limit = None,
    outdir: Outdir = OUT,
    store: StoreUrl = None,
    bucket: BucketUrl = None,
) -> None:
    """Write the outputs of the done jobs as a table; or one result, with all that is known of the run, as a crate."""
    options = wanted(name, tag, parameter, inputs, ["done"], since, until, latest, limit)
    if crate is not None:
        from analysis_jobs.published.crate import write_crate

        results = published_of(what or _only_one(options, outdir, store), outdir, store, bucket)
        write_crate(results, crate, licence)
        say(f"the results of {results.key} are in {crate}, {len(results.manifest['files'])} files")
    elif what is None:
        raise InvalidInput("export needs the name of a table to write, such as outputs.parquet, or --crate and a key")
    else:
        _write_table(Path(what), options, open_store_of(outdir, store, read_only=True))


def _only_one(options: Wanted, outdir: Path, store: str | None) -> str:
    keys = _record_keys(open_store_of(outdir, store, read_only=True), options)
    if len(keys) != 1:
        raise InvalidInput(f"a crate is of one result, and {len(keys)} are chosen; give its key, or other filters")
    return keys[0]


def _record_keys(store: Store, options: Wanted) -> list[str]:
    """Return the keys of the wanted records, each once: several jobs may have adopted one."""
    lines = chosen(job_lines(store), options)
    return list(dict.fromkeys(line.record.id for line in lines if line.record))


def _write_table(path: Path, options: Wanted, store: Store) -> None:
    from analysis_jobs.results.table import check_table_name, outputs_table, write_table

    check_table_name(path)
    keys = _record_keys(store, options)
    records = {key: record for some in _chunks(keys) for key, record in store.records(some).items()}
    rows = outputs_table([records[key] for key in keys if key in records])
    write_table(rows, path)
    say(f"{plural(len(rows), 'job')}, {len(rows.columns)} columns in {path}")
    exit_if_damaged(store)


def _chunks(keys: list[str]) -> Iterator[list[str]]:
    return (keys[start : start + _CHUNK] for start in range(0, len(keys), _CHUNK))
