"""Where the parameters of a job come from, and which one wins."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from analysis_jobs.documents import Values
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.job import Job
from analysis_jobs.jobs.job_files import JobFile
from analysis_jobs.jobs.json_files import json_type, read_json
from analysis_jobs.jobs.names import refuse_unknown
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
                left = {path: value for path, value in left.items() if _has(values, path)}
            if not left:
                return
        if seen and left:
            path, value = next(iter(left.items()))
            raise InvalidInput(
                f"--set.{'.'.join(path)} {value} would change nothing: every job sets {path[0]} itself, in its "
                "distributed parameters; change it there, or leave it out there"
            )

    def overridden(self, given: Values) -> tuple[str, ...]:
        """Return which names of ``--set`` a job has another value for: its own, of its distributed parameters."""
        return tuple(".".join(path) for path, value in _leaves(self.assigned) if _at(given, path) != value)

    def _sets_of(self, job: Job) -> Iterable[Values]:
        return [job.distributed_parameters] if job.distributed_parameters else self.distributed or [{}]


def merged(values: Mapping[str, Any], over: Mapping[str, Any]) -> Values:
    """Return values with others over them; of two objects the names that are in one alone stay."""
    both = dict(values)
    for name, value in over.items():
        old = both.get(name)
        both[name] = merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return both


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


def _has(values: Any, path: tuple[str, ...]) -> bool:
    for name in path:
        if not isinstance(values, dict):
            return True  # it stands for all that would be in it
        if name not in values:
            return False
        values = values[name]
    return True


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
    fixed, distributed = read_parameters(parameters, name) if parameters else ({}, None)
    origin = name
    for file in beside:
        if distributed is not None:
            raise InvalidInput(f"both {origin} and {file.name} hold distributed parameters; keep one of them")
        distributed, origin = _sets(read_json(file.path, file.name), file.name), file.name
    values_of_set = typed(assigned, specification)
    _refuse_no_words(assigned, values_of_set)
    given = [(name, fixed), ("--set", values_of_set), *((origin, values) for values in distributed or ())]
    for where, values in given:
        try:
            with hiding_secrets_of(values, specification):
                refuse_secrets(values)
                refuse_unknown(values, specification)
        except InvalidInput as error:
            raise InvalidInput(f"{where}: {error}") from None
    return ParameterSources(fixed, values_of_set, tuple(distributed or ()))


def _refuse_no_words(assigned: Values, values: Values) -> None:
    """Refuse a ``--set.NAME`` without a value, but for a switch: a number would be 1."""
    for path, word in _leaves(assigned):
        if isinstance(word, NoWord) and _at(values, path) is not True:
            raise InvalidInput(f"--set.{'.'.join(path)} has no value; write --set.{'.'.join(path)} VALUE")


def read_parameters(path: Path, name: str) -> tuple[Values, list[Values] | None]:
    """Read a parameters file in any of its three forms.

    Returns
    -------
    fixed : dict
        Parameters of every job.
    distributed : list of dict or None
        Sets to fan out over: of a list, or of an object with `distributed_parameters`.
    """
    value = read_json(path, name)
    if isinstance(value, list):
        return {}, _sets(value, name)
    if not isinstance(value, dict):
        raise InvalidInput(
            f"{name} holds a JSON {json_type(value)} ({shown(value)}); write an object of parameters, "
            "or a list of such objects"
        )
    if not value.keys() & {"fixed_parameters", "distributed_parameters"}:
        return value, None
    if others := value.keys() - {"fixed_parameters", "distributed_parameters"}:
        raise InvalidInput(
            f"{name} has {shown(min(others))} beside fixed_parameters and distributed_parameters; move it into one"
        )
    fixed, distributed = value.get("fixed_parameters") or {}, value.get("distributed_parameters")
    if not isinstance(fixed, dict):
        raise InvalidInput(f"{name}: fixed_parameters is {shown(fixed)}; write an object")
    return fixed, None if distributed is None else _sets(distributed, name)


def _sets(value: Any, name: str) -> list[Values]:
    sets = [value] if isinstance(value, dict) else value
    if not isinstance(sets, list) or not all(isinstance(values, dict) for values in sets):
        raise InvalidInput(f"{name}: distributed parameters are {shown(value)}; write a list of objects")
    return sets


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
                raise InvalidInput(f"--set.{path} goes into {parent!r}, which is set to {shown(inside)} as well")
        if not equals or not all([*parents, last]):
            raise InvalidInput(f"--set was given {shown(assignment)}; write --set NAME=VALUE")
        inside[last] = Word(text)
    return values
