"""The jobs of the input before the store was asked: each job file, read, merged, validated, and with its keys."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from analysis_jobs.documents import Decision, JobDocument, Values
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.addresses import input_locations
from analysis_jobs.jobs.job import Job, read_job
from analysis_jobs.jobs.job_files import JobFile
from analysis_jobs.jobs.key import JobKeys, KeyedJob, normalized_inputs
from analysis_jobs.records.acquisition import recording_details
from analysis_jobs.redaction.text import redacted, redacted_values
from analysis_jobs.stages.dedupe.decisions import decision_on
from analysis_jobs.wording import listed, shown


@dataclass(frozen=True)
class Candidate:
    """A valid job: its file, the document in it, and its key with one set of its parameters.

    `note` is what was left out of the file.
    """

    file: JobFile
    document: JobDocument
    keyed: KeyedJob
    note: str = ""

    @property
    def key(self) -> str:
        """The job's key."""
        return self.keyed.key


def candidates(file: JobFile, keys: JobKeys) -> Iterator[Candidate | Decision]:
    """Yield the jobs of a file, one for each parameter set, or the decision that it, or a set, is invalid."""
    try:
        job = read_job(file.path, file.name)
    except InvalidInput as error:
        yield decision_on(file, "invalid", str(error))
        return
    document = job.document()
    for keyed in keys.each_of(job):
        if isinstance(keyed, InvalidInput):
            inputs = redacted_values(normalized_inputs(input_locations(document)))
            about = recording_details(document)
            yield decision_on(file, "invalid", f"{file.name}: {keyed}", inputs=inputs, **about)
        else:
            yield Candidate(file, document, keyed, redacted(note_on(job, keyed)))


def note_on(job: Job, keyed: KeyedJob) -> str:
    """Return in words which names of a job file or of ``--set`` count for nothing; an empty text if all do count."""
    no_field, no_parameter = (listed([shown(name) for name in names]) for names in (job.unknown, keyed.left_out))
    notes = (
        no_field and f"ignored {no_field}, not a field of a job file",
        no_parameter and f"left out {no_parameter} of the dispatcher, not a parameter of the analysis",
        *(f"--set.{name} has no effect, because the job sets it itself" for name in keyed.overridden),
    )
    return "; ".join(filter(None, notes))


class Keying(Protocol):
    """What gives the jobs of a launch their keys, wherever the analysis is loaded."""

    def candidates(self, files: Iterable[JobFile]) -> Iterator[Candidate | Decision]:
        """Yield the jobs of files, one for each parameter set, or the decision that a file, or a set, is invalid."""
        ...

    def validated(self, values: Values) -> Values:
        """Return parameters as the specification types and completes them; raises `InvalidInput` as it does."""
        ...


class KeyingHere:
    """The same in this process."""

    def __init__(self, keys: JobKeys) -> None:
        """Take what gives a job its keys."""
        self.keys = keys

    def candidates(self, files: Iterable[JobFile]) -> Iterator[Candidate | Decision]:
        """See `Keying`."""
        for file in files:
            yield from candidates(file, self.keys)

    def validated(self, values: Values) -> Values:
        """See `Keying`."""
        return self.keys.parameters.validated(values)
