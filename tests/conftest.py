"""Fixtures and lanes of all tests: the real services, one of each, and the folder of real recordings."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from support.samples import PROJECT

pytest_plugins = ["fakes.fixtures"]

SERVERS = {"s3", "docdb"}


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
    """Let what needs a server be slow, and what a file has in common be made once, by one process of pytest-xdist."""
    for item in items:
        if SERVERS & set(getattr(item, "fixturenames", ())):
            item.add_marker("slow")
        if item.get_closest_marker("apart") is None:
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))
