"""Jobs that are published: to be handed on, and to be computed again."""

import uuid
from pathlib import Path

import pytest
from support.publishing import Place
from support.reruns import ANALYSIS, Done, done_locally
from support.samples import write_files

from analysis_jobs.published.find import Published


@pytest.fixture(scope="session")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    folder = tmp_path_factory.mktemp("done")
    write_files(folder, {"lab/units.py": ANALYSIS})
    return done_locally(folder, folder / "lab" / "units.py", "--set", "window=500")


@pytest.fixture
def fresh(done: Done, tmp_path: Path) -> Done:
    """The same job, with a folder of its own to run it again in."""
    return Done(tmp_path, done.key, done.places)


@pytest.fixture
def local(tmp_path: Path) -> Place:
    return Place(str(tmp_path / "records.sqlite"), str(tmp_path / "bucket"))


@pytest.fixture(params=["local", pytest.param("services", marks=pytest.mark.slow)])
def place(request: pytest.FixtureRequest, local: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    if request.param == "local":
        return local
    s3, docdb = request.getfixturevalue("s3"), request.getfixturevalue("docdb")
    docdb.empty()
    for name, value in {**s3.environment, **docdb.environment, "DOCDB_COLLECTION": "results"}.items():
        monkeypatch.setenv(name, value)
    return Place("docdb", f"s3://{s3.make_bucket(f'crate-{uuid.uuid4().hex}')}/x")


@pytest.fixture
def results(local: Place, tmp_path: Path) -> Published:
    return local.done(tmp_path / "made")


@pytest.fixture
def anywhere(place: Place, tmp_path: Path) -> Published:
    return place.done(tmp_path / "made")
