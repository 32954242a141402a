"""In what two outputs, or two whole JSON values, differ."""

import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

MISSING = object()  # what one of two does not have, where null is a value


class Tolerance(NamedTuple):
    """At which difference two numbers are the same: `absolute` + `relative` × the first, as `numpy.isclose` has it."""

    relative: float = 0.0
    absolute: float = 0.0

    def __str__(self) -> str:
        """Return it in words; an empty text where only equal numbers are the same."""
        absolute = f"{self.absolute:g}" if self.absolute else ""
        relative = f"{self.relative:g} of A" if absolute and self.relative else f"{self.relative:g}"
        return " + ".join(filter(None, (absolute, relative if self.relative else "")))


EXACT = Tolerance()


def differing(a: Any, b: Any, within: Tolerance, name: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield the name of each value that differs, and both values, of which one may be `MISSING`.

    Parameters
    ----------
    a, b
        JSON values. Objects and lists are gone into; of lists of other lengths nothing is told but that they differ.
    within
        At which difference from `a` two numbers are the same.
    name
        What the whole is called; what is in it then is ``name.inner`` or ``name[0]``.
    """
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        for part in sorted(a.keys() | b.keys()):
            yield from differing(a.get(part, MISSING), b.get(part, MISSING), within, f"{name}.{part}".lstrip("."))
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for number, pair in enumerate(zip(a, b, strict=True)):
            yield from differing(*pair, within, f"{name}[{number}]")
    elif not _is_same(a, b, within):
        yield name, a, b


def _is_same(a: Any, b: Any, within: Tolerance) -> bool:
    if is_number(a) and is_number(b):
        return a == b or (a != a and b != b) or _is_close(a, b, within)
    return type(a) is type(b) and bool(a == b)


def _is_close(a: float, b: float, within: Tolerance) -> bool:
    try:
        return math.isfinite(a) and math.isfinite(b) and abs(b - a) <= within.absolute + within.relative * abs(a)
    except OverflowError:  # whole numbers that no float holds
        return False


def is_number(value: Any) -> bool:
    """Return whether a JSON value is a number, as true and false are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def difference_of(a: Any, b: Any) -> float | None:
    """Return by how much `b` is more than `a`; None unless both are numbers, and that is one."""
    if not (is_number(a) and is_number(b)):
        return None
    if a == b:  # also where both are infinite
        return 0
    try:
        difference: float = b - a
        return difference if math.isfinite(difference) else None
    except OverflowError:
        return None


def relative_to(a: Any, difference: float | None) -> float | None:
    """Return a difference as a part of the number that it is a difference to; None where that is none, or 0."""
    if difference is None or not a or not math.isfinite(a):
        return 0.0 if difference == 0 else None
    return float(difference / abs(a))
