"""The command `run`: the pipeline that came with this package, launched by Nextflow."""

import os
from typing import Annotated

import typer

from analysis_jobs.cli.app import RUNNING, app
from analysis_jobs.errors import InvalidInput
from analysis_jobs.health.nextflow import nextflow_program, no_nextflow, own_programs
from analysis_jobs.pipeline import project_folder
from analysis_jobs.process import become

_AS_THEY_ARE = {"ignore_unknown_options": True, "allow_interspersed_args": False}


@app.command("run", rich_help_panel=RUNNING, context_settings=_AS_THEY_ARE)
def launch_pipeline(
    arguments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="--jobs FOLDER --analysis FILE",
            help="options of the pipeline, and of `nextflow run`, such as -resume",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Launch the pipeline of this version: `nextflow run`, with these options; `run -- --help` lists them.

    Tasks run in the environment of this command, also where it is not active.
    """
    program = find_nextflow()
    words = ["nextflow", "run", str(project_folder() / "main.nf"), *(arguments or [])]
    become(program, words, launch_variables())


def find_nextflow() -> str:
    """Return the path of the Nextflow that `doctor` looks at as well."""
    if found := nextflow_program():
        return found
    raise InvalidInput(no_nextflow())


def launch_variables() -> dict[str, str]:
    """Return the environment of the launch: this one, in which tasks find the Python that runs this first."""
    path = os.environ.get("PATH") or os.defpath
    return {**os.environ, "PATH": os.pathsep.join([str(own_programs()), path])}
