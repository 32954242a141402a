"""The command `rerun`: the same again, from what a record says.

Imports within functions are for a quick start.
"""

import json
from pathlib import Path
from typing import Annotated

import typer

from analysis_jobs.cli.app import USING, app
from analysis_jobs.cli.options import (
    OUT,
    AsJson,
    BucketUrl,
    EnvironmentCache,
    Key,
    Outdir,
    StoreUrl,
    named_folder,
    published_of,
)


@app.command(rich_help_panel=USING)
def rerun(
    key: Key,
    into: Annotated[
        Path,
        typer.Option(
            help="new or empty folder for the results and the comparison", parser=named_folder, metavar="PATH"
        ),
    ],
    analysis: Annotated[
        str | None, typer.Option(help="the code to run: file, folder or module; default: the recorded code")
    ] = None,
    other_code: Annotated[
        bool, typer.Option("--other-code", help="run the code even if it is not the recorded one")
    ] = False,
    tolerance: Annotated[float, typer.Option(min=0, help="relative difference up to which numbers are equal")] = 0.0,
    ignore: Annotated[list[str] | None, typer.Option(help="pattern of files not to compare; may be repeated")] = None,
    environment: Annotated[
        str | None, typer.Option(help="active, auto, or a folder; default: as recorded, if one was made for the job")
    ] = None,
    environment_cache: EnvironmentCache = None,
    as_json: AsJson = False,
    outdir: Outdir = OUT,
    store: StoreUrl = None,
    bucket: BucketUrl = None,
) -> None:
    """Compute a job again from what its record says, and compare outputs and files; status 1 if they differ."""
    from analysis_jobs.published.comparison import in_words
    from analysis_jobs.published.rerun import Repetition
    from analysis_jobs.published.rerun import rerun as run_again

    results = published_of(key, outdir, store, bucket)
    how = Repetition(
        into=into,
        analysis=analysis,
        other_code=other_code,
        environment=environment,
        environment_cache=environment_cache,
        tolerance=tolerance,
        ignore=tuple(ignore or ()),
    )
    comparison = run_again(results, how)
    typer.echo(json.dumps(comparison) if as_json else in_words(comparison))
    if not comparison["same"]:
        raise typer.Exit(1)
