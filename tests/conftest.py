"""Fixtures and lanes of all tests: the real services, one of each, and the folder of real recordings."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, settings
from support.samples import PROJECT
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

pytest_plugins = ["fakes.fixtures"]

# Environments of analyses are made here, and not among those of the user; uv keeps its own cache, which is warm
os.environ.setdefault("UV_CACHE_DIR", f"{os.environ.get('XDG_CACHE_HOME') or Path.home() / '.cache'}/uv")
os.environ["XDG_CACHE_HOME"] = str(PROJECT / ".pytest_cache" / "cache")

# No example fails because other tests keep the machine busy
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")

SERVERS = {"s3", "docdb", "postgresql"}
# Tests that share nothing with others of their file, which several processes may divide
APART = ("tests/pipeline/test_scenarios.py::", "tests/docs/test_commands.py::test_the_commands_of")


@pytest.fixture(autouse=True)
def modules() -> Iterator[None]:
    """Forget the analyses that a test imported: those of the next one may have the same names."""
    known = set(sys.modules)
    yield
    for name in set(sys.modules) - known:
        if not _stays(sys.modules[name]):
            del sys.modules[name]


def _stays(module: ModuleType) -> bool:
    """Return whether a module is of a library or of ours, which must not be there twice."""
    places = [getattr(module, "__file__", None), *getattr(module, "__path__", ())]
    homes = (sys.prefix, sys.base_prefix, PROJECT)
    return not any(places) or any(Path(place).is_relative_to(home) for place in places if place for home in homes)


@pytest.fixture(scope="session")
def real_data() -> Path:
    folder = os.environ.get("REAL_DATA")
    if not folder:
        pytest.skip("REAL_DATA does not name the folder of recordings")
    return Path(folder).absolute()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let what needs a server be slow."""
    for item in items:
        if SERVERS & set(getattr(item, "fixturenames", ())):
            item.add_marker("slow")


class ByFile(LoadScopeScheduling):
    """Gives all tests of a file to one process of pytest-xdist, which makes once what they have in common."""

    def _split_scope(self, nodeid: str) -> str:
        return nodeid if nodeid.startswith(APART) else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    return ByFile(config, log)
