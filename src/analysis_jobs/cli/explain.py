"""The command `explain`: why two jobs are, or are not, the same, and how their code differs.

Imports within functions are for a quick start.
"""

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from analysis_jobs.cli.app import SEEING, app
from analysis_jobs.cli.explained import ExplainedAt, explain_code, explain_file, explain_keys
from analysis_jobs.cli.options import (
    OUT,
    AsJson,
    BucketUrl,
    EnvironmentCache,
    InputsBy,
    Outdir,
    StoreUrl,
    WhichCode,
    WhichEnvironment,
    checked_beginning,
    complete_key,
    contents_of,
    full_key,
    open_bucket_of,
    open_store_of,
)
from analysis_jobs.cli.tables import say_aside
from analysis_jobs.documents import Parts
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.key import checked_number
from analysis_jobs.wording import plural, shown

USAGE = "give two keys, or one key or one job file with --analysis"


@app.command(rich_help_panel=SEEING)
def explain(
    jobs: Annotated[
        list[str],
        typer.Argument(help="two keys, a key or a job file", metavar="KEY... | FILE", autocompletion=complete_key),
    ],
    analysis: Annotated[
        str | None,
        typer.Option(help="for a job file: the analysis, as in the launch; for a key: the code to compare with"),
    ] = None,
    parameters: Annotated[
        Path | None, typer.Option(help="for a job file: the parameters file, as in the launch")
    ] = None,
    assignments: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="for a job file: a parameter, as in the launch; may be repeated", metavar="NAME=VALUE"
        ),
    ] = None,
    code_version: Annotated[str | None, typer.Option(help="for a job file: as in the launch")] = None,
    code_identity: WhichCode = "files",
    jobs_folder: Annotated[
        Path | None, typer.Option("--jobs", help="for a job file: the launch's jobs folder; default: the file's folder")
    ] = None,
    environment: WhichEnvironment = None,
    environment_cache: EnvironmentCache = None,
    key_environment: Annotated[
        bool, typer.Option("--key-environment", help="for a job file: as in the launch")
    ] = False,
    stat: Annotated[bool, typer.Option("--stat", help="show only names of files and numbers of lines")] = False,
    inputs_by: InputsBy = "location",
    number: Annotated[int | None, typer.Option(min=0, help="which parameter set of the job file, from 0")] = None,
    as_json: AsJson = False,
    outdir: Outdir = OUT,
    store: StoreUrl = None,
    bucket: BucketUrl = None,
) -> None:
    """Show why two jobs are the same or not, field by field, and in which lines their code differs.

    Of a job file and the nearest record the same, or a line for each of its parameter sets; of one key how its code
    differs from that of --analysis now.
    """
    if len(jobs) not in (1, 2):
        raise InvalidInput(f"explain was given {plural(len(jobs), 'job')}; {USAGE}")
    opened = open_store_of(outdir, store, read_only=True)
    places = ExplainedAt(opened, partial(open_bucket_of, outdir, bucket), as_json, stat)
    of_file = {
        "--parameters": parameters, "--set": assignments, "--code-version": code_version, "--jobs": jobs_folder,
        "--number": number, "--key-environment": key_environment or None,
    }  # fmt: skip
    if len(jobs) == 2 or not Path(jobs[0]).exists():
        _refuse_of_file(of_file)
    if len(jobs) == 2:
        for name in filter(os.path.isfile, jobs):
            raise InvalidInput(f"{name} is a job file, and stands alone; {USAGE}")
        explain_keys(full_key(jobs[0], opened), full_key(jobs[1], opened), places)
        return
    file = Path(checked_beginning(jobs[0]))
    if file.is_dir():
        raise InvalidInput(f"{file} is a folder; give one of its job files")
    if not file.exists() and not opened.keys(jobs[0], limit=1):
        raise InvalidInput(f"there is no job file, and no key, {shown(jobs[0])}; {USAGE}")
    if not analysis:
        raise InvalidInput(
            "explain of one job needs --analysis, since the code is part of what makes a job the same; or give two keys"
        )
    asked = {
        "job": str(file),
        "analysis": analysis,
        "parameters": str(parameters) if parameters else None,
        "assignments": assignments or [],
        "code_version": code_version,
        "code_identity": code_identity,
        "jobs": str(jobs_folder or file.parent),
        "key_environment": key_environment,
        "contents": contents_of(file, inputs_by),
    }
    with _asked(asked, environment, environment_cache) as call:
        if file.exists():
            keyed = _numbered(cast(dict[str, Parts], call("keys")), number, file)
            for name in call("overridden"):
                say_aside(f"note: --set {name} has no effect if the job or the grid sets it")
            if len(keyed) > 1 and not as_json:
                from analysis_jobs.cli.parameter_sets import show_sets

                show_sets(keyed, file, opened)
                return
            for key, parts in keyed.items():
                explain_file(file, key, parts, call("code"), places)
        else:
            explain_code(full_key(jobs[0], opened), analysis, call("code"), places)


def _refuse_of_file(given: Mapping[str, object]) -> None:
    for option, value in given.items():
        if value is not None:
            raise InvalidInput(f"{option} is an option of a job file, and keys were given; leave it out")


def _numbered(keyed: Mapping[str, Parts], number: int | None, file: Path) -> Mapping[str, Parts]:
    """Return the one of the jobs of a file that was asked for, or all where none was."""
    if number is None:
        return keyed
    key = list(keyed)[checked_number(number, len(keyed), file)]
    return {key: keyed[key]}


def _asked(
    asked: dict[str, Any], environment: str | None, environment_cache: Path | None
) -> AbstractContextManager[Any]:
    """Open what is asked of a job file or an analysis in the environment that the analysis runs in."""
    from analysis_jobs.environments.choice import environment_of
    from analysis_jobs.environments.remote import object_in

    ran_in = environment_of(asked["analysis"], environment, environment_cache)
    return object_in(ran_in, "analysis_jobs.results.explain:AskedFile", **asked)
