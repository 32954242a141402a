"""JSON Schemas of TypedDicts: types and required names as they are declared, descriptions from the comments beside."""

import ast
import inspect
import io
import tokenize
import types
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

Schema = dict[str, Any]
_PLAIN = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    type(None): "null",
    dict: "object",
    list: "array",
}


def schema_of(shape: Any) -> Schema:
    """Return the JSON Schema of an annotation, with the TypedDicts in it under `$defs`; other names are fine."""
    found: dict[str, Schema] = {}
    schema = _schema(shape, found)
    return {**schema, "$defs": dict(sorted(found.items()))} if found else schema


def _schema(shape: Any, found: dict[str, Schema]) -> Schema:
    if is_typeddict(shape):
        if shape.__name__ not in found:
            found[shape.__name__] = {}  # its place, where it holds itself
            found[shape.__name__] = _object(shape, found)
        return {"$ref": f"#/$defs/{shape.__name__}"}
    origin, inner = get_origin(shape), get_args(shape)
    if shape is Any:
        return {}
    if origin is Literal:
        return {"enum": list(inner)}
    if origin is dict:
        return (
            {"type": "object", "additionalProperties": values}
            if (values := _schema(inner[1], found))
            else {"type": "object"}
        )
    if origin is list:
        return {"type": "array", "items": _schema(inner[0], found)}
    if origin in (Union, types.UnionType):
        return _any_of([_schema(option, found) for option in inner])
    return {"type": _PLAIN[shape]}


def _any_of(options: list[Schema]) -> Schema:
    if all(option.keys() == {"type"} for option in options):
        return {"type": [option["type"] for option in options]}
    return {"anyOf": options}


def _object(shape: Any, found: dict[str, Schema]) -> Schema:
    about = comments_of(shape)
    fields = {
        name: {**_schema(inner, found), **_about(about.get(name))} for name, inner in get_type_hints(shape).items()
    }
    required = [name for name in fields if name in shape.__required_keys__]
    schema: Schema = {"type": "object", **_about(_first_line(shape)), "properties": fields}
    return {**schema, "required": required} if required else schema


def _about(text: str | None) -> Schema:
    return {"description": text} if text else {}


def _first_line(shape: Any) -> str:
    return (shape.__doc__ or "").partition("\n")[0].partition("; see `")[0].replace("``", "").replace("`", "")


def comments_of(shape: Any) -> Mapping[str, str]:
    """Return the comments beside the fields of a TypedDict and of those that it is made of, by the names of fields."""
    classes = _classes(inspect.getsourcefile(_module_of(shape)) or "")
    return _comments(shape.__name__, classes)


def _module_of(shape: Any) -> types.ModuleType:
    module = inspect.getmodule(shape)
    assert module is not None
    return module


@cache
def _classes(path: str) -> dict[str, tuple[tuple[str, ...], dict[str, str]]]:
    """Return of each class in a file the names of its bases, and the comments beside its fields."""
    text = Path(path).read_text()
    beside = {
        token.start[0]: token.string.lstrip("# ")
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type == tokenize.COMMENT and not token.line.lstrip().startswith("#")
    }
    return {
        node.name: (
            tuple(base.id for base in node.bases if isinstance(base, ast.Name)),
            {
                field.target.id: beside[field.lineno].replace("``", "").replace("`", "")
                for field in node.body
                if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and field.lineno in beside
            },
        )
        for node in ast.parse(text).body
        if isinstance(node, ast.ClassDef)
    }


def _comments(name: str, classes: dict[str, tuple[tuple[str, ...], dict[str, str]]]) -> dict[str, str]:
    if name not in classes:
        return {}
    bases, own = classes[name]
    return {field: text for base in bases for field, text in _comments(base, classes).items()} | own
