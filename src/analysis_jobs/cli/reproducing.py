"""Commands that hand on or repeat what a record says: `export --crate` and `rerun`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analysis_jobs.cli.app import app
from analysis_jobs.cli.options import OUT, BucketUrl, Outdir, StoreUrl, the_bucket, the_key, the_store

if TYPE_CHECKING:
    from analysis_jobs.published import Published

Key = Annotated[str, typer.Argument(help="key of a done job, or its beginning")]


@app.command()
def export(
    key: Key,
    crate: Annotated[Path, typer.Option(help="new or empty folder for the results as a Workflow Run RO-Crate")],
    licence: Annotated[str | None, typer.Option("--license", help="of the results: a URL or a text")] = None,
    outdir: Outdir = OUT,
    store: StoreUrl = None,
    bucket: BucketUrl = None,
) -> None:
    """Write the results of a job, with all that is known of the run, as an RO-Crate."""
    from analysis_jobs.crate import write_crate

    results = _published(key, outdir, store, bucket)
    write_crate(results, crate, licence)
    typer.echo(f"the results of {results.key} are in {crate}, {len(results.manifest['files'])} files")


@app.command()
def rerun(
    key: Key,
    into: Annotated[Path, typer.Option(help="new or empty folder for the results and the comparison")],
    analysis: Annotated[str | None, typer.Option(help="the code: file, folder or module; default: as recorded")] = None,
    other_code: Annotated[
        bool, typer.Option("--other-code", help="run the code also where it is not that of the record")
    ] = False,
    tolerance: Annotated[float, typer.Option(min=0, help="relative difference at which numbers are the same")] = 0.0,
    ignore: Annotated[list[str] | None, typer.Option(help="pattern of files not to compare; may be repeated")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="the comparison as JSON, for programs")] = False,
    outdir: Outdir = OUT,
    store: StoreUrl = None,
    bucket: BucketUrl = None,
) -> None:
    """Compute a job again from what its record says, and compare outputs and files; status 1 if they differ."""
    from analysis_jobs.comparison import in_words
    from analysis_jobs.rerun import rerun as run_again

    results = _published(key, outdir, store, bucket)
    found = run_again(results, into, analysis, other_code=other_code, tolerance=tolerance, ignore=tuple(ignore or ()))
    typer.echo(json.dumps(found) if as_json else in_words(found))
    if not found["same"]:
        raise typer.Exit(1)


def _published(key: str, outdir: Path, store: str | None, bucket: str | None) -> "Published":
    from analysis_jobs.published import find_published

    the = the_store(outdir, store, read_only=True)
    return find_published(the_key(key, the), the, the_bucket(outdir, bucket))
