"""The inputs of jobs, looked at before anything starts: some are missing, some have changed since they were read."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from analysis_jobs.documents import Decision, InputIdentity, JobState
from analysis_jobs.jobs.addresses import opened_inputs
from analysis_jobs.recordings.inputs import Inputs
from analysis_jobs.recordings.looked import Looked
from analysis_jobs.records.input_identity import what_changed
from analysis_jobs.stages.dedupe.candidates import Candidate
from analysis_jobs.stages.dedupe.decisions import decision_on
from analysis_jobs.wording import plural

NONE, AUTO, EXISTS, IDENTITY = "none", "auto", "exists", "identity"
REPORT, RERUN, FAIL = "report", "rerun", "fail"
# Jobs whose inputs are looked at where nobody said whether they are to be
LOOKED_AT_BY_DEFAULT = 10_000


@dataclass(frozen=True)
class InputRules:
    """What is done about inputs.

    Attributes
    ----------
    check
        `NONE`, or whether those of jobs that are to run are there: `EXISTS`, or `AUTO` for the first
        `LOOKED_AT_BY_DEFAULT` of them; `IDENTITY` for that, and whether those of jobs that are done are as they were.
    changed
        What becomes of a job that is done and whose input has changed: `REPORT`, `RERUN` or `FAIL`.
    seen
        Folders, on the file systems of which jobs find the same as this process; None where they do everywhere.
    """

    check: str = NONE
    changed: str = REPORT
    seen: tuple[str, ...] | None = None


NOT_LOOKED_AT = InputRules()


class _Change(NamedTuple):
    """How an input differs from what it was, in words, and whether it is gone."""

    text: str
    is_gone: bool = False


class InputCheck:
    """Looks at the inputs of jobs, each once however many jobs have it, and decides by what is there."""

    def __init__(self, rules: InputRules) -> None:
        """Take the rules; `notes` says in the end what is to be known of it all."""
        self.rules = rules
        self._inputs = Inputs()
        self._there: dict[str, Looked] = {}  # by what opens it
        self._identified: dict[str, Looked] = {}
        self._asked = self._unasked = self._unknown = self._changed = 0
        self._unsure: dict[str, str] = {}  # by location, why nothing can be told of it

    @property
    def wants_states(self) -> bool:
        """Whether the states of jobs that are done are asked for: they say what their inputs were."""
        return self.rules.check == IDENTITY

    def decided(
        self, jobs: Mapping[str, Candidate], decisions: Mapping[str, Decision], states: Mapping[str, JobState]
    ) -> dict[str, Decision]:
        """Return by key the decisions that are others by what their inputs are.

        Parameters
        ----------
        jobs, decisions, states
            By key, the jobs, what was decided on them, and what the store knows of them.

        Raises
        ------
        ServiceUnavailable
            If where an input is does not answer.
        """
        if self.rules.check == NONE:
            return {}
        done = self._of_done(jobs, decisions, states) if self.wants_states else {}
        to_run = [key for key, decision in {**decisions, **done}.items() if decision["decision"] == "run"]
        return {**done, **self._of_those_to_run(self._limited(to_run), jobs, {**decisions, **done})}

    def notes(self) -> Iterator[str]:
        """Yield in a line each what is to be known of the inputs of a launch."""
        if self._changed:
            yield f"an input of {_done(self._changed)} has changed since it was read; decisions.jsonl says how"
        if self._unknown:
            yield f"what the inputs of {_done(self._unknown)} were when they were read is not known"
        if self._unsure:
            location, why = next(iter(self._unsure.items()))
            more = f" and {plural(len(self._unsure) - 1, 'more input')}" if len(self._unsure) > 1 else ""
            yield f"whether {location}{more} can be read is not known before the jobs run: {why}"
        if self._unasked:
            yield (
                f"the inputs of {plural(self._unasked, 'more job')} were not checked: without --check_inputs exists "
                f"only those of {LOOKED_AT_BY_DEFAULT:,} are"
            )

    def _limited(self, keys: Sequence[str]) -> Sequence[str]:
        """Return those of the jobs to run whose inputs are looked at."""
        if self.rules.check == AUTO:
            left = LOOKED_AT_BY_DEFAULT - self._asked
            self._unasked += max(0, len(keys) - left)
            keys = keys[:left]
        self._asked += len(keys)
        return keys

    def _of_those_to_run(
        self, keys: Sequence[str], jobs: Mapping[str, Candidate], decisions: Mapping[str, Decision]
    ) -> dict[str, Decision]:
        places = {key: _places(jobs[key]) for key in keys}
        self._look(places.values(), self._there, identify=False)
        changed = {}
        for key, opened in places.items():
            looked = {location: self._there[place] for location, place in opened.items()}
            if missing := {location: one for location, one in looked.items() if self._is_missing(location, one)}:
                changed[key] = _invalid(jobs[key], _missing_text(missing))
            elif refused := next((item for item in looked.items() if item[1].state == "no rights"), None):
                reason = f"{decisions[key]['reason']}; {refused[0]} may not be read from here ({refused[1].why})"
                changed[key] = {**decisions[key], "reason": reason}
        return changed

    def _is_missing(self, location: str, looked: Looked) -> bool:
        if looked.state == "there":
            return False
        is_unusable = looked.state in ("missing", "no file")
        if is_unusable and (not location.startswith("/") or _is_seen(location, self.rules.seen)):
            return True
        why = f"no rights ({looked.why})" if looked.state == "no rights" else looked.why
        self._unsure.setdefault(location, f"jobs run elsewhere, and here {why}" if is_unusable else why)
        return False

    def _of_done(
        self, jobs: Mapping[str, Candidate], decisions: Mapping[str, Decision], states: Mapping[str, JobState]
    ) -> dict[str, Decision]:
        done = [key for key in jobs if decisions[key]["decision"] == "done" and decisions[key].get("state") != "empty"]
        read = {key: read for key in done if (read := key in states and states[key].get("inputs_read"))}
        self._unknown += len(done) - len(read)
        places = {key: _places(jobs[key]) for key in read}
        self._look(places.values(), self._identified, identify=True)
        told = {key: list(self._changes(identities, places[key])) for key, identities in read.items()}
        self._changed += sum(map(bool, told.values()))
        return {
            key: self._of_changed(jobs[key], decisions[key], states[key], changes)
            for key, changes in told.items()
            if changes
        }

    def _changes(self, read: Iterable[InputIdentity], places: Mapping[str, str]) -> Iterator[_Change]:
        """Yield what of the inputs of a job has changed since."""
        for old in read:
            location = old["location"]
            if location not in places:  # a job of the same content elsewhere has read it
                continue
            looked = self._identified[places[location]]
            if looked.identity:
                if changes := what_changed(old, {**looked.identity, "location": location}):
                    yield _Change(f"the input {location} has changed since: {changes}")
            elif self._is_missing(location, looked):
                yield _Change(f"the input {location} is not there any more", is_gone=True)

    def _of_changed(self, job: Candidate, decision: Decision, state: JobState, changes: Sequence[_Change]) -> Decision:
        told = "; ".join(change.text for change in changes)
        if self.rules.changed == FAIL:
            text = f"done before, and {told}; launch with --changed_inputs rerun to compute it again"
            refused = _invalid(job, text)
            return {**refused, "location": decision["location"]}
        if self.rules.changed == RERUN and not any(change.is_gone for change in changes):
            opened = datetime.now(UTC).isoformat()
            return decision_on(job.file, "run", f"done before, and {told}", key=job.key, attempt=1, opened=opened)
        return {**decision, "reason": f"{decision['reason']}; {told}"}

    def _look(self, jobs: Iterable[Mapping[str, str]], known: dict[str, Looked], *, identify: bool) -> None:
        places = [place for opened in jobs for place in opened.values() if place not in known]
        known.update(self._inputs.look(list(dict.fromkeys(places)), identify=identify))


def _done(jobs: int) -> str:
    return f"{plural(jobs, 'job')} that {'is' if jobs == 1 else 'are'} done"


def _places(job: Candidate) -> dict[str, str]:
    return opened_inputs(job.document, job.keyed.addresses)


def _missing_text(missing: Mapping[str, Looked]) -> str:
    location, looked = next(iter(missing.items()))
    more = f" (and {len(missing) - 1} more of its inputs)" if len(missing) > 1 else ""
    if looked.state == "no file":
        return f"the input {location} cannot be read: {looked.why}{more}; give a file or a folder"
    return f"the input {location} is missing: {looked.why}{more}; correct the location, or restore the file"


def _invalid(job: Candidate, text: str) -> Decision:
    return decision_on(job.file, "invalid", f"{job.file.name}: {text}", key=job.key)


def _is_seen(path: str, seen: Sequence[str] | None) -> bool:
    """Return whether a job would find nothing at a path either.

    What lies on the file system of a folder that both see is the same for both. What is above a folder that a
    container was given is its own.
    """
    if seen is None:
        return True
    nearest = next(folder for folder in Path(path).parents if _exists(folder))
    systems = {os.stat(folder).st_dev for folder in seen if os.path.isdir(folder)}
    return nearest.stat().st_dev in systems


def _exists(folder: Path) -> bool:
    try:
        return folder.exists()
    except OSError:
        return False
