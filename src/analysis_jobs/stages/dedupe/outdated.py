"""Which jobs are made from results that newer ones have replaced, in words: what they say rests on the old ones."""

from collections.abc import Mapping, Sequence

from analysis_jobs.jobs.source_results import result_keys
from analysis_jobs.results.lineage import replaced_by
from analysis_jobs.store.protocol import Store
from analysis_jobs.wording import listed, plural

_MOST_NAMED = 3
_SHORT = 12  # characters of a key
_AGAIN = "`analysis-jobs dispatch --results-of` writes job files of the newer ones"


def outdated(inputs: Mapping[str, Sequence[str]], store: Store) -> dict[str, str]:
    """Return by job what is said of its sources if some are replaced; the store is asked twice for all.

    Parameters
    ----------
    inputs
        Locations by job, of which those of published results have keys in them.
    store
        Where these results are recorded.
    """
    made_from = {job: result_keys(locations) for job, locations in inputs.items()}
    sources = sorted({source for keys in made_from.values() for source in keys})
    replaced = replaced_by(sources, store) if sources else {}
    old = {job: [key for key in keys if key in replaced] for job, keys in made_from.items()} if replaced else {}
    return {job: _said(keys, len(made_from[job]), replaced) for job, keys in old.items() if keys}


def _said(old: Sequence[str], of: int, replaced: Mapping[str, str]) -> str:
    pairs = listed([f"{key[:_SHORT]} by {replaced[key][:_SHORT]}" for key in old], _MOST_NAMED)
    return f"made from {plural(of, 'result')}, of which newer ones have replaced {len(old)}: {pairs}"


def outdated_note(jobs: int) -> list[str]:
    """Return what a launch says of so many jobs at its end; nothing of none."""
    return [f"{plural(jobs, 'job')} made from results that newer ones have replaced: {_AGAIN}"] if jobs else []
