"""What the imports of an analysis tell of troubles, without running them."""

import ast
import importlib.util
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from analysis_jobs.analysis.code_files import module_files, python_files
from analysis_jobs.analysis.loading import DECLARED_BY, how_to_have
from analysis_jobs.analysis.source import Source
from analysis_jobs.authoring.check_source import Trees
from analysis_jobs.authoring.findings import Finding, warning, wrong
from analysis_jobs.wording import relative_name, shown

# Functions that import, or run, a module by a name that is given when they are called
BY_NAME = {"import_module", "__import__", "run_module", "resolve_name"}


def missing_modules(trees: Trees, source: Source) -> dict[str, str]:
    """Return the modules that are imported and not installed here, each with the first place of it.

    Imports that the analysis can do without are left out: those in a ``try`` and for type checking.
    """
    missing: dict[str, str] = {}
    for path, tree in trees.items():
        for name, line in _imports(tree):
            if not _is_found(name, source):
                missing.setdefault(name, f"{relative_name(path, source.root)}, line {line}")
    return missing


def _imports(tree: ast.AST) -> Iterator[tuple[str, int]]:
    waiting = [tree]  # and no function that calls itself: a long chain of elif is nested as deeply
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            yield from ((alias.name.partition(".")[0], node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.module and not node.level:
                yield node.module.partition(".")[0], node.lineno
        elif not _is_optional(node):
            waiting.extend(reversed(list(ast.iter_child_nodes(node))))


def _is_optional(node: ast.AST) -> bool:
    return isinstance(node, ast.Try) or (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test))


def _is_found(name: str, source: Source) -> bool:
    if name == source.root.name or (source.root / f"{name}.py").is_file() or (source.root / name).is_dir():
        return True
    try:
        return importlib.util.find_spec(name) is not None
    except ValueError:  # of a module without a spec, such as __main__, which is there
        return True


def import_findings(missing: Mapping[str, str]) -> Iterator[Finding]:
    """Yield a finding for each module that is missing."""
    for name, place in missing.items():
        if declared := os.environ.get(DECLARED_BY):
            yield wrong(f"{place}: nothing that {declared} declares provides the module {name}; {how_to_have(name)}")
        else:
            yield wrong(f"{place}: the module {name} is not installed in {sys.prefix}; install it, or put it beside")


def by_name_findings(trees: Trees, source: Source) -> Iterator[Finding]:
    """Yield what lies beside, and is imported or read by a name when the analysis runs: no key covers it."""
    for path, tree in trees.items():
        for node in ast.walk(tree):
            if problem := _by_name_problem(node, source):
                place = f"{relative_name(path, source.root)}, line {getattr(node, 'lineno', 0)}"
                yield warning(f"{place}: {problem}")


def _by_name_problem(node: ast.AST, source: Source) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.endswith(".py"):
        path = source.root / node.value
        return _uncovered(node.value, path.stem, source) if _is_beside(path, source) else ""
    if not isinstance(node, ast.Call) or _called(node) not in BY_NAME or not node.args:
        return ""
    name = node.args[0]
    if isinstance(name, ast.Constant):
        if not isinstance(name.value, str):
            return ""
        parts = name.value.partition(":")[0].lstrip(".").split(".")
        beside = [path for path in module_files(source.root, parts) if _is_beside(path, source)]
        return _uncovered(name.value, ".".join(parts), source) if beside else ""
    others = [path for path in python_files(source.root) if path not in source.files] if source.kind == "file" else []
    if not others:
        return ""
    return (
        f"{ast.unparse(name)} is imported by a name that is made at run time; a file beside the analysis "
        "does not go to the jobs, and no key covers it: write import statements, or put all into a folder, and "
        "give that as the analysis"
    )


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _is_beside(path: Path, source: Source) -> bool:
    """Return whether a path is a file of the analysis' folder that the key does not cover."""
    try:
        path = path.resolve()
        covered = {file.resolve() for file in source.files}
        return path.is_file() and path.is_relative_to(source.root.resolve()) and path not in covered
    except (OSError, ValueError):  # it is no path at all
        return False


def _uncovered(name: str, module: str, source: Source) -> str:
    travels = "it does not go to the jobs, and no key covers it" if source.kind == "file" else "no key covers it"
    folder = ", or put both into a folder, and give that as the analysis" if source.kind == "file" else ""
    return f"{shown(name)} is used by its name at run time, so that {travels}; write `import {module}`{folder}"
