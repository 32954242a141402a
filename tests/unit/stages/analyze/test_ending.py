"""A job ends as Python ends: what is whole after a plain script is whole here, alone and beside others."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from support.batches import Batch
from support.samples import PROJECT

WRITERS = """
import atexit, functools, gzip, json, logging, pathlib, sqlite3, threading, time, weakref, zipfile
from analysis_jobs import GenericModel

class AnalysisSpecification(GenericModel):
    do: str

class AnalysisOutputs(GenericModel):
    pass

class Sink:
    # keeps a file, and itself through a bound method, as loggers and exporters do
    def __init__(self, name):
        self.file = open(name, "w")
        self.write = self.write_row

    def write_row(self, text):
        self.file.write(text)

class AtItsEnd:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        pathlib.Path(self.name).write_text(ROWS)

class Registry:
    kept = []

class OddKind(type):
    # whose types have no hash, as they say what is the same
    def __eq__(self, other):
        return self is other

class Odd(metaclass=OddKind):
    @property
    def __class__(self):
        raise RuntimeError("it may not be asked yet")

LAST = []
atexit.register(lambda: [file.write(ROWS) for file in LAST])  # at import, and so called after those of a job

KEPT = []
ROWS = "unit,rate\\n" * 3

def run_analysis(job, specification, results):
    globals()[specification.do]()
    return AnalysisOutputs()

def module_file():
    KEPT.append(open("rows.csv", "w"))
    KEPT[-1].write(ROWS)

def beside_odd_objects():
    KEPT.append(Odd())
    module_file()

def written_by_an_early_handler():
    LAST.append(open("rows.csv", "w"))

def cached_file():
    @functools.lru_cache
    def out(name):
        return open(name, "w")
    KEPT.append(out)
    out("rows.csv").write(ROWS)

def cycle():
    Sink("rows.csv").write(ROWS)

def compressed():
    KEPT.append(gzip.open("rows.csv.gz", "wt"))
    KEPT[-1].write(ROWS)

def archive():
    KEPT.append(zipfile.ZipFile("rows.zip", "w"))
    KEPT[-1].writestr("rows.csv", ROWS)

def log_file():
    handler = logging.FileHandler("rows.log")
    memory = logging.handlers.MemoryHandler(1000, target=handler)
    memory.emit(logging.makeLogRecord({"msg": "kept until the end", "levelno": 20}))
    logging.getLogger("rows").addHandler(memory)

def deleted():
    KEPT.append(AtItsEnd("rows.csv"))

def held_by_a_class():
    Registry.kept.append(AtItsEnd("rows.csv"))

def deleted_after_much():
    KEPT.append(AtItsEnd("rows.csv"))
    KEPT.append([[] for _ in range(200_000)])  # after which it is old

def database():
    KEPT.append(sqlite3.connect("rows.sqlite", isolation_level=None))
    KEPT[-1].execute("pragma journal_mode = wal")
    KEPT[-1].execute("create table rows (unit)")

def exit_handler():
    atexit.register(lambda: pathlib.Path("rows.csv").write_text(ROWS))

def finalizer():
    KEPT.append(Sink)
    weakref.finalize(Sink, lambda: pathlib.Path("rows.csv").write_text(ROWS))

def late_thread():
    threading.Thread(target=lambda: (time.sleep(0.2), pathlib.Path("rows.csv").write_text(ROWS))).start()

def executor():
    from concurrent.futures import ThreadPoolExecutor
    KEPT.append(ThreadPoolExecutor(1))
    KEPT[-1].submit(lambda: (time.sleep(0.2), pathlib.Path("rows.csv").write_text(ROWS)))

def hdf5():
    import h5py
    KEPT.append(h5py.File("rows.h5", "w"))
    KEPT[-1]["rows"] = list(range(1000))

