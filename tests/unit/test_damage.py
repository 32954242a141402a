"""Whatever one record, state or manifest holds: no command and no launch ends for the others, and it is named."""

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from bson.errors import BSONError
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pymongo.errors import PyMongoError
from support.attempts import write_attempt
from support.samples import RUN, Connect, Specification, decide, entry, job_text, outcome, write_files
from support.shelf import OWNER, Said, Shelf, command

from analysis_jobs.bucket.local import LocalBucket
from analysis_jobs.bucket.names import RECORD_FILE
from analysis_jobs.bucket.opening import open_bucket
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.specification import Parameters
from analysis_jobs.report.links import Links
from analysis_jobs.report.thumbnails import published_images
from analysis_jobs.results.query import get_docdb_records_partial
from analysis_jobs.results.table import load_outputs
from analysis_jobs.stages.record import record_group
from analysis_jobs.stages.upload import GroupFolders, upload_group
from analysis_jobs.store.docdb import DocdbStore
from analysis_jobs.store.postgresql import PostgresqlStore
from analysis_jobs.store.sqlite import SqliteStore

pytestmark = pytest.mark.filterwarnings("ignore")  # of pandas, on what is in columns
ERROR = {"stage": "analyze", "cause": "analysis", "type": "ValueError", "message": "oh"}
SETTINGS = settings(
    derandomize=True,
    database=None,
    max_examples=10,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)
DEEP: Any = "deep"
for _ in range(150):
    DEEP = {"in": [DEEP]}
GONE = object()
BOTH = ("document", "data")  # where PostgreSQL keeps a document: as it was written, and as `jsonb`
VALUES = [
    GONE, None, True, -1, 0, 10**30, float("nan"), float("inf"), "", "x", "\x1b[2J\n\t\u202e", "x" * 100_000, "/etc",
    "..", "ftp://host/x", "s3://", "2026-01-01", "\ud83d", [], [None], ["x"], {}, {"x": {"y": 1}}, {"\n": 1}, DEEP,
]  # fmt: skip
RAW = [b"", b"{", b"[]", b"null", b"{}", b'"text"', b"\xff\xfe\x00", b"[" * 20_000, b"9" * 5_000, b'{"a": NaN}']


