"""Finding records, in either store."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from analysis_jobs.jobs.key import job_key, normalized_inputs, same_value
from analysis_jobs.records.build import Record
from analysis_jobs.records.read import process_of, summary_of
from analysis_jobs.store.opening import open_store
from analysis_jobs.store.protocol import Store


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
        The parameter `analysis_name`, or the name of the process.
    code_url, code_version
        As in the record.
    input_data_locations
        Locations that are all among the inputs.
    parameters
        Parameters and their values; a record may have more.
    store
        A store, or what opens one: ``docdb`` or the path of a SQLite file.

    Raises
    ------
    InvalidInput
        If the store cannot be opened.
    """
    the_store = open_store(store, read_only=True) if isinstance(store, str) else store
    wanted = {
        "name": analysis_name,
        "url": code_url,
        "version": code_version,
        "inputs": input_data_locations,
        "parameters": parameters,
    }
    found = [record for record in the_store.search(wanted) if process_of(record) and matches(record, wanted)]
    found.sort(key=_ended, reverse=True)
    return list(_latest(found)) if latest_only else found


def matches(record: Record, wanted: Mapping[str, Any]) -> bool:
    """Return whether a record has all that is wanted; what is None is not asked for."""
    process = process_of(record)
    code = process.get("code") or {}
    parameters = code.get("parameters") or {}
    return (
        wanted["name"] in (None, parameters.get("analysis_name"), process.get("name"))
        and wanted["url"] in (None, code.get("url"))
        and wanted["version"] in (None, code.get("version"))
        and set(normalized_inputs(wanted["inputs"] or ())) <= set(normalized_inputs(summary_of(record).inputs))
        and _has_parameters(parameters, wanted["parameters"] or {})
    )


def _has_parameters(parameters: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Return whether there are all of the wanted parameters, with their values; 1 and 1.0 are one value."""
    return all(name in parameters and same_value(parameters[name], value) for name, value in wanted.items())


def _latest(records: Iterable[Record]) -> Iterator[Record]:
    """Yield, of records with the newest first, the first for each set of inputs and parameters."""
    seen = set()
    for record in records:
        summary = summary_of(record)
        meaning = job_key({"inputs": normalized_inputs(summary.inputs), "parameters": summary.parameters})
        if meaning not in seen:
            seen.add(meaning)
            yield record


def _ended(record: Record) -> str:
    return summary_of(record).ended
