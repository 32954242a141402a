"""What came out of the jobs of two sides: two parameter sets, versions of the code, tags or launches."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from statistics import median
from typing import Any

from analysis_jobs.errors import InvalidInput
from analysis_jobs.json_values import leaves, path_names
from analysis_jobs.records.read import process_of
from analysis_jobs.results.differences import (
    EXACT,
    MISSING,
    Tolerance,
    difference_of,
    differing,
    is_number,
    relative_to,
)
from analysis_jobs.results.launches import sessions_called
from analysis_jobs.results.listing import JobLine, job_lines
from analysis_jobs.results.pairing import JobPair, Pairing, pair_jobs
from analysis_jobs.results.sides import Side
from analysis_jobs.store.protocol import Store
from analysis_jobs.wording import plural, shown

_CHUNK = 200  # whole records asked for at once
_Path = tuple[str, ...]
Outputs = dict[_Path, Any]


@dataclass(frozen=True)
class ComparedOutput:
    """An output of a pair.

    Attributes
    ----------
    name
        Of the output, with dots for what is in objects.
    a, b
        Its values; `analysis_jobs.results.differences.MISSING` where a job does not have it.
    equal
        Whether they are the same: numbers within the tolerance, lists element by element.
    difference
        By how much b is more; None unless both are numbers.
    relative
        The same as a part of a; None where a is 0.
    note
        What else is to be said: which job lacks it, or where lists differ.
    """

    pair: JobPair
    name: str
    a: Any
    b: Any
    equal: bool
    difference: float | None
    relative: float | None
    note: str


@dataclass(frozen=True)
class OutputSummary:
    """An output over all pairs.

    Attributes
    ----------
    name
        Of the output.
    pairs
        How many have it, in one of their jobs at least.
    equal, only_a, only_b
        How many are equal, and in how many only one job has it.
    median_difference
        Of those that are numbers in both; None if there is none.
    largest
        Those that differ by a number, first that by the most.
    no_numbers
        The others that differ, by their labels: texts, lists, and what only one job has.
    """

    name: str
    pairs: int
    equal: int
    only_a: int
    only_b: int
    median_difference: float | None
    largest: list[ComparedOutput]
    no_numbers: list[ComparedOutput]

    @property
    def different(self) -> int:
        """How many differ."""
        return self.pairs - self.equal


@dataclass(frozen=True)
class ComparedJobs:
    """Two sides, with the outputs of all pairs."""

    a: Side
    b: Side
    within: Tolerance
    pairing: Pairing
    outputs: list[ComparedOutput]

    @property
    def compared(self) -> list[JobPair]:
        """The pairs whose outputs are compared."""
        return [pair for pair in self.pairing.pairs if not pair.missing]

    @property
    def missing(self) -> list[JobPair]:
        """The pairs that could not be compared, each with its reason."""
        return [pair for pair in self.pairing.pairs if pair.missing]

    @property
    def different(self) -> list[JobPair]:
        """The compared pairs of which an output differs."""
        unlike = {id(output.pair) for output in self.outputs if not output.equal}
        return [pair for pair in self.compared if id(pair) in unlike]

    def adopted(self) -> tuple[int, int]:
        """Return how many compared results of each side are of other code, and count by an adoption."""
        return sum(is_adopted(pair.a) for pair in self.compared), sum(is_adopted(pair.b) for pair in self.compared)

    def summaries(self) -> list[OutputSummary]:
        """Return each output over all pairs, in the order in which the analysis has them."""
        by_name: dict[str, list[ComparedOutput]] = {}
        for output in self.outputs:
            by_name.setdefault(output.name, []).append(output)
        return [_summary(name, outputs) for name, outputs in by_name.items()]


def compare_jobs(
    store: Store, a: Side, b: Side, *, may_differ: Iterable[str] = (), within: Tolerance = EXACT
) -> ComparedJobs:
    """Return two sides with the outputs of all pairs; see `analysis_jobs.compare`."""
    a, b = sides_in(store, a, b)
    return compare_lines(job_lines(store), partial(recorded_outputs, store), a, b, may_differ=may_differ, within=within)


def sides_in(store: Store, a: Side, b: Side) -> tuple[Side, Side]:
    """Return two sides with the sessions of the launches that they call by what Nextflow called their runs.

    Raises
    ------
    InvalidInput
        If both sides are the same.
    """
    if a == b:
        raise InvalidInput(f"both sides are {a.text}; give terms in which they differ, such as tag=v1 and tag=v2")
    return _with_sessions(a, store), _with_sessions(b, store)


def compare_lines(
    lines: Sequence[JobLine],
    outputs_of: Callable[[Sequence[str]], Mapping[str, Outputs]],
    a: Side,
    b: Side,
    *,
    may_differ: Iterable[str] = (),
    within: Tolerance = EXACT,
) -> ComparedJobs:
    """Return two sides with the outputs of all pairs, for who has jobs and outputs already.

    Parameters
    ----------
    lines
        All jobs; see `analysis_jobs.results.listing.job_lines`.
    outputs_of
        Returns the outputs of records by their ids, each by the path of the value; none of what cannot be read.
    a, b
        The sides; see `sides_in`.
    may_differ
        As of `analysis_jobs.compare`.
    within
        At which difference from `a` two numbers are equal.
    """
    pairing = pair_jobs(lines, a, b, may_differ)
    done = [pair for pair in pairing.pairs if not pair.missing]
    flat = outputs_of([line.record.id for pair in done for line in (pair.a, pair.b) if line and line.record])
    pairs = [pair if pair.missing else replace(pair, missing=_unread(pair, flat)) for pair in pairing.pairs]
    names = path_names(dict.fromkeys(path for values in flat.values() for path in values))
    compared = [output for pair in pairs if not pair.missing for output in _compared(pair, flat, names, within)]
    return ComparedJobs(a, b, within, replace(pairing, pairs=pairs), compared)


def _with_sessions(side: Side, store: Store) -> Side:
    called = side.wanted.launches
    if not called:
        return side
    launches = list(store.launches())
    sessions = [session for text in called for session in sessions_called(text, launches)]
    return replace(side, wanted=replace(side.wanted, launches=[*called, *sessions]))


def is_adopted(line: JobLine | None) -> bool:
    """Return whether the result of a job is that of other code, and counts by an adoption."""
    return bool(line and line.record and line.record.id != line.key)


def recorded_outputs(store: Store, keys: Sequence[str]) -> dict[str, Outputs]:
    """Return the outputs of records, by the path of each value."""
    found = {}
    for start in range(0, len(keys), _CHUNK):
        for key, record in store.records(keys[start : start + _CHUNK]).items():
            found[key] = dict(leaves(process_of(record).get("output_parameters") or {}))
    return found


def _records(pair: JobPair) -> list[str]:
    return [line.record.id if line and line.record else "" for line in (pair.a, pair.b)]


def _unread(pair: JobPair, flat: Mapping[str, Any]) -> str:
    gone = [name for name, key in zip("AB", _records(pair), strict=True) if key not in flat]
    return f"the record in {' and '.join(gone)} cannot be read" if gone else ""


def _compared(
    pair: JobPair, flat: Mapping[str, Mapping[_Path, Any]], names: Mapping[_Path, str], within: Tolerance
) -> Iterator[ComparedOutput]:
    first, second = (flat[key] for key in _records(pair))
    for path in [*first, *(path for path in second if path not in first)]:
        a, b = first.get(path, MISSING), second.get(path, MISSING)
        found = list(differing(a, b, within))
        difference = difference_of(a, b)
        note = _note(a, b, found)
        yield ComparedOutput(pair, names[path], a, b, not found, difference, relative_to(a, difference), note)


def _note(a: Any, b: Any, found: Sequence[tuple[str, Any, Any]]) -> str:
    if a is MISSING or b is MISSING:
        return f"only in {'B' if a is MISSING else 'A'}"
    if not found or not (isinstance(a, list) and isinstance(b, list)):
        return ""
    if len(a) != len(b):
        return f"{plural(len(a), 'element')} in A, {len(b)} in B"
    place, one, two = max(found, key=lambda member: abs(difference_of(*member[1:]) or 0))
    values = " and ".join("nothing" if value is MISSING else shown(value, 30) for value in (one, two))
    return f"{len(found)} of its values {'differs' if len(found) == 1 else 'differ'}, most at {place}: {values}"


def _summary(name: str, outputs: Sequence[ComparedOutput]) -> OutputSummary:
    differences = [output.difference for output in outputs if output.difference is not None]
    unlike = sorted((output for output in outputs if not output.equal), key=_largest_first)
    by_number = [output for output in unlike if output.difference is not None]
    return OutputSummary(
        name=name,
        pairs=len(outputs),
        equal=len(outputs) - len(unlike),
        only_a=sum(output.b is MISSING for output in outputs),
        only_b=sum(output.a is MISSING for output in outputs),
        median_difference=median(differences) if differences else None,
        largest=by_number,
        no_numbers=unlike[len(by_number) :],
    )


def _largest_first(output: ComparedOutput) -> tuple[bool, float, str]:
    return output.difference is None, -abs(output.difference or 0), output.pair.label


def are_numbers(output: ComparedOutput) -> bool:
    """Return whether both values are numbers, so that one can be drawn over the other."""
    return is_number(output.a) and is_number(output.b)
