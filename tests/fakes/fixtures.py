"""The services as fixtures, one of each for all tests: `from fakes.fixtures import docdb, s3`."""

from collections.abc import Iterator

import pytest

from .docdb import DocDBServer
from .mongo import UnavailableError
from .postgresql import PostgresqlServer
from .s3 import S3Server


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    with S3Server() as server:
        yield server


@pytest.fixture(scope="session")
def docdb() -> Iterator[DocDBServer]:
    try:
        server = DocDBServer()
    except UnavailableError as error:
        pytest.skip(str(error))
    with server:
        yield server


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresqlServer]:
    with PostgresqlServer() as server:
        yield server
