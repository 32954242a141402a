"""What source files say to Python, apart from how they are written: their digest without comments and docstrings.

The text that is digested is of our own making, since `ast.dump` and `ast.unparse` write the same source differently in
different versions of Python. Golden digests in the tests pin it, under each Python.
"""

import ast
import hashlib
import re
import warnings
from collections.abc import Iterable, Iterator

from analysis_jobs.analysis.code_files import as_code

# Another form of the text gives every analysis another digest
_FORM = b"syntax 1\n"
# What follows from the rest, or is of how a text is written
_LEFT_OUT = ("ctx", "kind", "type_comment", "type_ignores")
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
# Code that says one of these may go by its docstrings
_READS_DOCSTRINGS = ("__doc__", "getdoc")
_WORDS = re.compile(r"\w+")


def syntax_digest(files: Iterable[tuple[str, bytes]]) -> str:
    """Return the SHA-256, in hexadecimal, of what named source files say, whatever the comments and docstrings are.

    Parameters
    ----------
    files
        Name within the analysis and content of each. What is not valid Python counts as it is written, as
        `analysis_jobs.analysis.code_files.digest` has it. Where a file of them asks for ``__doc__``, docstrings count.
    """
    contents = dict(files)
    trees = {name: _tree(content) for name, content in contents.items()}
    docstrings = any(tree and _reads_docstrings(tree) for tree in trees.values())
    whole = hashlib.sha256(_FORM)
    for name, tree in sorted(trees.items()):
        said = _text(tree, docstrings) if tree else b"as written\n" + as_code(contents[name])
        whole.update(f"{name}\n{hashlib.sha256(said).hexdigest()}\n".encode())
    return whole.hexdigest()


def _tree(content: bytes) -> ast.Module | None:
    with warnings.catch_warnings(action="ignore"):  # whoever imports it is warned
        try:
            return ast.parse(as_code(content))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def _reads_docstrings(tree: ast.Module) -> bool:
    nodes = list(ast.walk(tree))
    documented = (node.body[0] for node in nodes if isinstance(node, _DOCUMENTED) and _is_docstring(node.body))
    docstrings = {id(first.value) for first in documented if isinstance(first, ast.Expr)}
    asking = (name for node in nodes if id(node) not in docstrings for name in _names(node))
    return any(name in _READS_DOCSTRINGS for name in asking)


def _names(node: ast.AST) -> Iterator[str]:
    """Yield the names in a node, also those in a text: of `getattr`, `attrgetter` and formats."""
    yield from (name for field in ("id", "attr", "name") if isinstance(name := getattr(node, field, None), str))
    yield from node.kwd_attrs if isinstance(node, ast.MatchClass) else ()
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from _WORDS.findall(node.value)


def _text(tree: ast.Module, docstrings: bool) -> bytes:
    """Return a syntax tree as a text: not by recursion, since a long sum is nested deeply."""
    texts: list[str] = []
    waiting: list[object] = [tree]
    while waiting:
        item = waiting.pop()
        if isinstance(item, ast.AST):
            texts.append(f"({type(item).__name__}")
            waiting += [")", *reversed(list(_fields(item, docstrings)))]
        elif isinstance(item, list):
            texts.append("[")
            waiting += ["]", *(part if isinstance(part, ast.AST) else _value(part) for part in reversed(item))]
        else:
            texts.append(f"{item}\n")
    return "".join(texts).encode()


def _fields(node: ast.AST, docstrings: bool) -> Iterator[object]:
    """Yield the name and value of each field that says something; what a newer Python adds is empty in old code."""
    for name, value in ast.iter_fields(node):
        if name == "body" and not docstrings and isinstance(node, _DOCUMENTED):
            value = value[1:] if _is_docstring(value) else value
        elif isinstance(node, ast.JoinedStr):
            value = _joined(value)
        if name not in _LEFT_OUT and value is not None and value != []:
            yield f" {name}="
            yield value if isinstance(value, ast.AST | list) else _value(value)


def _is_docstring(body: list[ast.stmt]) -> bool:
    first = body[0] if body else None
    return isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)


def _joined(values: list[ast.expr]) -> list[ast.expr]:
    """Return the parts of a formatted text, with neighbouring texts as one: versions of Python cut them differently."""
    joined: list[ast.expr] = []
    for value in values:
        if isinstance(value, ast.Constant) and joined and isinstance(joined[-1], ast.Constant):
            joined[-1] = ast.Constant(str(joined[-1].value) + str(value.value))
        elif not isinstance(value, ast.Constant) or value.value:
            joined.append(value)
    return joined


def _value(value: object) -> str:
    # In ASCII, since versions differ in which letters they print; of long numbers Python makes no decimal text
    text = hex(value) if type(value) is int else ascii(value)
    return f"{type(value).__name__}:{text}"
