"""Records as one table: a row for each job, with its inputs, parameters and outputs as columns.

Imports within functions are for a quick start.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis_jobs.errors import InvalidInput
from analysis_jobs.records.build import Record
from analysis_jobs.records.read import process_of, summary_of
from analysis_jobs.results.query import get_docdb_records_partial
from analysis_jobs.store.protocol import Store
from analysis_jobs.wording import cell

if TYPE_CHECKING:
    import pandas as pd

# Columns of every table, whatever the records hold
FIXED = ("key", "name", "inputs", "location", "started", "ended", "code_version")
SUFFIXES = (".parquet", ".csv")
_TIMES = ("started", "ended")
_EXACT = 2**53  # up to here floats tell whole numbers apart
_Path = tuple[str, ...]


def load_outputs(  # noqa: PLR0913 (the filters of analysis-pipeline-utils)
    latest_only: bool = False,
    *,
    analysis_name: str | None = None,
    code_url: str | None = None,
    code_version: str | None = None,
    input_data_locations: Sequence[str] | None = None,
    parameters: Mapping[str, Any] | None = None,
    store: str | Store = "docdb",
) -> "pd.DataFrame":
    """Return the records that have all of the given properties as a table, the newest first.

    Parameters
    ----------
    latest_only, analysis_name, code_url, code_version, input_data_locations, parameters, store
        As for `analysis_jobs.get_docdb_records_partial`.

    Returns
    -------
    pandas.DataFrame
        A row for each job, with `key`, `name` (of the analysis), `inputs` (a list), `location`, `started` and `ended`
        (UTC), `code_version`, and a column ``parameters.<name>`` and ``outputs.<name>`` for each value. Objects are
        gone into, ``outputs.rate_hz.7``; lists stay lists. What a job does not have is missing.

    Raises
    ------
    InvalidInput
        If the store cannot be opened.
    """
    records = get_docdb_records_partial(
        latest_only,
        analysis_name=analysis_name,
        code_url=code_url,
        code_version=code_version,
        input_data_locations=input_data_locations,
        parameters=parameters,
        store=store,
    )
    return outputs_table(records)


def outputs_table(records: Sequence[Record]) -> "pd.DataFrame":
    """Return records as a table, in their order; see `load_outputs`."""
    import pandas as pd

    fixed = pd.DataFrame([_fixed(record) for record in records], columns=list(FIXED))
    for name in _TIMES:
        fixed[name] = pd.to_datetime(fixed[name], utc=True, format="ISO8601", errors="coerce")
    values: dict[_Path, list[Any]] = defaultdict(lambda: [None] * len(records))
    for row, record in enumerate(records):
        for path, value in _values(record):
            values[path][row] = value
    labels = _labels(values)
    columns = {labels[path]: _column(column) for path, column in sorted(values.items(), key=_parameters_first)}
    return pd.concat([fixed, pd.DataFrame(columns, index=fixed.index)], axis=1)


def _fixed(record: Record) -> tuple[Any, ...]:
    brief = summary_of(record)
    name = brief.parameters.get("analysis_name") or brief.name
    return (brief.id, name, list(brief.inputs), brief.location, brief.started, brief.ended, brief.code_version)


def _values(record: Record) -> Iterator[tuple[_Path, Any]]:
    process = process_of(record)
    yield from _flat((process.get("code") or {}).get("parameters") or {}, ("parameters",))
    yield from _flat(process.get("output_parameters") or {}, ("outputs",))


def _flat(values: Mapping[str, Any], above: _Path) -> Iterator[tuple[_Path, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, (*above, name))
        else:
            yield (*above, name), value


def _labels(paths: Iterable[_Path]) -> dict[_Path, str]:
    """Return the name of each column; where two would share one, names with a dot in them are quoted."""
    sharing: dict[str, list[_Path]] = defaultdict(list)
    for path in paths:
        sharing[".".join(path)].append(path)
    return {
        path: label if len(some) == 1 else ".".join(json.dumps(name) if "." in name else name for name in path)
        for label, some in sharing.items()
        for path in some
    }


def _parameters_first(column: tuple[_Path, list[Any]]) -> bool:
    return column[0][0] != "parameters"  # and each as it came, since sorting keeps the order of equals


def _column(values: list[Any]) -> "pd.Series[Any]":
    """Return values as a column of the type that keeps them: of mixed ones, objects."""
    import pandas as pd

    kinds = {type(value) for value in values} - {type(None)}
    exact = all(abs(value) < _EXACT for value in values if type(value) is int)
    if not kinds or (kinds == {int, float} and not exact):
        return pd.Series(values, dtype="object")
    missing = None in values
    if missing and kinds == {bool}:
        return pd.Series(values, dtype="boolean")
    if missing and kinds == {int} and all(-(2**63) <= value < 2**63 for value in values if value is not None):
        return pd.Series(values, dtype="Int64")
    try:
        return pd.Series(values, dtype=None if len(kinds) == 1 or kinds == {int, float} else "object")
    except UnicodeError:  # halves of characters, as in names of files that are no UTF-8
        return pd.Series(values, dtype="object")


def write_table(table: "pd.DataFrame", path: Path) -> None:
    """Write a table as Parquet or CSV, as the name of the file ends, whole or not at all.

    What a file cannot hold as it is (values of several types in a column, objects in lists; in CSV also lists) becomes
    JSON text.

    Raises
    ------
    InvalidInput
        If the name ends otherwise, pyarrow is not installed, or the file cannot be written.
    """
    check_table_name(path)
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        if path.suffix == ".csv":
            _as_cells(_as_text(table)).to_csv(unfinished, index=False, errors="backslashreplace")
        else:
            _write_parquet(table, unfinished)
        unfinished.rename(path)
    except OSError as error:
        raise InvalidInput(f"{path} cannot be written: {error.strerror or error}; give another file") from None


def check_table_name(path: Path) -> None:
    """See that a table can be written to such a file.

    Raises
    ------
    InvalidInput
        If not: its name ends otherwise, or pyarrow is not installed.
    """
    from importlib.util import find_spec

    if path.suffix not in SUFFIXES:
        raise InvalidInput(f"{path} is of no known kind; give a name that ends in {' or '.join(SUFFIXES)}")
    if path.suffix == ".parquet" and find_spec("pyarrow") is None:
        raise InvalidInput(
            f"{path} needs pyarrow, which is not installed; pip install 'aind-analysis-jobs[results]', or give a "
            "name that ends in .csv"
        )


def _as_text(table: "pd.DataFrame") -> "pd.DataFrame":
    return table.assign(**{name: _texts(table[name]) for name in table.columns if table[name].dtype == object})


def _as_cells(table: "pd.DataFrame") -> "pd.DataFrame":
    """Return a table of which no text, and no name of a column, is one that a spreadsheet would run."""
    import pandas as pd

    texts = [name for name in table.columns if pd.api.types.is_string_dtype(table[name].dtype)]
    table = table.assign(**{name: table[name].map(cell, na_action="ignore") for name in texts})
    return table.rename(columns=cell)


def _write_parquet(table: "pd.DataFrame", path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    columns = [_arrow(table[name]) for name in table.columns]
    parquet.write_table(pa.table(dict(zip(table.columns, columns, strict=True))), path)


def _arrow(column: "pd.Series[Any]") -> Any:
    import pyarrow as pa

    try:
        array = pa.array(column, from_pandas=True)
        if not pa.types.is_nested(array.type) or pa.types.is_primitive(array.type.value_type):
            return array
        if pa.types.is_string(array.type.value_type):
            return array
    except (pa.ArrowException, OverflowError, TypeError, UnicodeError, AttributeError):
        pass  # of several types, or too large
    return pa.array(_json(column), from_pandas=True, type=pa.string())


def _texts(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return a column of texts as it is, and of anything else as JSON."""
    plain = all(value is None or isinstance(value, str) for value in column)
    return column if plain else _json(column)


def _json(column: "pd.Series[Any]") -> "pd.Series[Any]":
    return column.map(lambda value: None if value is None else json.dumps(value))
