"""The SQLite store for people who speak SQL: its views, in SQLite, Datasette and DuckDB."""

import json
import os
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from support.samples import ENDED, launch_record
from support.shelf import CODE, Shelf, command

from analysis_jobs.store.history import new_note
from analysis_jobs.store.opening import open_store
from analysis_jobs.store.sqlite import SqliteStore
from analysis_jobs.store.sqlite_views import VIEWS
from analysis_jobs.store.states import new_state

DEEP = {"deep": "x", "er": {"so": {"deep": 1}, "x": False}}
OUTPUTS = {
    "n": 3, "rate": 0.5, "good": True, "bad": False, "text": "hello", "nothing": None, "list": [1, {"a": 2}],
    "by_unit": {"7": 1.5, "0.5": DEEP}, "empty": {}, "digits": "12", "json": '{"a": 1}',
}  # fmt: skip
ERROR = {"stage": "analyze", "cause": "analysis", "type": "ValueError", "message": "oh"}
PARAMETERS = {"analysis_name": "rates", "analysis_tag": "v1", "cutoff": 0.5}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "records.sqlite"


@pytest.fixture
def shelf(path: Path, tmp_path: Path) -> Shelf:
    from analysis_jobs.bucket.opening import open_bucket

    return Shelf(open_store(str(path)), open_bucket(str(tmp_path / "analyses")), tmp_path / "results of jobs")


@pytest.fixture
def jobs(shelf: Shelf) -> dict[str, str]:
    found = {
        "done": shelf.done(["s3://in/a"], PARAMETERS, OUTPUTS),
        "failed": shelf.settled("failed", ["/in/b"], PARAMETERS, 2, error=ERROR, seconds=1.5),
        "empty": shelf.settled("empty", ["/in/c"], PARAMETERS, reason="no units"),
        "removed": shelf.settled("done", ["/in/d"], PARAMETERS),
        "pending": shelf.claimed(["/in/e"]),
        "expired": shelf.claimed(["/in/f"], hours=0),
    }
    shelf.store.insert([{"_id": "foreign", "location": "s3://x"}])
    return found


def rows(path: Path, query: str) -> list[dict[str, Any]]:
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    found = [dict(row) for row in connection.execute(query)]
    connection.close()
    return found


def test_jobs(jobs, path):
    found = {row["key"]: row for row in rows(path, "SELECT * FROM jobs")}
    assert {name: found[key]["state"] for name, key in jobs.items()} == {name: name for name in jobs}
    done, failed = found[jobs["done"]], found[jobs["failed"]]
    assert (done["name"], done["tag"], done["attempt"], done["seconds"]) == ("rates", "v1", 1, 10.0)
    assert json.loads(done["inputs"]) == ["s3://in/a"]
    assert json.loads(done["parameters"]) == PARAMETERS
    assert done["location"].endswith(jobs["done"])
    assert (failed["error_cause"], failed["error_type"], failed["message"]) == ("analysis", "ValueError", "oh")
    assert (failed["attempt"], failed["seconds"], json.loads(failed["inputs"])) == (2, 1.5, ["/in/b"])
    assert found[jobs["empty"]]["message"] == "no units"
    assert found["foreign"]["state"] == "done"


def test_launches(shelf, path):
    shelf.store.put_launch(launch_record("a"))
    shelf.store.put_launch(launch_record("b", **ENDED))
    running, ended = rows(path, "SELECT * FROM launches ORDER BY session")
    assert (running["session"], running["state"], running["ended"], running["counts"]) == ("a", "running", None, None)
    assert (ended["run_name"], ended["user"], ended["pipeline_version"]) == ("happy_turing", "A Scientist", "1.2")
    assert json.loads(ended["counts"]) == ENDED["counts"]


def test_jobs_name_their_launch(jobs, shelf, path):
    shelf.store.put_launch(launch_record(**ENDED))
    query = "SELECT run_name, count(*) AS jobs FROM jobs JOIN launches ON jobs.launch = launches.session GROUP BY 1"
    assert rows(path, query) == [{"run_name": "happy_turing", "jobs": len(jobs)}]


def test_jobs_are_those_of_the_command(jobs, path, capsys):
    """One line each, and the same words."""
    listed = {line["key"]: line for line in command(capsys, "list", "--json", "--store", path).lines}
    for row in rows(path, "SELECT * FROM jobs"):
        line = listed.pop(row["key"])
        assert (row["state"], row["name"] or "", row["tag"] or "") == (line["state"], line["name"], line["tag"])
        assert (row["attempt"], row["seconds"], row["started"]) == (line["attempt"], line["seconds"], line["started"])
        assert (row["subject"] or "", row["acquired"] or "") == (line["subject"], line["acquired"])
        assert (json.loads(row["inputs"]), row["location"] or None) == (line["inputs"], line["location"])
    assert listed == {}


ASSET = "690494_2025-02-04_10-20-30"
KNOWN = ("690494", "2025-02-04T10:20:30")


