"""Fixtures and lanes of all tests: the real services, one of each, and the folder of real recordings."""

import os
from pathlib import Path

import pytest

pytest_plugins = ["fakes.fixtures"]

SERVERS = {"s3", "docdb"}


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