def paths(value: Any, path: tuple[Any, ...] = (), depth: int = 6) -> Iterator[tuple[Any, ...]]:
    """Yield the way to everything in a document."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in items if depth else ():
        yield (*path, name)
        yield from paths(item, (*path, name), depth - 1)


def mutated(document: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """Return a document with another value in one place."""
    new = json.loads(json.dumps(document))
    *parents, last = path
    inside = new
    for name in parents:
        inside = inside[name]
    if value is GONE:
        inside.pop(last)
    else:
        inside[last] = value
    return new


def plain_location(document: Any) -> str:
    """Return what a store of SQL has beside a record as its location."""
    location = document.get("location") if isinstance(document, dict) else None
    return location if isinstance(location, str) else json.dumps(location)


@dataclass
class Place:
    """A store and a bucket with three jobs that are fine, and ways to damage those of others."""

    shelf: Shelf
    connect: Connect
    options: list[str]
    folder: Path
    good: list[str]
    done: str  # the victim of most
    failed: str

    @property
    def bucket(self) -> Path:
        return self.folder / "analyses"

    @property
    def jobs(self) -> Path:
        return self.folder / "jobs"

    @property
    def manifest(self) -> Path:
        return self.bucket / self.done / "manifest.json"

    def damage(self, kind: str, key: str, document: Any, columns: Sequence[str] = BOTH) -> None:
        """Put a damaged document in the place of one, with everything else as it was at first."""
        self.put("record", self.done, self.documents["record"])
        self.put("state", self.failed, self.documents["state"])
        self.put("manifest", self.done, self.documents["manifest"])
        try:
            self.put(kind, key, document, columns)
        except (PyMongoError, BSONError, OverflowError, UnicodeError, InvalidInput):
            assume(False)  # the database itself does not take it

    def put(self, kind: str, key: str, document: Any, columns: Sequence[str] = BOTH) -> None:
        """Write a document past the store, as somebody else would; bytes as they are."""
        store = self.connect()
        if kind == "manifest":
            self.manifest.write_bytes(document if isinstance(document, bytes) else json.dumps(document).encode())
            return
        table, name = ("record_documents", "_id") if kind == "record" else ("job_states", "key")
        if isinstance(store, PostgresqlStore):
            self._put_row(store, kind, key, document, columns)
            return
        if isinstance(store, SqliteStore):
            text = document if isinstance(document, bytes) else json.dumps(document)
            with closing(sqlite3.connect(store.path)) as connection, connection:
                query = f"UPDATE {table} SET document = CAST(? AS TEXT) WHERE {name} = ?"
                connection.execute(query, (text, key))
                if kind == "record" and isinstance(document, dict):
                    location = plain_location(document)
                    connection.execute("UPDATE record_documents SET location = ? WHERE _id = ?", (location, key))
            connection.close()
            return
        assert isinstance(store, DocdbStore)
        self._server.collection("results" if kind == "record" else "results_jobs").replace_one({"_id": key}, document)

    def _put_row(self, store: PostgresqlStore, kind: str, key: str, document: Any, columns: Sequence[str]) -> None:
        table, name = ("record_documents", "_id") if kind == "record" else ("job_states", "key")
        text = document.decode() if isinstance(document, bytes) else json.dumps(document)
        values = [f"{column} = %(text)s::{'text' if column == 'document' else 'jsonb'}" for column in columns]
        if kind == "record" and isinstance(document, dict):
            values.append("location = %(location)s")
        query = f"UPDATE {table} SET {', '.join(values)} WHERE {name} = %(key)s".encode()
        given = {"text": text, "key": key, "location": plain_location(document)}
        store.database.ask(lambda connection: connection.execute(query, given))

    _server: Any = None
    documents: Any = None  # as they are where nothing is damaged


@pytest.fixture
def at(
    connect: Connect,
    tmp_path: Path,
    place: list[str],
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> Place:
    (tmp_path / "one" / "two").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "one" / "two")  # a location that is `..` is not to be that of much
    shelf = Shelf(connect(), open_bucket(str(tmp_path / "analyses")), tmp_path / "results of jobs")
    validated = Parameters(Specification).validated
    made: dict[str, str] = {}
    for number, name in enumerate(("first", "second", "victim")):
        made[name] = shelf.done([f"s3://in/{name}"], validated({"cutoff": number}), {"n": number, "deep": {"x": [1]}})
        write_files(
            tmp_path, {f"jobs/{name}.json": job_text(f"s3://in/{name}", distributed_parameters={"cutoff": number})}
        )
    failing = validated({"cutoff": 9})
    made["failed"] = shelf.settled("failed", ["s3://in/failed"], failing, error=ERROR)
    write_files(tmp_path, {"jobs/failed.json": job_text("s3://in/failed", distributed_parameters={"cutoff": 9})})
    server = request.getfixturevalue("docdb") if isinstance(connect(), DocdbStore) else None
    good = [made["first"], made["second"]]
    found = Place(shelf, connect, place, tmp_path, good, made["victim"], made["failed"], server)
    state = dict(connect().job_states([found.failed], whole=True)[found.failed])
    if server:
        state["parts"] = json.dumps(state["parts"])
    record = connect().records([found.done])[found.done]
    found.documents = {"record": record, "state": state, "manifest": json.loads(found.manifest.read_text())}
    return found


Run = Callable[..., Said]


@pytest.fixture
def run(at: Place, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Run:
    def run(*words: object, bucket: bool = False) -> Said:
        caplog.clear()
        more = ["--bucket", at.bucket] if bucket else []
        said = command(capsys, *words, *at.options, *more)
        assert "Traceback" not in said.err
        return Said(said.code, said.out, said.err + caplog.text)

    return run


def look_at_many(at: Place, run: Run, victim: str) -> bool:
    """Run what is about many jobs; return whether any of it met damage."""
    listed = run("list")
    keys = {row["key"]: row for row in listed.rows}
    assert all(keys[key]["state"] == "done" for key in at.good)
    assert victim in keys or victim in listed.err
    found = {listed.code}
    for words in (["list", "--json", "--latest"], ["list", "--parameter", "cutoff=0"], ["state"], ["state", "--json"]):
        said = run(*words)
        found.add(said.code)
        assert (said.code == 1) == (victim in said.err)
    assert at.good[0] in run("list", "--json", "--latest").out
    table = at.folder / "out.csv"
    found.add(run("export", table).code)
    assert all(key in table.read_text(errors="replace") for key in at.good)
    assert set(at.good) <= {one["_id"] for one in get_docdb_records_partial(True, store=at.connect())}
    assert set(at.good) <= set(load_outputs(store=at.connect())["key"])
    found.add(run("compare", "--a", "parameter.cutoff=0", "--b", "parameter.cutoff=1").code)
    found.add(run("release").code)
    assert found <= {0, 1}
    return 1 in found


def look_at_each(at: Place, run: Run, victim: str) -> bool:
    """Run what is about one job, on one that is fine and on the victim; return whether anything was refused."""
    codes = set()
    for number, key in enumerate((at.good[0], victim)):
        target = at.folder / f"copies {number}"
        every = [
            *(["show", key], ["show", key, "--json"], ["files", key], ["get", key, target], ["logs", key]),
            *(["state", key], ["explain", key, at.good[1]]),
        ]
        codes = {run(*words).code for words in every}
        assert codes <= {0, 1, 2}  # 1 of `files`, where some are not as listed
        assert number or codes == {0}
    with_bucket = [
        ["export", victim, "--crate", at.folder / "crate"],
        ["rerun", victim, "--into", at.folder / "rerun"],
    ]
    assert {run(*words, bucket=True).code for words in with_bucket} <= {0, 2}
    return bool(codes & {1, 2})


def check_bucket(at: Place, run: Run, victim: str, refused: bool) -> None:
    said = run("fsck", bucket=True)
    assert said.code in (0, 1)
    assert not any(line.startswith(key) for key in at.good for line in said.out.splitlines())
    if refused:
        assert said.code == 1
        assert victim in said.out


def launch(at: Place, victim: str) -> None:
    lines = {line["file"]: line for line in decide(at.jobs, at.connect(), claim=False, older=False).lines}
    assert [lines[name]["decision"] for name in ("first.json", "second.json")] == ["done", "done"]
    decisions = at.folder / "decisions.jsonl"
    decisions.write_text(
        "\n".join(json.dumps({**line, "older": at.good}) for line in lines.values() if "parts" in line)
    )
    for line in lines.values():
        if line["decision"] == "gave_up":
            assert victim in line["reason"] and "damaged" in line["reason"]
    decide(at.jobs, at.connect(), claim=False)  # with a look at results of other code


@SETTINGS
@given(data=st.data())
def test_a_record(at: Place, run: Run, data: st.DataObject) -> None:
    at.damage("record", at.done, drawn(data, at.documents["record"], at), columns_of(data, at))
    met = look_at_many(at, run, at.done)
    refused = look_at_each(at, run, at.done)
    check_bucket(at, run, at.done, met or refused)
    launch(at, at.done)
    about = {**outcome(at.done), "manifest_version": 1, "run": RUN, "location": str(at.bucket / at.done)}
    fine = {**about, "key": at.good[0], "location": str(at.bucket / at.good[0])}
    settled = record_group([about, fine], LocalBucket(at.bucket), at.connect(), OWNER)
    assert settled[1]["state"] == "done"
    # It was recorded before, from another manifest
    first = at.connect().records(at.good[:1])[at.good[0]]
    (at.bucket / at.good[0] / RECORD_FILE).write_text(json.dumps(first))


@SETTINGS
@given(data=st.data())
def test_a_state(at: Place, run: Run, data: st.DataObject) -> None:
    at.damage("state", at.failed, drawn(data, at.documents["state"], at), columns_of(data, at))
    met = look_at_many(at, run, at.failed)
    assert {run(*words, at.failed).code for words in (["show"], ["state"], ["files"])} <= {0, 2}
    assert {run("logs", at.failed).code, run("explain", at.failed, at.good[0]).code} <= {0, 2}
    check_bucket(at, run, at.failed, met)
    launch(at, at.failed)
    failing = {**outcome(at.failed, "failed"), "error": ERROR}
    assert [one["state"] for one in record_group([failing], LocalBucket(at.bucket), at.connect(), OWNER)] == ["failed"]


@SETTINGS
@given(data=st.data())
def test_a_manifest(at: Place, run: Run, data: st.DataObject) -> None:
    document = drawn(data, at.documents["manifest"], None)
    at.damage("manifest", at.done, document)
    assert not look_at_many(at, run, at.done)
    refused = look_at_each(at, run, at.done)
    check_bucket(at, run, at.done, refused)
    rows = [
        {"file": "f", "key": key, "state": "done", "location": str(at.bucket / key), "decision": "run"}
        for key in (at.done, *at.good)
    ]
    published_images(rows, None, Links(bucket=str(at.bucket)))
    write_files(at.folder / "batches", {"1.json": json.dumps({"jobs": [entry(at.done), entry("another")]})})
    for key in (at.done, "another"):
        shutil.rmtree(at.folder / "ran" / key, ignore_errors=True)
        write_attempt(at.folder / "ran" / key / "attempt", outcome(key), {"a.txt": "a"})
    folders = GroupFolders(at.folder / "batches", at.folder / "ran", at.folder / "deaths")
    uploaded = upload_group(folders, LocalBucket(at.bucket), RUN, dry_run=False)
    settled = record_group(uploaded, LocalBucket(at.bucket), at.connect(), OWNER)
    assert [one["state"] for one in settled][1] == "done"


def drawn(data: st.DataObject, document: dict[str, Any], at: Place | None) -> Any:
    """Draw a damaged document; not one that no DocDB can hold."""
    is_docdb = at is not None and isinstance(at.connect(), DocdbStore)
    if not is_docdb and data.draw(st.integers(0, 3)) == 0:
        return data.draw(st.sampled_from(RAW))
    places = [path for path in paths(document) if path != ("_id",) or not is_docdb]
    path = data.draw(st.sampled_from(places))
    return mutated(document, path, data.draw(st.sampled_from(VALUES)))


def columns_of(data: st.DataObject, at: Place) -> Sequence[str]:
    """Draw which forms of a document in PostgreSQL are damaged."""
    return data.draw(st.sampled_from([BOTH, *((one,) for one in BOTH)])) if "postgresql" in at.options[1] else BOTH
