"""Opening a store by its place: a SQLite file, or the document database."""

from pathlib import Path

from fakes.docdb import DocDBServer

from analysis_jobs.store.docdb import DocdbStore
from analysis_jobs.store.opening import open_store
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
