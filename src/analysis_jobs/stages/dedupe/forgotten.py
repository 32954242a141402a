"""Jobs whose removal was begun and not ended: who claims one next removes the rest before it computes it again.

Else UPLOAD might find the old result whole, and keep that. See `analysis_jobs.upkeep.removal`.
"""

from collections.abc import Mapping, Sequence

from analysis_jobs.bucket.protocol import Bucket
from analysis_jobs.documents import JobState
from analysis_jobs.store.protocol import Store
from analysis_jobs.store.states import given_back


def end_removals(claims: Mapping[str, JobState], bucket: Bucket, store: Store) -> dict[str, str]:
    """Remove what is left of jobs that this launch has claimed, and unmark their claims.

    Parameters
    ----------
    claims
        By key all claims, of which those are meant that carry the mark of a removal.
    bucket
        Where results are left.
    store
        Where the claims are.

    Returns
    -------
    dict of str to str
        By key why a removal could not be ended, so that the job cannot be computed yet.
    """
    marked = {key: claim for key, claim in claims.items() if "forgotten" in claim}
    if not marked:
        return {}
    left = _removed([key for key, claim in marked.items() if claim["forgotten"]["files"]], bucket)
    unmarked = [_unmarked(claim) for key, claim in marked.items() if key not in left]
    written = store.claim(unmarked, marked)
    return left | {claim["key"]: "another run has taken it" for claim in unmarked if claim["key"] not in written}


def _removed(keys: Sequence[str], bucket: Bucket) -> dict[str, str]:
    """Remove what is left of results; return by key why some of it is left."""
    there = bucket.many_files(keys)
    return bucket.clear({key: bucket.belongings(key, names, recorded=False) for key, names in there.items()})


def _unmarked(claim: JobState) -> JobState:
    unmarked = given_back(claim)
    del unmarked["forgotten"]
    return unmarked
