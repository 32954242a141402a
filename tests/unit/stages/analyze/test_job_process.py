"""The process of a job: its own session, its time, and what it does to others."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.batches import Batch
from support.samples import PROJECT, write_files

ANALYSIS = """
import multiprocessing, os, signal, subprocess, sys, time
from concurrent.futures import ProcessPoolExecutor
from typing import Any
from analysis_jobs import GenericModel

class AnalysisSpecification(GenericModel):
    do: str

class AnalysisOutputs(GenericModel):
    value: Any = None

class Row:
    def __init__(self, value):
        self.value = value

def work(value):
    return Row(value * value)

def put(queue, value):
    queue.put(value * value)

def run_analysis(job, specification, results):
    return AnalysisOutputs(value=globals()[specification.do]())

def pool(kind):
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(kind)) as workers:
        return [row.value for row in workers.map(work, range(4))]

def spawned_executor(): return pool("spawn")
def forkserver_executor(): return pool("forkserver")
def forked_executor(): return pool("fork")

def spawned_pool():
    with multiprocessing.get_context("spawn").Pool(2) as workers:
        return [row.value for row in workers.map(work, range(4))]

def spawned_processes():
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    processes = [context.Process(target=put, args=(queue, value)) for value in range(3)]
    [process.start() for process in processes]
    found = sorted(queue.get(timeout=60) for _ in processes)
    [process.join() for process in processes]
    return [found, [process.exitcode for process in processes]]

def pickled():
    import pickle
    return [pickle.loads(pickle.dumps(work))(3).value, Row.__module__]

def kills_its_group():
    program = subprocess.Popen(["sleep", "30"])
    os.killpg(os.getpgid(program.pid), signal.SIGTERM)
    time.sleep(30)

def real_time_signal():
    os.kill(os.getpid(), signal.SIGRTMIN + 6)
    time.sleep(30)

def alarm():
    signal.alarm(1)
    time.sleep(30)

def interrupt():
    raise KeyboardInterrupt

def leaks_descriptors():
    import resource
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    kept = [open(os.devnull) for _ in range(1000)]

def sleeps():
    time.sleep(60)

def keeps_descriptors():
    import resource
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    kept = globals().setdefault("KEPT", [])
    while True:
        kept.append(open(os.devnull))

def hides_that_descriptors_are_kept():
    try:
        keeps_descriptors()
    except OSError:
        return "went on"

def kills_its_parent():
    os.kill(os.getppid(), signal.SIGTERM)
    time.sleep(30)

def interrupts_its_parent():
    os.kill(os.getppid(), signal.SIGINT)
    time.sleep(30)

def stops_its_parent():
    os.kill(os.getppid(), signal.SIGSTOP)

def replaces_json():
    import json
    json.dumps = lambda *_, **__: b"{}"

def spoils_its_outcome():
    open("../outcome.json", "w").write('{"state": "do')
    os._exit(0)

def claims_another_outcome():
    open("../outcome.json", "w").write("{}")
    os._exit(0)

def folder_for_a_log():
    os.remove("../analysis.log")
    os.mkdir("../analysis.log")

def pipe_for_a_log():
    os.remove("../analysis.log")
    os.mkfifo("../analysis.log")

def removes_all():
    import shutil
    shutil.rmtree(os.path.dirname(os.getcwd()))

def takes_all_memory():
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (2_000_000_000, 2_000_000_000))
    bytearray(4_000_000_000)

def memory_score():
    return [int(open(f"/proc/{number}/oom_score_adj").read()) for number in (os.getpid(), os.getppid())]

def nothing():
    return os.getsid(0) == os.getpid()
