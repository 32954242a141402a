"""Texts of JSON of which many are alike, each kept once."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from pydantic_core import from_json

Made = TypeVar("Made")


class Distinct:
    """The values of texts of JSON, each once, and the number of that of each text."""

    def __init__(self, texts: Iterable[str], *, parsed: bool = True) -> None:
        """Take the texts."""
        seen: dict[str, int] = {}
        self.numbers = [seen.setdefault(text, len(seen)) for text in texts]
        self.values: list[Any] = [from_json(text) if parsed else text for text in seen]

    def each(self, make: Callable[[Any], Made]) -> list[Made]:
        """Return what is made of each value, for each text."""
        made = list(map(make, self.values))
        return [made[number] for number in self.numbers]
