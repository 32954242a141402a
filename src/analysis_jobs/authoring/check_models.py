"""What is wrong with the two models of an analysis."""

import contextlib
import warnings
from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic.errors import PydanticInvalidForJsonSchema, PydanticUserError
from pydantic.fields import FieldInfo

from analysis_jobs.analysis.contract_problems import is_model
from analysis_jobs.authoring.findings import Finding, warning, wrong
from analysis_jobs.documents import Values
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.model_fields import given_names, type_name
from analysis_jobs.jobs.secret_values import refuse_secrets, secret_problem, without_secrets_of
from analysis_jobs.jobs.specification import drawn_note, specified
from analysis_jobs.json_values import canonical_json, json_value, unstorable
from analysis_jobs.wording import shown


def specification_findings(model: type[BaseModel]) -> Iterator[Finding]:
    """Yield what is wrong with an `AnalysisSpecification`."""
    if "analysis_name" not in model.model_fields:
        yield warning(
            'AnalysisSpecification has no analysis_name, by which results are found; add analysis_name: str = "a name"'
        )
    if model.model_config.get("extra") != "forbid":
        yield warning(
            "AnalysisSpecification silently accepts a misspelt parameter, which only the pipeline refuses; derive it "
            "from analysis_jobs.GenericModel, or set extra='forbid'"
        )
    if problem := secret_problem(model):
        yield wrong(problem)
        return
    defaults = _defaults(model)
    for finding in (*_default_findings(model), *_drawn_findings(model)):
        yield replace(finding, message=without_secrets_of(defaults, model, finding.message))
    for name, default in defaults.items():
        try:
            refuse_secrets({name: default})
        except InvalidInput as error:
            yield wrong(str(error))


def _defaults(model: type[BaseModel]) -> Values:
    """Return the defaults that JSON can hold, by the names that they are given by."""
    names, defaults = given_names(model), {}
    for field, info in _with_own_default(model).items():
        with contextlib.suppress(Exception, SystemExit):  # it is told of elsewhere
            defaults[names[field]] = json_value(info.get_default(call_default_factory=True))
    return defaults


def _drawn_findings(model: type[BaseModel]) -> Iterator[Finding]:
    names = given_names(model)
    drawn = [
        names[field] for field, info in _with_own_default(model).items() if info.default_factory and _differs(info)
    ]
    with contextlib.suppress(InvalidInput):  # of parameters that are missing, mostly
        drawn += specified({}, model).drawn
    yield from (warning(drawn_note(name)) for name in dict.fromkeys(drawn))


def _differs(info: FieldInfo) -> bool:
    try:
        first, second = (json_value(info.get_default(call_default_factory=True)) for _ in range(2))
        return canonical_json(first) != canonical_json(second)
    except (Exception, SystemExit):  # it is told of elsewhere
        return False


def _default_findings(model: type[BaseModel]) -> Iterator[Finding]:
    problems = _factory_problems(model) or _default_problems(model)
    yield from (wrong(f"{problem}; fix it") for problem in problems.values())
    for name, info in _with_own_default(model).items():
        if name not in problems and (problem := _json_problem(model, name, info)):
            yield wrong(f"the default of {name} {problem}")


def _with_own_default(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Return the fields whose default depends on nothing, as those from a factory may on other fields."""
    return {
        name: info
        for name, info in model.model_fields.items()
        if not info.is_required() and not info.default_factory_takes_validated_data
    }


def _factory_problems(model: type[BaseModel]) -> dict[str, str]:
    problems = {}
    for name, info in _with_own_default(model).items():
        try:
            info.get_default(call_default_factory=True)
        except (Exception, SystemExit) as error:  # a factory of the user's may raise anything
            problems[name] = f"the default of {name} cannot be made: {type(error).__name__}: {error}"
    return problems


def _default_problems(model: type[BaseModel]) -> dict[str, str]:
    """Return what the model says of each default; "" stands for all of them together."""
    try:
        _with_validated_defaults(model).model_validate({})
    except ValidationError as error:
        refused = {
            str(details["loc"][0]) if details["loc"] else "": details for details in error.errors(include_url=False)
        }
        problems = {
            name: f"{_default_name(name)} {shown(details['input'])}: {details['msg']}"
            for name, details in refused.items()
            if details["type"] != "missing"
        }
    except (Exception, SystemExit) as error:  # a validator of the user's may raise anything
        problems = {"": f"AnalysisSpecification fails on its own defaults: {type(error).__name__}: {error}"}
    else:
        problems = {}
    if any(info.is_required() for info in model.model_fields.values()):
        problems.pop("", None)  # what is given later may fix it
    return problems


def _default_name(name: str) -> str:
    return f"the default of {name} is" if name else "AnalysisSpecification refuses its own defaults,"


def _with_validated_defaults(model: type[BaseModel]) -> type[BaseModel]:
    # pydantic takes defaults as they are, of whatever type.
    return type(model.__name__, (model,), {"model_config": ConfigDict(validate_default=True), "__module__": __name__})


def _json_problem(model: type[BaseModel], name: str, info: FieldInfo) -> str:
    names = given_names(model)
    values = {**dict.fromkeys(names.values()), names[name]: info.get_default(call_default_factory=True)}
    try:
        dumped = json_value(model.model_construct(**values).model_dump(include={name}, warnings=False))
    except Exception as error:
        return f"cannot be written as JSON: {error}; use texts, numbers, lists, objects or None"
    bad = unstorable(dumped)
    return f"cannot be kept: {bad}" if bad else ""


def outputs_findings(model: type[BaseModel]) -> Iterator[Finding]:
    """Yield what is wrong with an `AnalysisOutputs`."""
    if model.model_config.get("extra") != "forbid":
        fate = "keeps a misspelt output" if model.model_config.get("extra") == "allow" else "drops a misspelt output"
        yield warning(
            f"AnalysisOutputs {fate} silently; derive it from analysis_jobs.GenericModel, or set extra='forbid'"
        )
    if problem := _schema_problem(model):
        names = [name for name, info in model.model_fields.items() if _schema_problem(_annotated(info))]
        for name in names or ["the whole"]:
            kind = type_name(model.model_fields[name].annotation) if names else problem
            yield wrong(
                f"the output {name} is declared as {kind}, which JSON cannot hold; declare numbers, texts, lists or "
                "objects, and write arrays to files"
            )


def _annotated(info: FieldInfo) -> Any:
    return Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation


def _schema_problem(kind: Any) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of defaults, which do not concern the type
            config = None if is_model(kind) else ConfigDict(arbitrary_types_allowed=True)
            TypeAdapter(kind, config=config).json_schema(mode="serialization")
    except (PydanticInvalidForJsonSchema, PydanticUserError) as error:
        return str(error).partition("\n")[0]
    return ""
