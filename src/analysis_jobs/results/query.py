"""Finding whole records, in either store, for notebooks."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from analysis_jobs.errors import InvalidInput
from analysis_jobs.json_values import of_python
from analysis_jobs.records.build import Record
from analysis_jobs.records.read import process_of
from analysis_jobs.records.wanted import Wanted
from analysis_jobs.results.choice import chosen_and_replaced, is_wanted
from analysis_jobs.results.listing import line_of
from analysis_jobs.store.opening import no_store, open_store
from analysis_jobs.store.protocol import Store
from analysis_jobs.wording import is_url


def get_docdb_records_partial(  # noqa: PLR0913 (the filters of analysis-pipeline-utils)
    latest_only: bool = False,
    *,
    analysis_name: str | None = None,
    code_url: str | None = None,
    code_version: str | None = None,
    input_data_locations: Sequence[str] | None = None,
    parameters: Mapping[str, Any] | None = None,
    store: str | Store = "docdb",
) -> list[Record]:
    """Return the records that have all of the given properties, the newest first.

    Parameters
    ----------
    latest_only
        Only the newest record for each set of inputs and parameters, whatever its code.
    analysis_name
        The parameter `analysis_name`; for a record without it, the name of the process.
    code_url, code_version
        As in the record.
    input_data_locations
        Locations that are all among the inputs.
    parameters
        Parameters and their values, by name, with dots for values in objects; a record may have more.
    store
        A store, or what opens one: ``docdb`` or the path of a SQLite file.

    Raises
    ------
    InvalidInput
        If the store is not there, or cannot be opened.
    """
    wanted = Wanted(
        name=analysis_name,
        code_url=code_url,
        code_version=code_version,
        inputs=list(input_data_locations or ()),
        parameters={name: [of_python(value)] for name, value in (parameters or {}).items()},
        latest=latest_only,
    )
    return found_records(wanted, opened_store(store))[0]


def found_records(wanted: Wanted, store: Store) -> tuple[list[Record], int]:
    """Return the records that are wanted, the newest first, and how many are left out as newer ones replace them."""
    records, lines = {}, []
    for record in store.search(wanted):
        line = line_of(record["_id"], record, None)
        if process_of(record) and is_wanted(line, wanted):
            records[line.key] = record
            lines.append(line)
    taken, replaced = chosen_and_replaced(lines, wanted)
    return [records[line.key] for line in taken], replaced


def opened_store(store: str | Store) -> Store:
    """Return the store that a notebook names; see `get_docdb_records_partial`."""
    if not isinstance(store, str):
        return store
    if store == "docdb" and not os.environ.get("DOCDB_COLLECTION"):
        raise InvalidInput(
            "DOCDB_COLLECTION, the name of the collection of the store docdb, is not set; set it, or give store= the "
            "SQLite file of a launch, such as results/records.sqlite"
        )
    if not is_url(store) and store != "docdb" and not Path(store).exists():
        raise InvalidInput(no_store(store, f"give store= the SQLite file of a launch, as seen from {Path.cwd()}"))
    return open_store(store, read_only=True)
