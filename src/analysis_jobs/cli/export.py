"""The command `export`: results for other programs, as a table or as a crate.

Imports within functions are for a quick start.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from analysis_jobs.cli.app import USING, app
from analysis_jobs.cli.filters import Input, Limit, Name, Parameter, Since, Tag, Until, wanted
from analysis_jobs.cli.options import (
    OUT,
    BucketUrl,
    Outdir,
    StoreUrl,
    complete_key,
    exit_if_damaged,
    named_folder,
    open_store_of,
    published_of,
    read_bucket_of,
)
from analysis_jobs.cli.tables import say, say_aside
from analysis_jobs.documents import Manifest
from analysis_jobs.errors import InvalidInput
from analysis_jobs.records.build import Record
from analysis_jobs.records.wanted import Wanted
from analysis_jobs.results.choice import chosen_and_replaced
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
        Path | None,
        typer.Option(
            help="new or empty folder for one result as a Workflow Run RO-Crate", metavar="DEST", parser=named_folder
        ),
    ] = None,
    licence: Annotated[
        str | None, typer.Option("--license", help="licence of the result in a crate: a URL or a text")
    ] = None,
    name: Name = None,
    tag: Tag = None,
    parameter: Parameter = None,
    inputs: Input = None,
    since: Since = None,
    until: Until = None,
    latest: Annotated[
        bool,
        typer.Option(
            "--latest/--all-versions", help="only the newest result for the same inputs and parameters, or all results"
        ),
    ] = True,
    limit: Limit = None,
    long: Annotated[bool, typer.Option("--long", help="a line for each value instead of each job")] = False,
    outdir: Outdir = OUT,
    store: StoreUrl = None,
    bucket: BucketUrl = None,
) -> None:
    """Write the outputs of done jobs as a table, or one result with all facts about its run as a crate."""
    options = wanted(name, tag, parameter, inputs, ["done"], since, until, latest, limit)
    if crate is not None:
        from analysis_jobs.published.crate import write_crate

        key = _only_one(options, outdir, store) if what is None else what
        results = published_of(key, outdir, store, bucket)
        write_crate(results, crate, licence)
        say(f"the results of {results.key} are in {crate}, {plural(len(results.manifest['files']), 'file')}")
    elif what is None:
        raise InvalidInput("export needs the name of a table to write, such as outputs.parquet, or --crate and a key")
    else:
        opened = open_store_of(outdir, store, read_only=True)
        _write_table(Path(what), options, opened, _manifests(opened, outdir, bucket), long=long)


def _only_one(options: Wanted, outdir: Path, store: str | None) -> str:
    keys, _ = _record_keys(open_store_of(outdir, store, read_only=True), options)
    if len(keys) != 1:
        raise InvalidInput(f"a crate is of one result, and {len(keys)} are chosen; give its key, or other filters")
    return keys[0]


def _record_keys(store: Store, options: Wanted) -> tuple[list[str], int]:
    """Return the keys of the wanted records, each once though several jobs may have it, and how many are replaced."""
    lines, replaced = chosen_and_replaced(job_lines(store), options)
    return list(dict.fromkeys(line.record.id for line in lines if line.record)), replaced


def _manifests(store: Store, outdir: Path, bucket: str | None) -> Callable[[Record], Manifest]:
    """Return what reads the manifest of a record."""
    opened = read_bucket_of(outdir, bucket)

    def read(record: Record) -> Manifest:
        from analysis_jobs.published.find import find_published

        return find_published(record["_id"], store, opened).manifest

    return read


def _write_table(
    path: Path, options: Wanted, store: Store, manifest_of: Callable[[Record], Manifest], *, long: bool
) -> None:
    from analysis_jobs.results.descriptions import Descriptions, described_by
    from analysis_jobs.results.table import long_table, outputs_table
    from analysis_jobs.results.table_files import check_table_name, write_table

    check_table_name(path)
    keys, replaced = _record_keys(store, options)
    found = {key: record for some in _chunks(keys) for key, record in store.records(some).items()}
    records = [found[key] for key in keys if key in found]
    adopted = store.adopted()
    tells = long or path.suffix == ".parquet"  # a row of CSV has no place for what its columns are
    described = Descriptions(described_by(records, manifest_of)) if tells else None
    rows = (long_table if long else outputs_table)(records, adopted, described)
    write_table(rows, path)
    values = f", {plural(len(rows), 'line')}" if long else ""
    say(f"{plural(len(records), 'job')}{values}, {plural(len(rows.columns), 'column')} in {path}")
    if replaced:
        say_aside(
            f"{plural(replaced, 'result')} left out, because newer ones replaced them; --all-versions writes them too"
        )
    if count := len(adopted & found.keys()):
        say_aside(f"{plural(count, 'result')} of other code, adopted, as the column adopted says")
    exit_if_damaged(store)


def _chunks(keys: list[str]) -> Iterator[list[str]]:
    return (keys[start : start + _CHUNK] for start in range(0, len(keys), _CHUNK))
