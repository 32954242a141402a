"""One job, as a dispatcher writes it: the model, and reading it from its file."""

import os
from pathlib import Path
from typing import Any, cast

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    SerializerFunctionWrapHandler,
    ValidationError,
    field_validator,
    model_serializer,
)

from analysis_jobs.documents import Entry, JobDocument
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.addresses import addresses_of, whole_addresses
from analysis_jobs.jobs.fields import check_code, unknown_fields
from analysis_jobs.jobs.json_files import json_type, read_json
from analysis_jobs.jobs.locations import blank_places, leads_elsewhere, normal_location
from analysis_jobs.jobs.packed import PackedFile
from analysis_jobs.jobs.source_results import SourceResult, folders_of
from analysis_jobs.redaction.addresses import open_address
from analysis_jobs.redaction.text import redacted_values
from analysis_jobs.wording import refusal_text, shown

_LOCATIONS = ("s3_location", "file_location")


class Job(BaseModel):
    """One analysis of one set of inputs, as a job dispatcher writes it (either generation).

    Locations are in their normal form, as in the key. Unknown fields are ignored, because dispatchers add their own.
    `read_job` refuses an unknown field that looks like a misspelt one of these.
    """

    model_config = ConfigDict(extra="ignore", defer_build=True)  # ANALYZE takes jobs that DEDUPE has validated

    s3_location: list[str] = Field(description="Location of each data asset")
    asset_id: list[str] | None = Field(default=None, description="Data asset ids (first generation)")
    asset_name: list[str] | None = Field(default=None, description="Name of each data asset")
    docdb_record_id: list[str] | None = Field(default=None, description="Record ids (second generation)")
    file_location: list[str] | None = Field(default=None, description="Location of each file in the assets")
    distributed_parameters: dict[str, Any] | None = Field(default=None, description="This job's parameters")
    group_metadata: dict[str, Any] | None = Field(default=None, description="What the grouped assets share")
    query: str | None = Field(default=None, description="The query that found the assets")
    analysis_code: dict[str, Any] | None = Field(default=None, description="The dispatcher's code record")
    sources: list[SourceResult] = Field(default_factory=list, description="The published results at the locations")
    _unknown: tuple[str, ...] = PrivateAttr(())

    @field_validator("s3_location", "file_location")
    @classmethod
    def _normal(cls, locations: list[str] | None) -> list[str] | None:
        return locations and [normal_location(location) for location in locations]

    @model_serializer(mode="wrap")
    def _without_no_sources(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        values: dict[str, Any] = write(self)
        return values if self.sources else {name: value for name, value in values.items() if name != "sources"}

    @property
    def unknown(self) -> tuple[str, ...]:
        """Names in the job file that are not fields of a job."""
        return self._unknown

    @property
    def inputs(self) -> list[str]:
        """Locations to analyse: the files if they are given, otherwise the assets."""
        return self.file_location or self.s3_location

    def document(self) -> JobDocument:
        """Return the job as it is recorded: without what is not given, and without secrets."""
        document = self.model_dump(exclude_none=True)
        opened = {field: list(map(open_address, document[field])) for field in _LOCATIONS if field in document}
        about = redacted_values({name: value for name, value in document.items() if name not in opened})
        return cast(JobDocument, {name: opened.get(name, about.get(name)) for name in document})

    def addresses(self) -> dict[str, str]:
        """Return the whole of each location that is recorded without a login or a signature, by what is recorded."""
        return whole_addresses([*self.s3_location, *(self.file_location or ())])

    @property
    def dispatched_parameters(self) -> dict[str, Any]:
        """Parameters that the dispatcher noted for all its jobs, in `analysis_code`."""
        parameters = (self.analysis_code or {}).get("parameters") or {}
        return parameters if isinstance(parameters, dict) else {}


def opened_job(entry: Entry) -> Job:
    """Return the job of a batch, which DEDUPE has validated, with locations that can be opened."""
    whole = addresses_of(entry)
    sources = [SourceResult.model_validate(source) for source in entry["job"].get("sources", ())]
    job = Job.model_construct(**{**entry["job"], "sources": sources})  # type: ignore[arg-type]
    for field in _LOCATIONS if whole else ():
        if locations := getattr(job, field):
            setattr(job, field, [whole.get(location, location) for location in locations])
    return job


def read_job(path: Path | PackedFile, name: str) -> Job:
    """Read and check one job file.

    Raises
    ------
    InvalidInput
        If it is not a job: names the file, the value seen, and what to do.
    """
    value = read_json(path, name)
    if not isinstance(value, dict):
        raise InvalidInput(
            f"{name} holds a JSON {json_type(value)} ({shown(value)}); a job is an object such as "
            '{"s3_location": ["s3://bucket/asset"]}'
        )
    try:
        return _job(value)
    except ValidationError as error:
        raise InvalidInput(f"{name}: {refusal_text(error)}") from None
    except InvalidInput as error:
        raise InvalidInput(f"{name}: {error}") from None


def _job(value: dict[str, Any]) -> Job:
    unknown = unknown_fields(value, Job.model_fields)
    for field in ("s3_location", "file_location", "asset_id", "asset_name", "docdb_record_id"):
        given = value.get(field)
        if given is not None and not isinstance(given, list):
            raise InvalidInput(f"{field} is {shown(given)}, a {json_type(given)}; write a list of texts, in brackets")
    job = Job.model_validate(value)
    _check_locations(value)
    _check_sources(job)
    check_code(value.get("analysis_code"))
    job._unknown = tuple(unknown)
    return job


def _check_sources(job: Job) -> None:
    """See that all sources are part of the key, which has nothing of them but the inputs' locations."""
    assets = set(job.s3_location)
    inside = {folder for file in job.file_location or () for folder in folders_of(file)} if job.sources else set()
    for index, source in enumerate(job.sources):
        location = normal_location(source.location)
        if location not in assets:
            raise InvalidInput(
                f"sources.{index}.location is {shown(source.location)}, which is not in s3_location; add it there, "
                "because jobs are distinguished by their locations"
            )
        if job.file_location and location not in inside:
            raise InvalidInput(
                f"sources.{index}.location is {shown(source.location)}, and no file_location is in it; add its files "
                "there, or leave file_location out, because jobs are distinguished by their locations"
            )


def _check_locations(value: dict[str, Any]) -> None:
    if not value["s3_location"] and not value.get("file_location"):
        raise InvalidInput('s3_location is empty; name at least one location, such as "s3://bucket/asset"')
    for field in ("s3_location", "file_location"):
        locations = value.get(field) or []
        for index, problem in blank_places(locations):
            raise InvalidInput(f"{field}.{index} is {shown(locations[index])}, {problem}")
        for index, location in enumerate(locations):
            if leads_elsewhere(location):
                raise InvalidInput(
                    f"{field}.{index} is {shown(location)}, where a folder before the .. is a link; "
                    f"write it without .., as {os.path.realpath(location)}"
                )
