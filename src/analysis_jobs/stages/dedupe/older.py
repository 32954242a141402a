"""Results of other code, found by meaning: records with the same inputs and parameters as a job."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.key import job_key, normalized_inputs
from analysis_jobs.jobs.specification import Values
from analysis_jobs.records.read import Summary, input_urls, inputs_and_parameters, is_ours
from analysis_jobs.store.protocol import Store


def older_results(
    jobs: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]], store: Store, validated: Callable[[Values], Values]
) -> dict[str, list[Summary]]:
    """Find the records of other code, ours or the original wrapper's, for jobs that have none of their own.

    Identifiers of the original moved with each of its library upgrades, so records are compared by meaning: the same
    locations, and the same parameters once the specification has typed and completed them.

    Parameters
    ----------
    jobs
        By key: the parts of the key, and the job as its file gave it.
    store
        Asked once for the inputs of all the jobs.
    validated
        What the specification makes of parameters; raises `InvalidInput` for those it refuses.

    Returns
    -------
    dict of str to list of Summary
        By key, the newest first; keys without any are left out.
    """
    wanted: dict[str, set[str]] = {}
    for key, (parts, job) in jobs.items():
        for inputs in (parts["inputs"], input_urls(job)):
            wanted.setdefault(_meaning(inputs, parts["parameters"]), set()).add(key)
    locations = sorted({spelling for parts, job in jobs.values() for spelling in _spellings(parts["inputs"], job)})
    found: dict[str, list[Summary]] = defaultdict(list)
    for record in store.summaries(locations):
        for key in wanted.get(_meaning_of(record, validated), ()):
            if record.id != key:
                found[key].append(record)
    return {key: sorted(records, key=lambda one: one.ended, reverse=True) for key, records in found.items()}


def accepted(records: Iterable[Summary], code_version: str | None) -> Summary | None:
    """Return the newest record of the original wrapper that the user's `--code_version` declares to be of this code."""
    return next(
        (one for one in records if code_version and not is_ours(one) and one.code_version == code_version), None
    )


def _spellings(inputs: Sequence[str], job: Mapping[str, Any]) -> Iterable[str]:
    for location in normalized_inputs([*inputs, *job["s3_location"]]):
        yield from (location, f"{location}/")


def _meaning(inputs: Iterable[str], parameters: Mapping[str, Any]) -> str:
    return job_key({"inputs": normalized_inputs(inputs), "parameters": parameters})


def _meaning_of(record: Summary, validated: Callable[[Values], Values]) -> str:
    inputs, parameters = inputs_and_parameters(record)
    try:
        return _meaning(inputs, validated(parameters))
    except InvalidInput:
        return ""  # of another analysis
