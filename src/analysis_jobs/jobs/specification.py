"""What the specification of an analysis makes of parameters: types, defaults, and what it refuses."""

import pickle
from collections.abc import Callable, Iterable
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from analysis_jobs.documents import Values
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.key import same_value
from analysis_jobs.jobs.names import accepted_names, refuse_unknown
from analysis_jobs.jobs.refused import refused
from analysis_jobs.jobs.secret_values import hiding_secrets_of, refuse_secrets, secret_problem
from analysis_jobs.jobs.written import (
    has_own_serializer,
    only_taken,
    plainly_written,
    written,
    written_name,
)
from analysis_jobs.json_values import canonical_json, unstorable
from analysis_jobs.wording import shown


@dataclass(frozen=True)
class Specified:
    """What a specification made of parameters.

    Attributes
    ----------
    parameters
        All of them as they are recorded: typed and completed, as JSON values.
    drawn
        Names of those that become another value each time: of a default that a function draws, mostly.
    """

    parameters: Values
    drawn: tuple[str, ...] = ()


class Parameters:
    """Validates parameters against a specification; equal ones once, as most jobs of a run share theirs."""

    def __init__(self, specification: type[BaseModel]) -> None:
        """Take the analysis' `AnalysisSpecification`.

        Raises
        ------
        InvalidInput
            If one of its fields holds a secret.
        """
        if problem := secret_problem(specification):
            raise InvalidInput(problem)
        self.specification = specification
        self._known: dict[str, Specified | InvalidInput] = {}

    def specified(self, values: Values) -> Specified:
        """Return what the specification makes of parameters, having seen that it can be made again.

        Raises
        ------
        InvalidInput
            If a parameter is unknown, missing, a secret, or refused by the specification, if JSON or a database cannot
            hold it, or if ANALYZE could not have the same.
        """
        if bad := unstorable(values):
            raise InvalidInput(f"parameter {bad}")
        text = canonical_json(values)
        if text not in self._known:
            try:
                made = specified(values, self.specification)
            except InvalidInput as error:
                self._known[text] = error
            else:
                if made.drawn:  # each job draws its own
                    return made
                self._known[text] = made
        known = self._known[text]
        if isinstance(known, InvalidInput):
            raise known
        return known

    def validated(self, values: Values) -> Values:
        """Return the parameters as the specification typed and completed them, as JSON values."""
        return self.specified(values).parameters


def drawn_note(name: str) -> str:
    """Return what it means that a parameter becomes another value each time, and what to do."""
    return (
        f"{name} becomes another value each time (drawn by its default_factory, mostly), so each launch makes new "
        f"jobs of the same inputs; give it a fixed default, or a value by --set.{name}"
    )


def specified(values: Values, specification: type[BaseModel]) -> Specified:
    """Return what a specification makes of parameters; see `Parameters.specified`."""
    with hiding_secrets_of(values, specification):
        return _specified(values, specification)


def _specified(values: Values, specification: type[BaseModel]) -> Specified:
    refuse_secrets(values)
    refuse_unknown(values, specification)
    model = _made(values, specification)
    _refuse_unknown_inside(values, model)
    parameters = _recordable(model)
    refuse_secrets(parameters)
    _refuse_lossy(values, model, parameters)
    drawn = _differing(parameters, _recordable(_made(values, specification)))
    if drawn:
        rebuilt(values, parameters, specification)
    return Specified(parameters, tuple(drawn))


def validated(values: Values, specification: type[BaseModel]) -> Values:
    """Return `values` as the specification typed and completed them; see `Parameters.specified`."""
    return specified(values, specification).parameters


def rebuilt(given: Values, parameters: Values, specification: type[BaseModel]) -> BaseModel:
    """Return the specification that was made of what was given, with the same values as then.

    Validators see again what was given, as some change a value and must not see their own result. What has become
    another value this time, such as a default that is drawn, is given as it was then.

    Parameters
    ----------
    given
        The merged parameters before the specification saw them.
    parameters
        What it made of them then.
    specification
        The analysis' `AnalysisSpecification`.

    Raises
    ------
    InvalidInput
        If that cannot be had again: names the parameter, and both values.
    """
    model = _made(given, specification)
    if not _differing(parameters, _recordable(model)):
        return model
    again = _made(_completed(given, parameters, model), specification)
    now = _recordable(again)
    if differing := _differing(parameters, now):
        name = differing[0]
        raise InvalidInput(
            f"AnalysisSpecification makes {name} another value each time or place ({shown(parameters[name])}, then "
            f"{shown(now.get(name))}), so what is recorded would not be what runs; let its validators depend on "
            "nothing but what is given"
        )
    object.__setattr__(again, "__pydantic_fields_set__", set(model.model_fields_set))
    return again


