"""A sweep to be browsed, made once: nothing here changes it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from support.browsing import TOKEN, app_of, desk_of, sweep
from support.shelf import Shelf

from analysis_jobs.browse.desk import Desk
from analysis_jobs.browse.index import Index
from analysis_jobs.bucket.opening import open_bucket
from analysis_jobs.store.opening import open_store


@dataclass(frozen=True)
class Browsed:
    """The sweep: where it is, its keys by `subject cutoff`, and what is behind the pages."""

    folder: Path
    keys: dict[str, str]
    desk: Desk

    @property
    def index(self) -> Index:
        return self.desk.catalog.index

    @property
    def store(self) -> str:
        return str(self.folder / "records.sqlite")


@pytest.fixture(scope="package")
def browsed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browsed]:
    folder = tmp_path_factory.mktemp("browsed")
    store = str(folder / "records.sqlite")
    keys = sweep(Shelf(open_store(store), open_bucket(str(folder / "analyses")), folder / "jobs"))
    desk = desk_of(store, folder)
    yield Browsed(folder, keys, desk)
    desk.catalog.close()


@pytest.fixture
def client(browsed: Browsed) -> TestClient:
    """Somebody who has the token."""
    return TestClient(app_of(browsed.desk), headers={"authorization": f"Bearer {TOKEN}"}, follow_redirects=False)
