"""The command `dispatch`: writing job files.

Imports within functions are for a quick start.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer

from analysis_jobs.cli.app import LAUNCHING, app, with_dashes
from analysis_jobs.cli.filters import Input, Parameter, Since, Tag, Until, wanted
from analysis_jobs.cli.one_job import Moved
from analysis_jobs.cli.options import OUT, Outdir, StoreUrl, exit_if_damaged, named_folder, open_store_of
from analysis_jobs.errors import InvalidInput
from analysis_jobs.process import start_logging

_OF_RESULTS = "With --results-of"


def _our_name(option: str) -> str:
    """Take the original dispatcher's options, some of which have other names here."""
    name = with_dashes(option)
    theirs = {
        "output-directory": "jobs",
        "max-number-of-tasks-dispatched": "max-jobs",
        "tasks-per-job": "jobs-per-task",
    }
    return theirs.get(name, name)


@app.command(rich_help_panel=LAUNCHING, context_settings={"token_normalize_func": _our_name})
def dispatch(
    csv: Annotated[Path | None, typer.Option(help="CSV of assets, with a column s3_location or asset_id")] = None,
    glob: Annotated[str | None, typer.Option(help="pattern of assets, a path or s3:// URL; quote it")] = None,
    docdb_query: Annotated[str | None, typer.Option(help="query of the metadata index, JSON or a JSON file")] = None,
    results_of: Annotated[
        str | None, typer.Option(help="published results of the analysis with this analysis_name, each as an input")
    ] = None,
    jobs: Annotated[
        Path, typer.Option(help="folder to write to, for --jobs of the pipeline", parser=named_folder, metavar="PATH")
    ] = Path("jobs"),
    file_extension: Annotated[
        str, typer.Option(help="look in the assets for files whose names end so, such as .nwb")
    ] = "",
    split_files: Annotated[
        Literal["1", "0", "true", "false"] | None,
        typer.Option(
            help="1: one job for each file; 0: one job for all files of an asset; default: 1, and 0 with --group-by"
        ),
    ] = None,
    group_by: Annotated[
        list[str] | None,
        typer.Option(
            help="one job for all assets that share this column or field; of results that share subject, asset or "
            "parameter.NAME, or for all; may be repeated"
        ),
    ] = None,
    jobs_per_task: Annotated[int, typer.Option(min=1, help="how many jobs share a folder, and so a task")] = 1,
    max_jobs: Annotated[int | None, typer.Option(min=1, help="write only the first jobs; default: all")] = None,
    parameters: Annotated[
        Path | None, typer.Option(help="parameters file: one job for each of its distributed sets, with its grid")
    ] = None,
    database: Annotated[str, typer.Option(help="where the metadata index is in DocDB")] = "metadata_index",
    collection: Annotated[str, typer.Option(help="its collection")] = "data_assets",
    files: Annotated[
        list[str] | None,
        typer.Option(
            help="files of results that are inputs, such as '*.json'; default: the folders; may be repeated; quote it",
            rich_help_panel=_OF_RESULTS,
        ),
    ] = None,
    tag: Tag = None,
    parameter: Parameter = None,
    inputs: Input = None,
    since: Since = None,
    until: Until = None,
    all_versions: Annotated[
        bool,
        typer.Option(
            "--all-versions",
            help="also results that newer ones of the same inputs and parameters have replaced",
            rich_help_panel=_OF_RESULTS,
        ),
    ] = False,
    outdir: Outdir = OUT,
    store: StoreUrl = None,
    bucket: Moved = None,
) -> None:
    """Write a job file for each asset of a CSV, a glob or a query, or for published results."""
    _refuse_blank({"--group-by": group_by, "--files": files})
    groups = [name.strip() for text in group_by or () for name in text.split(",") if name.strip()]
    of_assets = {"--csv": csv, "--glob": glob, "--docdb-query": docdb_query}
    of_files = {"--file-extension": file_extension or None, "--split-files": split_files}
    of_results = {
        **{"--files": files, "--tag": tag, "--parameter": parameter, "--input": inputs, "--since": since},
        **{"--until": until, "--all-versions": all_versions or None, "--store": store, "--bucket": bucket},
    }
    start_logging()
    if results_of is not None:
        from analysis_jobs.published.as_inputs import ResultsToJobs, dispatch_results

        _refuse({**of_assets, **of_files}, "of assets, and --results-of is given; leave one of them out")
        chosen = wanted(results_of, tag, parameter, inputs, ["done"], since, until, not all_versions, None)
        opened = open_store_of(outdir, store, read_only=True)
        how = ResultsToJobs(
            chosen, files or (), groups, jobs, jobs_per_task, max_jobs, parameters, outdir=outdir, bucket=bucket
        )
        typer.echo(dispatch_results(how, opened))
        exit_if_damaged(opened)
        return
    from analysis_jobs.dispatch.dispatch import Options
    from analysis_jobs.dispatch.dispatch import dispatch as write_job_files

    _refuse(of_results, "of results; give --results-of NAME, or leave it out")
    options = Options(
        csv=csv,
        glob=glob,
        docdb_query=docdb_query,
        jobs=jobs,
        file_extension=file_extension,
        split_files=None if split_files is None else split_files in ("1", "true"),
        group_by=groups,
        jobs_per_task=jobs_per_task,
        max_jobs=max_jobs,
        parameters=parameters,
        database=database,
        collection=collection,
    )
    typer.echo(write_job_files(options))


def _refuse_blank(given: Mapping[str, Sequence[str] | None]) -> None:
    for option, texts in given.items():
        if not all(text.strip() for text in texts or ()):  # as of a variable that is not set
            raise InvalidInput(f"{option} is empty; give it a value, or leave it out")


def _refuse(given: Mapping[str, object], why: str) -> None:
    for option, value in given.items():
        if value is not None:
            raise InvalidInput(f"{option} is an option {why}")
