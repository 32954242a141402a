"""Finding records and the files of their results, in either store and either bucket."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from analysis_jobs.bucket import MANIFEST
from analysis_jobs.key import job_key, normalized_inputs
from analysis_jobs.outcome import RECORD_FILE
from analysis_jobs.records import Record
from analysis_jobs.store import Store, open_store


def get_docdb_records_partial(
    *,
    latest_only: bool = False,
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
    found = [record for record in the_store.search(wanted) if matches(record, wanted)]
    found.sort(key=_ended, reverse=True)
    return list(_latest(found)) if latest_only else found


def matches(record: Record, wanted: Mapping[str, Any]) -> bool:
    """Return whether a record has all that is wanted; what is None is not asked for."""
    process = _process(record)
    code = process["code"]
    parameters = code.get("parameters") or {}
    return (
        wanted["name"] in (None, parameters.get("analysis_name"), process.get("name"))
        and wanted["url"] in (None, code.get("url"))
        and wanted["version"] in (None, code.get("version"))
        and set(normalized_inputs(wanted["inputs"] or ())) <= set(_inputs(record))
        and all(name in parameters and parameters[name] == each for name, each in (wanted["parameters"] or {}).items())
    )


def list_results_files(record: Mapping[str, Any]) -> list[str]:
    """Return the paths or URLs of all files that an analysis left at the location of a record.

    The manifest and the record itself, which the pipeline adds, are not among them.
    """
    import fsspec

    location = str(record["location"])
    filesystem, path = fsspec.url_to_fs(location)
    scheme = "s3://" if location.startswith("s3://") else ""
    names = (str(name) for name in filesystem.find(path))
    return sorted(f"{scheme}{name}" for name in names if Path(name).name not in (MANIFEST, RECORD_FILE))


def _latest(records: list[Record]) -> Iterator[Record]:
    seen = set()
    for record in records:
        parameters = _process(record)["code"].get("parameters") or {}
        meaning = job_key({"inputs": _inputs(record), "parameters": parameters})
        if meaning not in seen:
            seen.add(meaning)
            yield record


def _process(record: Record) -> dict[str, Any]:
    process: dict[str, Any] = record["processing"]["data_processes"][0]
    return process


def _inputs(record: Record) -> list[str]:
    data = _process(record)["code"].get("input_data") or ()
    return normalized_inputs(asset["url"] for asset in data if asset.get("url"))


def _ended(record: Record) -> str:
    return str(_process(record).get("end_date_time") or "")
