"""Jobs of two sides in pairs: of the same inputs, and the same parameters but for those that a side says."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.key import job_key, normalized_inputs, same_value
from analysis_jobs.json_values import canonical_json, leaves, path_names
from analysis_jobs.records.read import inputs_and_parameters, is_ours
from analysis_jobs.results.listing import JobLine, labelled_lines
from analysis_jobs.results.sides import Side, without_said
from analysis_jobs.results.times import seconds_of
from analysis_jobs.wording import listed, shown

_NAME = "analysis_name"
MOST_NEAR = 100  # jobs of the same inputs among which the nearest is looked for


@dataclass(frozen=True)
class JobPair:
    """Two jobs that belong together, or one that has no partner.

    Attributes
    ----------
    label
        What people call it: the recording, and the parameters that both have and in which the pairs differ.
    parameters
        Those that both have.
    a, b
        The job of each side; None where it has none.
    missing
        Why they cannot be compared, in words; empty where they can.
    """

    label: str
    parameters: Mapping[str, Any]
    a: JobLine | None
    b: JobLine | None
    missing: str = ""

    @property
    def either(self) -> JobLine:
        """One of its jobs: that of A, if there is one."""
        line = self.a or self.b
        assert line is not None
        return line


@dataclass(frozen=True)
class Pairing:
    """The jobs of both sides.

    Attributes
    ----------
    pairs
        All of them, also those without a partner, by their labels.
    jobs
        How many jobs each side has.
    older
        Results that do not count, as their side has a newer one of the same inputs and parameters.
    same
        Pairs that are left out, as they are one and the same result, which an adoption makes of two jobs as well.
    """

    pairs: list[JobPair]
    jobs: tuple[int, int]
    older: int
    same: int


@dataclass(frozen=True)
class _Found:
    """A job of a side, with all its parameters and those by which it is paired."""

    line: JobLine
    inputs: tuple[str, ...]
    parameters: dict[str, Any]
    shared: dict[str, Any]

    @property
    def identity(self) -> str:
        return job_key({"inputs": list(self.inputs), "parameters": self.shared})


def pair_jobs(lines: Sequence[JobLine], a: Side, b: Side, may_differ: Iterable[str] = ()) -> Pairing:
    """Return the jobs of two sides in pairs.

    Parameters
    ----------
    lines
        All jobs; see `analysis_jobs.results.listing.job_lines`.
    a, b
        The sides.
    may_differ
        Names of parameters that no side says, and that need not be the same.

    Raises
    ------
    InvalidInput
        If a side has no job, or several for one of the other side that differ in parameters.
    """
    sides, apart = (a, b), sorted(a.said | b.said | set(may_differ))
    names = {line.code: line.name for line in lines if line.record and line.record.id == line.key}
    found = [[_found(line, apart, names) for line in side.jobs(lines)] for side in sides]
    for name, side, jobs in zip("AB", sides, found, strict=True):
        if not jobs:
            raise InvalidInput(f"no job is in {name} ({side.text}); `analysis-jobs list` shows which jobs there are")
    groups = [_groups(jobs) for jobs in found]
    older = sum(_older(jobs) for each in groups for jobs in each.values())
    taken = [
        {identity: _one_of(jobs, name) for identity, jobs in each.items()}
        for name, each in zip("AB", groups, strict=True)
    ]
    of_inputs = [_by_inputs(each.values()) for each in taken]
    identities = list(dict.fromkeys([*taken[0], *taken[1]]))
    both = [(taken[0].get(identity), taken[1].get(identity)) for identity in identities]
    other = [(one, two) for one, two in both if not _is_one(one, two)]
    called = labelled_lines([replace(one.line, parameters=one.shared, code="") for one in map(_either, other)])
    pairs = [
        JobPair(line.label, line.parameters, *_lines(pair), _why_missing(pair, of_inputs))
        for line, pair in zip(called, other, strict=True)
    ]
    pairs.sort(key=lambda pair: pair.label)
    return Pairing(pairs, (len(found[0]), len(found[1])), older, len(both) - len(other))


def _found(line: JobLine, apart: Sequence[str], names: Mapping[str, str]) -> _Found:
    record, inputs, parameters = line.record, line.inputs, dict(line.parameters)
    if record and not is_ours(record):
        of_record, parameters = inputs_and_parameters(record)
        inputs = tuple(of_record) if record.id == line.key else inputs
    # Of an analysis without this parameter, what its process is called tells it from others: records have that
    if name := line.name or names.get(line.code):
        parameters.setdefault(_NAME, name)
    return _Found(line, tuple(sorted(set(normalized_inputs(inputs)))), parameters, without_said(parameters, apart))


def _groups(jobs: Iterable[_Found]) -> dict[str, list[_Found]]:
    """Return the jobs that are partners of the same ones, each result once: several jobs may have adopted one."""
    groups: dict[str, dict[str, _Found]] = defaultdict(dict)
    for job in jobs:
        result = job.line.record.id if job.line.record else job.line.key
        known = groups[job.identity].setdefault(result, job)
        if job.line.key == result and known is not job:
            groups[job.identity][result] = job
    return {identity: list(results.values()) for identity, results in groups.items()}


def _older(jobs: Sequence[_Found]) -> int:
    return max(0, sum(job.line.state == "done" for job in jobs) - 1)


def _one_of(jobs: Sequence[_Found], side: str) -> _Found:
    """Return the job that counts: of those that differ in code alone the newest result."""
    if len(jobs) == 1:  # which most are, and there may be very many
        return jobs[0]
    first, *others = sorted(jobs, key=lambda job: canonical_json(job.parameters))  # stores have orders of their own
    for other in others:
        if differing := _differing(first.parameters, other.parameters):
            names = listed([f"{name} ({a} and {b})" for name, a, b in differing])
            raise InvalidInput(
                f"{side} has several jobs of {', '.join(first.line.inputs)} that differ in {names}; "
                f"choose one of them, as with --{side.lower()} parameter.{differing[0][0]}=VALUE"
            )
    return max(jobs, key=lambda job: (job.line.state == "done", seconds_of(job.line.changed), job.line.key))


def _by_inputs(jobs: Iterable[_Found]) -> dict[tuple[str, ...], list[_Found]]:
    found = defaultdict(list)
    for job in jobs:
        found[job.inputs].append(job)
    return found


def _either(pair: tuple[_Found | None, _Found | None]) -> _Found:
    one = pair[0] or pair[1]
    assert one is not None
    return one


def _lines(pair: tuple[_Found | None, _Found | None]) -> tuple[JobLine | None, JobLine | None]:
    return (pair[0].line if pair[0] else None, pair[1].line if pair[1] else None)


def _is_one(a: _Found | None, b: _Found | None) -> bool:
    if a is None or b is None:
        return False
    records = (a.line.record, b.line.record)
    return a.line.key == b.line.key or (None not in records and records[0].id == records[1].id)  # type: ignore[union-attr]


def _why_missing(
    pair: tuple[_Found | None, _Found | None], of_inputs: Sequence[Mapping[tuple[str, ...], Sequence[_Found]]]
) -> str:
    reasons = []
    for name, job, near in zip("AB", pair, of_inputs, strict=True):
        if job is None:
            reasons.append(_no_job(name, _either(pair), near.get(_either(pair).inputs, ())))
        elif job.line.state != "done":
            reasons.append(f"{job.line.state} in {name}{f': {job.line.message}' if job.line.message else ''}")
    return "; ".join(reasons)


def _no_job(side: str, job: _Found, near: Sequence[_Found]) -> str:
    if not near:
        return f"no job of these inputs in {side}"
    nearest = min((_differing(job.shared, other.shared) for other in near[:MOST_NEAR]), key=len)
    names = listed([f"{name} ({there} instead of {here})" for name, here, there in nearest])
    return f"no job with these parameters in {side}{f', where the nearest differs in {names}' if names else ''}"


def _differing(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return the parameters that are not the same, with both values in words."""
    first, second = dict(leaves(a)), dict(leaves(b))
    names = path_names(first | second)
    return [
        (name, _in_words(first, path), _in_words(second, path))
        for path, name in names.items()
        if (path in first) != (path in second) or not same_value(first.get(path), second.get(path))
    ]


def _in_words(values: Mapping[tuple[str, ...], Any], path: tuple[str, ...]) -> str:
    return shown(values[path], 40) if path in values else "not set"
