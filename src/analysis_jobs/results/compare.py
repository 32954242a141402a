"""Two sides compared, as a table for notebooks and files.

Imports within functions are for a quick start.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from analysis_jobs.jobs.labels import varying_paths
from analysis_jobs.json_values import leaves, path_names
from analysis_jobs.results.compared import ComparedJobs, ComparedOutput, compare_jobs, is_adopted
from analysis_jobs.results.differences import MISSING, Tolerance
from analysis_jobs.results.pairing import JobPair
from analysis_jobs.results.query import opened_store
from analysis_jobs.results.sides import side_of
from analysis_jobs.results.table import column_of
from analysis_jobs.store.protocol import Store

if TYPE_CHECKING:
    import pandas as pd

_OF_PAIR = ("label", "subject", "acquired", "inputs", "a_key", "b_key", "a_adopted", "b_adopted")
_OF_OUTPUT = ("output", "a", "b", "difference", "relative", "equal", "note")
# Of one type also where all are missing
_NUMBERS, _TEXTS = ("difference", "relative"), ("label", "a_key", "b_key", "output", "note")


def compare(
    a: Mapping[str, Any],
    b: Mapping[str, Any],
    *,
    may_differ: Sequence[str] = (),
    rtol: float = 0.0,
    atol: float = 0.0,
    store: str | Store = "docdb",
) -> "pd.DataFrame":
    """Return the outputs of the jobs of two sides in pairs, as a table.

    A job's partner has the same inputs and the same parameters, except for the parameters that a side names. If several
    results differ only in code, the newest counts.

    Parameters
    ----------
    a, b
        The sides, each as terms that all of its jobs match: ``{"tag": "v1"}``, ``{"parameter.cutoff": 0.001}``,
        ``{"code_version": "1.0"}``; see `analysis_jobs.results.sides.SIDE_TERMS`.
    may_differ
        Names of parameters that may differ, such as one that only one version of the code has.
    rtol, atol
        Two numbers are equal if they differ by at most ``atol + rtol * abs(a)``, as ``numpy.isclose(b, a)`` has it;
        by default only if they are the same.
    store
        A store, or what opens one: ``docdb`` or the path of a SQLite file.

    Returns
    -------
    pandas.DataFrame
        A row for each pair and output, and one for each pair without a result on both sides. `label`, `subject`,
        `acquired` (of the recording), `inputs` (a list), `a_key`, `b_key`, `a_adopted`, `b_adopted` (whether it is a
        result of other code that was adopted), the parameters in which the pairs differ as ``parameters.<name>``,
        `output` (its dotted name), `a`, `b` (the
        values), `difference` (b - a), `relative` (to a), `equal`, and `note`: why a pair has no output, which job
        lacks one, or where lists differ. ``attrs`` has `older` and `same`, the numbers of results that were left out:
        because their side has a newer one, or because both jobs have the same result.

    Raises
    ------
    InvalidInput
        If the store cannot be opened, a term is not known, a side has no job, or several jobs could be the partner of
        another.
    """
    sides = side_of(a.items(), "a"), side_of(b.items(), "b")
    within = Tolerance(rtol, atol)
    return compared_table(compare_jobs(opened_store(store), *sides, may_differ=may_differ, within=within))


def compared_table(compared: ComparedJobs) -> "pd.DataFrame":
    """Return two sides that are compared as a table; see `compare`."""
    import pandas as pd

    flat = {id(pair): dict(leaves(pair.parameters)) for pair in compared.pairing.pairs}
    varying = varying_paths(flat.values())
    names = [f"parameters.{name}" for name in path_names(varying).values()]

    def of_pair(pair: JobPair) -> list[Any]:
        return [*_of_pair(pair), *(flat[id(pair)].get(path) for path in varying)]

    rows = [[*of_pair(output.pair), *_of_output(output)] for output in compared.outputs]
    rows += [[*of_pair(pair), *_of_missing(pair)] for pair in compared.missing]
    columns = [*_OF_PAIR, *names, *_OF_OUTPUT]
    values = zip(*rows, strict=True) if rows else ((),) * len(columns)
    table = pd.DataFrame({name: column_of(list(some)) for name, some in zip(columns, values, strict=True)})
    table = table.astype(dict.fromkeys(_NUMBERS, "float64") | dict.fromkeys(_TEXTS, "string"))
    table.attrs |= {"older": compared.pairing.older, "same": compared.pairing.same}
    return table


def _of_pair(pair: JobPair) -> Iterator[Any]:
    yield from (pair.label, pair.either.subject, pair.either.acquired)
    yield list(pair.either.inputs)
    yield from (line.key if line else None for line in (pair.a, pair.b))
    yield from (is_adopted(line) for line in (pair.a, pair.b))


def _of_output(output: ComparedOutput) -> Iterator[Any]:
    yield output.name
    yield from (None if value is MISSING else value for value in (output.a, output.b))
    yield from (output.difference, output.relative, output.equal, output.note)


def _of_missing(pair: JobPair) -> Iterator[Any]:
    yield from (None, None, None, None, None, None, pair.missing)
