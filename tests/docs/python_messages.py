"""The messages that the Python of the project can show, read from its source: constants that reach a user.

A message is what is raised, or handed to one of `SINKS`. What stands for it may be a name, a choice, or what a function
of the project returns; those are followed. Of an f-string, placeholders become `…`; texts that are put into it are
messages of their own if they are sentences, since a user may look for them too.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cached_property, partial
from pathlib import Path

GAP = "…"
# Functions that show a text to a user, and which of their arguments it is
SINKS = {
    "infrastructure_error": 2,
    "BadParameter": 0,
    "error": 0,
    "warning": 0,
    "exception": 0,
    "exit": 0,
    "wrong": 0,
    "broken": 0,
    "doubtful": 0,
    "add_note": 0,
    "Damage": 2,
    "decision_on": 2,
    "done_before": 2,
    "_error": 1,
}
SHOWN_FIELDS = ("reason", "message")
# Not for users, or not an error
NOT_MESSAGES = ("AttributeError", "AssertionError", "NothingToReport")
# Words from which on a text counts: one that is said, and one that is put into another
SAID, PART = 3, 5
Function = ast.FunctionDef | ast.AsyncFunctionDef
Found = tuple[str, bool]  # the text, and whether it is a part of others


class Module:
    """A source file: its functions, its constants, and what it imports from others."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tree = ast.parse(path.read_text())
        for parent in ast.walk(self.tree):
            for child in ast.iter_child_nodes(parent):
                child.parent = parent  # type: ignore[attr-defined]

    @cached_property
    def functions(self) -> dict[str, Function]:
        return {node.name: node for node in ast.walk(self.tree) if isinstance(node, Function)}

    @cached_property
    def constants(self) -> dict[str, str]:
        return {
            target.id: node.value.value
            for node in self.tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name) and isinstance(node.value.value, str)
        }

    @cached_property
    def imports(self) -> set[str]:
        nodes = (node for node in ast.walk(self.tree) if isinstance(node, ast.ImportFrom))
        return {alias.name for node in nodes for alias in node.names}


