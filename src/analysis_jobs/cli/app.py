"""The program itself: what the modules of this package add their commands to."""

import os
import sys
from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperGroup

from analysis_jobs.cli.deprecated import DEPRECATED, with_new_names

# What commands are for, as --help groups them
WRITING = "Write an analysis"
LAUNCHING = "Write its jobs"
SEEING = "See what happened"
USING = "Use the results"
KEEPING = "Look after store and bucket"
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
        except KeyboardInterrupt:
            os._exit(130)  # at once: threads may be waiting for a service
        return returned

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[Any, Any, list[str]]:
        name, command, words = super().resolve_command(ctx, args)
        called = f"{name} {words[0]}" if words and isinstance(command, TyperGroup) else name
        words, warnings = with_new_names(words, DEPRECATED.get(called or "", {}))
        for warning in warnings:
            typer.echo(warning, err=True)
        return name, command, words


def with_dashes(option: str) -> str:
    """Take an option also as the pipeline spells its own: --failed_jobs for --failed-jobs."""
    return option.replace("_", "-")


app = typer.Typer(
    cls=_Quiet,
    context_settings={"token_normalize_func": with_dashes},
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Write job files, see what the pipeline has recorded and published, use it, and look after it.",
)
