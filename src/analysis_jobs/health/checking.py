"""Checks side by side, each for a limited time: one that breaks or hangs says so as a line, and holds up no other."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from dataclasses import dataclass

from analysis_jobs.errors import InvalidInput, ServiceUnavailable
from analysis_jobs.health.diagnosis import Diagnosis, Said, broken, doubtful
from analysis_jobs.process import outward
from analysis_jobs.retries import patient_for
from analysis_jobs.wording import cut, message_of

CHECK_SECONDS = 10.0  # for a check
PATIENCE = 3.0  # seconds for which a service that does not answer is asked again
_LONGEST = 500  # characters of what an error that nobody expects says
_THREADS = "no more threads can be started here, which programs need; raise the limits of processes (ulimit -u)"
# What the rooms below warn of while this check runs
_heard: ContextVar[list[str] | None] = ContextVar("heard", default=None)


@dataclass(frozen=True)
class Check:
    """Something to look at.

    Attributes
    ----------
    name
        In a word.
    look
        Looks, and yields what it finds.
    seconds
        How long it may take.
    silent
        What is said if it takes longer.
    """

    name: str
    look: Callable[[], Iterable[Said]]
    seconds: float = CHECK_SECONDS
    silent: Callable[[str], Said] = doubtful


def run_checks(checks: Sequence[Check]) -> Iterator[Diagnosis]:
    """Run checks at the same time, and yield what they say: in their order, each as soon as it is known."""
    with _listening():
        running = [_Running(check) for check in checks]
        for each in running:
            for said in each.said():
                # A message of several lines, as of a library, is one line here
                yield Diagnosis(each.check.name, said.level, outward(" ".join(said.message.split())))


class _Running:
    """A check in a thread that nobody waits for: what hangs in a file system cannot be ended."""

    def __init__(self, check: Check) -> None:
        self.check = check
        self._found: list[Said] = []
        self._over = threading.Event()
        self._end = time.monotonic() + check.seconds
        # Each with a context of its own, which holds what it hears and how long it is patient
        thread = threading.Thread(target=copy_context().run, args=(self._run,), daemon=True)
        try:
            thread.start()
        except RuntimeError:
            self._found.append(broken(_THREADS))
            self._over.set()

    def said(self) -> list[Said]:
        """Return what it has said when it is over, or its time is."""
        if self._over.wait(max(0.0, self._end - time.monotonic())):
            return self._found
        late = f"this was not known after {self.check.seconds:g} s; see whether what is asked here answers at all"
        return [*self._found, self.check.silent(late)]

    def _run(self) -> None:
        warnings: list[str] = []
        _heard.set(warnings)
        try:
            with patient_for(PATIENCE):
                self._found.extend(self.check.look())
        except (InvalidInput, ServiceUnavailable) as error:
            self._found.append(broken(str(error)))
        except BaseException as error:  # whatever a library raises
            said = cut(f"{type(error).__name__}: {message_of(error)}", _LONGEST)
            self._found.append(doubtful(f"this could not be looked at ({said}); report it, as that is a fault of ours"))
        self._found += map(doubtful, dict.fromkeys(warnings))
        self._over.set()


class _Heard(logging.Handler):
    """Hands what is warned of to the check in which it is."""

    def emit(self, record: logging.LogRecord) -> None:
        heard = _heard.get()
        # That a service is asked again is told by what comes of it
        if heard is not None and record.levelno >= logging.WARNING and record.name != "analysis_jobs.retries":
            heard.append(record.getMessage())


@contextmanager
def _listening() -> Iterator[None]:
    ours, handler = logging.getLogger("analysis_jobs"), _Heard()
    ours.addHandler(handler)
    propagated, ours.propagate = ours.propagate, False
    try:
        yield
    finally:
        ours.propagate = propagated
        ours.removeHandler(handler)
