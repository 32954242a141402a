"""Where the parameters of a job come from, and which one wins."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from analysis_jobs.documents import Values
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.job import Job
from analysis_jobs.jobs.job_files import JobFile
from analysis_jobs.jobs.json_files import read_json
from analysis_jobs.jobs.names import accepted_names, refuse_unknown
from analysis_jobs.jobs.nesting import decides_on, merged
from analysis_jobs.jobs.parameters_file import GivenParameters, parameter_sets, read_parameters
from analysis_jobs.jobs.secret_values import hiding_secrets_of, refuse_secrets
from analysis_jobs.jobs.words import NoWord, Word, typed
from analysis_jobs.wording import shown


@dataclass(frozen=True)
class ParameterSources:
    """Parameters for all jobs of a run; `job_parameters` adds a job's own.

    `assigned` are those of ``--set``. `distributed` are sets that jobs without distributed parameters of their own fan
    out over; () for none.
    """

    fixed: Values = field(default_factory=dict)
    assigned: Values = field(default_factory=dict)
    distributed: tuple[Values, ...] = ()

    def job_parameters(self, job: Job) -> list[Values]:
        """Return the merged parameters of a job, one for each set: later sources win, and objects merge by name.

        The order is: what the dispatcher noted for all jobs, fixed, ``--set``, distributed. The
        specification's defaults come before them all, when they are validated.
        """
        base = merged(merged(job.dispatched_parameters, self.fixed), self.assigned)
        return [merged(base, values) for values in self._sets_of(job)]

    def refuse_without_effect(self, jobs: Iterable[Job]) -> None:
        """Refuse a ``--set`` of what every one of some jobs sets itself; stops looking as soon as each has an effect.

        Raises
        ------
        InvalidInput
            Names the parameter, and the value that would be lost.
        """
        left = dict(_leaves(self.assigned)) if self.assigned else {}
        seen = False
        for job in jobs if left else ():
            seen = True
            for values in self._sets_of(job):
                left = {path: value for path, value in left.items() if decides_on(values, path)}
            if not left:
                return
        if seen and left:
            path, value = next(iter(left.items()))
            raise InvalidInput(
                f"--set.{'.'.join(path)} {value} would change nothing: every job sets {path[0]} itself, in its "
                "distributed parameters or by the grid; change it there, or leave it out there"
            )

    def overridden(self, given: Values) -> tuple[str, ...]:
        """Return which names of ``--set`` a job has another value for: its own, of its distributed parameters."""
        return tuple(".".join(path) for path, value in _leaves(self.assigned) if _at(given, path) != value)

    def _sets_of(self, job: Job) -> Iterable[Values]:
        return [job.distributed_parameters] if job.distributed_parameters else self.distributed or [{}]


def _leaves(values: Values, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, value in values.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, (*path, name))
        else:
            yield (*path, name), value


def _at(values: Any, path: Iterable[str]) -> Any:
    """Return the value at a path, or None where there is none."""
    for name in path:
        values = values.get(name) if isinstance(values, dict) else None
    return values


def read_sources(
    parameters: Path | None,
    name: str,
    beside: Sequence[JobFile],
    assigned: Values,
    specification: type[BaseModel],
) -> ParameterSources:
    """Read all that applies to every job, and check its names against the specification.

    Parameters
    ----------
    parameters
        The parameters file, or None.
    name
        What messages call that file.
    beside
        The files of distributed parameters that lie in the jobs folder: one, or none.
    assigned
        What ``--set`` gives, with the words of the command line as `analysis_jobs.jobs.words.Word`.
    specification
        The analysis' `AnalysisSpecification`.

    Raises
    ------
    InvalidInput
        If a file or an assignment is wrong, or a name is not a parameter.
    """
    file = read_parameters(parameters, name, accepted_names(specification)) if parameters else GivenParameters()
    distributed, origin = _distributed(file, name, beside)
    values_of_set = typed(assigned, specification)
    _refuse_no_words(assigned, values_of_set)
    for where, values in [(name, file.fixed), ("--set", values_of_set), *((origin, one) for one in distributed or ())]:
        _refuse_wrong(where, values, specification)
    file.grid.refuse_unknown(specification)
    sets = file.grid.times(distributed) or []
    for values in sets if file.grid.axes else ():  # which may give one parameter by two names, or a secret
        _refuse_wrong(name, values, specification)
    return ParameterSources(file.fixed, values_of_set, tuple(sets))


def _distributed(file: GivenParameters, name: str, beside: Sequence[JobFile]) -> tuple[list[Values] | None, str]:
    """Return the sets of the one file that has some, and what messages call it."""
    distributed, origin = file.distributed, name
    for other in beside:
        if distributed is not None:
            raise InvalidInput(f"both {origin} and {other.name} hold distributed parameters; keep one of them")
        distributed, origin = parameter_sets(read_json(other.path, other.name), other.name), other.name
    return distributed, origin


def _refuse_wrong(where: str, values: Values, specification: type[BaseModel]) -> None:
    try:
        with hiding_secrets_of(values, specification):
            refuse_secrets(values)
            refuse_unknown(values, specification)
    except InvalidInput as error:
        raise InvalidInput(f"{where}: {error}") from None


def _refuse_no_words(assigned: Values, values: Values) -> None:
    """Refuse a ``--set.NAME`` without a value, but for a switch: a number would be 1."""
    for path, word in _leaves(assigned):
        if isinstance(word, NoWord) and _at(values, path) is not True:
            raise InvalidInput(f"--set.{'.'.join(path)} has no value; write --set.{'.'.join(path)} VALUE")


def parse_assignments(assignments: Iterable[str]) -> Values:
    """Turn ``a.b=1`` of a command line into a nested dict of words.

    Raises
    ------
    InvalidInput
        If one has no name or no ``=``, or names a value both whole and in part.
    """
    values: Values = {}
    for assignment in assignments:
        path, equals, text = assignment.partition("=")
        *parents, last = path.split(".")
        if not assignment.isascii() and any("\udc80" <= character <= "\udcff" for character in assignment):
            raise InvalidInput(f"--set was given {shown(assignment)}, which is not UTF-8; write it as UTF-8")
        inside = values
        for parent in parents:
            inside = inside.setdefault(parent, {})
            if not isinstance(inside, dict):
                raise InvalidInput(
                    f"--set.{path} changes a value in {parent!r}, which is set to {shown(inside)} as well"
                )
        if not equals or not all([*parents, last]):
            raise InvalidInput(f"--set was given {shown(assignment)}; write --set NAME=VALUE")
        inside[last] = Word(text)
    return values
