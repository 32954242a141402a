"""The program itself: what the modules of this package add their commands to."""

import os
import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from analysis_jobs.cli.deprecated import DEPRECATED, with_new_names
from analysis_jobs.cli.hints import hint_of, refuse_set_of_launches
from analysis_jobs.pipeline import PIPELINE_NAME, __version__

# What commands are for, as --help groups them
WRITING = "Write an analysis"
LAUNCHING = "Write its jobs"
RUNNING = "Run it"
SEEING = "See what happened"
USING = "Use the results"
KEEPING = "Maintain store and bucket"
# What a command leaves to be called when typer has ended and nothing is caught any more: neither an EOFError, which
# typer takes for an interruption, nor an error of ours, which is told without its traceback
left_uncaught: list[Callable[[], object]] = []


class _Quiet(TyperGroup):
    """A program that ends without a word when whoever reads has seen enough, as `head` has, or interrupts it."""

    def invoke(self, ctx: Any) -> Any:
        try:
            returned = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            os._exit(0)
        except Exception as error:
            _add_hint(error)
            raise
        except KeyboardInterrupt:
            os._exit(130)  # at once: threads may be waiting for a service
        return returned

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[Any, Any, list[str]]:
        name, command, words = super().resolve_command(ctx, args)
        called = f"{name} {words[0]}" if words and isinstance(command, TyperGroup) else name
        words, warnings = with_new_names(words, DEPRECATED.get(called or "", {}))
        for warning in warnings:
            typer.echo(warning, err=True)
        refuse_set_of_launches(words, _options_of(command))
        return name, command, words


def _add_hint(error: Any) -> None:
    # Any mistake in a command line; typer does not hand on the class of these
    if (context := getattr(error, "ctx", None)) and (message := getattr(error, "message", "")):
        error.message = message + hint_of(message, _options_of(context.command))


def _options_of(command: Any) -> set[str]:
    return {option for parameter in command.params for option in parameter.opts}


def with_dashes(option: str) -> str:
    """Take an option also as the pipeline spells its own: --failed_jobs for --failed-jobs."""
    return option.replace("_", "-")


app = typer.Typer(
    cls=_Quiet,
    context_settings={"token_normalize_func": with_dashes},
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Write job files, run the pipeline, see and use what it has recorded and published, and maintain it.",
)


def _tell_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"{PIPELINE_NAME} {__version__}")
        raise typer.Exit


@app.callback()
def _program(
    version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="print the version, and end")
    ] = False,
) -> None:
    """Write job files, run the pipeline, see and use what it has recorded and published, and maintain it."""
