"""Fixtures of the tests of recordings."""

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def no_garbage_collection() -> Iterator[None]:
    """Collect garbage between tests only.

    Servers of these tests are threads of this process. One that came upon an object of h5py would wait for the lock
    that h5py holds while it reads, from that server (h5py/h5py#2019).
    """
    gc.disable()
    yield
    gc.enable()
    gc.collect()