def test_recording_subject_and_date_of_jobs(shelf: Shelf, path):
    """Of a job that is done its record tells them, of others the state."""
    done = shelf.done([f"s3://in/{ASSET}/"], PARAMETERS)
    named = {"assets": ["raw"], "subject": "mouse", "acquired": "2025-02-04"}
    failed = shelf.settled("failed", ["/in/b.nwb"], PARAMETERS, error=ERROR, **named)
    unknown = shelf.settled("failed", ["/in/deep/c.nwb/"], PARAMETERS, error=ERROR)
    whole = shelf.settled("failed", ["alone"], PARAMETERS, error=ERROR)
    columns = "recording, subject, acquired"
    found = {row.pop("key"): tuple(row.values()) for row in rows(path, f"SELECT key, {columns} FROM jobs")}
    assert found == {
        done: (ASSET, *KNOWN),
        failed: ("raw", "mouse", "2025-02-04"),
        unknown: ("c.nwb", None, None),
        whole: ("alone", None, None),
    }
    (row,) = rows(path, "SELECT subject, acquired FROM records")
    assert tuple(row.values()) == KNOWN


@pytest.mark.parametrize(
    ("notes", "subject"),
    [
        (None, None), ("", None), ("subject a", "a"), ("x; subject a, b; acquired 2025-01-01", "a, b"),
        ("no subject a; more", None), ("subject ", ""),
    ],
)  # fmt: skip
def test_what_notes_tell(shelf: Shelf, path, notes, subject):
    process = {"name": "n", "notes": notes}
    shelf.store.insert([{"_id": "k", "location": "/x", "processing": {"data_processes": [process]}}])
    assert rows(path, "SELECT subject FROM jobs") == rows(path, "SELECT subject FROM records") == [{"subject": subject}]


def test_a_job_without_a_state(shelf, path, jobs):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM job_states")
    connection.close()
    row = next(row for row in rows(path, "SELECT * FROM jobs") if row["key"] == jobs["done"])
    assert (row["state"], row["seconds"], json.loads(row["inputs"])) == ("done", 10.0, ["s3://in/a"])


def test_an_adopted_job(shelf: Shelf, path, jobs):
    from analysis_jobs.jobs.key import job_key, key_parts
    from analysis_jobs.store.adopt import adopt

    parts = key_parts(["s3://in/a"], PARAMETERS, "sha256:n3w")
    decision = {"key": job_key(parts), "parts": parts, "older": [jobs["done"]]}
    assert adopt([decision], shelf.store, "me", "only a comment")[0] == [decision["key"]]
    (row,) = rows(path, f"SELECT * FROM jobs WHERE key = '{decision['key']}'")
    assert (row["state"], row["location"]) == ("done", str(shelf.folder.parent / "analyses" / jobs["done"]))


def test_records(jobs, path):
    (row,) = rows(path, "SELECT * FROM records WHERE key != 'foreign'")
    assert (row["key"], row["name"], row["code_version"], row["pipeline"]) == (
        jobs["done"],
        "rates",
        CODE,
        "a pipeline",
    )
    assert (row["started"], row["ended"]) == ("2026-01-02T03:04:05Z", "2026-01-02T03:04:15Z")
    assert json.loads(row["outputs"]) == OUTPUTS
    assert row["commit_hash"] is None


def test_outputs(jobs, path):
    found = {row["name"]: (row["value"], row["number"]) for row in rows(path, "SELECT * FROM outputs")}
    assert found == {
        "n": ("3", 3.0), "rate": ("0.5", 0.5), "good": ("true", 1.0), "bad": ("false", 0.0), "text": ("hello", None),
        "nothing": (None, None), "list": ('[1,{"a":2}]', None), "by_unit.7": ("1.5", 1.5),
        "by_unit.0.5.deep": ("x", None), "by_unit.0.5.er.so": ('{"deep":1}', None),
        "by_unit.0.5.er.x": ("false", 0.0), "digits": ("12", None), "json": ('{"a": 1}', None),
    }  # fmt: skip


def test_names_of_outputs_are_those_of_the_table(jobs, path):
    from analysis_jobs import load_outputs

    columns = {name for name in load_outputs(store=str(path)).columns if name.startswith("outputs.")}
    names = {f"outputs.{row['name']}" for row in rows(path, "SELECT name FROM outputs")}
    assert columns - names == {"outputs.by_unit.0.5.er.so.deep"}, "deeper than the view goes"
    assert names - columns == {"outputs.by_unit.0.5.er.so"}


