"""A grid of parameters: a list of values for each of some names, of which every combination is a parameter set."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import product
from math import prod
from types import NoneType
from typing import Any

from pydantic import BaseModel

from analysis_jobs.documents import Values
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.names import accepted_names, refuse_unknown
from analysis_jobs.jobs.nesting import decides_on, merged, nested
from analysis_jobs.jobs.secret_values import hiding_secrets_of
from analysis_jobs.jobs.words import kinds_of
from analysis_jobs.redaction.text import redacted_values
from analysis_jobs.wording import shown

MOST_SETS = 10_000
_Path = tuple[str, ...]


@dataclass(frozen=True)
class Grid:
    """The grid of a parameters file.

    Attributes
    ----------
    name
        What messages call the file.
    axes
        The values of each parameter by its path, in the order of the file; {} of a file without a grid.
    """

    name: str = ""
    axes: Mapping[_Path, Sequence[Any]] = field(default_factory=dict)

    def times(self, sets: Sequence[Values] | None) -> list[Values] | None:
        """Return each of some sets with every combination; the value of the last name changes first.

        Parameters
        ----------
        sets
            Distributed parameters, or None for none; without a grid they stay as they are.

        Raises
        ------
        InvalidInput
            If there would be no set or too many, or a name of the grid is in one of the sets as well.
        """
        if not self.axes:
            return None if sets is None else list(sets)
        every = [{}] if sets is None else sets
        self._refuse_count(len(every), is_listed=sets is not None)
        self._refuse_clash(every)
        points = list(self._points())
        return [merged(values, point) for values in every for point in points]

    def refuse_unknown(self, specification: type[BaseModel]) -> None:
        """Refuse names of which a part is no parameter, of the specification or of a model in it.

        Raises
        ------
        InvalidInput
            Names the first such, and the nearest that there is.
        """
        for path, values in self.axes.items():
            try:
                with hiding_secrets_of(nested(path, values), specification):
                    _refuse_unknown_at(path, values, specification)
            except InvalidInput as error:
                raise InvalidInput(f"{self.name}, grid.{'.'.join(path)}: {error}") from None

    def _points(self) -> Iterator[Values]:
        for values in product(*self.axes.values()):
            yield reduce(merged, map(nested, self.axes, values))

    def _refuse_count(self, sets: int, *, is_listed: bool) -> None:
        if not sets:
            raise InvalidInput(
                f"{self.name}: distributed parameters are an empty list, so that with the grid there are 0 sets; "
                "leave them out, or write sets"
            )
        counts = [*([sets] if is_listed else []), *map(len, self.axes.values())]
        if (count := prod(counts)) > MOST_SETS:
            factors = f"{' x '.join(map(str, counts))} = " if counts[1:] else ""
            raise InvalidInput(
                f"{self.name}: the grid makes {factors}{count:,} sets, and {MOST_SETS:,} are the most; shorten its "
                "lists, or give several files, each in a launch"
            )

    def _refuse_clash(self, sets: Sequence[Values]) -> None:
        for number, values in enumerate(sets):
            for path in self.axes:
                if decides_on(values, path):
                    raise InvalidInput(
                        f"{self.name}: {'.'.join(path)} is in the grid and in the distributed parameters (set "
                        f"{number}); keep it in one of them"
                    )


def _refuse_unknown_at(path: _Path, values: Sequence[Any], specification: type[BaseModel]) -> None:
    model: type[BaseModel] | None = specification
    for depth, name in enumerate(path):
        if model is None:
            return
        refuse_unknown(nested(path[depth:], values), model)
        model = _model_in(model.model_fields[accepted_names(model)[name]].annotation)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the model that a field takes, or None if it takes anything else as well, but for null."""
    kinds = [kind for kind in kinds_of(annotation) if kind not in (None, NoneType)]
    (kind,) = kinds if len(kinds) == 1 else (None,)
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def read_grid(value: Any, name: str) -> Grid:
    """Return the grid that a parameters file holds; that of a file without one has no axes.

    Parameters
    ----------
    value
        What stands under ``grid``: an object of lists; dots in its names go into objects.
    name
        What messages call the file.

    Raises
    ------
    InvalidInput
        If it is another thing, a list is empty, or a name is none or in another one.
    """
    value = {} if value is None else value
    if not isinstance(value, dict):
        raise InvalidInput(f"{name}: grid is {shown(value)}; write an object with a list of values for each name")
    axes = {_path(dotted, name): _values(dotted, values, name) for dotted, values in value.items()}
    for path in axes:
        if inner := next((other for other in axes if len(other) > len(path) and other[: len(path)] == path), None):
            raise InvalidInput(f"{name}: grid.{'.'.join(inner)} is in grid.{'.'.join(path)}; keep one of them")
    return Grid(name, axes)


def _path(dotted: str, name: str) -> _Path:
    path = tuple(dotted.split("."))
    if not all(path):
        raise InvalidInput(f"{name}: grid has the name {shown(dotted)}, of which a part is empty; write it as 'a.b'")
    return path


def _values(dotted: str, values: Any, name: str) -> list[Any]:
    if not isinstance(values, list):
        given = redacted_values({dotted.rpartition(".")[2]: values})
        raise InvalidInput(
            f"{name}: grid.{dotted} is {shown(*given.values())}, and no list; write its values in brackets, and dots "
            'for what is in objects, as {"filter.order": [2, 4]}'
        )
    if not values:
        raise InvalidInput(
            f"{name}: grid.{dotted} is an empty list, so that there are 0 sets; give it values, or leave it out"
        )
    return values
