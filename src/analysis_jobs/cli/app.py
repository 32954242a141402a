"""The program itself: what the modules of this package add their commands to."""

import os
from collections.abc import Callable
from typing import Any

import typer

from analysis_jobs.errors import run_script

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Write job files, see what the pipeline has recorded and published, use it, and look after it.",
)


def main() -> None:
    """Run the command line; exit codes as of the pipeline's scripts."""
    run_script(lambda: _quietly(app))


def _quietly(command: Callable[[], Any]) -> None:
    try:
        command()
    except BrokenPipeError:
        os._exit(0)  # whoever reads has seen enough, as `head` does
