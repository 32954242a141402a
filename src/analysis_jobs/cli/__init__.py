"""The command `analysis-jobs`, for people: flags in, one call to a room below, and words, tables or JSON out.

May use every room, and is the only one that imports typer and rich; nothing uses it but the entry point. Never decides
what somebody in a notebook may want decided too.
"""


def main() -> None:
    """Run the command line; exit codes as of the pipeline's scripts."""
    try:
        from analysis_jobs.cli.commands import run  # here, so that this package costs nothing until it is run
    except ModuleNotFoundError as error:
        if not error.name or error.name.startswith("analysis_jobs"):
            raise
        raise SystemExit(
            f"error: analysis-jobs needs {error.name}: pip install 'aind-analysis-jobs[pipeline]'"
        ) from None
    run()
