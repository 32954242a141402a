"""A selection for elsewhere: as a table in a file, and as the lines of Python that give the same table."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from analysis_jobs.browse.catalog import Catalog
from analysis_jobs.browse.index import TIMES, Index
from analysis_jobs.browse.matching import cell_text
from analysis_jobs.browse.selection import Selection
from analysis_jobs.results.table import outputs_table
from analysis_jobs.results.table_files import write_table
from analysis_jobs.wording import plural

MOST_KEYS = 1_000  # that are named in Python
# Columns of ours and of `load_outputs`, where they have other names
_THERE = {"changed": "ended", "name": "name"}
_BY_PARAMETER = {"tag": "parameters.analysis_tag"}


def write_export(catalog: Catalog, rows: Sequence[int], path: Path) -> None:
    """Write the outputs of those jobs that are done as a table, Parquet or CSV as the name of the file ends.

    Raises
    ------
    InvalidInput
        As for `analysis_jobs.results.table.write_table`.
    """
    keys = done_keys(catalog.index, rows)
    records = catalog.records(keys)
    write_table(outputs_table([records[key] for key in keys if key in records], catalog.index.adopted), path)


def done_keys(index: Index, rows: Sequence[int]) -> list[str]:
    """Return the keys of the records of those jobs that are done, each once: several jobs may have adopted one."""
    return list(dict.fromkeys(filter(None, map(index.results.__getitem__, rows))))


def python_lines(index: Index, keys: Sequence[str], selection: Selection, store: str) -> str:
    """Return Python that gives the same table, that of `done_keys`; a comment says so where there is none.

    What `load_outputs` has no filter for is left to pandas; what that has no column for, to the keys of the jobs.
    """
    if not keys:
        return "# none of these jobs is done, so there is no table"
    if _has_filters_of_ours(index, selection):
        if len(keys) > MOST_KEYS:
            jobs = plural(len(keys), "job")
            return f"# {jobs}: no filter of load_outputs selects them, so export the file instead"
        return "\n".join(
            [
                _import(),
                _loaded({"all_versions": True}, store),
                f'table = table[table["key"].isin({json.dumps(list(keys))})]',
            ]
        )
    arguments: dict[str, Any] = {} if selection.latest else {"all_versions": True}
    then = list(_narrowed(index, selection, arguments))
    return "\n".join([_import(), _loaded(arguments, store), *then])


def _import() -> str:
    return "from analysis_jobs import load_outputs\n"


def _loaded(arguments: dict[str, Any], store: str) -> str:
    named = {**arguments, "store": store}
    return f"table = load_outputs({', '.join(f'{name}={value!r}' for name, value in named.items())})"


def _has_filters_of_ours(index: Index, selection: Selection) -> bool:
    """Return whether a selection asks for what a table of outputs does not show."""
    names = {*selection.values, *selection.least, *selection.most} - {"state"}
    ours = {name for name in names if name not in (*_THERE, *_BY_PARAMETER, *index.parameters, *index.outputs, "key")}
    texts = {name for name in {*selection.least, *selection.most} if name not in TIMES and not index.is_number(name)}
    lists = {name for name in selection.values if name != "state" and not _are_plain(index, name)}
    # The newest result is that of all jobs, and in `load_outputs` that of those which the filters leave
    latest_of_some = selection.latest and bool(names)
    return bool(selection.text or latest_of_some or ours or texts or lists or "changed" in selection.values)


def _are_plain(index: Index, name: str) -> bool:
    """Return whether the values of a column are those of the table too, and no truth values or lists as texts."""
    texts = (value for value in index.counts(name) if isinstance(value, str))
    return not any(text in ("true", "false") or text.startswith("[") for text in texts)


def _narrowed(index: Index, selection: Selection, arguments: dict[str, Any]) -> Iterator[str]:
    """Put what `load_outputs` can be asked into `arguments`, and yield the rest as lines of pandas."""
    parameters: dict[str, Any] = {}
    for name, texts in selection.values.items():
        values = [value for value in index.counts(name) if cell_text(value) in texts]
        if name == "state":
            continue
        if name == "name" and len(values) == 1:
            arguments["analysis_name"] = values[0]
        elif name in index.parameters and len(values) == 1:
            parameters[name.removeprefix("parameters.")] = values[0]
        else:
            yield f"table = table[table[{json.dumps(_column(name))}].isin({values!r})]"
    for bounds, sign in ((selection.least, ">="), (selection.most, "<=")):
        for name, text in bounds.items():
            end = " 23:59:59.999999" if name in TIMES and sign == "<=" and len(text) == len("2026-01-31") else ""
            bound = repr(f"{text}{end}") if name in TIMES else f"{float(text):.15g}"
            yield f"table = table[table[{json.dumps(_column(name))}] {sign} {bound}]"
    if parameters:
        arguments["parameters"] = parameters


def _column(name: str) -> str:
    return _BY_PARAMETER.get(name) or _THERE.get(name, name)