def test_a_file_of_an_older_version(jobs, path, capsys):
    """Read without its views, which the next writer adds."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for view in ("jobs", "records", "outputs"):
            connection.execute(f"DROP VIEW {view}")
    connection.close()
    assert len(command(capsys, "list", "--json", "--store", path).lines) == len(jobs) + 1
    SqliteStore(path)
    assert len(rows(path, "SELECT * FROM jobs")) == len(jobs) + 1


def test_views_of_an_older_version_are_renewed(jobs, path):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript("DROP VIEW jobs; CREATE VIEW jobs AS SELECT key FROM job_states")
    connection.close()
    open_store(str(path), read_only=True)
    assert rows(path, "SELECT * FROM jobs")[0].keys() == {"key"}  # whoever only reads changes nothing
    open_store(str(path))
    assert {"key", "state", "subject"} <= rows(path, "SELECT * FROM jobs")[0].keys()


def test_views_that_are_there_are_not_made_again(path):
    open_store(str(path))
    before = rows(path, "PRAGMA schema_version")
    open_store(str(path))
    assert rows(path, "PRAGMA schema_version") == before


def test_several_may_renew_them_at_once(jobs, path):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript("DROP VIEW jobs; CREATE VIEW jobs AS SELECT 1; DROP VIEW outputs")
    connection.close()
    start = Barrier(6)

    def open_it(_: int) -> None:
        start.wait()
        open_store(str(path))

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(open_it, range(6)))
    assert len(rows(path, "SELECT state FROM jobs")) == len(jobs) + 1


def steps(path: Path, query: str) -> int:
    """Return how many hundred instructions of its machine SQLite needs for a query."""
    counted = []
    connection = sqlite3.connect(path)
    connection.set_progress_handler(lambda: counted.append(1), 100)
    connection.execute(query).fetchall()
    connection.close()
    return len(counted)


@pytest.mark.parametrize("view", ["jobs", "records", "outputs"])
def test_twice_the_jobs_take_twice_the_work(shelf: Shelf, jobs, path, view):
    def more(names: range) -> None:
        shelf.store.insert({**record, "_id": str(name)} for name in names)
        shelf.store.settle([new_state(str(name), "done", 1, {}) for name in names], "this-run")

    record = shelf.store.records([jobs["done"]])[jobs["done"]]
    more(range(200))
    before = steps(path, f"SELECT * FROM {view}")
    more(range(200, 400))
    assert 1.5 < steps(path, f"SELECT * FROM {view}") / before < 2.5


def test_datasette_shows_the_views(jobs, path):
    """As a server answers: with files as they are, so without a network."""

    def ask(address: str) -> Any:
        command = [sys.executable, "-m", "datasette", path, "--get", address]
        # It leaves files open, of which Python would tell
        environment = {**os.environ, "PYTHONDEVMODE": "", "PYTHONWARNINGS": ""}
        return json.loads(subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE).stdout)

    views = ask("/records.json")["views"]
    assert {view["name"] for view in views} == {"jobs", "records", "outputs", "launches", "history"}
    outputs = ask("/records/outputs.json?_shape=array")
    assert {"key": jobs["done"], "name": "rate", "value": "0.5", "number": 0.5} in outputs
    failed = ask("/records/jobs.json?state=failed&_shape=array")
    assert [job["key"] for job in failed] == [jobs["failed"]]


QUERY = """
SELECT j.name, avg(o.number::DOUBLE) FROM {0}outputs o JOIN {0}jobs j USING (key) WHERE o.name = 'rate' GROUP BY ALL
"""


def test_duckdb_through_pandas(jobs, path):
    import duckdb
    import pandas as pd

    duck = duckdb.connect()
    connection = sqlite3.connect(path)
    for view in ("jobs", "outputs"):
        duck.register(view, pd.read_sql(f"SELECT * FROM {view}", connection))
    connection.close()
    assert duck.sql(QUERY.format("")).fetchall() == [("rates", 0.5)]


def test_duckdb_by_its_own_extension(jobs, path):
    import duckdb

    duck = duckdb.connect(config={"autoinstall_known_extensions": "false"})
    try:
        duck.sql("LOAD sqlite")
    except duckdb.Error:
        pytest.skip("DuckDB's extension sqlite is not installed here: INSTALL sqlite fetches it over the network")
    duck.sql(f"ATTACH '{path}' AS store (TYPE sqlite, READ_ONLY)")
    assert duck.sql(QUERY.format("store.")).fetchall() == [("rates", 0.5)]
    for view in ("jobs", "records", "outputs"):
        found = duck.sql(f"SELECT * FROM store.{view} ORDER BY ALL").fetchall()
        expected = [
            tuple(None if value is None else str(value) for value in row.values())
            for row in rows(path, f"SELECT * FROM {view}")
        ]
        assert sorted(map(repr, found)) == sorted(map(repr, expected))


def test_views_are_such_that_duckdb_takes_them():
    """See the module: what it would put together wrongly, and the function that keeps it from trying by itself."""
    assert len(VIEWS) == 5
    for view in VIEWS.values():
        assert [word for word in ("->", "UNION", "RECURSIVE", "FULL") if word in view] == []
        assert view.count("likely(") == 1


def test_what_was_done_to_jobs(jobs, path):
    note = new_note(jobs["done"], "opened again", "alice", "its files are gone")
    open_store(str(path)).add_history([{**note, "record": "{}"}])
    assert rows(path, "SELECT * FROM history") == [
        {
            "key": jobs["done"], "time": note["when"], "act": "opened again", "who": "alice",
            "what": "its files are gone", "bytes": None, "record": "{}", "state": None,
        }
    ]  # fmt: skip
