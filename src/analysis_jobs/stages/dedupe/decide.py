"""Decide, for every job file, whether its jobs are to run, and claim those that are."""

import json
import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.job import read_job
from analysis_jobs.jobs.job_files import JobFile, find_job_files
from analysis_jobs.jobs.key import job_key, key_parts
from analysis_jobs.jobs.parameter_sources import ParameterSources
from analysis_jobs.jobs.specification import Parameters
from analysis_jobs.json_values import canonical_json
from analysis_jobs.stages.dedupe.candidates import Candidate
from analysis_jobs.stages.dedupe.decisions import decision_line
from analysis_jobs.stages.dedupe.older import accepted, older_results
from analysis_jobs.store.protocol import JobState, Store
from analysis_jobs.store.states import held_by_another, pending

log = logging.getLogger(__name__)

# Jobs that are looked up together: large enough for few requests, small enough for memory.
CHUNK = 5_000
# Records of other code that a reason names
MOST_NAMED = 3


@dataclass(frozen=True)
class Rules:
    """What decides whether a job that has no record is run.

    `claim` is False where nothing may be written (plan and dry run). `older` is False where results of other code
    are not to be looked for; of those, the original wrapper's count if they are of `code_version`.
    """

    owner: Mapping[str, Any]
    claim: bool = True
    claim_hours: float = 48.0
    retry_failed: bool = True
    max_attempts: int = 3
    older: bool = True
    code_version: str | None = None


@dataclass
class Planned:
    """What DEDUPE hands on: the jobs to run, by the folder that they came from, and the counts of decisions."""

    jobs: list[tuple[str, str, str]] = field(default_factory=list)  # key, folder, batch entry as JSON
    counts: Counter[str] = field(default_factory=Counter)
    distinct: int = 0  # different keys in the whole input, so that batches do not depend on what is done


def plan(
    jobs: Path,
    sources: ParameterSources,
    parameters: Parameters,
    code: str,
    store: Store,
    rules: Rules,
    out: TextIO,
) -> Planned:
    """Decide on every job of a folder and claim those that are to run.

    Parameters
    ----------
    jobs
        The jobs folder.
    sources, parameters
        Parameters of all jobs, and the specification that validates them.
    code
        The identity of the code; see `analysis_jobs.jobs.key.key_parts`.
    store
        Asked in chunks, never once per job.
    rules
        When to run, and whether to claim.
    out
        Gets one JSON line per input file and parameter set: `file`, `key`, `decision`, `reason`, and more.

    Raises
    ------
    InvalidInput
        If the folder holds no job file. Invalid files in it are decisions, not errors.
    """
    files, ignored = find_job_files(jobs)
    if ignored:
        log.warning("ignored %d files that are not *.json: %s", len(ignored), ", ".join(ignored[:5]))
    if not files:
        raise InvalidInput("the jobs folder holds no *.json file; give --jobs the folder that the dispatcher wrote to")
    planned, first = Planned(), dict[str, str]()
    found = (one for file in files for one in _candidates(file, sources, parameters, code))
    while chunk := list(islice(found, CHUNK)):
        for decision in _decide(chunk, first, store, rules, parameters, planned):
            planned.counts[decision["decision"]] += 1
            out.write(json.dumps(decision) + "\n")
    planned.distinct = len(first)
    return planned


def _candidates(
    file: JobFile, sources: ParameterSources, parameters: Parameters, code: str
) -> Iterator[Candidate | dict[str, Any]]:
    try:
        job = read_job(file.path, file.name)
        sets = sources.job_parameters(job)
    except InvalidInput as error:
        yield decision_line(file, "invalid", str(error))
        return
    for values in sets:
        try:
            parts = key_parts(job.inputs, parameters.validated(values), code)
        except InvalidInput as error:
            yield decision_line(file, "invalid", f"{file.name}: {error}")
        else:
            yield Candidate(file, job_key(parts), parts, values, job.model_dump(exclude_none=True))


def _decide(
    chunk: list[Candidate | dict[str, Any]],
    first: dict[str, str],
    store: Store,
    rules: Rules,
    parameters: Parameters,
    planned: Planned,
) -> Iterator[dict[str, Any]]:
    fresh: dict[str, Candidate] = {}
    for one in chunk:
        if isinstance(one, Candidate) and one.key not in first:
            first[one.key] = one.file.name
            fresh[one.key] = one
    decided = _decide_fresh(fresh, store, rules, parameters)
    for one in chunk:
        if not isinstance(one, Candidate):
            yield one
        elif fresh.get(one.key) is not one:
            yield _told(one, decision_line(one.file, "repeat", f"the same job as in {first[one.key]}", key=one.key))
        else:
            decision = decided[one.key]
            if decision["decision"] == "run":
                planned.jobs.append((one.key, one.file.folder, _entry(one, decision["attempt"])))
            yield _told(one, decision)


def _decide_fresh(
    fresh: dict[str, Candidate], store: Store, rules: Rules, parameters: Parameters
) -> dict[str, dict[str, Any]]:
    decisions = {}
    for key, found in store.recorded(list(fresh)).items():
        known = {name: value for name, value in asdict(found).items() if value is not None}
        decisions[key] = decision_line(
            fresh[key].file, "done", "done before: the store has its record", key=key, **known
        )
    open_keys = [key for key in fresh if key not in decisions]
    if not open_keys:
        return decisions
    states = store.job_states(open_keys)
    adopted = _adopted(states, store)
    for key in open_keys:
        decisions[key] = _by_state(fresh[key], states.get(key), adopted, rules)
    if rules.older:
        new = {key: fresh[key] for key in open_keys if decisions[key]["decision"] == "run"}
        decisions |= _with_older(new, decisions, store, rules, parameters)
    if rules.claim:
        _claim([decisions[key] for key in open_keys], fresh, states, store, rules)
    return decisions


