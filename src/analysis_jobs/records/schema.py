"""The library that gives records their form: aind-data-schema 2, or its successor biodata-schema 3.

Records have the same fields under both. Imports within functions are for a quick start.
"""

import ast
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

# The first that is installed counts, so that records stay as they are where both are
PACKAGES = ("aind_data_schema", "biodata_schema")


@cache
def schema_package() -> str:
    """Return the name of the package that is installed.

    Raises
    ------
    ImportError
        If there is none.
    """
    for name in PACKAGES:
        if find_spec(name):
            return name
    raise ImportError("records need aind-data-schema, or biodata-schema 3: install one (pip install aind-data-schema)")


def processing_models() -> Any:
    """Return the module with the models of processing."""
    if schema_package() == "aind_data_schema":
        from aind_data_schema.core import processing
    else:
        from biodata_schema.core import processing
    return processing


@cache
def empty_metadata() -> dict[str, Any]:
    """Return the fields of its `Metadata`, each at its default.

    They are read from the class' source: to import it builds the models of surgeries, instruments and the rest,
    over a second for every RECORD task, and none of them is in a record of ours. A test compares with the class.
    """
    package = find_spec(schema_package())
    assert package is not None and package.origin is not None  # it was found
    tree = ast.parse(Path(package.origin).with_name("core").joinpath("metadata.py").read_text())
    metadata = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Metadata")
    fields: dict[str, Any] = {"object_type": "Metadata"}
    for node in metadata.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            fields[node.target.id] = _default(node)
    fields["describedBy"] = _described_by()
    return fields


def _default(field: ast.AnnAssign) -> Any:
    keywords = field.value.keywords if isinstance(field.value, ast.Call) else []
    default = next((word.value for word in keywords if word.arg == "default"), None)
    return default.value if isinstance(default, ast.Constant) else None


def _described_by() -> str:
    base = processing_models().DataCoreModel
    return f"{base.__private_attributes__['_DESCRIBED_BY_BASE_URL'].default}{schema_package()}/core/metadata.py"