"""
PARALLEL = ("spawned_executor", "forkserver_executor", "forked_executor", "spawned_pool")
ENDED = (
    "kills_its_group",
    "kills_its_parent",
    "interrupts_its_parent",
    "real_time_signal",
    "alarm",
    "interrupt",
    "leaks_descriptors",
    "keeps_descriptors",
    "takes_all_memory",
    "spoils_its_outcome",
    "claims_another_outcome",
    "folder_for_a_log",
    "pipe_for_a_log",
    "removes_all",
)


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Batch:
    names = (
        *PARALLEL,
        "spawned_processes",
        "pickled",
        *ENDED,
        "hides_that_descriptors_are_kept",
        "replaces_json",
        "stops_its_parent",
        "memory_score",
        "nothing",
    )
    return Batch(tmp_path_factory.mktemp("batch"), ANALYSIS, {name: {"do": name} for name in names})


@pytest.mark.parametrize("name", PARALLEL)
def test_workers_of_every_kind(name: str, batch: Batch) -> None:
    assert batch.outcome(name)["outputs"] == {"value": [0, 1, 4, 9]}, batch.log(name)


def test_processes_of_its_own(batch: Batch) -> None:
    assert batch.outcome("spawned_processes")["outputs"] == {"value": [[0, 1, 4], [0, 0, 0]]}


def test_what_it_defines_can_be_pickled_under_its_own_name(batch: Batch) -> None:
    assert batch.outcome("pickled")["outputs"] == {"value": [9, "writers"]}


ODD_NAMES = {
    "no name of a module": {"my-lab 2.py": ANALYSIS},
    "the name of a module of Python": {"json.py": ANALYSIS},
    "a folder": {"my-lab/analysis.py": ANALYSIS},
    "a package": {"lab/__init__.py": ANALYSIS},
    "a package with a part": {
        "my-lab/__init__.py": "",
        "my-lab/analysis.py": "from .parts.inner import *\n",
        "my-lab/parts/__init__.py": "",
        "my-lab/parts/inner.py": ANALYSIS,
    },
}


@pytest.mark.parametrize("files", ODD_NAMES.values(), ids=ODD_NAMES)
def test_workers_find_an_analysis_whatever_it_is_called(files: dict[str, str], tmp_path: Path) -> None:
    batch = Batch(tmp_path, files, {"spawned_pool": {"do": "spawned_pool"}}, next(iter(files)).partition("/")[0])
    assert batch.outcome("spawned_pool")["outputs"] == {"value": [0, 1, 4, 9]}, batch.log("spawned_pool")


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        ("kills_its_group", "SIGTERM", "was killed by SIGTERM"),
        ("real_time_signal", f"signal {signal.SIGRTMIN + 6}", "was killed by signal"),
        ("alarm", "SIGALRM", "an alarm that nobody handled went off"),
        ("interrupt", "KeyboardInterrupt", "the analysis raised KeyboardInterrupt"),
        ("leaks_descriptors", "OSError", "too many files are open (at most 64)"),
        ("keeps_descriptors", "OSError", "too many files are open (at most 64)"),
        ("kills_its_parent", "SIGTERM", "was killed by SIGTERM"),
        ("interrupts_its_parent", "SIGINT", "was killed by SIGINT"),
        ("spoils_its_outcome", "ProcessExit", "ended its process with exit code 0"),
        ("claims_another_outcome", "ProcessExit", "ended its process with exit code 0"),
        ("folder_for_a_log", "BadOutcome", "it replaced analysis.log; write into the results folder only"),
        ("pipe_for_a_log", "BadOutcome", "it replaced analysis.log; write into the results folder only"),
        ("removes_all", "BadOutcome", "what it left cannot be read: "),
        ("takes_all_memory", "MemoryError", "there was not enough memory"),
    ],
)
def test_the_cause_has_its_name(name: str, kind: str, said: str, batch: Batch) -> None:
    error = batch.outcome(name)["error"]
    assert (error["type"], error["cause"]) == (kind, "analysis")
    assert said in error["message"]


def test_what_a_job_has_used_up_or_replaced_does_not_take_its_outcome(batch: Batch) -> None:
    assert batch.outcome("hides_that_descriptors_are_kept")["outputs"] == {"value": "went on"}
    assert batch.outcome("replaces_json")["state"] == "done"


def test_a_job_that_stops_its_parent_is_not_waited_for_in_vain(batch: Batch) -> None:
    assert batch.outcome("stops_its_parent")["state"] == "done"


def test_an_analysis_that_does_not_wait_for_its_children_is_waited_for(tmp_path: Path) -> None:
    first = "import signal; signal.signal(signal.SIGCHLD, signal.SIG_IGN)"
    says = "def says(): return signal.getsignal(signal.SIGCHLD).name"
    ended = Batch(tmp_path, f"{first}\n{ANALYSIS}\n{says}", {name: {"do": "says"} for name in "ab"})
    assert [ended.outcome(name)["outputs"]["value"] for name in "ab"] == ["SIG_IGN", "SIG_IGN"]


def test_where_memory_is_used_up_the_job_goes_before_its_task(batch: Batch) -> None:
    job, task = batch.outcome("memory_score")["outputs"]["value"]
    assert job > task


def test_the_job_after_all_of_them_is_done_in_a_session_of_its_own(batch: Batch) -> None:
    assert batch.ended.returncode == 0
    assert batch.outcome("nothing")["outputs"] == {"value": True}


def test_a_time_limit_is_the_jobs(tmp_path: Path) -> None:
    jobs = {name: {"do": name} for name in ("nothing", "sleeps", "pickled")}
    limited = Batch(tmp_path, ANALYSIS, jobs, arguments=["--seconds", "2"])
    assert limited.outcome("nothing")["state"] == limited.outcome("pickled")["state"] == "done"
    assert limited.outcome("nothing")["asked"] == limited.outcome("sleeps")["asked"] == {"seconds": 2}
    error = limited.outcome("sleeps")["error"]
    assert (error["type"], error["cause"]) == ("TimeLimit", "analysis")
    assert "longer than --analysis_time (2 s)" in error["message"]
    assert "in sleeps" in error["log_tail"]  # where it was


SLEEPING = """
import os, subprocess, time
from analysis_jobs import GenericModel
class AnalysisSpecification(GenericModel): pass
class AnalysisOutputs(GenericModel): pass
def run_analysis(job, specification, results):
    program = subprocess.Popen(["sleep", "600"], start_new_session=True)
    with open(os.environ["PIDS"] + ".new", "w") as file:
        file.write(f"{os.getpid()} {program.pid}")
    os.rename(os.environ["PIDS"] + ".new", os.environ["PIDS"])
    time.sleep(600)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL])
