"""Reading records, ours and others': whose they are, what they say was analysed, and what it took."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from analysis_jobs.documents import JobDocument
from analysis_jobs.pipeline import PIPELINE_NAME

# The original kept the files of a job among its parameters.
_FILES = "file_location"


def input_urls(job: JobDocument) -> list[str]:
    """Return the locations that a record names: assets as well as files, as people know a recording by either."""
    return list(dict.fromkeys([*job["s3_location"], *job.get("file_location", [])]))


@dataclass(frozen=True)
class Recorded:
    """Where the results of a record are and, as far as it says, what its job took: wall seconds and bytes."""

    location: str
    seconds: float | None = None
    peak_memory_bytes: int | None = None


def recorded_of(location: str, started: object, ended: object, ram: object) -> Recorded:
    """Return what DEDUPE is told of a record.

    Parameters
    ----------
    location
        Of the results.
    started, ended
        ISO times, of a record of whatever origin: what is none is not known.
    ram
        The job's peak in gigabytes, as our records have it.
    """
    peak = round(ram * 1e9) if isinstance(ram, int | float) else None
    try:
        span = datetime.fromisoformat(str(ended)) - datetime.fromisoformat(str(started))
    except (ValueError, TypeError):  # TypeError: one of them without a zone
        return Recorded(location, None, peak)
    return Recorded(location, round(span.total_seconds(), 3), peak)


@dataclass(frozen=True)
class Summary:
    """What tells whether a record is of the same inputs and parameters as a job, and whose it is."""

    id: str
    location: str
    pipeline: str | None  # None in records of the original wrapper outside a pipeline
    ended: str
    code_version: str
    parameters: Mapping[str, Any]
    inputs: tuple[str, ...]
    name: str = ""  # of the process
    started: str = ""
    code_url: str | None = None


def process_of(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the (only) data process of a record; {} of a document that has none, as others may keep beside ours."""
    processes = (record.get("processing") or {}).get("data_processes")
    return processes[0] if processes else {}


def summary_of(record: Mapping[str, Any]) -> Summary:
    """Return the summary of a record, of which the rest may be missing."""
    process = process_of(record)
    code = process.get("code") or {}
    return Summary(
        id=record["_id"],
        location=record.get("location") or "",
        pipeline=process.get("pipeline_name"),
        ended=process.get("end_date_time") or "",
        code_version=code.get("version") or "",
        parameters=code.get("parameters") or {},
        inputs=tuple(asset["url"] for asset in code.get("input_data") or () if asset.get("url")),
        name=process.get("name") or "",
        started=process.get("start_date_time") or "",
        code_url=code.get("url"),
    )


def is_ours(record: Summary) -> bool:
    """Return whether this pipeline wrote a record."""
    return record.pipeline == PIPELINE_NAME


def inputs_and_parameters(record: Summary) -> tuple[list[str], dict[str, Any]]:
    """Return what a record says was analysed, and its parameters, wherever its writer put them."""
    parameters = dict(record.parameters)
    files = parameters.pop(_FILES, None) if not is_ours(record) else None
    return list(files or record.inputs), parameters
