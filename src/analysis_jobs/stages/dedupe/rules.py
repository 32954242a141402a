"""By which rules a job that has no record is run: what the last state of it says."""

from collections.abc import Mapping
from dataclasses import dataclass

from analysis_jobs.documents import Decision, JobError, JobState, Owner
from analysis_jobs.records.read import Recorded
from analysis_jobs.stages.dedupe.candidates import Candidate
from analysis_jobs.stages.dedupe.decisions import decision_on, done_before
from analysis_jobs.store.processes import NOTHING_SEEN, Launcher
from analysis_jobs.store.states import held_by_another
from analysis_jobs.wording import error_text, kept, plural


@dataclass(frozen=True)
class Rules:
    """What decides whether a job that has no record is run.

    `claim` is False where nothing may be written (plan and dry run). `older` is False where results of other code
    are not to be looked for; of those, the original wrapper's count if they are of `code_version`, and anybody's if
    they are of one of `patch_commits`. `by` is who launches, and `launcher` the process.
    """

    owner: Owner
    claim: bool
    claim_hours: float
    retry_failed: bool
    max_attempts: int
    older: bool
    code_version: str | None
    patch_commits: tuple[str, ...] = ()
    by: str = "unknown"
    launcher: Launcher = NOTHING_SEEN


def decide_by_state(job: Candidate, state: JobState | None, adopted: Mapping[str, Recorded], rules: Rules) -> Decision:
    """Decide on a job that has no record of its own, by its last state, if it ever had one.

    Parameters
    ----------
    job
        The job.
    state
        Its state, or None.
    adopted
        The adopted records that are still there, by their ids.
    rules
        The launch's.
    """
    if state is None:
        return decision_on(job.file, "run", "new", key=job.key, attempt=1)
    decision = _decide_by_state(job, state, adopted, rules)
    if decision["decision"] == "run" and "opened" in state:
        decision["opened"] = state["opened"]
    return decision


def _decide_by_state(job: Candidate, state: JobState, adopted: Mapping[str, Recorded], rules: Rules) -> Decision:
    file, key = job.file, job.key
    if (adoption := state.get("adopted")) and adoption["record"] in adopted:
        reason = f"adopted: record {adoption['record']}, by {adoption['by']}: {adoption['why']}"
        return done_before(file, key, reason, adopted[adoption["record"]], adoption["record"])
    if state["state"] == "withdrawn":
        withdrawal = state["withdrawn"]
        reason = f"an adoption was withdrawn by {withdrawal['by']}: {withdrawal['why']}"
        return decision_on(file, "run", reason, key=key, attempt=1)
    if state["state"] == "done":
        return decision_on(file, "run", "its record was removed from the store", key=key, attempt=1)
    return _decide_by_attempt(job, state, rules)


def _decide_by_attempt(job: Candidate, state: JobState, rules: Rules) -> Decision:
    file, key, attempt = job.file, job.key, state["attempt"]
    if state["state"] == "empty":
        reason = f"done before, with nothing to report: {state['reason']}"
        return decision_on(file, "done", reason, key=key, attempt=attempt, state="empty")
    if holder := held_by_another(state, rules.owner["session"], rules.launcher):
        return decision_on(file, "claimed", holder, key=key, attempt=attempt)
    if "forgotten" in state:
        reason = f"{state['forgotten']['by']} began to remove it: the rest is removed first"
        return decision_on(file, "run", reason, key=key, attempt=1)
    if state["state"] == "pending":
        return decision_on(file, "run", "an earlier run did not finish it", key=key, attempt=attempt)
    return _decide_after_failure(job, state["error"], attempt, rules)


def _decide_after_failure(job: Candidate, error: JobError, attempt: int, rules: Rules) -> Decision:
    # Only ANALYZE uses up a job's attempts: a bucket that is full today is no reason to give up.
    following = attempt + 1 if error["stage"] == "analyze" else attempt
    last_error = error_text(error)
    if not rules.retry_failed:
        reason = f"failed before and --retry_failed is false; last error: {last_error}"
    elif following > rules.max_attempts:
        reason = (
            f"failed {plural(attempt, 'time')}, the most that --max_attempts {rules.max_attempts} allows; "
            f"last error: {last_error}"
        )
    else:
        return decision_on(job.file, "run", f"attempt {following} after: {last_error}", key=job.key, attempt=following)
    return decision_on(job.file, "gave_up", reason, key=job.key, attempt=attempt, error=_without_log(error))


def _without_log(error: JobError) -> JobError:
    message = kept(error["message"])  # stores may have it from elsewhere
    kind = error.get("type") or ""  # of an old version it may be missing
    return {"stage": error["stage"], "cause": error["cause"], "type": kind, "message": message}
