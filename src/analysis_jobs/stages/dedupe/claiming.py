"""Claiming the jobs of a launch that are to run, and what is to be ended or set aside of each before it runs."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from analysis_jobs.bucket.protocol import Bucket
from analysis_jobs.documents import Decision, JobState, PendingDetails
from analysis_jobs.records.read import Recorded
from analysis_jobs.stages.dedupe.asking import needed
from analysis_jobs.stages.dedupe.candidates import Candidate
from analysis_jobs.stages.dedupe.decisions import done_before
from analysis_jobs.stages.dedupe.forgotten import end_removals
from analysis_jobs.stages.dedupe.rules import Rules
from analysis_jobs.stages.reopening import end_openings, open_again
from analysis_jobs.stages.state_details import details_in_state
from analysis_jobs.store.protocol import Store
from analysis_jobs.store.states import pending
from analysis_jobs.wording import plural

log = logging.getLogger(__name__)

_LOST = "another run took it at the same moment, or the store refused the claim"
# What a claim keeps of the state before: what was begun with the job, and what a later launch asks of it
_KEPT = ("forgotten", "opened", "inputs_read")


@dataclass(frozen=True)
class Claiming:
    """What claims jobs: where they are, and the rules of the launch."""

    store: Store
    bucket: Bucket | None
    rules: Rules

    def claim(
        self,
        wanted: Mapping[str, Decision],
        jobs: Mapping[str, Candidate],
        states: Mapping[str, JobState],
        records: Mapping[str, Recorded],
    ) -> dict[str, Decision]:
        """Claim jobs that are to run, and return by key the decisions that are others by what came of it.

        Parameters
        ----------
        wanted
            By key the decisions to run jobs.
        jobs, states, records
            By key, of at least these, the jobs, and what the store knew of them when that was decided. A job that has
            a record is opened again.
        """
        opening = [key for key in wanted if key in records]
        before = self.store.job_states(opening, whole=True) if opening else {}
        claims = {key: self._claim_of(jobs[key], decision, states.get(key)) for key, decision in wanted.items()}
        won = self.store.claim(list(claims.values()), states)
        mine = {key: claim for key, claim in claims.items() if key in won}
        lost: dict[str, Decision] = {
            key: {**wanted[key], "decision": "claimed", "reason": _LOST} for key in wanted.keys() - won
        }
        left = lost | self._left(wanted, mine, opening)
        not_opened = self._open_again({key: mine[key] for key in opening if key not in left}, before)
        return left | {key: _done(jobs[key], wanted[key], why, records[key]) for key, why in not_opened.items()}

    def _claim_of(self, job: Candidate, decision: Decision, before: JobState | None) -> JobState:
        details = cast(PendingDetails, details_in_state(job.document, job.keyed.parts))
        details |= cast(PendingDetails, {name: value for name, value in (before or {}).items() if name in _KEPT})
        if "opened" in decision:
            details["opened"] = decision["opened"]
        if need := needed(before):
            details["asked"] = need  # or this launch would take it with it if it died
        rules = self.rules
        return pending(job.key, decision["attempt"], job.keyed.parts, rules.owner, rules.claim_hours, **details)

    def _left(
        self, wanted: Mapping[str, Decision], claims: Mapping[str, JobState], opening: list[str]
    ) -> dict[str, Decision]:
        """End what somebody has begun with jobs; return by key the decisions on those of which it cannot be ended."""
        if not self.bucket:
            return {}
        left: dict[str, Decision] = {}
        for key, why in end_removals(claims, self.bucket, self.store).items():
            reason = f"its removal was begun, and cannot be finished: {why}"
            left[key] = {**wanted[key], "decision": "claimed", "reason": reason}
        begun = {key: claim for key, claim in claims.items() if key not in opening}
        for key, why in end_openings(begun, self.bucket).items():
            reason = f"it was opened again, and its old results cannot be set aside: {why}"
            left[key] = {**wanted[key], "decision": "claimed", "reason": reason}
        return left

    def _open_again(self, claims: Mapping[str, JobState], before: Mapping[str, JobState]) -> dict[str, str]:
        """Open jobs that were done, and whose inputs have changed; return by key why one is done still."""
        if not claims:
            return {}
        assert self.bucket  # of a launch that claims
        why_not = open_again(claims, before, self.bucket, self.store, self.rules.by)
        for why in list(why_not.values())[:1]:
            log.warning(
                "%s could not be opened again, so the earlier results count, although an input has changed: %s; "
                "fix that, and launch again; decisions.jsonl has all of them",
                plural(len(why_not), "job"),
                why,
            )
        return why_not


def _done(job: Candidate, decision: Decision, why: str, record: Recorded) -> Decision:
    return done_before(job.file, job.key, f"{decision['reason']}; it could not be opened again: {why}", record)
