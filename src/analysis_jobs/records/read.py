"""Reading records, ours and others': whose they are, what they say was analysed, and what it took."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict, cast

from analysis_jobs.documents import JobDocument
from analysis_jobs.pipeline import PIPELINE_NAME
from analysis_jobs.records.acquisition import NO_ACQUISITION, Acquisition, acquisition_in
from analysis_jobs.records.note_forms import begin_of
from analysis_jobs.records.outputs import NO_OUTPUTS, ShortOutputs
from analysis_jobs.shapes import Damaged, misshapen, no_json
from analysis_jobs.wording import shown

# How the notes begin that say whose a recording is, and when it was acquired
SUBJECT, ACQUIRED = begin_of("subject"), begin_of("acquired")
# The original kept the files of a job among its parameters.
_FILES = "file_location"
_Object = dict[str, Any]
_MOST_RAM = 1e9  # gigabytes; what says more says nothing


class _Code(TypedDict, total=False):
    """What is gone into of the code in a record, whoever wrote it. What is only shown may be anything."""

    parameters: _Object | None
    input_data: list[_Object] | None
    container: _Object | None


class _Process(TypedDict, total=False):
    code: _Code | None
    output_parameters: _Object | None
    resources: _Object | None
    experimenters: list[Any] | None


class _Processing(TypedDict, total=False):
    data_processes: list[_Process] | None
    pipelines: list[_Object] | None


class _Record(TypedDict, total=False):
    processing: _Processing | None


def checked_record(document: Any, key: object) -> dict[str, Any]:
    """Return a record as it was read, of which the rest may be missing, having seen that it can be read.

    Parameters
    ----------
    document
        The JSON value; of ours, or of others who keep theirs beside ours.
    key
        Its `_id`.

    Raises
    ------
    Damaged
        If it is none; says in a few words why not.
    """
    if not isinstance(key, str):
        raise Damaged("its _id is no text")
    if wrong := misshapen(document, _Record):
        raise Damaged(wrong)
    if document.get("_id") != key:
        raise Damaged("it is of another key")
    process = process_of(document)
    code = process.get("code") or {}
    if unlike := no_json([code.get("parameters"), code.get("input_data")]):
        raise Damaged(f"what it says of parameters and inputs {unlike}")
    if process.get("pipeline_name") == PIPELINE_NAME:
        checked_location(document.get("location"), key, ours=True)
    return cast("dict[str, Any]", document)


def checked_location(location: object, key: str, *, ours: bool) -> str:
    """Return where the results of a record are, having seen that it can be that; of `ours` it has the key in it.

    Raises
    ------
    Damaged
        If not.
    """
    if not isinstance(location, str) or not location.strip():
        raise Damaged(f"its location is {shown(location)}, and must be a folder or an s3:// URL")
    scheme, colon, _ = location.partition("://")
    if (colon and scheme != "s3") or not location.isprintable():
        raise Damaged(f"its location {shown(location)} is no folder and no s3:// URL")
    parts = location.split("/")
    if ours and (key not in parts or ".." in parts[parts.index(key) :]):
        raise Damaged(f"its location {shown(location)} is not that of its key")
    return location


def input_urls(job: JobDocument) -> list[str]:
    """Return the locations that a record names: assets as well as files, as people know a recording by either."""
    return list(dict.fromkeys([*job["s3_location"], *job.get("file_location", [])]))


@dataclass(frozen=True)
class Recorded:
    """Where the results of a record are and, as far as it says, what its job took and what came out.

    `seconds` is wall time; `outputs` are those that are short.
    """

    location: str
    seconds: float | None = None
    peak_memory_bytes: int | None = None
    outputs: ShortOutputs = NO_OUTPUTS


def recorded_of(
    location: str, started: object, ended: object, ram: object, outputs: ShortOutputs = NO_OUTPUTS
) -> Recorded:
    """Return what DEDUPE is told of a record.

    Parameters
    ----------
    location
        Of the results.
    started, ended
        ISO times, of a record of whatever origin: what is none is not known.
    ram
        The job's peak in gigabytes, as our records have it.
    outputs
        Those that are short.
    """
    peak = round(ram * 1e9) if isinstance(ram, int | float) and 0 <= ram < _MOST_RAM else None
    try:
        span = datetime.fromisoformat(str(ended)) - datetime.fromisoformat(str(started))
    except (ValueError, TypeError):  # TypeError: one of them without a zone
        return Recorded(location, None, peak, outputs)
    return Recorded(location, round(span.total_seconds(), 3), peak, outputs)


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
    assets: tuple[str, ...] = ()  # names, where they are known
    noted: Acquisition = NO_ACQUISITION  # in the notes, which not every store gives in summaries

    @property
    def acquisition(self) -> Acquisition:
        """Whose the recording is and when it was acquired, as the notes have it, else by the names of its inputs."""
        if all(self.noted):
            return self.noted
        by_name = acquisition_in(self.assets, self.inputs)
        return Acquisition(self.noted.subject or by_name.subject, self.noted.acquired or by_name.acquired)


def process_of(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the (only) data process of a record; {} of a document that has none, as others may keep beside ours."""
    processes = (record.get("processing") or {}).get("data_processes")
    return processes[0] if processes else {}


def summary_of(record: Mapping[str, Any]) -> Summary:
    """Return the summary of a record, of which the rest may be missing; see `checked_record`."""
    process = process_of(record)
    code = process.get("code") or {}
    assets = code.get("input_data") or ()
    return Summary(
        id=record["_id"],
        location=_text(record.get("location")),
        pipeline=_text(process.get("pipeline_name")) or None,
        ended=_text(process.get("end_date_time")),
        code_version=_text(code.get("version")),
        parameters=code.get("parameters") or {},
        inputs=tuple(url for asset in assets if (url := _text(asset.get("url")))),
        name=_text(process.get("name")),
        started=_text(process.get("start_date_time")),
        code_url=str(code["url"]) if isinstance(code.get("url"), str) else None,
        assets=tuple(name for asset in assets if (name := _text(asset.get("name")))),
        noted=_noted(_text(process.get("notes"))),
    )


def _noted(notes: str) -> Acquisition:
    said = notes.split("; ") if SUBJECT in notes or ACQUIRED in notes else []
    of = (next((note.removeprefix(word) for note in said if note.startswith(word)), "") for word in (SUBJECT, ACQUIRED))
    return Acquisition(*of)


def _text(value: object) -> str:
    """Return a text of a record; what is none, as others may write it, is not known."""
    return value if isinstance(value, str) else ""


def is_ours(record: Summary) -> bool:
    """Return whether this pipeline wrote a record."""
    return record.pipeline == PIPELINE_NAME


def inputs_and_parameters(record: Summary) -> tuple[list[str], dict[str, Any]]:
    """Return what a record says was analysed, and its parameters, wherever its writer put them."""
    parameters = dict(record.parameters)
    files = parameters.pop(_FILES, None) if not is_ours(record) else None
    are_files = isinstance(files, list) and all(isinstance(file, str) for file in files)
    return list(files if files and are_files else record.inputs), parameters
