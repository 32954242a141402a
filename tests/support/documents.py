"""Documents of a store, as plain as can be."""

from typing import Any


def records(count: int, size: int = 10) -> list[dict[str, Any]]:
    return [{"_id": f"{number:064x}", "location": "x" * size} for number in range(count)]


def keys(count: int) -> list[str]:
    return [record["_id"] for record in records(count)]
