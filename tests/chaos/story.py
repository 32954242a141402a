"""What was done when."""

import time


class Story:
    """Lines with the seconds since the beginning, which are printed as well."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(f"{self.seconds:7.1f} s  {text}")
        print(self.lines[-1], flush=True)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began


class BrokenPromise(Exception):
    """What the pipeline promises does not hold; says what, one thing in each line."""

    def __init__(self, *what: str) -> None:
        super().__init__("\n".join(what))


def demand(*problems: str) -> None:
    """Raise if there is any problem.

    Raises
    ------
    BrokenPromise
        With all of them.
    """
    if problems:
        raise BrokenPromise(*problems)