def _made(values: Values, specification: type[BaseModel]) -> BaseModel:
    try:
        return specification.model_validate(deepcopy(values))  # a validator may change what it is given
    except ValidationError as error:
        _refuse_unknown_of(error, specification)
        raise InvalidInput(f"parameters refused by AnalysisSpecification: {refused(error)}") from None
    except (Exception, SystemExit) as error:  # a validator of the user's may raise anything
        raise InvalidInput(
            f"AnalysisSpecification failed on {shown(values)}: {type(error).__name__}: {error}"
        ) from error


def _recordable(model: BaseModel) -> Values:
    if lost := only_taken(model):
        raise InvalidInput(
            f"AnalysisSpecification takes {lost} by InitVar, which keeps no value, so no key and no record could "
            "have it; make it a field"
        )
    try:
        parameters = written(model)
    except Exception as error:  # a serializer of the user's may raise anything
        raise InvalidInput(
            f"AnalysisSpecification cannot be written as JSON: {error}; use texts, numbers, lists and objects"
        ) from error
    if bad := unstorable(parameters):
        raise InvalidInput(f"parameter {bad}")
    return parameters


def _differing(parameters: Values, others: Values) -> list[str]:
    """Return the parameters that others have not, or not as they are."""
    return [name for name, value in parameters.items() if name not in others or not same_value(value, others[name])]


def _completed(given: Values, parameters: Values, model: BaseModel) -> Values:
    """Return what was given, with the value of then for what has become another one now."""
    now, names, completed = written(model), accepted_names(type(model)), dict(given)
    for field, info in type(model).model_fields.items():
        name, inner = written_name(field, info), getattr(model, field)
        if name not in _differing(parameters, now):
            continue
        takes = [accepted for accepted in names if names[accepted] == field]
        taken = next((accepted for accepted in takes if accepted in given), takes[0])
        if isinstance(inner, BaseModel) and isinstance(given.get(taken), dict) and isinstance(parameters[name], dict):
            completed[taken] = _completed(given[taken], parameters[name], inner)
        else:
            completed[taken] = parameters[name]
    return completed


def _refuse_lossy(given: Values, model: BaseModel, parameters: Values) -> None:
    """Refuse a field whose serializer writes different values alike: those were one job."""
    specification = type(model)
    if has_own_serializer(specification):
        if not _comes_back(model, lambda: _made(parameters, specification)):
            raise InvalidInput(_lossy("the whole", parameters))
        return
    names = accepted_names(specification)
    for field, info in specification.model_fields.items():
        name, value = written_name(field, info), getattr(model, field)
        if _is_plain(value, parameters[name]):
            continue
        takes = [accepted for accepted in names if names[accepted] == field]
        others = {given_name: item for given_name, item in given.items() if given_name not in takes}
        asked = {**others, takes[0]: parameters[name]}
        if not _comes_back(value, lambda: getattr(_made(asked, specification), field)):  # noqa: B023
            raise InvalidInput(_lossy(name, parameters[name]))


def _lossy(name: str, value: object) -> str:
    return (
        f"parameter {name} is written as {shown(value)} by a serializer, and the value that runs cannot be read back "
        "from it; let the serializer write what the field takes, or leave it out"
    )


def _is_plain(value: Any, dumped: Any) -> bool:
    try:
        return same_value(plainly_written(value), dumped)
    except Exception:  # it has no plain form
        return False


def _comes_back(value: Any, make: Callable[[], Any]) -> bool:
    try:
        other = make()
    except InvalidInput:
        return False
    if type(other) is not type(value):
        return False
    with suppress(Exception):  # arrays have no truth
        if bool(other == value):
            return True
    with suppress(Exception):
        return pickle.dumps(other) == pickle.dumps(value)
    return False


def _refuse_unknown_of(error: ValidationError, specification: type[BaseModel]) -> None:
    # Of a model inside that refuses unknown names itself, without saying which name is near.
    for problem in error.errors(include_url=False):
        if problem["type"] == "extra_forbidden":
            *above, name = map(str, problem["loc"])
            refuse_unknown({name: problem["input"]}, _model_at(specification, above))


def _model_at(model: type[BaseModel], above: Iterable[str]) -> type[BaseModel]:
    for name in above:  # places in lists and dicts as well, which lead to no other model
        if field_name := accepted_names(model).get(name):
            model = _model_in(model.model_fields[field_name].annotation) or model
    return model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)


def _refuse_unknown_inside(given: Any, value: Any) -> None:
    # Models that allow extra fields (AIND's GenericModel does) would take a misspelt name in silence.
    if isinstance(value, BaseModel) and isinstance(given, dict):
        refuse_unknown(given, type(value))
        for name, model_field in accepted_names(type(value)).items():
            _refuse_unknown_inside(given.get(name), getattr(value, model_field))
    elif isinstance(value, dict) and isinstance(given, dict):
        for name in value.keys() & given.keys():
            _refuse_unknown_inside(given[name], value[name])
    elif isinstance(value, list | tuple) and isinstance(given, list):
        for given_item, item in zip(given, value, strict=False):
            _refuse_unknown_inside(given_item, item)
