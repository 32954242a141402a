"""Tables written to files, Parquet or CSV.

Imports within functions are for a quick start.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis_jobs.errors import InvalidInput
from analysis_jobs.json_values import json_text
from analysis_jobs.wording import cell, visible

if TYPE_CHECKING:
    import pandas as pd

SUFFIXES = (".parquet", ".csv")


def write_table(table: "pd.DataFrame", path: Path) -> None:
    """Write a table as Parquet or CSV, as the name of the file ends, whole or not at all.

    What a file cannot hold as it is (values of several types in a column, objects in lists; in CSV also lists) becomes
    JSON text. In Parquet, what ``attrs["columns"]`` says of a column is metadata of its field.

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
        raise InvalidInput(f"{path} is of an unknown kind; give a name that ends in {' or '.join(SUFFIXES)}")
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
    table = table.assign(**{name: table[name].map(_as_cell, na_action="ignore") for name in texts})
    return table.rename(columns=_as_cell)


def _as_cell(text: object) -> str:
    return cell(visible(str(text)))


def _write_parquet(table: "pd.DataFrame", path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    columns = [_arrow(table[name]) for name in table.columns]
    described = table.attrs.get("columns", {})
    fields = [
        pa.field(name, column.type, metadata=described.get(name))
        for name, column in zip(table.columns, columns, strict=True)
    ]
    parquet.write_table(pa.table(columns, schema=pa.schema(fields)), path)


def _arrow(column: "pd.Series[Any]") -> Any:
    import pyarrow as pa

    try:
        array = pa.array(column, from_pandas=True)
        if not pa.types.is_nested(array.type) or _is_list(array.type):
            return array
    except (pa.ArrowException, OverflowError, TypeError, UnicodeError):
        pass  # of several types, or too large
    return pa.array(_json(column), from_pandas=True, type=pa.string())


def _is_list(kind: Any) -> bool:
    """Return whether a type is that of lists of numbers, texts, or such lists; also where all are empty."""
    import pyarrow as pa

    if not pa.types.is_list(kind):
        return False
    inner = kind.value_type
    plain = (pa.types.is_primitive, pa.types.is_string, pa.types.is_null, _is_list)
    return any(is_plain(inner) for is_plain in plain)


def _texts(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return a column of texts as it is, and of anything else as JSON."""
    plain = all(value is None or isinstance(value, str) for value in column)
    return column if plain else _json(column)


def _json(column: "pd.Series[Any]") -> "pd.Series[Any]":
    return column.map(lambda value: None if value is None else json_text(value))
