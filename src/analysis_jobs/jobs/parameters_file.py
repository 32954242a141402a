"""The parameters file, in any of its forms."""

from collections.abc import Collection
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, cast

from analysis_jobs.documents import ParametersDocument, Values
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.grid import Grid, read_grid
from analysis_jobs.jobs.json_files import json_type, read_json
from analysis_jobs.wording import shown

_GRID = "grid"
_SETS = ParametersDocument.__annotations__.keys() - {_GRID}


@dataclass(frozen=True)
class GivenParameters:
    """What a parameters file holds.

    Attributes
    ----------
    fixed
        Parameters of every job.
    distributed
        Sets to fan out over: of a list, or of an object with `distributed_parameters`. None where there are none.
    grid
        Lists of values, whose combinations each of these sets is run with.
    """

    fixed: Values = field(default_factory=dict)
    distributed: list[Values] | None = None
    grid: Grid = field(default_factory=Grid)

    def sets(self) -> list[Values] | None:
        """Return all sets to fan out over, with the grid; see `analysis_jobs.jobs.grid.Grid.times`."""
        return self.grid.times(self.distributed)


def read_parameters(path: Path, name: str, parameters: Collection[str] = ()) -> GivenParameters:
    """Read a parameters file: a plain object of fixed parameters, a list of sets, or an object with either or a grid.

    Parameters
    ----------
    path
        The file.
    name
        What messages call it.
    parameters
        Names that the analysis has, as far as it is known: one may be called ``grid``, and stand in a plain object.

    Raises
    ------
    InvalidInput
        If it cannot be read, or is of no such form.
    """
    value = read_json(path, name)
    if isinstance(value, list):
        return GivenParameters(distributed=parameter_sets(value, name))
    if not isinstance(value, dict):
        raise InvalidInput(
            f"{name} holds a JSON {json_type(value)} ({shown(value)}); write an object of parameters, "
            "or a list of such objects"
        )
    if not value.keys() & (_SETS if _GRID in parameters else {*_SETS, _GRID}):
        _refuse_misspelt(value.keys() - set(parameters), name)
        return GivenParameters(value)
    return _of_parts(cast(ParametersDocument, value), name)


def _refuse_misspelt(names: Collection[str], file: str) -> None:
    """Refuse names that are no parameters, and nearly those of the parts of a file."""
    for misspelt in sorted(names):
        if meant := get_close_matches(misspelt, [*_SETS, _GRID], n=1, cutoff=0.75):
            raise InvalidInput(f"{file} has {shown(misspelt)}; did you mean {meant[0]!r}?")


def _of_parts(value: ParametersDocument, name: str) -> GivenParameters:
    if others := value.keys() - {*_SETS, _GRID}:
        raise InvalidInput(
            f"{name} has {shown(min(others))} beside fixed_parameters, distributed_parameters and grid; "
            "move it into one of them"
        )
    fixed, distributed = value.get("fixed_parameters") or {}, value.get("distributed_parameters")
    if not isinstance(fixed, dict):
        raise InvalidInput(f"{name}: fixed_parameters is {shown(fixed)}; write an object")
    sets = None if distributed is None else parameter_sets(distributed, name)
    return GivenParameters(fixed, sets, read_grid(value.get(_GRID), name))


def parameter_sets(value: Any, name: str) -> list[Values]:
    """Return distributed parameters as a list of sets; one set may stand without a list.

    Raises
    ------
    InvalidInput
        If they are no list of objects.
    """
    sets = [value] if isinstance(value, dict) else value
    if not isinstance(sets, list) or not all(isinstance(values, dict) for values in sets):
        raise InvalidInput(f"{name}: distributed parameters are {shown(value)}; write a list of objects")
    return sets
