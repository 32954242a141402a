"""Random numbers of jobs that share an import: no two draw the same, unless the analysis asks for it."""

import ast
import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from analysis_jobs.analysis.loading import Analysis


def numbers_of_its_own(analysis: Analysis) -> Callable[[], None]:
    """Return what gives a forked process the random numbers that it would have had without a fork.

    Those are its own; but an analysis that seeds at its import wants the same numbers in each job, and has them.
    """
    state = random.getstate() if _seeds_at_import(analysis) else None

    def start() -> None:
        if state is not None:
            random.setstate(state)  # which Python itself has changed at the fork
        elif "numpy.random" in sys.modules:
            sys.modules["numpy.random"].seed()

    return start


def generators_at_import(analysis: Analysis) -> Iterator[str]:
    """Yield the names of generators of random numbers that the modules of an analysis made at their import."""
    kinds: tuple[type, ...] = (random.Random,)
    if "numpy.random" in sys.modules:
        numpy = sys.modules["numpy.random"]
        kinds += (numpy.Generator, numpy.RandomState)
    for module in analysis.modules():
        for name, value in list(vars(module).items()):
            if isinstance(value, kinds) and not _is_of_library(value):
                yield f"{module.__name__}.{name}"


def _is_of_library(value: object) -> bool:
    """Return whether a generator is the one behind `random` or `numpy.random` themselves."""
    numpy = sys.modules.get("numpy.random")
    return value is getattr(random, "_inst", None) or value is getattr(getattr(numpy, "mtrand", None), "_rand", None)


def _seeds_at_import(analysis: Analysis) -> bool:
    return any(_seeds(Path(file)) for module in analysis.modules() if (file := str(module.__file__)).endswith(".py"))


def _seeds(path: Path) -> bool:
    """Return whether a source file calls `seed` with a value outside of its functions."""
    waiting: list[ast.AST] = [ast.parse(path.read_bytes())]
    while waiting:
        node = waiting.pop()
        if (
            isinstance(node, ast.Call)
            and node.args
            and getattr(node.func, "attr", getattr(node.func, "id", "")) == "seed"
        ):
            return True
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            waiting.extend(ast.iter_child_nodes(node))
    return False


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