def test_the_end_of_a_task_ends_its_job(number: signal.Signals, tmp_path: Path) -> None:
    process, pids = start_sleeping(tmp_path)
    process.send_signal(number)
    process.wait(30)
    job, program = pids
    wait_for_end(job)
    if number != signal.SIGKILL:  # of which nobody can be told who would end the program
        assert process.returncode == 128 + number
        wait_for_end(program)
    else:
        os.kill(program, signal.SIGKILL)


def start_sleeping(folder: Path) -> tuple["subprocess.Popen[bytes]", list[int]]:
    import json

    from support.samples import entry

    from analysis_jobs.analysis.source import locate

    write_files(folder, {"a.py": SLEEPING, "batch.json": json.dumps({"jobs": [entry()]})})
    locate(str(folder / "a.py")).export(folder / "code")
    command = [sys.executable, str(PROJECT / "bin" / "analyze.py"), "--analysis", "code", "--batch", "batch.json"]
    process = subprocess.Popen(command, cwd=folder, env={**os.environ, "PIDS": str(folder / "pids")})
    end = time.monotonic() + 60
    while not (folder / "pids").exists():
        assert time.monotonic() < end
        assert process.poll() is None
        time.sleep(0.02)
    return process, [int(pid) for pid in (folder / "pids").read_text().split()]


def wait_for_end(pid: int) -> None:
    end = time.monotonic() + 30
    while _state(pid) not in ("", "Z"):
        assert time.monotonic() < end, f"process {pid} is still there"
        time.sleep(0.02)


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""
