"""The line that every job of the input goes along: read, merge, validate, key, ask, decide, claim, write."""

import json
import logging
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple, TextIO

from analysis_jobs.bucket.protocol import Bucket
from analysis_jobs.documents import AskedResources, Decision, JobState
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.addresses import input_locations
from analysis_jobs.jobs.job_files import FoundFiles
from analysis_jobs.jobs.key import normalized_inputs
from analysis_jobs.jobs.outcome import infrastructure_error
from analysis_jobs.records.acquisition import recording_details
from analysis_jobs.records.read import Recorded, Summary
from analysis_jobs.report.columns import state_of
from analysis_jobs.stages.decision_labels import DecisionLabels
from analysis_jobs.stages.dedupe.asking import needed
from analysis_jobs.stages.dedupe.candidates import Candidate, Keying
from analysis_jobs.stages.dedupe.claiming import Claiming
from analysis_jobs.stages.dedupe.decisions import decision_on, done_before, left_out_line, without_outputs
from analysis_jobs.stages.dedupe.input_check import NOT_LOOKED_AT, InputCheck, InputRules
from analysis_jobs.stages.dedupe.older import accepted, done_by_older, older_results, patched
from analysis_jobs.stages.dedupe.outdated import outdated
from analysis_jobs.stages.dedupe.rules import Rules, decide_by_state
from analysis_jobs.store.adopt import adoption
from analysis_jobs.store.protocol import Store
from analysis_jobs.store.states import held_by_another
from analysis_jobs.wording import kept, listed, plural, shown

log = logging.getLogger(__name__)

# Jobs that are looked up together: large enough for few requests, small enough for memory.
CHUNK = 5_000
# Records of other code that a reason names
MOST_NAMED = 3
# Characters as JSON of the outputs of all jobs that were done before
LONGEST_OF_ALL = 30_000_000

Fresh = Mapping[str, Candidate]  # by key, the jobs that the input has not had before


class PlannedJob(NamedTuple):
    """A job to run."""

    key: str
    folder: str  # that it came from
    entry: str  # of its batch, as JSON
    died_in: str = ""  # the batch whose task died last time, and it with that; before the last attempt its own key


@dataclass(frozen=True)
class Planned:
    """What DEDUPE hands on: the jobs to run, and the counts of decisions."""

    jobs: list[PlannedJob] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)  # of jobs, as in jobs.tsv, where nothing is to run
    first: dict[str, str] = field(default_factory=dict)  # by key, the first file that has the job
    left_out: list[str] = field(default_factory=list)  # what of the jobs folder is the pipeline's own
    gone: list[str] = field(default_factory=list)  # keys that are done, and whose results are not there any more
    outdated: list[str] = field(default_factory=list)  # keys that are made from results which newer ones have replaced
    labels: dict[str, str] = field(default_factory=dict)  # by key, of the jobs to run, when all are decided on
    # By key, what jobs to run need at least, as they ran out of it before
    needs: dict[str, AskedResources] = field(default_factory=dict)
    # Parameters that become another value each time, in their order
    drawn: dict[str, None] = field(default_factory=dict)
    # How many jobs set a name of --set themselves
    overridden: Counter[str] = field(default_factory=Counter)
    names: dict[str, None] = field(default_factory=dict)  # what parameters call the analysis, the first one first

    @property
    def analysis(self) -> str:
        """What people call the analysis, by the parameters of its jobs; an empty text where none of them says."""
        return next(iter(self.names), "")

    @property
    def distinct(self) -> int:
        """Different keys in the whole input, so that batches do not depend on what is done."""
        return len(self.first)


@dataclass(frozen=True)
class _Known:
    """What the store knows of some jobs."""

    records: Mapping[str, Recorded]
    states: Mapping[str, JobState]
    adopted: Mapping[str, Recorded]  # adopted records that are still there
    gone: Collection[str] = ()  # keys that have a record and no results any more


