"""Records as one table: a row for each job, with its parameters and outputs as columns, or one for each value.

Imports within functions are for a quick start.
"""

import logging
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from analysis_jobs.json_values import leaves, of_python, path_names
from analysis_jobs.records.build import Record
from analysis_jobs.records.read import process_of, summary_of
from analysis_jobs.records.wanted import Wanted
from analysis_jobs.results.choice import replaced_results
from analysis_jobs.results.descriptions import Descriptions, described_by, recorded_manifest
from analysis_jobs.results.listing import labelled_lines, line_of
from analysis_jobs.results.long_values import long_values
from analysis_jobs.results.query import found_records, opened_store
from analysis_jobs.store.protocol import Store
from analysis_jobs.wording import plural

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger(__name__)
# Columns of every table, whatever the records hold
FIXED = (
    "key", "name", "inputs", "location", "started", "ended", "code_version", "subject", "acquired", "adopted",
    "replaced",
)  # fmt: skip
# Of these, what a table of values has
LONG = ("key", "label", "name", "code_version", "subject", "acquired", "adopted", "replaced")
_OF_VALUE = ("output", "item", "field", "value", "number", "unit")
_TIMES = ("started", "ended")
_EXACT = 2**53  # up to here floats tell whole numbers apart
_Path = tuple[str, ...]


def load_outputs(  # noqa: PLR0913 (the filters of analysis-pipeline-utils)
    latest_only: bool = True,
    *,
    all_versions: bool = False,
    long: bool = False,
    analysis_name: str | None = None,
    code_url: str | None = None,
    code_version: str | None = None,
    input_data_locations: Sequence[str] | None = None,
    parameters: Mapping[str, Any] | None = None,
    store: str | Store = "docdb",
) -> "pd.DataFrame":
    """Return the outputs of the records that have all of the given properties as a table, the newest first.

    A result is left out if a newer one of the same inputs and parameters has replaced it. The log says how many.

    Parameters
    ----------
    latest_only
        As for `analysis_jobs.get_docdb_records_partial`; here it is the default.
    all_versions
        Leave nothing out; the same as `latest_only` being False.
    long
        Return a row for each value instead of one for each job.
    analysis_name, code_url, code_version, input_data_locations, parameters, store
        As for `analysis_jobs.get_docdb_records_partial`.

    Returns
    -------
    pandas.DataFrame
        A row for each job, with `key`, `name` (of the analysis), `inputs` (a list), `location`, `started` and `ended`
        (UTC), `code_version`, `subject` and `acquired` (of the recording, the latter as ISO 8601; empty texts if not
        known), `adopted` (whether it is a result of other code that a job has adopted),
        `replaced` (whether the table has a newer result of the same inputs and parameters), and a column
        ``parameters.<name>`` and ``outputs.<name>`` for each value. A nested value has a
        column with dots, ``outputs.rate_hz.7``; lists stay lists. A value that a job lacks is missing. If `long`,
        what `long_table` returns.
        ``attrs["replaced"]`` is how many results were left out.

    Raises
    ------
    InvalidInput
        If the store cannot be opened.
    """
    wanted = Wanted(
        name=analysis_name,
        code_url=code_url,
        code_version=code_version,
        inputs=list(input_data_locations or ()),
        parameters={name: [of_python(value)] for name, value in (parameters or {}).items()},
        latest=latest_only and not all_versions,
    )
    opened = opened_store(store)
    records, replaced = found_records(wanted, opened)
    if replaced:
        log.warning(
            "%s left out, because newer ones replaced them; all_versions=True has them", plural(replaced, "result")
        )
    described = Descriptions(described_by(records, recorded_manifest)) if long else None
    table = (long_table if long else outputs_table)(records, opened.adopted(), described)
    table.attrs["replaced"] = replaced
    return table


def outputs_table(
    records: Sequence[Record], adopted: Collection[str] = (), described: Descriptions | None = None
) -> "pd.DataFrame":
    """Return records as a table, a row for each; see `load_outputs`.

    Parameters
    ----------
    records
        Whole records, in the order of the rows.
    adopted
        Ids of records that jobs have adopted.
    described
        What the columns are; ``attrs["columns"]`` then has `description` and `unit` of each that is described.
    """
    import pandas as pd

    table, about = _base_table(records, adopted)
    columns, of_columns = _columns(records, "outputs")
    table = pd.concat([table, pd.DataFrame(columns, index=table.index)], axis=1)
    return _with_descriptions(table, about | of_columns, described)


