"""Results of other code, found by meaning: records with the same inputs and parameters as a job."""

import logging
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

from analysis_jobs.documents import Decision, Values
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.key import job_key, normalized_inputs
from analysis_jobs.records.read import Recorded, Summary, input_urls, inputs_and_parameters, is_ours
from analysis_jobs.stages.dedupe.candidates import Candidate
from analysis_jobs.stages.dedupe.decisions import done_before
from analysis_jobs.store.protocol import Store

log = logging.getLogger(__name__)

# Git's own short form; what is shorter may begin any commit
SHORTEST_COMMIT = 7
_COMMIT = re.compile(rf"[0-9a-f]{{{SHORTEST_COMMIT},40}}")


def older_results(
    jobs: Collection[Candidate], store: Store, validated: Callable[[Values], Values]
) -> dict[str, list[Summary]]:
    """Find the records of other code, ours or the original wrapper's, for jobs that have none of their own.

    Identifiers of the original moved with each of its library upgrades, so records are compared by meaning: the same
    locations, and the same parameters once the specification has typed and completed them.

    Parameters
    ----------
    jobs
        The jobs.
    store
        Asked once for the inputs of all the jobs.
    validated
        What the specification makes of parameters; raises `InvalidInput` for those it refuses.

    Returns
    -------
    dict of str to list of Summary
        By key, the newest first; keys without any are left out.
    """
    wanted: dict[str, set[str]] = defaultdict(set)
    for job in jobs:
        parts = job.keyed.parts
        for inputs in (parts["inputs"], input_urls(job.document)):
            wanted[_meaning(inputs, parts["parameters"])].add(job.key)
    locations = sorted({spelling for job in jobs for spelling in _spellings(job)})
    older: dict[str, list[Summary]] = defaultdict(list)
    for record in store.summaries(locations):
        for key in wanted.get(_meaning_of(record, validated), ()):
            if record.id != key:
                older[key].append(record)
    return {key: sorted(records, key=lambda record: record.ended, reverse=True) for key, records in older.items()}


def accepted(records: Iterable[Summary], code_version: str | None) -> Summary | None:
    """Return the newest record of the original wrapper that the user's `--code_version` declares to be of this code."""
    return next(
        (record for record in records if code_version and not is_ours(record) and record.code_version == code_version),
        None,
    )


def patched(records: Iterable[Summary], commits: Collection[str]) -> Summary | None:
    """Return the newest record of code at one of some commits after which, somebody declares, results still count.

    Parameters
    ----------
    records
        The newest first.
    commits
        As the environment of Code Ocean's pipelines has them, ``PATCH_COMMITS``: whole, or their beginnings.
    """
    return next((record for record in records if _commit_of(record.code_version, commits)), None)


def done_by_older(
    jobs: Mapping[str, Candidate], counting: Mapping[str, tuple[Summary, str]], store: Store
) -> dict[str, Decision]:
    """Return the decisions that jobs are done by records of other code.

    Parameters
    ----------
    jobs
        By key.
    counting
        By key the record, and why it counts.
    store
        Asked once for what the records say of results.
    """
    names = sorted({record.id for record, _ in counting.values()})
    recorded = store.recorded(names) if names else {}
    return {
        key: done_before(jobs[key].file, key, reason, recorded.get(record.id) or Recorded(record.location), record.id)
        for key, (record, reason) in counting.items()
    }


def _commit_of(version: str, commits: Collection[str]) -> bool:
    shortest = min(len(version), *map(len, commits)) if commits else 0
    return shortest >= SHORTEST_COMMIT and any(
        version.startswith(commit) or commit.startswith(version) for commit in commits
    )


def commits_of(text: str) -> tuple[str, ...]:
    """Return the commits in a text, with commas or blanks between them; what is none is said, and left out."""
    words = [word.strip("\"'").lower() for word in text.replace(",", " ").split()]
    commits = tuple(word for word in words if _COMMIT.fullmatch(word))
    if others := [word for word in words if word and word not in commits]:
        log.warning("PATCH_COMMITS has %s, which are not commits of 7 to 40 characters", ", ".join(others))
    return commits


def _spellings(job: Candidate) -> Iterator[str]:
    for location in normalized_inputs([*job.keyed.parts["inputs"], *job.document["s3_location"]]):
        yield from (location, f"{location}/")


def _meaning(inputs: Iterable[str], parameters: Mapping[str, Any]) -> str:
    return job_key({"inputs": normalized_inputs(inputs), "parameters": parameters})


def _meaning_of(record: Summary, validated: Callable[[Values], Values]) -> str:
    inputs, parameters = inputs_and_parameters(record)
    try:
        return _meaning(inputs, validated(parameters))
    except InvalidInput:
        return ""  # of another analysis
