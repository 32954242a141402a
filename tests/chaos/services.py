"""The real services of a chaos run, each behind a proxy, and how they fail for a while."""

from collections.abc import Callable
from contextlib import ExitStack

from fakes.docdb import DocDBServer
from fakes.proxy import Proxy
from fakes.s3 import S3Server

MANY = 10**9  # requests or connections: all, until it is taken back
CUT_AFTER = 3_000  # bytes: after the first answer of some length, if at all
LATE = 1.5  # seconds


class Services:
    """S3 and DocDB."""

    def __init__(self) -> None:
        self._failing: set[str] = set()
        self._open = ExitStack()
        self.s3 = self._open.enter_context(S3Server())
        self.docdb = self._open.enter_context(DocDBServer())
        self._s3_proxy = self._open.enter_context(Proxy(self.s3.url))
        self._docdb_proxy = self._open.enter_context(Proxy(self.docdb.host))

    @property
    def environment(self) -> dict[str, str]:
        """What leads clients through the proxies."""
        port = self._docdb_proxy.host.rpartition(":")[2]
        return {"AWS_ENDPOINT_URL": self._s3_proxy.url, "DOCDB_HOST": f"localhost:{port}"}

    def begin(self, service: str, outage: str) -> Callable[[], None] | None:
        """Let a service fail as `chaos.plan.OUTAGES` has it; what is returned ends that. None if it fails already."""
        if service in self._failing:
            return None
        self._failing.add(service)
        undo = _OUTAGES[service, outage](self)

        def end() -> None:
            undo()
            self._failing.remove(service)

        return end

    def is_failing(self, service: str) -> bool:
        return service in self._failing

    def close(self) -> None:
        self._open.close()

    def _slow_down(self) -> Callable[[], None]:
        self._s3_proxy.slow_down(MANY)
        return lambda: self._s3_proxy.slow_down(0)

    def _hang(self) -> Callable[[], None]:
        self.s3.hang()
        return self.s3.go_on

    def _fail(self, status: int, **which: object) -> Callable[[], None]:
        self.docdb.faults.fail(status, MANY, **which)
        return self.docdb.faults.clear

    def _be_late(self) -> Callable[[], None]:
        self.docdb.faults.delay = LATE
        return self.docdb.faults.clear


def _drop(proxy: Proxy) -> Callable[[], None]:
    proxy.drop(MANY)
    return lambda: proxy.drop(0)


def _cut(proxy: Proxy) -> Callable[[], None]:
    proxy.cut_after(CUT_AFTER)
    return lambda: proxy.cut_after(None)


def _stop(proxy: Proxy) -> Callable[[], None]:
    proxy.refuse()
    return proxy.accept


_OUTAGES: dict[tuple[str, str], Callable[[Services], Callable[[], None]]] = {
    ("S3", "slows down"): Services._slow_down,
    ("S3", "drops connections"): lambda services: _drop(services._s3_proxy),
    ("S3", "cuts connections"): lambda services: _cut(services._s3_proxy),
    ("S3", "hangs"): Services._hang,
    ("S3", "is stopped"): lambda services: _stop(services._s3_proxy),
    ("DocDB", "answers 503"): lambda services: services._fail(503),
    ("DocDB", "answers 504 and does it"): lambda services: services._fail(504, executed=True),
    ("DocDB", "drops connections"): lambda services: _drop(services._docdb_proxy),
    ("DocDB", "is late"): Services._be_late,
    ("DocDB", "is stopped"): lambda services: _stop(services._docdb_proxy),
}
