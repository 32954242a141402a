"""A published result as the analysis gets it that is run on it: with what is known of it, which nobody must look up."""

from collections.abc import Mapping, Sequence
from typing import Any

from analysis_jobs.bucket.places import location_of
from analysis_jobs.jobs.source_results import SourceResult
from analysis_jobs.json_values import canonical_json
from analysis_jobs.records.read import process_of
from analysis_jobs.redaction.addresses import open_address
from analysis_jobs.results.listing import JobLine

MOST_OF_OUTPUTS = 20_000  # characters of the JSON of the outputs that a job file has of one result
MOST_TOGETHER = 2_000_000  # and of all


def as_source(
    line: JobLine, record: Mapping[str, Any], bucket: str | None = None, files: Sequence[str] | None = None
) -> SourceResult:
    """Return a published result as a job file names it, with its outputs unless they are large.

    Parameters
    ----------
    line
        The job that has it, with its label.
    record
        Its record.
    bucket
        Where the bucket is now, if not where the record says.
    files
        Names of those of its files that are inputs; None for all.
    """
    outputs = process_of(record).get("output_parameters") or {}
    return SourceResult(
        key=str(record["_id"]),
        location=open_address(location_of(record, bucket)),
        label=line.label,
        name=line.name,
        inputs=list(map(open_address, line.inputs)),
        assets=list(line.assets),
        subject=line.subject,
        acquired=line.acquired,
        parameters=dict(line.parameters),
        outputs=outputs if len(canonical_json(outputs)) <= MOST_OF_OUTPUTS else None,
        files=None if files is None else list(files),
    )


def within_bounds(sources: Sequence[SourceResult]) -> list[SourceResult]:
    """Return the sources of a job with no more outputs than its file is to hold: those of the first ones stay."""
    kept, size = [], 0
    for source in sources:
        size += len(canonical_json(source.outputs)) if source.outputs is not None else 0
        kept.append(source if size <= MOST_TOGETHER else source.model_copy(update={"outputs": None}))
    return kept
