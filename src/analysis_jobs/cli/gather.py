"""The command about what many launches left: `gather`.

Imports within functions are for a quick start.
"""

from pathlib import Path
from typing import Annotated, Literal

import typer

from analysis_jobs.cli.app import SEEING, app
from analysis_jobs.cli.options import named_folder

FailedJobs = Literal["fail", "report"]


@app.command(rich_help_panel=SEEING)
def gather(
    folders: Annotated[
        list[Path], typer.Argument(help="folders that launches with --keep_account left, or folders that contain them")
    ],
    outdir: Annotated[
        Path, typer.Option(help="folder for jobs.tsv and report.html", parser=named_folder, metavar="PATH")
    ],
    failed_jobs: Annotated[FailedJobs, typer.Option(help="how to end if jobs have no result")] = "fail",
) -> None:
    """Make one table and one report of many launches, such as the instances of a stage."""
    from analysis_jobs.stages.gather import gather as gather_launches

    gathered = gather_launches(folders, outdir)
    typer.echo(f"{gathered.text}\nsee {outdir}/report.html")
    if gathered.without_result and failed_jobs == "fail":
        raise typer.Exit(1)