class Planner:
    """Decides on every job of a folder, and claims those that are to run; the steps are in their order."""

    def __init__(
        self,
        keys: Keying,
        store: Store,
        rules: Rules,
        out: TextIO,
        bucket: Bucket | None = None,
        inputs: InputRules = NOT_LOOKED_AT,
    ) -> None:
        """Take what gives jobs their keys, the store, the launch's rules, and where ``decisions.jsonl`` goes.

        In the bucket, if it is given, is looked whether the results of jobs that are done are still there.
        """
        self.keys, self.store, self.rules, self.out, self.bucket = keys, store, rules, out, bucket
        self.inputs, self.claiming = InputCheck(inputs), Claiming(store, bucket, rules)
        self.planned, self.labels = Planned(), DecisionLabels()
        self._adopted: dict[str, str] = {}  # by key, records that count from now on
        self._batches: dict[str, str] = {}  # by key, those whose tasks died with the last attempt at a job
        self._room = LONGEST_OF_ALL

    def plan(self, contents: FoundFiles) -> Planned:
        """Decide on the jobs of a folder, in chunks: the store is never asked once per job.

        Raises
        ------
        InvalidInput
            If the folder holds no job file. Invalid files in it are decisions, not errors.
        """
        read = self.read(contents)
        while chunk := list(islice(read, CHUNK)):
            fresh = self.new_in(chunk)
            known = self.ask(fresh)
            decisions = self.decide(fresh, known)
            decisions |= self.inputs.decided(fresh, decisions, known.states)
            decisions |= self._opened_by_others(fresh, decisions, known)
            decisions |= self.claim(decisions, fresh, known)
            self.write(chunk, fresh, decisions)
        return self.planned

    def read(self, contents: FoundFiles) -> Iterator[Candidate | Decision]:
        """Read, merge, validate and key: yield each job of each file, or the decision that it is invalid."""
        if contents.ignored:
            count = plural(len(contents.ignored), "file")
            log.warning("ignored %s not called *.json: %s", count, listed(contents.ignored))
        self.planned.left_out.extend(contents.left_out)
        if not contents.files:
            beside = f" but for {left_out_line(contents.left_out)}" if contents.left_out else ""
            raise InvalidInput(
                f"the jobs folder holds no *.json file{beside}; give --jobs the folder that the dispatcher wrote to"
            )
        yield from self.keys.candidates(contents.files)

    def new_in(self, chunk: Iterable[Candidate | Decision]) -> dict[str, Candidate]:
        """Return by key the jobs that are not the same as an earlier one."""
        fresh: dict[str, Candidate] = {}
        for job_or_decision in chunk:
            if isinstance(job_or_decision, Candidate) and job_or_decision.key not in self.planned.first:
                self.planned.first[job_or_decision.key] = job_or_decision.file.name
                fresh[job_or_decision.key] = job_or_decision
        return fresh

    def ask(self, fresh: Fresh) -> _Known:
        """Ask the store which jobs have a record, and for the states of the others."""
        records = self.store.recorded(list(fresh))
        without = [key for key in fresh if key not in records or self.inputs.wants_states]
        states = self.store.job_states(without) if without else {}
        names = {state["adopted"]["record"] for state in states.values() if state.get("adopted")}
        adopted = self.store.recorded(sorted(names)) if names else {}
        return _Known(records, states, adopted, self._gone(records))

    def _gone(self, records: Mapping[str, Recorded]) -> set[str]:
        """Return which jobs have a record of results in the bucket, and nothing is there."""
        if not self.bucket:
            return set()
        return self.bucket.lacking([key for key, record in records.items() if self.bucket.holds(key, record.location)])

    def decide(self, fresh: Fresh, known: _Known) -> dict[str, Decision]:
        """Decide on each job: by its record, its state, and results of other code."""
        decisions = {key: self._decide_one(job, known) for key, job in fresh.items()}
        to_run = {key: job for key, job in fresh.items() if decisions[key]["decision"] == "run"}
        if self.rules.older and to_run:
            decisions |= self._with_older(to_run, decisions, known)
        self._note_outdated(fresh, decisions)
        needs = {key: needed(known.states.get(key)) for key in to_run}
        self.planned.needs.update({key: need for key, need in needs.items() if need})
        errors = {key: state["error"] for key, state in known.states.items() if state["state"] == "failed"}
        self._batches |= {key: error["batch"] for key, error in errors.items() if "batch" in error}
        return decisions

    def _note_outdated(self, fresh: Fresh, decisions: Mapping[str, Decision]) -> None:
        counting = (key for key in fresh if decisions[key]["decision"] in ("run", "done"))
        locations = {key: input_locations(fresh[key].document) for key in counting}  # a key may go by what is in them
        for key, said in outdated(locations, self.store).items():
            decisions[key]["reason"] += f"; {said}"
            self.planned.outdated.append(key)

    def _opened_by_others(self, fresh: Fresh, decisions: Mapping[str, Decision], known: _Known) -> dict[str, Decision]:
        """Return the decisions on jobs that are done and to run again, where another launch is about to do so."""
        again = [key for key in known.records if decisions[key]["decision"] == "run"]
        held = {
            key: held_by_another(known.states[key], self.rules.owner["session"], self.rules.launcher) for key in again
        }
        return {key: decision_on(fresh[key].file, "claimed", why, key=key) for key, why in held.items() if why}

    def claim(self, decisions: Mapping[str, Decision], fresh: Fresh, known: _Known) -> dict[str, Decision]:
        """Claim the jobs to run; return the decisions that are others by that."""
        wanted = {key: decision for key, decision in decisions.items() if decision["decision"] == "run"}
        self._write_adopted(fresh, known)
        if not self.rules.claim or not wanted:
            return {}
        return self.claiming.claim(wanted, fresh, known.states, known.records)

    def _write_adopted(self, fresh: Fresh, known: _Known) -> None:
        """Write that jobs count as done by other records; what another launch wrote meanwhile stays."""
        new = {key: record for key, record in self._adopted.items() if key in fresh}
        if self.rules.claim and new:
            states = [
                adoption(key, fresh[key].keyed.parts, record, self.rules.by, "PATCH_COMMITS has its commit")
                for key, record in new.items()
            ]
            self.store.claim(states, known.states)

    def write(self, chunk: Sequence[Candidate | Decision], fresh: Fresh, decisions: Mapping[str, Decision]) -> None:
        """Write a line for each file and parameter set of a chunk, and keep the jobs that are to run."""
        for job_or_decision in chunk:
            decision = (
                self._final(job_or_decision, fresh, decisions)
                if isinstance(job_or_decision, Candidate)
                else job_or_decision
            )
            self.planned.counts[decision["decision"]] += 1
            self.planned.states[state_of(decision)] += 1
            self.labels.see(decision)
            self.out.write(json.dumps(decision) + "\n")

    def _decide_one(self, job: Candidate, known: _Known) -> Decision:
        record = known.records.get(job.key)
        damage = self.store.damaged.records.get(job.key) or self.store.damaged.states.get(job.key)
        if record is None and damage:
            error = infrastructure_error("dedupe", "Damaged", damage)
            return decision_on(job.file, "gave_up", damage, key=job.key, error=error)
        if record is None:
            return decide_by_state(job, known.states.get(job.key), known.adopted, self.rules)
        reason = "done before: the store has its record"
        if job.key in known.gone:
            self.planned.gone.append(job.key)
            reason += f", but nothing is at {record.location}; `analysis-jobs fsck --repair` opens the job again"
        return done_before(job.file, job.key, reason, record)

    def _with_older(self, jobs: Fresh, decisions: Mapping[str, Decision], known: _Known) -> dict[str, Decision]:
        """Decide once more on jobs of which there are results of other code."""
        changed: dict[str, Decision] = {}
        counting: dict[str, tuple[Summary, str]] = {}  # with the reason
        for key, records in older_results(jobs.values(), self.store, self.keys.validated).items():
            job = jobs[key]
            if record := accepted(records, self.rules.code_version):
                reason = f"done before by the original wrapper, code version {record.code_version}: record {record.id}"
                counting[key] = record, reason
                continue
            # What somebody has taken back is not adopted again by itself
            withdrawn = key in known.states and known.states[key]["state"] == "withdrawn"
            if not withdrawn and (record := patched(records, self.rules.patch_commits)):
                reason = f"adopted: record {record.id}, of commit {record.code_version}, which PATCH_COMMITS has"
                counting[key] = record, reason
                self._adopted[key] = record.id
                continue
            names = ", ".join(f"{record.id} (code version {record.code_version})" for record in records[:MOST_NAMED])
            reason = f"{decisions[key]['reason']}; other code has results of the same inputs and parameters: {names}"
            older = [record.id for record in records]
            changed[key] = {**decisions[key], "reason": reason, "older": older, "parts": job.keyed.parts}
        return changed | done_by_older(jobs, counting, self.store)

    def _died_in(self, key: str, attempt: int) -> str:
        batch = self._batches.get(key, "")
        return key if batch and attempt >= self.rules.max_attempts else batch

    def _final(self, job: Candidate, fresh: Fresh, decisions: Mapping[str, Decision]) -> Decision:
        """Return the decision on a job, with what people look for it by, and keep the job if it is to run."""
        if fresh.get(job.key) is job:
            decision = decisions[job.key]
        else:
            first = self.planned.first[job.key]
            decision = decision_on(job.file, "repeat", f"the same job as in {first}", key=job.key)
        if decision["decision"] == "run":
            # Not sorted like a key: an analysis may go by the order of an object.
            entry = job.keyed.entry(decision["attempt"], job.document, decision.get("opened", ""))
            text = json.dumps(entry, ensure_ascii=False, allow_nan=False)
            died_in = self._died_in(job.key, decision["attempt"])
            self.planned.jobs.append(PlannedJob(job.key, job.file.folder, text, died_in))
        parts, drawn = job.keyed.parts, job.keyed.drawn
        if name := parts["parameters"].get("analysis_name"):
            self.planned.names[str(name)] = None
        self.planned.drawn.update(dict.fromkeys(drawn))
        self.planned.overridden.update(job.keyed.overridden)
        if drawn:
            values = ", ".join(f"{name} = {shown(parts['parameters'][name])}" for name in drawn)
            decision = {**decision, "reason": kept(f"{decision['reason']}; drawn for this launch: {values}")}
        if job.note:
            decision = {**decision, "reason": f"{decision['reason']}; {job.note}", "note": job.note}
        if "outputs" in decision:
            self._room -= len(json.dumps(decision["outputs"]))
            decision = decision if self._room >= 0 else without_outputs(decision)
        about, inputs = recording_details(job.document), normalized_inputs(input_locations(job.document))
        return {**decision, **about, "inputs": inputs, "parameters": parts["parameters"]}
