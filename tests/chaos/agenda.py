"""What is to be done at which moment, by one thread that looks again and again."""

import time
from collections.abc import Callable
from dataclasses import dataclass

LOOK = 0.05  # seconds between two looks


@dataclass(frozen=True)
class _Item:
    is_due: Callable[[], object]
    is_late: Callable[[], object]
    do: Callable[[], None]
    miss: Callable[[], None]


class Agenda:
    """Does each thing once, as soon as it is due; one that has become too late is missed.

    What is taken back is so at its time, or by `finish` if that is earlier.
    """

    def __init__(self) -> None:
        self._items: list[_Item] = []
        self._undone: list[tuple[float, Callable[[], None]]] = []

    def add(
        self,
        is_due: Callable[[], object],
        do: Callable[[], None],
        *,
        is_late: Callable[[], object] = lambda: False,
        miss: Callable[[], None] = lambda: None,
    ) -> None:
        self._items.append(_Item(is_due, is_late, do, miss))

    def take_back(self, seconds: float, undo: Callable[[], None]) -> None:
        """Undo something after some seconds."""
        self._undone.append((time.monotonic() + seconds, undo))

    @property
    def is_empty(self) -> bool:
        return not self._items and not self._undone

    def look(self) -> None:
        """Do what is due now."""
        for item in list(self._items):
            if item.is_late():
                self._items.remove(item)
                item.miss()
            elif item.is_due():
                self._items.remove(item)
                item.do()
        self._take_back(time.monotonic())

    def run_until(self, over: Callable[[], object], seconds: float) -> bool:
        """Look until something is over; return False if that took longer than some seconds."""
        end = time.monotonic() + seconds
        while not over():
            if time.monotonic() > end:
                return False
            self.look()
            time.sleep(LOOK)
        return True

    def finish(self) -> None:
        """Take everything back now, and do nothing more."""
        self._items.clear()
        self._take_back(float("inf"))

    def _take_back(self, now: float) -> None:
        for due, undo in list(self._undone):
            if due <= now:
                self._undone.remove((due, undo))
                undo()
