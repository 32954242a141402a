"""What the source files of an analysis tell of troubles, without running them."""

import ast
import re
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

from analysis_jobs.analysis.code_files import folder_files, parsed
from analysis_jobs.analysis.contract_problems import WANTED, is_legacy, missing_name, signature_problem
from analysis_jobs.analysis.source import Source
from analysis_jobs.authoring.findings import Finding, warning, wrong
from analysis_jobs.errors import InvalidInput
from analysis_jobs.wording import relative_name, shown, size_text

LARGE_FILE = 10_000_000
# Folders of a capsule or of somebody's machine, which jobs do not find elsewhere.
PLACES = re.compile(
    r"/(allen|capsule|code|data|home|mnt|results|root|scratch|tmp|Users|Volumes)(/.*|$)|[A-Za-z]:[\\/].*"
)
# Calls whose first argument is a file to be read: open, read_csv, load, imread, ...
READS = re.compile(r"open\w*|read\w*|load\w*|imread|genfromtxt|File")
Trees = Mapping[Path, ast.Module]


def parse_files(source: Source) -> tuple[Trees, list[Finding]]:
    """Return the syntax trees of the source files, and which files are not valid Python."""
    trees: dict[Path, ast.Module] = {}
    try:
        files = source.files
    except InvalidInput as error:
        return trees, [wrong(str(error))]
    broken = []
    for path in files:
        try:
            trees[path] = parsed(path)
        except InvalidInput as error:
            broken.append(wrong(str(error)))
    return trees, broken


def path_findings(trees: Trees, source: Source) -> Iterator[Finding]:
    """Yield the paths in the source that a job does not find, or that its results do not come from."""
    for path, tree in trees.items():
        reads = {id(call.args[0]) for call in ast.walk(tree) if isinstance(call, ast.Call) and _is_read(call)}
        seen: set[str] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value not in seen:
                seen.add(node.value)
                if problem := _path_problem(node.value, source, is_read=id(node) in reads):
                    yield warning(f"{relative_name(path, source.root)}, line {node.lineno}: {problem}")


def _is_read(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    return bool(call.args) and READS.fullmatch(name) is not None


def _path_problem(text: str, source: Source, *, is_read: bool) -> str:
    if match := PLACES.fullmatch(text):
        if match[1] == "results":
            return f"{shown(text)} is not where results are kept; write into the folder that run_analysis is given"
        return f"{shown(text)} may not be there where jobs run; make it an input of the job, or a parameter"
    if not _is_file_beside(text, source):
        return ""
    if source.kind == "file":
        return (
            f"{shown(text)} does not go to the jobs: of a single file, only the modules that it imports do; "
            "put both into a folder, and give that as the analysis"
        )
    if is_read:
        return (
            f"{shown(text)} is looked for in the results folder, where jobs run; "
            f"write Path(__file__).with_name({text!r})"
        )
    return ""


def _is_file_beside(text: str, source: Source) -> bool:
    if not text.isprintable() or not 0 < len(text) < 200 or text.endswith(".py"):
        return False
    path = source.root / text
    return path.is_file() and path.resolve().is_relative_to(source.root.resolve())


def size_findings(source: Source) -> Iterator[Finding]:
    """Yield the large files that a folder brings along to every job."""
    for path in folder_files(source.root) if source.kind == "folder" else ():
        if (size := path.stat().st_size) > LARGE_FILE:
            name = relative_name(path, source.root)
            yield warning(f"{name} has {size_text(size)} and goes to every job; keep data elsewhere, as an input")


def definition_findings(tree: ast.Module) -> Iterator[Finding]:
    """Yield which of the three names a module does not define, where it cannot be imported to see."""
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    names = {name for node in tree.body for name in _defined(node)}
    function = functions.get("run_analysis")
    annotated = _annotated(function) if function else {}
    for name in WANTED if "*" not in names else ():
        if name not in names and not names & annotated.get(name, set()):
            yield wrong(f"the analysis {missing_name(name, names)}")
    if function and (problem := _signature_problem(function.args)):
        yield wrong(f"the analysis {problem}")


def _annotated(function: ast.FunctionDef) -> dict[str, set[str]]:
    """Return the names in the annotations by which `run_analysis` tells its models; see `contract_of`."""
    second = [argument.annotation for argument in (*function.args.posonlyargs, *function.args.args)][1:2]
    annotations = {"AnalysisSpecification": [*second], "AnalysisOutputs": [function.returns]}
    return {name: {word for node in nodes if node for word in _words_in(node)} for name, nodes in annotations.items()}


def _words_in(annotation: ast.expr) -> set[str]:
    return set(re.findall(r"[^\W\d]\w*", ast.unparse(annotation))) - vars(typing).keys()


def _defined(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        yield node.name
    for child in ast.walk(node) if not isinstance(node, ast.ClassDef | ast.FunctionDef) else ():
        if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
            yield child.id
        elif isinstance(child, ast.alias):
            yield child.asname or child.name


def _signature_problem(arguments: ast.arguments) -> str:
    positional = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
    needed = len(positional) - len(arguments.defaults)
    fits = needed <= 3 and (len(positional) >= 3 or arguments.vararg is not None) and None not in arguments.kw_defaults
    legacy = is_legacy(positional, arguments.kwarg is not None)
    return "" if fits else signature_problem(f"({ast.unparse(arguments)})", legacy)


def held_findings(module: ModuleType) -> Iterator[Finding]:
    """Yield what a module opens at its import, which the processes of jobs cannot share: files, connections, pools."""
    for name, value in list(vars(module).items()):  # some modules define more when they are asked
        if not isinstance(value, type | ModuleType) and hasattr(value, "close") and hasattr(value, "__enter__"):
            yield warning(
                f"{name} ({type(value).__name__}) is opened at import, and the processes of jobs cannot share it; "
                "open it in run_analysis"
            )
