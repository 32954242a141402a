"""Jobs whose removal ended before its end: as it was killed, or the bucket or the store did not let it go on."""

from dataclasses import replace
from typing import cast

from analysis_jobs.documents import JobState, StateDetails
from analysis_jobs.store.history import new_note
from analysis_jobs.store.states import held_by_another, new_state
from analysis_jobs.upkeep.damage import Damage
from analysis_jobs.upkeep.pair import Pair
from analysis_jobs.upkeep.removal import KEPT_DETAILS, Doomed, Removal, Scope
from analysis_jobs.wording import plural, to_the_second


def is_half_forgotten(state: JobState) -> bool:
    """Return whether somebody has begun to remove a job, and will not go on."""
    return "forgotten" in state and not held_by_another(state, "")


def half_forgotten(state: JobState, pair: Pair) -> Damage:
    """Return what is told of such a job."""
    begun = state["forgotten"]
    detail = f"{begun['by']} began to remove it at {to_the_second(begun['when'])}"
    if pair.is_recorded(state["key"]):
        remedy = "nothing was removed; --repair restores its state"
    else:
        remedy = "--repair or the next launch of the job removes the rest"
    return Damage(state["key"], "half forgotten", detail, remedy, repairable=True)


def removed_or_given_back(damage: Damage, pair: Pair) -> Damage | None:
    """Remove what is left of a job or, where nothing was removed, give it its state back, if it is still so."""
    state = pair.store.job_states([damage.key], whole=True).get(damage.key)
    if state is None or not is_half_forgotten(state):
        return None
    why_not, done = _given_back(state, pair) if pair.is_recorded(damage.key) else _removed(state, pair)
    if why_not:
        return replace(damage, remedy=f"it could not be repaired: {why_not}")
    return replace(damage, remedy=done, repaired=True)


def _given_back(state: JobState, pair: Pair) -> tuple[str, str]:
    """Return why not, and what was done."""
    key = state["key"]
    note = new_note(key, "state given back", pair.by, "a removal had ended before anything was removed")
    for refused in pair.store.add_history([note]).values():
        return f"its history cannot be written: {refused}", ""
    kept = cast(StateDetails, {name: value for name, value in state.items() if name in KEPT_DETAILS})
    done = new_state(key, "done", state["attempt"], state["parts"], **kept)
    won = pair.store.claim([done], {key: state})
    return "" if won else "it was changed meanwhile", "nothing had been removed: its state is restored"


def _removed(state: JobState, pair: Pair) -> tuple[str, str]:
    """Return why not, and what was done."""
    key = state["key"]
    scope: Scope = "job" if state["forgotten"]["files"] else "documents"
    files = pair.bucket.files(key) if scope == "job" else {}
    names = pair.bucket.belongings(key, files, recorded=False)
    what = f"the rest of what {state['forgotten']['by']} removed: {plural(len(names), 'file')} and the state"
    doomed = Doomed(key, state["revision"], False, names, sum(files[name].size for name in names), what)
    (removed,) = Removal(pair, scope, "forgotten", pair.by).of([doomed])
    return removed.why_not, "what was left of it is removed"
