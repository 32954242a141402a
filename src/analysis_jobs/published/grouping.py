"""Which published results become one job together."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.source_results import SourceResult
from analysis_jobs.json_values import NO_LEAF, canonical_json, leaf_at, leaves
from analysis_jobs.wording import listed, nearest, plural, shown

log = logging.getLogger(__name__)

SourceGroup = tuple[list[SourceResult], dict[str, Any]]  # results, and what they share
_ALONE, _ALL, _PARAMETER = "none", "all", "parameter."
_NOTHING = object()
_MOST_NAMED = 20  # parameters


def grouped_sources(sources: Sequence[SourceResult], by: Sequence[str]) -> list[SourceGroup]:
    """Put results that become one job together, in the order of their first ones.

    Parameters
    ----------
    sources
        The results.
    by
        ``subject`` (whose the recording is), ``asset`` (the recording itself) and ``parameter.NAME`` (the value that
        the results were made with), or several of these; ``all`` for one group, ``none`` or nothing for each alone.

    Returns
    -------
    list
        Each group, and what its results share, by name. The log says which results have no such value.

    Raises
    ------
    InvalidInput
        If a name is none of these, or no result has the values.
    """
    if list(by) in ([], [_ALONE]):
        return [([source], {}) for source in sources]
    if list(by) == [_ALL]:
        return [(list(sources), {})] if sources else []
    values = [_value_of(name) for name in by]
    groups: dict[str, SourceGroup] = {}
    odd = []
    for source in sources:
        shared = {name: value(source) for name, value in zip(by, values, strict=True)}
        if _NOTHING in shared.values():
            odd.append(source.label)
        else:
            group, _ = groups.setdefault(canonical_json(shared), ([], _as_metadata(shared)))
            group.append(source)
    wanted = [f"{'an' if name == 'asset' else 'a'} {name}" for name in by]
    if odd:
        log.warning("left out %s without %s: %s", plural(len(odd), "result"), " or ".join(wanted), listed(odd))
    if not groups:
        raise InvalidInput(
            f"no result has {' and '.join(wanted)} to group by; choose another --group-by{_parameters(sources, by)}"
        )
    return list(groups.values())


def _parameters(sources: Sequence[SourceResult], by: Sequence[str]) -> str:
    """Return which parameters results have, where they were to be grouped by one."""
    if not any(name.startswith(_PARAMETER) for name in by):
        return ""
    known = {".".join(path) for source in sources for path, _ in leaves(source.parameters)}
    return f" of their parameters {listed(sorted(known), _MOST_NAMED)}"


def _value_of(name: str) -> Callable[[SourceResult], Any]:
    if name == "subject":
        return lambda source: source.subject or _NOTHING
    if name == "asset":
        return lambda source: list(_assets(source.inputs)) or _NOTHING
    if name.startswith(_PARAMETER):
        path = tuple(name.removeprefix(_PARAMETER).split("."))
        return lambda source: _NOTHING if (value := leaf_at(source.parameters, path)) is NO_LEAF else value
    if name in (_ALONE, _ALL):
        raise InvalidInput(f"--group-by {name} cannot be combined with others; leave the others out")
    raise InvalidInput(
        f"--group-by is {shown(name)}{nearest(name, ('subject', 'asset', 'parameter.NAME', _ALL, _ALONE))}"
    )


def _assets(inputs: Sequence[str]) -> Iterator[str]:
    """Yield the locations that lie in no other: a record names assets as well as the files in them."""
    for location in sorted(inputs):
        if not any(location.startswith(f"{other}/") for other in inputs):
            yield location


def _as_metadata(shared: Mapping[str, Any]) -> dict[str, Any]:
    # As `analysis_jobs.dispatch` names grouped fields: no dots, which DocDB does not take
    return {name.replace(".", "__"): value for name, value in shared.items()}
