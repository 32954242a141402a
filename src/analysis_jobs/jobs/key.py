"""The identity of a job: what makes two jobs the same.

Imports within functions are for a quick start.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis_jobs.documents import Entry, InputContent, JobDocument, Parts, Values
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.addresses import packed_addresses
from analysis_jobs.jobs.locations import normal_location
from analysis_jobs.json_values import canonical_json
from analysis_jobs.redaction.addresses import open_address
from analysis_jobs.wording import plural

if TYPE_CHECKING:
    from analysis_jobs.jobs.job import Job
    from analysis_jobs.jobs.parameter_sources import ParameterSources
    from analysis_jobs.jobs.specification import Parameters

KEY_VERSION = 1
KEY_VERSION_WITH_ENVIRONMENT = 2
KEY_VERSION_OF_CONTENT = 3
KEY_VERSION_OF_CONTENT_WITH_ENVIRONMENT = 4
_EXACT = 2**53  # below it a float that is whole is one number alone


@dataclass(frozen=True)
class KeyedJob:
    """A job with one set of its parameters, and its key with them.

    Attributes
    ----------
    parts
        What the key is computed from, with the parameters as the specification typed and completed them.
    given
        The merged parameters as they were given.
    left_out
        What the dispatcher noted among the parameters that is none of the analysis'.
    drawn
        Names of the parameters that become another value each time.
    overridden
        Names of ``--set`` that the job has another value for.
    addresses
        Of its inputs; see `analysis_jobs.jobs.addresses`.
    """

    key: str
    parts: Parts
    given: Values
    left_out: tuple[str, ...] = ()
    drawn: tuple[str, ...] = ()
    overridden: tuple[str, ...] = ()
    addresses: Mapping[str, str] = field(default_factory=dict)

    def entry(self, attempt: int, job: JobDocument, opened: str = "") -> Entry:
        """Return what ANALYZE gets of it.

        The job file's name stays out: a dispatcher makes new names each time, and `-resume` compares contents. What was
        given goes along: a validator of the user's must not see its own result as its input. So does when the job was
        `opened` again: `-resume` must not find what it was before that.
        """
        entry: Entry = {"key": self.key, "attempt": attempt, "parts": self.parts, "given": self.given, "job": job}
        if self.addresses:
            entry["addresses"] = packed_addresses(self.addresses)
        if opened:
            entry["opened"] = opened
        return entry


@dataclass(frozen=True)
class JobKeys:
    """What gives the jobs of a launch their keys.

    Attributes
    ----------
    sources
        Parameters of all jobs.
    parameters
        Types and completes the parameters of each, by the specification.
    code
        The identity of the code; see `key_parts`.
    environment
        Digest of the environment, where it is part of the key.
    contents
        What is in the inputs, by their normal locations, where that is part of the key instead of these; see
        `inputs_to_read`.
    """

    sources: "ParameterSources"
    parameters: "Parameters"
    code: str
    environment: str | None = None
    contents: Mapping[str, InputContent] | None = None

    def each_of(self, job: "Job") -> Iterator[KeyedJob | InvalidInput]:
        """Yield a job with its key for each of its parameter sets, or what is wrong with the set."""
        from analysis_jobs.jobs.dispatched import misplaced_parameter, without_panel  # these bring pydantic
        from analysis_jobs.jobs.secret_values import refuse_secret_inputs

        if problem := misplaced_parameter(job, self.parameters.specification):
            yield InvalidInput(problem)
            return
        addresses = job.addresses()
        of_analysis, left_out = without_panel(job, self.parameters.specification)
        for given in self.sources.job_parameters(of_analysis):
            try:
                specified = self.parameters.specified(given)
                refuse_secret_inputs(normalized_inputs(job.inputs))
                parts = self._parts(job, specified.parameters)
            except InvalidInput as error:
                yield error
            else:
                overridden = self.sources.overridden(given)
                yield KeyedJob(job_key(parts), parts, given, left_out, specified.drawn, overridden, addresses)

    def _parts(self, job: "Job", parameters: Values) -> Parts:
        if self.contents is None:
            return key_parts(job.inputs, parameters, self.code, self.environment)
        digests = [_digest_of(location, self.contents[location]) for location in normalized_inputs(job.inputs)]
        version = KEY_VERSION_OF_CONTENT_WITH_ENVIRONMENT if self.environment else KEY_VERSION_OF_CONTENT
        return {**key_parts(digests, parameters, self.code, self.environment), "key_version": version}

    def all_of(self, job: "Job") -> list[KeyedJob]:
        """Return a job with its key for each of its parameter sets.

        Raises
        ------
        InvalidInput
            If one of the sets is wrong.
        """
        keyed = []
        for job_or_problem in self.each_of(job):
            if isinstance(job_or_problem, InvalidInput):
                raise job_or_problem
            keyed.append(job_or_problem)
        return keyed

    def one_of(self, job: "Job", number: int, file: Path) -> KeyedJob:
        """Return a job with its key for one of its parameter sets, whatever is wrong with the others.

        Raises
        ------
        InvalidInput
            If this set is wrong, or the job has no such set.
        """
        sets = list(self.each_of(job))
        whole_job = len(sets) == 1 and isinstance(sets[0], InvalidInput)  # what is wrong may be no matter of its sets
        chosen = sets[0 if whole_job else checked_number(number, len(sets), file)]
        if isinstance(chosen, InvalidInput):
            raise chosen
        return chosen


def checked_number(number: int, count: int, file: Path) -> int:
    """Return the number of a parameter set, from 0, if a job file has so many."""
    if number >= count:
        raise InvalidInput(f"--number is {number}, and {file} makes {plural(count, 'job')}: numbers begin with 0")
    return number


def normalized_inputs(inputs: Iterable[str]) -> list[str]:
    """Return the normal forms of locations, sorted: neither their order nor what opens them is part of a job.

    They have no trailing slashes, no logins and no signatures.
    """
    normal = (normal_location(open_address(location)) for location in inputs)
    return sorted(location.rstrip("/") or location for location in normal)


def inputs_to_read(job: "Job") -> dict[str, str]:
    """Return what opens each input of a job, by its normal location, as `JobKeys.contents` has them."""
    return {normalized_inputs([location])[0]: location for location in job.inputs}


def is_of_content(parts: Parts) -> bool:
    """Return whether a key goes by what is in its inputs."""
    return parts["key_version"] in (KEY_VERSION_OF_CONTENT, KEY_VERSION_OF_CONTENT_WITH_ENVIRONMENT)


def _digest_of(location: str, content: InputContent) -> str:
    if "problem" in content:
        raise InvalidInput(
            f"the content of the input {location} cannot be read: {content['problem']}; check it, or leave out "
            "--inputs_by content"
        )
    return content["digest"]


def key_parts(inputs: Iterable[str], parameters: Mapping[str, Any], code: str, environment: str | None = None) -> Parts:
    """Return exactly what the key is computed from.

    Parameters
    ----------
    inputs
        Locations of the input data, or their digests.
    parameters
        The parameters as the specification typed and completed them, as JSON values.
    code
        ``sha256:<digest>`` of the analysis' source files, ``syntax:<digest>`` of what they say to Python, or
        ``version:<text>`` in the user's own words: the word before the colon keeps the three apart.
    environment
        Digest of the environment, of a launch that counts it: by default a library is no part of what a job is.

    Returns
    -------
    Parts
        Stored beside the key, so that two can be compared.
    """
    parts: Parts = {
        "key_version": KEY_VERSION,
        "inputs": normalized_inputs(inputs),
        "parameters": dict(parameters),
        "code": code,
    }
    if environment:
        return {**parts, "key_version": KEY_VERSION_WITH_ENVIRONMENT, "environment": f"sha256:{environment}"}
    return parts


def job_key(parts: Mapping[str, Any]) -> str:
    """Return the key of a job: the SHA-256, in hexadecimal, of the canonical JSON of its parts.

    Numbers count by their value: 1 and 1.0 are the same, as they are in JSON.
    """
    return hashlib.sha256(canonical_json(_by_value(parts)).encode()).hexdigest()


def same_value(value: Any, other: Any) -> bool:
    """Return whether two JSON values are the same for a key: 1 and 1.0 are, 1 and true are not."""
    kinds = {type(value), type(other)}  # most values are plain, and lists of jobs compare very many
    if kinds == {str} or (kinds <= {int, float} and max(abs(value), abs(other)) < _EXACT):
        return bool(value == other)
    return canonical_json(_by_value(value)) == canonical_json(_by_value(other))


def _by_value(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return int(value)
    if isinstance(value, Mapping):
        return {name: _by_value(item) for name, item in value.items()}
    return [_by_value(item) for item in value] if isinstance(value, list) else value