def long_table(
    records: Sequence[Record], adopted: Collection[str] = (), described: Descriptions | None = None
) -> "pd.DataFrame":
    """Return the outputs of records as a table with a row for each value; parameters as of `outputs_table`.

    Returns
    -------
    pandas.DataFrame
        `key`, `label`, `name`, `code_version`, `subject`, `acquired`, `adopted`, `replaced` and the
        parameters of the job; `output`, `item` and `field` say which value it is (see
        `analysis_jobs.results.long_values.LongValue`); `value` is its text, `number` the same as a number, and `unit`
        what the analysis says of it. A job without outputs has one row, with none.
    """
    import pandas as pd

    base, about = _base_table(records, adopted)
    base.insert(1, "label", _labels(records))
    base = base[[name for name in base.columns if name in LONG or name in about]]
    known = described or Descriptions()
    rows: list[int] = []
    values: list[tuple[Any, ...]] = []
    for row, record in enumerate(records):
        found = [
            (value.output, value.item, value.field, value.text, value.number, known.of(("outputs", *path)).get("unit"))
            for path, value in long_values(process_of(record).get("output_parameters") or {})
        ]
        values += found or [(None,) * len(_OF_VALUE)]
        rows += [row] * (len(found) or 1)
    columns = zip(*values, strict=True) if values else ((),) * len(_OF_VALUE)
    kinds = {name: "float64" if name == "number" else "string" for name in _OF_VALUE}
    of_value = pd.DataFrame(
        {name: pd.Series(some, dtype=kinds[name]) for name, some in zip(_OF_VALUE, columns, strict=True)}
    )
    table = pd.concat([base.take(rows).reset_index(drop=True), of_value], axis=1)
    return _with_descriptions(table, about, described)


def _base_table(records: Sequence[Record], adopted: Collection[str]) -> "tuple[pd.DataFrame, dict[str, _Path]]":
    """Return the columns that every table has, those of parameters behind them, and the paths of the latter."""
    import pandas as pd

    replaced = replaced_results(line_of(record["_id"], record, None) for record in records)
    rows = [(*_fixed(record), record["_id"] in adopted, record["_id"] in replaced) for record in records]
    fixed = pd.DataFrame(rows, columns=list(FIXED))
    for name in _TIMES:
        fixed[name] = pd.to_datetime(fixed[name], utc=True, format="ISO8601", errors="coerce")
    columns, paths = _columns(records, "parameters")
    return pd.concat([fixed, pd.DataFrame(columns, index=fixed.index)], axis=1), paths


def _columns(
    records: Sequence[Record], kind: Literal["parameters", "outputs"]
) -> "tuple[dict[str, pd.Series[Any]], dict[str, _Path]]":
    """Return a column for each parameter or output, and its path, by the name of the column."""
    values: dict[_Path, list[Any]] = defaultdict(lambda: [None] * len(records))
    for row, record in enumerate(records):
        for path, value in leaves(_of(record, kind), (kind,)):
            values[path][row] = value
    names = path_names(values)
    return {names[path]: column_of(column) for path, column in values.items()}, {names[path]: path for path in values}


def _of(record: Record, kind: Literal["parameters", "outputs"]) -> Mapping[str, Any]:
    process = process_of(record)
    found = (process.get("code") or {}).get("parameters") if kind == "parameters" else process.get("output_parameters")
    return found or {}


def _with_descriptions(
    table: "pd.DataFrame", paths: Mapping[str, _Path], described: Descriptions | None
) -> "pd.DataFrame":
    if described:
        about = {name: described.of(path) for name, path in paths.items()}
        table.attrs["columns"] = {name: words for name, words in about.items() if words}
    return table


def _labels(records: Sequence[Record]) -> list[str]:
    return [line.label for line in labelled_lines([line_of(record["_id"], record, None) for record in records])]


def _fixed(record: Record) -> tuple[Any, ...]:
    brief = summary_of(record)
    name = brief.parameters.get("analysis_name") or brief.name
    return (
        brief.id,
        name,
        list(brief.inputs),
        brief.location,
        brief.started,
        brief.ended,
        brief.code_version,
        *brief.acquisition,
    )


def column_of(values: list[Any]) -> "pd.Series[Any]":
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
