"""Random numbers of jobs that share an import: no two draw the same, unless the analysis asks for it."""

import ast
import random
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from types import BuiltinMethodType, CellType, FunctionType, MethodType, ModuleType
from typing import Any

from analysis_jobs.analysis.loading import Analysis
from analysis_jobs.wording import shown


def numbers_of_its_own(analysis: Analysis) -> Callable[[], None]:
    """Return what gives a forked process the random numbers that it would have had without a fork.

    Those are its own; but an analysis that seeds at its import wants the same numbers in each job, and has them.
    """
    seeded = [seed for module in analysis.modules() for seed in _seeds(module)]
    state = random.getstate() if random.seed in seeded else None

    def start() -> None:
        if state is not None:
            random.setstate(state)  # which Python itself has changed at the fork
        if "numpy.random" in sys.modules and sys.modules["numpy.random"].seed not in seeded:
            sys.modules["numpy.random"].seed()

    return start


def generators_at_import(modules: Iterable[ModuleType]) -> Iterator[str]:
    """Yield the names of generators of random numbers that the modules of an analysis made at their import."""
    kinds: tuple[type, ...] = (random.Random,)
    if "numpy.random" in sys.modules:
        numpy = sys.modules["numpy.random"]
        kinds += (numpy.Generator, numpy.RandomState)
    for module in modules:
        for name, value in _values_of(module):
            if any(
                isinstance(held, kinds) and not isinstance(held, random.SystemRandom) and not _is_of_library(held)
                for held in (value, *_behind(value, module))
            ):
                yield f"{module.__name__}.{name}"


def _behind(value: Any, module: ModuleType) -> Iterator[Any]:
    """Yield what a callable has with it: a partial its arguments, a method its object, a closure its variables."""
    if isinstance(value, partial):
        held = [value.func, *value.args, *value.keywords.values()]
    elif isinstance(value, MethodType | BuiltinMethodType):
        held = [value.__self__]
    elif isinstance(value, FunctionType) and value.__module__ == module.__name__:
        held = [_contents(cell) for cell in value.__closure__ or ()]
    else:
        held = []
    yield from held
    for item in held:
        if isinstance(item, partial | MethodType | BuiltinMethodType):
            yield from _behind(item, module)


def _contents(cell: CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # it is empty yet
        return None


def _values_of(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """Yield what a module, its lists and objects, its classes and the defaults of its functions hold."""
    for name, value in list(vars(module).items()):
        yield name, value
        if isinstance(value, list | tuple):
            yield from ((f"{name}[{number}]", item) for number, item in enumerate(value))
        elif isinstance(value, dict) and not name.startswith("__"):
            yield from ((f"{name}[{shown(key)}]", item) for key, item in list(value.items()))
        if getattr(value, "__module__", None) != module.__name__:
            continue
        if not isinstance(value, type | FunctionType):
            yield from ((f"{name}.{held}", item) for held, item in getattr(value, "__dict__", {}).items())
        functions = {name: value}
        if isinstance(value, type):
            members = {f"{name}.{member}": held for member, held in vars(value).items()}
            yield from members.items()
            functions = members
        for called, function in functions.items():
            if isinstance(function, FunctionType):
                defaults = (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values())
                yield from ((f"{called}()", default) for default in defaults)


def _is_of_library(value: object) -> bool:
    """Return whether a generator is the one behind `random` or `numpy.random` themselves."""
    numpy = sys.modules.get("numpy.random")
    return value is getattr(random, "_inst", None) or value is getattr(getattr(numpy, "mtrand", None), "_rand", None)


def _seeds(module: ModuleType) -> Iterator[Any]:
    """Yield the functions called `seed` that a module calls with a value at its import, itself or by its functions."""
    file = str(module.__file__)
    if not file.endswith(".py"):
        return
    with open(file, "rb") as source:
        tree = ast.parse(source.read())
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Call):
            called = _called(node.func, module)
            if node.args and getattr(called, "__name__", "") == "seed":
                yield called
            if isinstance(node.func, ast.Name) and node.func.id in functions:
                waiting.extend(functions.pop(node.func.id).body)
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and not _is_of_a_script(node):
            waiting.extend(ast.iter_child_nodes(node))


def _called(function: ast.expr, module: ModuleType) -> Any:
    """Return what a name with dots stands for in a module, or None."""
    if isinstance(function, ast.Attribute):
        return getattr(_called(function.value, module), function.attr, None)
    return vars(module).get(function.id) if isinstance(function, ast.Name) else None


def _is_of_a_script(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)
