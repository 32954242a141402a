"""A job ends quickly where Python's own end would do nothing that anybody sees, and otherwise as Python ends."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import gc, sys
from analysis_jobs.stages.analyze.quick_end import QuickEnd
gc.freeze()
frozen = gc.get_freeze_count()
exec(sys.argv[1])
quick_end = QuickEnd(frozen)
quick_end.prepare()
exec(sys.argv[2])
quick_end.take()
print("slowly")
"""
QUICK = {
    "nothing": "",
    "what is printed": "print('printed', end='')",
    "an exit handler": "import atexit; atexit.register(print, 'at exit')",
    "a finalizer": "import weakref; keep = type('K', (), {}); weakref.finalize(keep, print, 'finalized')",
    "objects of its own": "keep = [type('K', (), {})() for _ in range(9)]",
    "as many as the collector looks through": "keep = [[] for _ in range(200_000)]",
    "a file that was flushed": "keep = open('rows', 'w'); keep.write('1'); keep.flush()",
    "an array": "import numpy; keep = numpy.zeros(9)",
    "a figure": "import matplotlib.figure; keep = matplotlib.figure.Figure(); keep.savefig('rates.png')",
    "a weak dictionary": "import weakref; keep = weakref.WeakSet(), type('K', (), {})(); keep[0].add(keep[1])",
    "a proxy of nothing": "import weakref; keep = weakref.proxy(type('K', (), {})())",
    "a weak method": "import weakref; K = type('K', (), {'m': lambda _: 1}); keep = K(); "
    "keep = keep, weakref.WeakMethod(keep.m)",
    "an abstract base class": "import abc; K = abc.ABCMeta('K', (), {}); keep = K(), K.register(type('L', (), {}))",
}
# None of these may be asked what it is
ODD = """
class Lazy:
    @property
    def __class__(self):
        print("asked")
        raise RuntimeError
class Kind(type):
    def __eq__(self, other):
        return self is other
    def __getattr__(self, name):
        raise KeyError(name)
keep = Lazy(), Kind("K", (), {})()
sys.modules["lazy"] = keep[0]
"""
QUICK["objects that lie"] = ODD
DELETED = "import os; K = type('K', (), {'__del__': lambda _, write=os.write: write(1, b'deleted')})"
SLOW = {
    "an object that says something": f"{DELETED}; keep = K()",
    "one that a class holds": f"{DELETED}; H = type('H', (), {{'keep': [K()]}})",
    "one that is old": f"{DELETED}; keep = [K()]; more = [[] for _ in range(200_000)]",
    "one without a dictionary": "K = type('K', (), {'__slots__': (), '__del__': lambda _: None}); keep = K()",
    "a generator that has begun": "exec('def rows():\\n try: yield\\n finally: print(1)'); keep = rows(); next(keep)",
    "a weak reference that calls": "import weakref; K = type('K', (), {})(); keep = weakref.ref(K, lambda _: print(1))",
    "one that calls something in between": "import weakref, functools; K = type('K', (), {})(); "
    "keep = weakref.ref(K, functools.partial(print, 1))",
    "one that prints": "import weakref; K = type('K', (), {})(); keep = weakref.ref(K, print)",
    "a weak method that calls": "import weakref; K = type('K', (), {'m': lambda _: 1})(); "
    "keep = weakref.WeakMethod(K.m, lambda _: print(1)), K",
    "a proxy that calls": "import weakref; K = type('K', (), {})(); keep = weakref.proxy(K, lambda _: print(1))",
    "what is hidden from the collector": "keep = [[] for _ in range(9)]; gc.freeze()",
    "what was hidden from it": "gc.unfreeze()",
    "a database": "import sqlite3; keep = sqlite3.connect(':memory:')",
    "HDF5": "import h5py",
    "a thread": "import threading, time; threading.Thread(target=time.sleep, args=(9,), daemon=True).start()",
    "a compressed file": "import gzip; keep = gzip.open('rows.gz', 'w')",
}


def ended(folder: Path, at_import: str, job: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", PROGRAM, at_import, job]
    return subprocess.run(
        command, cwd=folder, env={**os.environ, "PYTHONDEVMODE": "", **environment}, capture_output=True, text=True
    )


@pytest.mark.parametrize("job", QUICK.values(), ids=QUICK)
def test_a_job_that_leaves_nothing_ends_quickly(job: str, tmp_path: Path) -> None:
    done = ended(tmp_path, "", job)
    assert (done.returncode, done.stderr) == (0, "")
    assert "slowly" not in done.stdout
    for said in ("printed", "at exit", "finalized"):
        assert (said in done.stdout) == (repr(said) in job)


@pytest.mark.parametrize("job", SLOW.values(), ids=SLOW)
def test_a_job_that_leaves_something_ends_as_python_ends(job: str, tmp_path: Path) -> None:
    assert "slowly" in ended(tmp_path, "", job).stdout


def test_a_stream_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    assert ended(tmp_path, "", "sys.stdout = open('/dev/full', 'w'); print(1)").returncode == 120


@pytest.mark.parametrize("job", SLOW.values(), ids=SLOW)
def test_what_an_import_leaves_counts_for_every_job(job: str, tmp_path: Path) -> None:
    assert "slowly" in ended(tmp_path, job, "").stdout


def test_what_an_import_makes_may_hold_what_a_job_makes(tmp_path: Path) -> None:
    (tmp_path / "made.py").write_text(f"H = type('H', (), {{'keep': []}}); {DELETED}")
    said = ended(tmp_path, "import made", "made.H.keep.append(made.K())").stdout
    assert ("slowly" in said, "deleted" in said) == (True, True)


def test_in_development_mode_python_says_what_was_left_open(tmp_path: Path) -> None:
    assert "slowly" in ended(tmp_path, "", "", PYTHONDEVMODE="1").stdout


def test_a_database_is_closed(tmp_path: Path) -> None:
    job = "import sqlite3; keep = sqlite3.connect('a.sqlite', isolation_level=None)"
    ended(tmp_path, "", f"{job}; keep.execute('pragma journal_mode=wal'); keep.execute('create table t (a)')")
    assert [path.name for path in tmp_path.iterdir()] == ["a.sqlite"]
    with sqlite3.connect(tmp_path / "a.sqlite") as database:
        assert database.execute("select count(*) from t").fetchone() == (0,)
    database.close()


@pytest.mark.parametrize(
    ("at_import", "job"),
    [
        ("import atexit; keep = []; atexit.register(lambda: keep[0].write('rows'))", "keep.append(open('rows', 'w'))"),
        ("keep = open('rows', 'w')", "keep.write('rows')"),
    ],
)
def test_what_is_written_last_is_in_its_file(at_import: str, job: str, tmp_path: Path) -> None:
    ended(tmp_path, at_import, job)
    assert (tmp_path / "rows").read_text() == "rows"


def test_what_is_printed_to_the_streams_of_the_task_is_told(tmp_path: Path) -> None:
    job = "import io; sys.stdout = io.StringIO(); sys.__stdout__.write('printed')"
    assert ended(tmp_path, "", job, PYTHONUNBUFFERED="").stdout == "printed"
