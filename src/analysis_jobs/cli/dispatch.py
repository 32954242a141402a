"""The command `dispatch`: writing job files.

Imports within functions are for a quick start.
"""

from pathlib import Path
from typing import Annotated, Literal

import typer

from analysis_jobs.cli.app import LAUNCHING, app, with_dashes
from analysis_jobs.process import start_logging


def _our_name(option: str) -> str:
    """Take the original dispatcher's options, some of which have other names here."""
    name = with_dashes(option)
    return {"output-directory": "jobs", "max-number-of-tasks-dispatched": "max-jobs"}.get(name, name)


@app.command(rich_help_panel=LAUNCHING, context_settings={"token_normalize_func": _our_name})
def dispatch(
    csv: Annotated[Path | None, typer.Option(help="CSV of assets, with a column s3_location or asset_id")] = None,
    glob: Annotated[str | None, typer.Option(help="pattern of assets, a path or s3:// URL; quote it")] = None,
    docdb_query: Annotated[str | None, typer.Option(help="query of the metadata index, JSON or a JSON file")] = None,
    jobs: Annotated[Path, typer.Option(help="folder to write to, the pipeline's --jobs")] = Path("jobs"),
    file_extension: Annotated[str, typer.Option(help="look in the assets for files that end so, as .nwb")] = "",
    split_files: Annotated[
        Literal["1", "0", "true", "false"] | None,
        typer.Option(help="one job for each file, or one for all of an asset; default 1, with --group-by 0"),
    ] = None,
    group_by: Annotated[
        list[str] | None, typer.Option(help="one job for all assets that share this column or field; may be repeated")
    ] = None,
    tasks_per_job: Annotated[int, typer.Option(min=1, help="jobs that share a folder, and so a task")] = 1,
    max_jobs: Annotated[int | None, typer.Option(min=1, help="write only the first ones; default all")] = None,
    parameters: Annotated[
        Path | None, typer.Option(help="parameters file: one job for each set of its distributed parameters")
    ] = None,
    database: Annotated[str, typer.Option(help="where the metadata index is in DocDB")] = "metadata_index",
    collection: Annotated[str, typer.Option(help="its collection")] = "data_assets",
) -> None:
    """Write a job file for each asset of a CSV, a glob or a query; the same assets give the same files again."""
    from analysis_jobs.dispatch.dispatch import Options
    from analysis_jobs.dispatch.dispatch import dispatch as write_job_files

    start_logging()
    options = Options(
        csv=csv,
        glob=glob,
        docdb_query=docdb_query,
        jobs=jobs,
        file_extension=file_extension,
        split_files=None if split_files is None else split_files in ("1", "true"),
        group_by=[name.strip() for text in group_by or () for name in text.split(",") if name.strip()],
        tasks_per_job=tasks_per_job,
        max_jobs=max_jobs,
        parameters=parameters,
        database=database,
        collection=collection,
    )
    typer.echo(write_job_files(options))
