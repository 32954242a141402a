"""Freeing the jobs that a run has claimed and will not finish."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from analysis_jobs.documents import JobState
from analysis_jobs.store.history import new_note, remember
from analysis_jobs.store.processes import is_alive, is_dead
from analysis_jobs.store.protocol import Store
from analysis_jobs.store.states import carried_on, new_state, owner_of

# Claims that are ended together
MOST_CLAIMS = 5_000


def held_claims(store: Store) -> dict[str, list[JobState]]:
    """Return the claims that hold now, by the session of the run that has them."""
    held: dict[str, list[JobState]] = defaultdict(list)
    for state in store.pending():
        if state["expires"] > datetime.now(UTC).isoformat():
            held[owner_of(state)["session"]].append(state)
    return dict(held)


def life_of(claims: Iterable[JobState]) -> str:
    """Return what is seen from here of the run that has claims, in words: whether it is alive, or has ended."""
    processes = {owner_of(state)["process"] for state in claims}
    if living := next(filter(is_alive, processes), None):
        return f"alive, process {living.split()[2]}"
    return "ended" if all(map(is_dead, processes)) else "not visible from here"


def release(claims: Iterable[JobState], store: Store, by: str) -> set[str]:
    """End claims now, so that any run may take the jobs.

    Parameters
    ----------
    claims
        As `held_claims` returned them.
    store
        Where they are.
    by
        Who does this; kept in the job state.

    Returns
    -------
    set of str
        The keys of the jobs that are free; the others were settled or taken meanwhile.
    """
    seen = {state["key"]: state for state in claims}
    freed = store.claim([_released(state, by) for state in seen.values()], seen)
    runs = {key: owner_of(seen[key])["session"] for key in sorted(freed)}
    remember([new_note(key, "released", by, f"it was claimed by run {run}") for key, run in runs.items()], store)
    return freed


def release_own(keys: Sequence[str], store: Store, session: str, by: str) -> int:
    """End the claims of a launch on jobs that it will not run; return how many ended. Nobody is told: it is no act.

    Parameters
    ----------
    keys
        Of these jobs.
    store
        Where the claims are.
    session
        Of the launch. What others have by now stays as it is.
    by
        Who launched; kept in the job state.
    """
    freed = 0
    for start in range(0, len(keys), MOST_CLAIMS):
        states = store.job_states(keys[start : start + MOST_CLAIMS], whole=True)
        mine = {key: state for key, state in states.items() if _is_claim_of(state, session)}
        freed += len(store.claim([_released(state, by) for state in mine.values()], mine))
    return freed


def _is_claim_of(state: JobState, session: str) -> bool:
    return state["state"] == "pending" and owner_of(state)["session"] == session


def _released(state: JobState, by: str) -> JobState:
    when = datetime.now(UTC).isoformat()
    return new_state(
        state["key"],
        "pending",
        state["attempt"],
        state["parts"],
        owner=state["owner"],
        expires=when,
        released={"by": by, "when": when},
        **carried_on(state),
    )