class Messages:
    """All modules of the project, through which texts are followed."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self.modules = [Module(path) for path in paths]
        self._seen: set[int] = set()

    def __iter__(self) -> Iterator[tuple[str, Path]]:
        """Yield each message with the file that it comes from."""
        for module in self.modules:
            for shown in _shown(module.tree):
                self._seen = set()
                for text, is_part in self._texts(shown, module, False):
                    said = plain(text)
                    if words(said) >= (PART if is_part else SAID):
                        yield said, module.path
            for said in filter(None, map(partial(_looks_like_one, module), ast.walk(module.tree))):
                yield said, module.path

    def _texts(self, node: ast.expr | None, module: Module, part: bool) -> Iterator[Found]:
        if node is None or id(node) in self._seen:
            return
        self._seen.add(id(node))
        match node:
            case ast.Constant(value=str(text)):
                yield text, part
            case ast.JoinedStr(values=values):
                yield "".join(_piece(value, module) for value in values), part
                for value in values:
                    if isinstance(value, ast.FormattedValue) and not _is_constant(value.value, module):
                        yield from self._texts(value.value, module, True)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                yield f"{_side(left, module)}{_side(right, module)}", part
                yield from self._all([left, right], module, True)
            case ast.IfExp(body=one, orelse=other):
                yield from self._all([one, other], module, part)
            case ast.BoolOp(values=values):
                yield from self._all(values, module, part)
            case ast.NamedExpr(value=value):
                yield from self._texts(value, module, part)
            case ast.ListComp(elt=one) | ast.GeneratorExp(elt=one):
                yield from self._texts(one, module, part)
            case ast.List(elts=many) | ast.Tuple(elts=many):
                yield from self._all(many, module, True)
            case ast.Name(id=name):
                yield from self._of_name(name, node, module, part)
            case ast.Call():
                yield from self._of_call(node, module, part)

    def _all(self, nodes: Iterable[ast.expr], module: Module, part: bool) -> Iterator[Found]:
        for node in nodes:
            yield from self._texts(node, module, part)

    def _of_name(self, name: str, node: ast.AST, module: Module, part: bool) -> Iterator[Found]:
        if name in module.constants:
            yield module.constants[name], part
        elif function := _function_around(node):
            yield from self._all(_values_of(name, function), module, part)

    def _of_call(self, call: ast.Call, module: Module, part: bool) -> Iterator[Found]:
        name = _name(call.func)
        for home in self.modules:
            if name in home.functions and (home is module or module.imports & {name, home.path.stem}):
                yield from self._all(_results(home.functions[name]), home, part)
        yield from self._all(call.args, module, True)


def _shown(tree: ast.AST) -> Iterator[ast.expr]:
    """Yield the expressions whose texts a user is shown."""
    for node in ast.walk(tree):
        match node:
            case ast.Raise(exc=ast.Call(func=function, args=arguments)) if _name(function) not in NOT_MESSAGES:
                yield from arguments
            case ast.Call(func=function, args=arguments) if len(arguments) > SINKS.get(_name(function), len(arguments)):
                yield arguments[SINKS[_name(function)]]
            case ast.Call(func=ast.Name(id="print"), args=arguments, keywords=[ast.keyword(arg="file"), *_]):
                yield from arguments
            case ast.Dict(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    if isinstance(key, ast.Constant) and key.value in SHOWN_FIELDS:
                        yield value
            case ast.keyword(arg=name, value=value) if name in SHOWN_FIELDS:
                yield value
            case ast.Assign(targets=[target], value=value):
                yield from _assigned_fields(target, value)


def _assigned_fields(target: ast.expr, value: ast.expr) -> Iterator[ast.expr]:
    """Yield what is assigned to the fields of documents that a user is shown."""
    match target, value:
        case ast.Subscript(slice=ast.Constant(value=name)), _ if name in SHOWN_FIELDS:
            yield value
        case ast.Tuple(elts=targets), ast.Tuple(elts=values):
            for one, other in zip(targets, values, strict=False):
                yield from _assigned_fields(one, other)


def _looks_like_one(module: Module, node: ast.AST) -> str:
    """Return a text of the form of our messages, "what happened; what to do", wherever it stands."""
    inside = isinstance(getattr(node, "parent", None), ast.Expr | ast.JoinedStr | ast.keyword | ast.FormattedValue)
    if inside or not isinstance(node, ast.Constant | ast.JoinedStr):
        return ""
    text = _side(node, module)
    if "\n" in text or text in module.constants.values():  # a constant counts where it is put in
        return ""
    said = plain(text)
    return said if re.search(r"\w; \w", said) and words(said) >= SAID else ""


def _is_constant(node: ast.expr, module: Module) -> bool:
    return isinstance(node, ast.Name) and node.id in module.constants


def _function_around(node: ast.AST) -> Function | None:
    while (node := getattr(node, "parent", None)) is not None:  # type: ignore[assignment]
        if isinstance(node, Function):
            return node
    return None


def _values_of(name: str, function: Function) -> Iterator[ast.expr]:
    """Yield what is assigned to a name in a function, also by a loop or one item after the other."""
    for node in ast.walk(function):
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    yield from _bound(name, target, value)
            case ast.NamedExpr(target=target, value=value) | ast.AugAssign(target=target, value=value):
                yield from _bound(name, target, value)
            case ast.For(target=target, iter=value) | ast.comprehension(target=target, iter=value):
                yield from _bound(name, target, value)
            case ast.Call(func=ast.Attribute(value=ast.Name(id=known), attr="append"), args=arguments) if known == name:
                yield from arguments


def _bound(name: str, target: ast.expr, value: ast.expr) -> Iterator[ast.expr]:
    if isinstance(target, ast.Name) and target.id == name:
        yield value
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for one, other in zip(target.elts, value.elts, strict=False):
            yield from _bound(name, one, other)


def _results(function: Function) -> Iterator[ast.expr]:
    """Yield what a function returns or yields, if that can be a text."""
    if "str" not in ast.unparse(function.returns or ast.Constant("str")):
        return
    for node in ast.walk(function):
        if isinstance(node, ast.Return | ast.Yield) and node.value is not None:
            yield node.value


def _name(function: ast.expr) -> str:
    return getattr(function, "attr", None) or getattr(function, "id", "")


def _piece(value: ast.expr, module: Module) -> str:
    if isinstance(value, ast.Constant):
        return str(value.value)
    inside = value.value if isinstance(value, ast.FormattedValue) else value
    return module.constants.get(inside.id, GAP) if isinstance(inside, ast.Name) else GAP


def _side(node: ast.expr, module: Module) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(_piece(value, module) for value in node.values)
    return _piece(node, module)


def plain(text: str) -> str:
    text = re.sub(r"%[sdr]", GAP, text)
    text = re.sub(rf"{GAP}+", GAP, " ".join(text.split()))
    return text.strip("; ,:")


def words(text: str) -> int:
    return sum(word.strip("\"'().,:;-").isalpha() for word in text.split())
