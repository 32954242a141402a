"""The two sides of a comparison: which jobs each is, said in the words by which jobs are listed."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from analysis_jobs.errors import InvalidInput
from analysis_jobs.json_values import of_python, unstorable
from analysis_jobs.records.wanted import Wanted
from analysis_jobs.results.choice import is_wanted
from analysis_jobs.results.listing import JobLine
from analysis_jobs.results.times import parse_time
from analysis_jobs.wording import nearest, shown

PARAMETER = "parameter."
SIDE_TERMS = ("name", "tag", "code", "code_version", "launch", "input", "since", "until")
# Words of which part of a text is enough, so that an empty one leaves all jobs
_BEGINNINGS = ("code", "launch", "input")
# Words that ask for a parameter, which so may be another one on the other side
_PARAMETERS = {"name": "analysis_name", "tag": "analysis_tag"}


@dataclass(frozen=True)
class Side:
    """One side of a comparison.

    Attributes
    ----------
    wanted
        Which jobs it is.
    code
        How the identity of their code begins, with or without ``sha256:``; empty for any.
    said
        Names of the parameters that it says, with dots for what is in objects.
    text
        What it says, as messages show it.
    """

    wanted: Wanted
    code: str = ""
    said: frozenset[str] = frozenset()
    text: str = ""

    def jobs(self, lines: Iterable[JobLine]) -> list[JobLine]:
        """Return the lines of its jobs, in their order."""
        version, of_any_version = self.wanted.code_version, replace(self.wanted, code_version=None)
        fitting = [line for line in lines if is_wanted(line, of_any_version) and _has_code(line, self.code)]
        return fitting if version is None else _of_version(fitting, version)


def side_of(terms: Iterable[tuple[str, Any]], called: str) -> Side:
    """Return the side that some terms say.

    Parameters
    ----------
    terms
        Each a word of `SIDE_TERMS`, or ``parameter.`` and a parameter's name, with its value. A text may also mean
        what it says as JSON. `input` and `launch` may be there several times.
    called
        What messages call the side, such as ``--a``.

    Raises
    ------
    InvalidInput
        If a word is not known, is there twice or without a value, or a time is none.
    """
    said: dict[str, list[Any]] = {}
    for term, value in terms:
        said.setdefault(_known(term, called), []).append(value)
    for term in said:
        if len(said[term]) > 1 and term not in ("input", "launch"):
            raise InvalidInput(f"{called} says {term} more than once; give it once")
        if term in _BEGINNINGS and "" in said[term]:
            raise InvalidInput(f"{called} says {term} without a value, which matches every job; write {term}=VALUE")
    texts = {term: str(values[0]) for term, values in said.items()}
    parameters = {term.removeprefix(PARAMETER): values[0] for term, values in said.items() if term not in SIDE_TERMS}
    wanted = Wanted(
        name=texts.get("name"),
        tag=texts.get("tag"),
        code_version=texts.get("code_version"),
        parameters={name: meanings(value) for name, value in parameters.items()},
        input_texts=list(map(str, said.get("input", ()))),
        launches=list(map(str, said.get("launch", ()))),
        since=parse_time(texts["since"], f"since of {called}") if "since" in texts else None,
        until=parse_time(texts["until"], f"until of {called}", end=True) if "until" in texts else None,
    )
    names = frozenset([*parameters, *(name for term, name in _PARAMETERS.items() if term in said)])
    text = ", ".join(f"{term}={value}" for term, values in said.items() for value in values)
    return Side(wanted, texts.get("code", ""), names, text)


def split_term(text: str, called: str) -> tuple[str, str]:
    """Return the word and the value of a term as the command takes it, ``tag=v1``.

    Raises
    ------
    InvalidInput
        If it has no ``=``.
    """
    term, equals, value = text.partition("=")
    if not term or not equals:
        raise InvalidInput(f"{called} is {shown(text)}; write TERM=VALUE, such as tag=v1 or parameter.cutoff=0.5")
    return term, value


def meanings(value: Any) -> list[Any]:
    """Return the values that a value may mean: itself, and of a text what it says as JSON."""
    if not isinstance(value, str):
        return [of_python(value)]
    try:
        meant = json.loads(value)
    except ValueError:
        return [value]
    return [value] if unstorable(meant) else [value, meant]


def without_said(parameters: Mapping[str, Any], said: Iterable[str]) -> dict[str, Any]:
    """Return parameters without those that are said, which may be in objects."""
    left = dict(parameters)
    for name in said:
        left = _without(left, name)
    return left


def _without(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    left = {}
    for own, value in values.items():
        if own == name:
            continue
        if isinstance(value, Mapping) and name.startswith(f"{own}.") and value:
            value = _without(value, name.removeprefix(f"{own}."))
            if not value:
                continue
        left[own] = value
    return left


def _known(term: str, called: str) -> str:
    if term not in SIDE_TERMS and not (term.startswith(PARAMETER) and term != PARAMETER):
        raise InvalidInput(f"{called} says {shown(term)}{nearest(term, [*SIDE_TERMS, f'{PARAMETER}NAME'])}")
    return term


def _has_code(line: JobLine, beginning: str) -> bool:
    return line.code.startswith(beginning) or line.code.removeprefix("sha256:").startswith(beginning)


def _of_version(lines: list[JobLine], version: str) -> list[JobLine]:
    """Return the lines whose code has a version, which records say: of jobs without one, that of the same code."""
    own = {line.key for line in lines if line.record and line.record.code_version == version}
    codes = {line.code for line in lines if line.key in own and line.record and line.record.id == line.key}
    codes.add(f"version:{version}")
    return [line for line in lines if line.key in own or (line.record is None and line.code in codes)]