def _claim(
    decisions: list[dict[str, Any]],
    fresh: dict[str, Candidate],
    states: dict[str, JobState],
    store: Store,
    rules: Rules,
) -> None:
    wanted = {decision["key"]: decision for decision in decisions if decision["decision"] == "run"}
    claims = [
        pending(key, decision["attempt"], fresh[key].parts, rules.owner, rules.claim_hours)
        for key, decision in wanted.items()
    ]
    won = store.claim(claims, states) if claims else set()
    for key in wanted.keys() - won:
        reason = "another run took it at the same moment, or the store refused the claim"
        wanted[key].update(decision="claimed", reason=reason)


def _with_older(
    new: dict[str, Candidate],
    decisions: dict[str, dict[str, Any]],
    store: Store,
    rules: Rules,
    parameters: Parameters,
) -> dict[str, dict[str, Any]]:
    """Decide once more on jobs of which there are results of other code."""
    changed = {}
    jobs = {key: (one.parts, one.job) for key, one in new.items()}
    for key, records in older_results(jobs, store, parameters.validated).items() if jobs else ():
        one = new[key]
        if record := accepted(records, rules.code_version):
            reason = f"done before by the original wrapper, code version {record.code_version}: record {record.id}"
            changed[key] = decision_line(one.file, "done", reason, key=key, location=record.location)
        else:
            names = ", ".join(f"{record.id} (code version {record.code_version})" for record in records[:MOST_NAMED])
            reason = f"{decisions[key]['reason']}; other code has results of the same inputs and parameters: {names}"
            older = [record.id for record in records]
            changed[key] = {**decisions[key], "reason": reason, "older": older, "parts": one.parts}
    return changed


def _adopted(states: dict[str, JobState], store: Store) -> dict[str, str]:
    """Return the locations of those adopted records that are still there."""
    names = {state["adopted"]["record"] for state in states.values() if state.get("adopted")}
    found = store.recorded(sorted(names)) if names else {}
    return {name: record.location for name, record in found.items()}


def _by_state(one: Candidate, state: JobState | None, adopted: dict[str, str], rules: Rules) -> dict[str, Any]:
    """Decide on a job that has no record: on its last state, if it ever had one."""
    attempt = state["attempt"] if state else 1
    if state is None:
        return decision_line(one.file, "run", "new", key=one.key, attempt=1)
    if (adoption := state.get("adopted")) and adoption["record"] in adopted:
        reason = f"adopted: record {adoption['record']}, by {adoption['by']}: {adoption['why']}"
        return decision_line(one.file, "done", reason, key=one.key, location=adopted[adoption["record"]])
    if state["state"] == "withdrawn":
        withdrawal = state["withdrawn"]
        reason = f"an adoption was withdrawn by {withdrawal['by']}: {withdrawal['why']}"
        return decision_line(one.file, "run", reason, key=one.key, attempt=1)
    if state["state"] == "done":
        return decision_line(one.file, "run", "its record was removed from the store", key=one.key, attempt=1)
    if state["state"] == "empty":
        reason = f"done before, with nothing to report: {state['reason']}"
        return decision_line(one.file, "done", reason, key=one.key, attempt=attempt, state="empty")
    if holder := held_by_another(state, str(rules.owner["session"])):
        return decision_line(one.file, "claimed", holder, key=one.key, attempt=attempt)
    if state["state"] == "pending":
        return decision_line(one.file, "run", "an earlier run did not finish it", key=one.key, attempt=attempt)
    return _after_failure(one, state, rules)


def _after_failure(one: Candidate, state: JobState, rules: Rules) -> dict[str, Any]:
    error = state["error"]
    attempt = state["attempt"]
    # Only ANALYZE uses up a job's attempts: a bucket that is full today is no reason to give up.
    following = attempt + 1 if error["stage"] == "analyze" else attempt
    said = f"{error['type']}: {error['message']}" if error.get("type") else error["message"]
    if not rules.retry_failed:
        reason = f"failed before and --retry_failed is false; last error: {said}"
    elif following > rules.max_attempts:
        reason = f"failed {attempt} times, the most that --max_attempts {rules.max_attempts} allows; last error: {said}"
    else:
        return decision_line(one.file, "run", f"attempt {following} after: {said}", key=one.key, attempt=following)
    known = {name: error[name] for name in ("stage", "cause", "type", "message") if name in error}
    return decision_line(one.file, "gave_up", reason, key=one.key, attempt=attempt, error=known)


def _told(one: Candidate, decision: dict[str, Any]) -> dict[str, Any]:
    """Add what people look for a job by, for the report."""
    return {**decision, "inputs": one.parts["inputs"], "parameters": one.parts["parameters"]}


def _entry(one: Candidate, attempt: int) -> str:
    # The job file's name stays out: a dispatcher makes new names each time, and `-resume` compares contents.
    # What was given goes along: a validator of the user's must not see its own result as its input.
    return canonical_json({"key": one.key, "attempt": attempt, "parts": one.parts, "given": one.given, "job": one.job})
