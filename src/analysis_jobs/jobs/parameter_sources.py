"""Where the parameters of a job come from, and which one wins."""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from analysis_jobs.documents import Values
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.job import Job
from analysis_jobs.jobs.job_files import DISTRIBUTED_FILES
from analysis_jobs.jobs.json_files import json_type, read_json
from analysis_jobs.jobs.specification import refuse_unknown, typed
from analysis_jobs.wording import shown


@dataclass(frozen=True)
class ParameterSources:
    """Parameters for all jobs of a run; `job_parameters` adds a job's own.

    `distributed` are sets that jobs without distributed parameters of their own fan out over; () for none.
    """

    fixed: Values = field(default_factory=dict)
    command_line: Values = field(default_factory=dict)
    distributed: tuple[Values, ...] = ()

    def job_parameters(self, job: Job) -> list[Values]:
        """Return the merged parameters of a job, one for each set: later sources win.

        The order is: what the dispatcher noted for all jobs, fixed, command line, distributed. The
        specification's defaults come before them all, when they are validated.
        """
        base = _merged({**job.dispatched_parameters, **self.fixed}, self.command_line)
        if job.distributed_parameters:
            return [{**base, **job.distributed_parameters}]
        return [{**base, **values} for values in self.distributed] or [base]


def _merged(values: Values, over: Values) -> Values:
    # The command line names one nested value (--set.filter.order 3): its neighbours stay.
    merged = dict(values)
    for name, value in over.items():
        old = merged.get(name)
        both = isinstance(old, dict) and isinstance(value, dict)
        merged[name] = _merged(old, value) if both else value  # type: ignore[arg-type]
    return merged


def read_sources(
    parameters: Path | None, name: str, jobs: Path, assignments: Iterable[str], specification: type[BaseModel]
) -> ParameterSources:
    """Read all that applies to every job, and check its names against the specification.

    Parameters
    ----------
    parameters
        The parameters file, or None.
    name
        What messages call that file.
    jobs
        The jobs folder, which may hold a file of distributed parameters.
    assignments
        ``name=value`` from the command line; a dot in a name goes one level down.
    specification
        The analysis' `AnalysisSpecification`.

    Raises
    ------
    InvalidInput
        If a file or an assignment is wrong, or a name is not a parameter.
    """
    fixed, distributed = read_parameters(parameters, name) if parameters else ({}, None)
    origin = name
    for file in DISTRIBUTED_FILES:
        if os.path.lexists(jobs / file):  # a broken link as well: reading it says what is wrong
            if distributed is not None:
                raise InvalidInput(f"both {origin} and {file} hold distributed parameters; keep one of them")
            distributed, origin = _sets(read_json(jobs / file, file), file), file
    command_line = typed(parse_assignments(assignments), specification)
    given = [(name, fixed), ("--set", command_line), *((origin, one) for one in distributed or ())]
    for where, values in given:
        try:
            refuse_unknown(values, specification)
        except InvalidInput as error:
            raise InvalidInput(f"{where}: {error}") from None
    return ParameterSources(fixed, command_line, tuple(distributed or ()))


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
    if not isinstance(sets, list) or not all(isinstance(one, dict) for one in sets):
        raise InvalidInput(f"{name}: distributed parameters are {shown(value)}; write a list of objects")
    return sets


def as_written(assignments: Iterable[str], command_line: str) -> list[str]:
    """Give numbers back the form that they had on Nextflow's command line.

    Nextflow 24 reads ``--set.analysis_tag 0.10`` as the number 0.1; the tag is "0.10".

    Parameters
    ----------
    assignments
        ``name=value``, as Nextflow handed them on.
    command_line
        Nextflow's command line; what it does not say stays as it is.
    """
    return [_as_written(*assignment.partition("="), command_line) for assignment in assignments]


def _as_written(path: str, equals: str, text: str, command_line: str) -> str:
    written = re.findall(rf"--set\.{re.escape(path)}(?:=|\s+)(\S+)", command_line)
    return path + equals + (written[-1] if written and _same_number(written[-1], text) else text)


def _same_number(text: str, other: str) -> bool:
    try:
        return float(text) == float(other)
    except ValueError:
        return False


def parse_assignments(assignments: Iterable[str]) -> Values:
    """Turn ``a.b=1`` texts into a nested dict of texts.

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
            raise InvalidInput(f"--set was given {shown(assignment)}; write --set.NAME VALUE")
        inside[last] = text
    return values
