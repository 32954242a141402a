"""Whether a module keeps the contract of an analysis: its three names."""

import inspect
from types import ModuleType
from typing import Any, TypeGuard

from pydantic import BaseModel

from analysis_jobs.wording import nearest, shown

WANTED = {
    "AnalysisSpecification": "a class derived from GenericModel, with the parameters as fields",
    "AnalysisOutputs": "a class derived from GenericModel, with the results as fields",
    "run_analysis": "a function run_analysis(job, specification, results)",
}
POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
LEGACY = "; it is one of aind-analysis-wrapper, and docs/migrating.md says how it moves over"


def contract_problems(module: ModuleType) -> list[str]:
    """Return what is wrong with each of the three names, each as a sentence whose subject is the analysis."""
    problems = (_contract_problem(module, name, kind) for name, kind in WANTED.items())
    return [problem for problem in problems if problem]


def is_model(value: object) -> TypeGuard[type[BaseModel]]:
    """Return whether a value is a pydantic model."""
    return isinstance(value, type) and issubclass(value, BaseModel)


def missing_name(name: str, names: set[str]) -> str:
    """Return that an analysis does not define one of the three names, with the nearest that it does define."""
    like = {each for each in names if each.lower().startswith(name[:4].lower())} - WANTED.keys()
    hint = nearest(name, like) if like else ""
    return f"does not define {name}: it must be {WANTED[name]}{hint}"


def is_legacy(positional: list[str], takes_any_name: bool) -> bool:
    """Return whether a `run_analysis` with such parameters is one of the original wrapper's."""
    return positional[:1] == ["analysis_dispatch_inputs"] or (takes_any_name and len(positional) < 3)


def _contract_problem(module: ModuleType, name: str, kind: str) -> str:
    value = getattr(module, name, None)
    if value is None:
        return missing_name(name, set(vars(module)))
    if name == "run_analysis":
        return _function_problem(value)
    if not is_model(value):
        return f"defines {name} as {shown(value)}: it must be {kind}"
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
    kinds = [one.kind for one in signature.parameters.values()]
    any_name = inspect.Parameter.VAR_KEYWORD in kinds
    return is_legacy([name for name, one in signature.parameters.items() if one.kind in POSITIONAL], any_name)
