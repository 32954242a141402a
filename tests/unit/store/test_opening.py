"""Opening a store by its place: a SQLite file, or the document database."""

from pathlib import Path

import pytest
from fakes.docdb import DocDBServer
from support.samples import Connect
from support.users import ALICE, STRANGER, as_user, commons, folder_of, needs_users  # noqa: F401

from analysis_jobs.errors import InvalidInput
from analysis_jobs.store.docdb import DocdbStore
from analysis_jobs.store.opening import check_writable, no_store, open_store
from analysis_jobs.store.sqlite import SqliteStore


def test_a_path_is_a_sqlite_file(tmp_path: Path) -> None:
    assert isinstance(open_store(str(tmp_path / "docdb.sqlite")), SqliteStore)
    assert (tmp_path / "docdb.sqlite").is_file()


def test_docdb_is_what_the_environment_names(server: DocDBServer) -> None:
    store = open_store("docdb")
    assert isinstance(store, DocdbStore)
    store.insert([{"_id": "k", "location": "x"}])
    assert open_store(f"docdb://{server.host}/v1/analysis/results", read_only=True).recorded(["k"]).keys() == {"k"}
    assert open_store(f"docdb://{server.host}/v1/analysis/others", read_only=True).recorded(["k"]) == {}


@needs_users
@pytest.mark.parametrize("read_only", [False, True])
def test_a_folder_that_one_may_not_enter(commons: Path, read_only: bool) -> None:  # noqa: F811
    out = folder_of(commons / "out", ALICE, 0o2770)

    def look() -> None:
        said = (
            rf"^the store {out}/x/records.sqlite cannot be opened: {out} belongs to .*; or give --store another file$"
        )
        with pytest.raises(InvalidInput, match=said):
            open_store(f"{out}/x/records.sqlite", read_only=read_only)

    assert as_user(STRANGER, look) == 0


@pytest.mark.parametrize("place", ["docbd", "DocDB", "doc db"])
def test_a_word_may_be_a_misspelt_docdb(place: str) -> None:
    assert no_store(place, "give --store") == (
        f"there is no store {place}. Did you mean docdb, AIND's document database? Otherwise give --store"
    )


@pytest.mark.parametrize("place", ["./docbd", "docbd.sqlite", "out/records"])
def test_a_path_is_none(place: str) -> None:
    assert no_store(place, "give --store") == f"there is no store {place}; give --store"


def test_what_could_be_written_is_not_changed(connect: Connect, place: list[str]) -> None:
    connect().insert([{"_id": "k", "location": "/x"}])
    check_writable(place[1])
    assert (set(connect().recorded(["k"])), list(connect().states())) == ({"k"}, [])


def test_a_store_that_could_be_made_is_not_made(tmp_path: Path) -> None:
    check_writable(str(tmp_path / "new" / "records.sqlite"))
    assert list(tmp_path.iterdir()) == []


@needs_users
def test_a_store_that_one_may_not_write(commons: Path) -> None:  # noqa: F811
    out = folder_of(commons / "out", ALICE, 0o2755)
    SqliteStore(out / "records.sqlite")

    def look() -> None:
        for name, said in (("records.sqlite", "cannot be written"), ("new/records.sqlite", "cannot be made")):
            with pytest.raises(InvalidInput, match=rf"^the store {out}/{name} {said}: "):
                check_writable(f"{out}/{name}")

    assert as_user(STRANGER, look) == 0
