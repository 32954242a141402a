"""Libraries for the browser, as installed packages bring them: DataTables by itables, and Bokeh's own.

The packages are not imported, which would take a second: their files are read.
"""

import re
from importlib.util import find_spec
from pathlib import Path

from markupsafe import Markup

_EXPORT = re.compile(r"export\s*\{([^}]*)\}\s*;?")
# What a script cannot have in its text: within it, `\x3C` is the same in strings and in regular expressions.
_ENDING = re.compile(r"<(?=!--|/?script)", re.IGNORECASE)


def datatables_style() -> Markup:
    """Return the style sheet of DataTables."""
    return Markup(_read("itables", "html/dt_bundle.css"))


def datatables_script() -> Markup:
    """Return DataTables as a module that puts its class into `window.DataTable`."""
    bundle = _read("itables", "html/dt_bundle.js")
    export = _EXPORT.search(bundle)
    names = dict(re.findall(r"([\w$]+) as ([\w$]+)", export[1])) if export else {}
    exported = {name: local for local, name in names.items()}
    if export is None or "default" not in exported:
        raise RuntimeError("the DataTables of this version of itables exports no default; install one that does")
    return _script(bundle.replace(export[0], f";window.DataTable = {exported['default']};"))


def bokeh_script() -> Markup:
    """Return Bokeh for the browser, with its plotting interface."""
    files = ("server/static/js/bokeh.min.js", "server/static/js/bokeh-api.min.js")
    return _script("\n;\n".join(_read("bokeh", file) for file in files))


def _read(package: str, file: str) -> str:
    spec = find_spec(package)
    assert spec is not None and spec.origin is not None  # a dependency of this package
    return Path(spec.origin).with_name(file.partition("/")[0]).joinpath(file.partition("/")[2]).read_text("utf-8")


def _script(text: str) -> Markup:
    return Markup(_ENDING.sub(r"\\x3C", text))
