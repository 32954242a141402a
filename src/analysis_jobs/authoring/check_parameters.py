"""What of a parameters file does not fit a specification."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from analysis_jobs.authoring.findings import Finding, warning, wrong
from analysis_jobs.documents import Values
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.names import accepted_names, refuse_unknown
from analysis_jobs.jobs.nesting import merged
from analysis_jobs.jobs.parameters_file import read_parameters
from analysis_jobs.jobs.secret_values import without_secrets_of
from analysis_jobs.jobs.specification import validated
from analysis_jobs.wording import plural, problem_text

MOST_OF_SETS = 50
_Problem = tuple[str, str]  # the parameter, "" for the whole, and what is wrong in words


def parameters_findings(path: Path, specification: type[BaseModel]) -> Iterator[Finding]:
    """Yield everything in a parameters file that the specification refuses, set by set."""
    try:
        file = read_parameters(path, path.name, accepted_names(specification))
        file.grid.refuse_unknown(specification)
        sets = file.sets()
    except InvalidInput as error:
        yield wrong(str(error))
        return
    fixed, of_fixed = file.fixed, _problems(file.fixed, specification)
    if sets:  # which may fix what concerns the whole
        of_fixed = [problem for problem in of_fixed if problem[0]]
    yield from _findings(path.name, fixed, of_fixed, specification)
    yield from _findings_of_sets(path.name, fixed, sets or [], of_fixed, specification)
    given = set(fixed).union(*(sets or ()))
    for name in _required(specification):
        if not given & name:
            yield warning(
                f"{path.name}: {min(name)} has no default and no value; give it here, with --set, or in the jobs"
            )


def _findings_of_sets(
    name: str, fixed: Values, sets: Sequence[Values], of_fixed: Sequence[_Problem], specification: type[BaseModel]
) -> Iterator[Finding]:
    """Yield what is wrong with sets, and what is wrong with several of them once: a grid repeats its values."""
    found: dict[str, list[int]] = {}
    for number, values in enumerate(sets):
        of_both = _problems(merged(fixed, values), specification)
        own = [problem for problem in of_both if problem not in of_fixed]
        for text in _texts(values, own, specification):
            found.setdefault(text, []).append(number)
    for text, (first, *others) in islice(found.items(), MOST_OF_SETS):
        more = f" and {len(others):,} more" if others else ""
        yield wrong(f"{name}, set {first}{more}: {text}")
    if (left := len(found) - MOST_OF_SETS) > 0:
        yield wrong(f"{name}: its sets have {plural(left, 'more problem')}; fix those above first")


def _findings(
    where: str, values: Values, problems: Sequence[_Problem], specification: type[BaseModel]
) -> Iterator[Finding]:
    yield from (wrong(f"{where}: {text}") for text in _texts(values, problems, specification))


def _texts(values: Values, problems: Sequence[_Problem], specification: type[BaseModel]) -> list[str]:
    unknown = sorted(values.keys() - accepted_names(specification).keys())
    said = [
        *(_unknown(name, values, specification) for name in unknown),
        *(f"{problem}; fix it" for _, problem in problems),
    ]
    return [without_secrets_of(values, specification, text) for text in said]


def _unknown(name: str, values: Mapping[str, Any], specification: type[BaseModel]) -> str:
    try:
        refuse_unknown({name: values[name]}, specification)
    except InvalidInput as error:
        return str(error)
    raise AssertionError(name)


def _problems(values: Values, specification: type[BaseModel]) -> list[_Problem]:
    """Return each problem, but for what is unknown or missing."""
    values = {name: value for name, value in values.items() if name in accepted_names(specification)}
    try:
        specification.model_validate(values)
    except ValidationError as error:
        problems = error.errors(include_url=False)
        return [
            (str(problem["loc"][0]) if problem["loc"] else "", problem_text(problem))
            for problem in problems
            if problem["type"] != "missing" or len(problem["loc"]) > 1
        ]
    except Exception as error:  # a validator of the user's may raise anything
        return [("", f"AnalysisSpecification failed: {type(error).__name__}: {error}")]
    try:
        validated(values, specification)
    except InvalidInput as error:
        return [("", str(error))]
    return []


def _required(specification: type[BaseModel]) -> list[set[str]]:
    """Return, for each parameter without a default, the names it may be given by."""
    names = accepted_names(specification)
    fields = [name for name, info in specification.model_fields.items() if info.is_required()]
    return [{name for name, named in names.items() if named == field} for field in fields]