import logging.handlers
"""
NAMES = (
    "module_file",
    "beside_odd_objects",
    "written_by_an_early_handler",
    "cached_file",
    "cycle",
    "compressed",
    "archive",
    "log_file",
    "deleted",
    "held_by_a_class",
    "deleted_after_much",
    "database",
    "exit_handler",
    "finalizer",
    "late_thread",
    "executor",
    "hdf5",
)
PLAIN = """
import os, sys, types
sys.path.insert(0, sys.argv[1])
import writers
os.chdir(sys.argv[2])
writers.run_analysis(None, types.SimpleNamespace(do=sys.argv[3]), None)
"""


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a plain script leaves, a folder for each writer."""
    folder = tmp_path_factory.mktemp("plain")
    (folder / "writers.py").write_text(WRITERS)
    for name in NAMES:
        (folder / name).mkdir()
        subprocess.run([sys.executable, "-c", PLAIN, folder, folder / name, name], check=True)
    return folder


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Batch:
    return Batch(tmp_path_factory.mktemp("batch"), WRITERS, {name: {"do": name} for name in NAMES})


def content(folder: Path) -> dict[str, bytes]:
    # What has times in it, or is laid out by chance, is compared by its length.
    loose = (".gz", ".zip", ".h5")
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    return {name: bytes(len(found)) if name.endswith(loose) else found for name, found in files.items()}


def as_plain(plain: Path, name: str) -> dict[str, bytes]:
    """Return what a plain script leaves; of a cycle Python itself may write nothing, and here all is written."""
    return content(plain / name) | ({"rows.csv": b"unit,rate\n" * 3} if name == "cycle" else {})


@pytest.mark.parametrize("name", NAMES)
def test_every_writer_is_whole(name: str, batch: Batch, plain: Path) -> None:
    assert batch.outcome(name)["state"] == "done", batch.log(name)
    assert content(batch.results(name)) == as_plain(plain, name)


@pytest.mark.parametrize("name", ["module_file", "cycle", "late_thread"])
def test_alone_in_its_task_as_well(name: str, tmp_path: Path, plain: Path) -> None:
    alone = Batch(tmp_path, WRITERS, {name: {"do": name}})
    assert content(alone.results(name)) == as_plain(plain, name)


@pytest.mark.parametrize("name", ["cycle", "exit_handler", "finalizer", "late_thread", "deleted"])
def test_a_trial_ends_so_too(name: str, tmp_path: Path, plain: Path) -> None:
    (tmp_path / "writers.py").write_text(WRITERS)
    (tmp_path / "job.json").write_text(json.dumps({"s3_location": ["in"]}))
    command = [Path(sys.executable).with_name("analysis-jobs"), "try", "writers.py", "--job", "job.json"]
    subprocess.run([*command, "--set", f"do={name}", "--results", "out"], cwd=tmp_path, check=True)
    assert content(tmp_path / "out") == as_plain(plain, name)


ENDINGS = """
import atexit, ctypes, gzip, os, resource, subprocess, threading, time
from analysis_jobs import GenericModel
import analysis_jobs.stages.analyze.ending as ending

ending.GRACE, ending.END = 0.5, 2.0

class AnalysisSpecification(GenericModel):
    do: str

class AnalysisOutputs(GenericModel):
    pass

def run_analysis(job, specification, results):
    globals()[specification.do]()
    return AnalysisOutputs()

def nothing():
    pass

def thread_for_ever():
    threading.Thread(target=time.sleep, args=(1000,), name="forever").start()

def thread_that_fails_late():
    threading._register_atexit(int, "late")

def process_for_ever():
    import multiprocessing
    multiprocessing.get_context("fork").Process(target=time.sleep, args=(1000,), name="forever").start()

def program_for_ever():
    program = subprocess.Popen(["sh", "-c", "sleep 1000 & sleep 1000"], start_new_session=True)
    open("pid", "w").write(str(program.pid))

def program_that_ends():
    subprocess.Popen(["sh", "-c", "sleep 0.2; echo whole > table.txt"], start_new_session=True)

def file_too_large():
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
    globals()["KEPT"] = open("rows.csv", "w")
    KEPT.write("1,2\\n" * 1500)

def compressed_file_too_large():
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
    globals()["KEPT"] = gzip.open("rows.csv.gz", "wb")
    KEPT.write(os.urandom(6000))

def handler_for_ever():
    atexit.register(time.sleep, 1000)

def handler_that_crashes():
    atexit.register(ctypes.string_at, 0)
"""


