"""What objects are, found without asking them: those of an analysis may say anything, or do something when asked.

`isinstance` asks an object for its class, which a lazy one then makes; `hasattr` and a set ask the metaclass.
"""

from collections.abc import Iterable
from typing import Any

_bases = type.__dict__["__mro__"].__get__
namespace_of = type.__dict__["__dict__"].__get__


def types_of(objects: Iterable[object]) -> list[type]:
    """Return the types of objects, each once."""
    kinds = list(map(type, objects))
    return list(dict(zip(map(id, kinds), kinds, strict=True)).values())


def of_kinds(objects: Iterable[object], kinds: Iterable[type]) -> list[Any]:
    """Return the objects that are of one of these types, and not of one derived from them."""
    numbers = set(map(id, kinds))
    return [each for each in objects if id(type(each)) in numbers]


def is_a(kind: type, *bases: type) -> bool:
    """Return whether a type is, or is derived from, one of others."""
    return any(mine is base for mine in _bases(kind) for base in bases)


def has(kind: type, name: str) -> bool:
    """Return whether objects of a type have an attribute of this name by it."""
    return any(name in namespace_of(base) for base in _bases(kind))
