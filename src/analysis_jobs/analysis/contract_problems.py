"""Whether a module keeps the contract of an analysis: its three names."""

import inspect
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any, TypeGuard, get_args

from pydantic import BaseModel

from analysis_jobs.wording import nearest, shown

WANTED = {
    "AnalysisSpecification": "a class derived from GenericModel, with the parameters as fields",
    "AnalysisOutputs": "a class derived from GenericModel, with the results as fields",
    "run_analysis": "a function run_analysis(job, specification, results)",
}
BASES = ("BaseModel", "GenericModel")  # what models derive from, which have no fields of their own
POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
LEGACY = "; it is an analysis of aind-analysis-wrapper; docs/migrating.md says how to move it here"


def contract_of(module: ModuleType) -> dict[str, Any]:
    """Return what a module has for each of the three names, None where there is nothing.

    A model may have a name of its own: where the usual one is not there, it is the one that `run_analysis` is
    annotated with, as its second argument or as what it returns.
    """
    values = {name: getattr(module, name, None) for name in WANTED}
    annotated = _annotated_models(values["run_analysis"], vars(module))
    return {name: annotated.get(name) if value is None else value for name, value in values.items()}


def _annotated_models(function: Any, names: Mapping[str, Any]) -> dict[str, type[BaseModel] | None]:
    if not inspect.isroutine(function):
        return {}
    signature = inspect.signature(function)
    second = [parameter.annotation for parameter in signature.parameters.values() if parameter.kind in POSITIONAL][1:2]
    annotations = {"AnalysisSpecification": second, "AnalysisOutputs": [signature.return_annotation]}
    return {name: _one_model(candidates, names) for name, candidates in annotations.items()}


def _one_model(annotations: list[Any], names: Mapping[str, Any]) -> type[BaseModel] | None:
    models = {model for annotation in annotations for model in _models_in(annotation, names)}
    return models.pop() if len(models) == 1 else None


def _models_in(annotation: Any, names: Mapping[str, Any]) -> Iterator[type[BaseModel]]:
    annotation = _evaluated(getattr(annotation, "__forward_arg__", annotation), names)
    if is_model(annotation) and annotation.__name__ not in BASES:
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part, names)


def _evaluated(annotation: Any, names: Mapping[str, Any]) -> Any:
    for _ in range(2):  # `from __future__ import annotations` makes texts of all, also of those that are texts
        if isinstance(annotation, str):
            try:
                annotation = eval(annotation, dict(names))
            except Exception:  # a name that only type checkers import
                return None
    return annotation


def contract_problems(module: ModuleType) -> list[str]:
    """Return what is wrong with each of the three names, each as a sentence whose subject is the analysis."""
    contract = contract_of(module)
    problems = (_contract_problem(name, value, set(vars(module))) for name, value in contract.items())
    return [problem for problem in problems if problem]


def is_model(value: object) -> TypeGuard[type[BaseModel]]:
    """Return whether a value is a pydantic model."""
    return isinstance(value, type) and issubclass(value, BaseModel)


def missing_name(name: str, names: set[str]) -> str:
    """Return that an analysis does not define one of the three names, with the nearest that it does define."""
    like = {defined for defined in names if defined.lower().startswith(name[:4].lower())} - WANTED.keys()
    hint = nearest(name, like) if like else ""
    return f"does not define {name}: it must be {WANTED[name]}{hint}"


def is_legacy(positional: list[str], takes_any_name: bool) -> bool:
    """Return whether a `run_analysis` with such parameters is one of the original wrapper's."""
    return positional[:1] == ["analysis_dispatch_inputs"] or (takes_any_name and len(positional) < 3)


def _contract_problem(name: str, value: Any, names: set[str]) -> str:
    if value is None:
        return missing_name(name, names)
    if name == "run_analysis":
        return _function_problem(value)
    if not is_model(value):
        return f"defines {name} as {shown(value)}: it must be {WANTED[name]}"
    return ""


def _function_problem(function: Any) -> str:
    if not callable(function) or isinstance(function, type):
        return f"defines run_analysis as {shown(function)}: it must be a function"
    if inspect.iscoroutinefunction(function):
        return "defines run_analysis as async: it must be a plain function"
    signature = inspect.signature(function)
    try:
        signature.bind(None, None, None)
    except TypeError:
        return signature_problem(str(signature), _is_of_wrapper(signature))
    return ""


def signature_problem(signature: str, legacy: bool) -> str:
    """Return that `run_analysis` has a signature that does not fit."""
    wanted = "it must take three arguments, run_analysis(job, specification, results)"
    return f"defines run_analysis{signature}: {wanted}{LEGACY if legacy else ''}"


def _is_of_wrapper(signature: inspect.Signature) -> bool:
    kinds = [parameter.kind for parameter in signature.parameters.values()]
    any_name = inspect.Parameter.VAR_KEYWORD in kinds
    return is_legacy(
        [name for name, parameter in signature.parameters.items() if parameter.kind in POSITIONAL], any_name
    )