@pytest.fixture(scope="module")
def endings(tmp_path_factory: pytest.TempPathFactory) -> Batch:
    names = (
        "thread_for_ever",
        "thread_that_fails_late",
        "process_for_ever",
        "program_for_ever",
        "program_that_ends",
        "handler_for_ever",
        "handler_that_crashes",
        "file_too_large",
        "compressed_file_too_large",
    )
    jobs = {name: {"do": name} for name in (*names, "nothing")}
    # Where PYTHONDEVMODE is set, Python tells in the log of what these leave open
    return Batch(tmp_path_factory.mktemp("endings"), ENDINGS, jobs, PYTHONDEVMODE="", PYTHONWARNINGS="")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("thread_for_ever", "threads that the analysis left running are ended: forever; join them\n"),
        ("process_for_ever", "a process that the analysis left running is ended: forever; join it\n"),
    ],
)
def test_what_a_job_leaves_running_is_ended(name: str, said: str, endings: Batch) -> None:
    assert endings.outcome(name)["state"] == "done"
    assert endings.log(name) == said


def test_what_fails_as_threads_end_is_told_and_fails_nothing(endings: Batch) -> None:
    assert endings.outcome("thread_that_fails_late")["state"] == "done"
    assert "ValueError: invalid literal for int() with base 10: 'late'\n" in endings.log("thread_that_fails_late")


def test_programs_and_their_children_are_ended(endings: Batch) -> None:
    assert endings.outcome("program_for_ever")["state"] == "done"
    assert endings.log("program_for_ever") == (
        "programs that the analysis left running are ended: sh, sleep, sleep; wait for them\n"
    )
    pid = (endings.results("program_for_ever") / "pid").read_text()
    assert not Path(f"/proc/{pid}").exists()
    commands = (path.read_bytes() for path in Path("/proc").glob("[0-9]*/environ") if _readable(path))
    assert not any(str(endings.folder).encode() in command for command in commands)


def test_a_program_that_ends_by_itself_is_waited_for(endings: Batch) -> None:
    assert (endings.results("program_that_ends") / "table.txt").read_text() == "whole\n"
    assert endings.log("program_that_ends") == ""


@pytest.mark.parametrize("name", ["file_too_large", "compressed_file_too_large"])
def test_what_cannot_be_written_to_its_end_fails_the_job(name: str, endings: Batch) -> None:
    assert endings.outcome(name)["error"]["type"] == "UncleanEnd"
    assert "could not be written to its end: File too large" in endings.log(name)


def _readable(path: Path) -> bool:
    try:
        return bool(path.read_bytes())
    except OSError:
        return False


@pytest.mark.parametrize(
    ("name", "how"), [("handler_for_ever", "exit code 1"), ("handler_that_crashes", "signal SIGSEGV")]
)
def test_what_cannot_end_well_fails_the_job(name: str, how: str, endings: Batch) -> None:
    error = endings.outcome(name)["error"]
    assert (error["type"], error["cause"]) == ("UncleanEnd", "analysis")
    assert how in error["message"]


def test_the_log_says_where_an_end_hangs(endings: Batch) -> None:
    assert "Timeout" in endings.log("handler_for_ever")


def test_the_jobs_after_them_go_on(endings: Batch) -> None:
    assert endings.outcome("nothing")["state"] == "done"
    assert PROJECT.is_dir()
