"""The parameters of a job: where they come from, which one wins, and what the specification makes of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import AliasChoices, BaseModel, TypeAdapter, ValidationError
from pydantic_core import to_jsonable_python

from analysis_jobs.errors import InvalidInput, nearest, shown
from analysis_jobs.jobs import DISTRIBUTED_FILES, Job, explain, json_type, read_json
from analysis_jobs.key import canonical_json

Values = dict[str, Any]


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
    for file in DISTRIBUTED_FILES:
        if (jobs / file).is_file():
            if distributed is not None:
                raise InvalidInput(
                    f"both {name} and {file} in the jobs folder hold distributed parameters; keep one of them"
                )
            distributed = _sets(read_json(jobs / file, file), file)
    command_line = typed(parse_assignments(assignments), specification)
    for where, values in [(name, fixed), ("--set", command_line), *((name, one) for one in distributed or ())]:
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
        inside = values
        for parent in parents:
            inside = inside.setdefault(parent, {})
            if not isinstance(inside, dict):
                raise InvalidInput(f"--set.{path} goes into {parent!r}, which is set to {shown(inside)} as well")
        if not equals or not all([*parents, last]):
            raise InvalidInput(f"--set was given {shown(assignment)}; write --set.NAME VALUE")
        inside[last] = text
    return values


def typed(values: Values, specification: type[BaseModel]) -> Values:
    """Give texts from the command line the type that the specification wants.

    A text that the field takes as it is (also as a number or a boolean) is left to the field; otherwise it
    is read as JSON, for lists, objects and null.
    """
    return {name: _typed(value, specification.model_fields.get(name)) for name, value in values.items()}


def _typed(value: Any, model_field: Any) -> Any:
    if model_field is None or not isinstance(value, str):
        return value
    adapter = TypeAdapter(model_field.annotation)
    for reading in (adapter.validate_python, adapter.validate_json):
        try:
            return to_jsonable_python(reading(value))
        except ValidationError:
            continue
    return value  # the specification refuses it, in its own words


def accepted_names(model: type[BaseModel]) -> set[str]:
    """Return every name under which a model takes a value: its fields and their aliases."""
    names = set(model.model_fields)
    for info in model.model_fields.values():
        choices = info.validation_alias.choices if isinstance(info.validation_alias, AliasChoices) else ()
        names |= {alias for alias in (info.alias, info.validation_alias, *choices) if isinstance(alias, str)}
    return names


def refuse_unknown(values: Mapping[str, Any], specification: type[BaseModel]) -> None:
    """Refuse names that are no parameter of the specification.

    Raises
    ------
    InvalidInput
        Names the first such, its value, and the nearest valid name.
    """
    names = accepted_names(specification)
    for name in values:
        if name not in names:
            raise InvalidInput(
                f"{name!r} (given as {shown(values[name])}) is not a parameter of the analysis{nearest(name, names)}"
            )


class Parameters:
    """Validates parameters against a specification; equal ones once, as most jobs of a run share theirs."""

    def __init__(self, specification: type[BaseModel]) -> None:
        """Take the analysis' `AnalysisSpecification`."""
        self.specification = specification
        self._known: dict[str, Values | InvalidInput] = {}

    def validated(self, values: Values) -> Values:
        """Return the parameters as the specification typed and completed them, as JSON values.

        Raises
        ------
        InvalidInput
            If a parameter is unknown, missing, or refused by the specification, or JSON cannot hold it.
        """
        text = canonical_json(values)
        if text not in self._known:
            try:
                self._known[text] = validated(values, self.specification)
            except InvalidInput as error:
                self._known[text] = error
        known = self._known[text]
        if isinstance(known, InvalidInput):
            raise known
        return known


def validated(values: Values, specification: type[BaseModel]) -> Values:
    """Return `values` as the specification typed and completed them; see `Parameters.validated`."""
    refuse_unknown(values, specification)
    try:
        model = specification.model_validate(values)
    except ValidationError as error:
        raise InvalidInput(f"parameters refused by AnalysisSpecification: {explain(error)}") from None
    except Exception as error:  # a validator of the user's may raise anything
        raise InvalidInput(
            f"AnalysisSpecification failed on {shown(values)}: {type(error).__name__}: {error}"
        ) from error
    _refuse_unknown_inside(values, model)
    dumped: Values = json_value(model.model_dump(by_alias=True))
    if bad := not_finite(dumped):
        raise InvalidInput(f"parameter {bad}, which JSON cannot hold and which equals nothing; use null or a number")
    return dumped


def _refuse_unknown_inside(given: Any, value: Any) -> None:
    # Models that allow extra fields (AIND's GenericModel does) would take a misspelt name in silence.
    if isinstance(value, BaseModel) and isinstance(given, dict):
        refuse_unknown(given, type(value))
        for name in type(value).model_fields:
            _refuse_unknown_inside(given.get(name), getattr(value, name))
    elif isinstance(value, dict) and isinstance(given, dict):
        for name in value.keys() & given.keys():
            _refuse_unknown_inside(given[name], value[name])
    elif isinstance(value, list | tuple) and isinstance(given, list):
        for one, other in zip(given, value, strict=False):
            _refuse_unknown_inside(one, other)


def json_value(value: Any) -> Any:
    """Return a Python value as JSON holds it; sets in a fixed order, so that equal values have equal keys.

    Raises
    ------
    pydantic_core.PydanticSerializationError
        If the value holds something with no JSON form.
    """
    if isinstance(value, dict):
        return {_name(name): json_value(item) for name, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((json_value(item) for item in value), key=canonical_json)
    if isinstance(value, list | tuple):
        return [json_value(item) for item in value]
    return value if value is None or isinstance(value, str | bool | int | float) else to_jsonable_python(value)


def _name(name: Any) -> str:
    return name if isinstance(name, str) else str(to_jsonable_python(name))


def not_finite(value: Any, path: str = "") -> str:
    """Return where a JSON value holds NaN or an infinity, in words, or an empty text."""
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return f"{path or 'value'} is {value}"
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in items:
        if found := not_finite(item, f"{path}.{name}" if path else str(name)):
            return found
    return ""
