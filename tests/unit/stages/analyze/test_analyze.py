"""What becomes of jobs: a batch with an analysis of every kind, run as ANALYZE runs it."""

import json
import os
import re
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.attempts import attempt_at
from support.samples import PROJECT, entry, run_script, write_files

from analysis_jobs.analysis.source import locate
from analysis_jobs.bucket.names import LOG

ANALYSIS = """
import atexit, json, os, signal, subprocess, sys, threading
from pathlib import Path
from pydantic import field_validator
from analysis_jobs import GenericModel, NothingToReport

print("imported")


class AnalysisSpecification(GenericModel):
    do: str
    window: float = 0

    @field_validator("window")
    @classmethod
    def from_milliseconds(cls, value):
        return value / 1000


class AnalysisOutputs(GenericModel):
    value: float


class Unprintable(Exception):
    def __str__(self):
        raise RuntimeError("no text")


def run_analysis(job, specification, results):
    found = globals()[specification.do](specification, results)
    return AnalysisOutputs(value=1) if found is None else found


def nothing(*_): pass
def raises(*_): return inner(0)
def inner(value): return 1 / value
def raises_without_a_message(*_): raise ValueError
def raises_unprintable(*_): raise Unprintable
def raises_of_another(*_):
    try:
        inner(0)
    except ZeroDivisionError as error:
        raise KeyError("bad") from error
def raises_a_group(*_): raise ExceptionGroup("two", [ValueError("a"), KeyError("b")])
def leaves(*_): sys.exit("I am done")
def leaves_hard(*_): os._exit(3)
def is_killed(*_): os.kill(os.getpid(), signal.SIGKILL)
def crashes(*_): os.kill(os.getpid(), signal.SIGSEGV)
def is_empty(*_): raise NothingToReport("no units")
def is_empty_without_a_word(*_): raise NothingToReport
def returns_none(*_): return {}
def returns_nan(*_): return AnalysisOutputs(value=float("nan"))
def returns_its_window(specification, _): return AnalysisOutputs(value=specification.window)
def writes_in_its_folder(specification, results):
    assert Path.cwd() == results, (Path.cwd(), results)
    assert not list(results.iterdir())
    Path("same.txt").write_text(str(os.getpid()))
    Path("sub").mkdir()
    Path("sub/deep.txt").write_text("deep")
def goes_elsewhere(_, results):
    os.chdir("/")
    (results / "here.txt").write_text("")
def prints(*_):
    print("from Python, ü \\ud800")
    print("to the errors", file=sys.stderr)
    sys.stdout.write("no line end")
    sys.stdout.flush()
    subprocess.run(["sh", "-c", "echo from a program; echo its error >&2"], check=True)
    os.write(1, b"\\nfrom below\\n")
def prints_a_lot(*_):
    for number in range(20_000):
        print(f"line {number} of a log that nobody will read to its end")
    raise ValueError("after a lot of text")
def takes_memory(*_): bytearray(300_000_000)
def ends_late(_, results):
    thread = threading.Thread(target=lambda: (results / "thread.txt").write_text("ran"))
    atexit.register(lambda: (results / "exit.txt").write_text("ran"))
    threading.Timer(0.05, thread.start).start()
def changes_the_process(*_):
    json.dumps = None
    sys.path.clear()
    os.environ.clear()
    AnalysisOutputs.model_fields.clear()
"""

DONE = ("nothing", "writes_in_its_folder", "goes_elsewhere", "prints", "takes_memory", "ends_late")
JOBS: dict[str, dict[str, Any]] = {
    name: {"do": name}
    for name in (
        "takes_memory",  # first: the peak of one is not that of the others
        "changes_the_process",
        "leaves_hard",
        "is_killed",
        "nothing",
        "raises",
        "raises_without_a_message",
        "raises_unprintable",
        "raises_of_another",
        "raises_a_group",
        "leaves",
        "crashes",
        "is_empty",
        "is_empty_without_a_word",
        "returns_none",
        "returns_nan",
        "writes_in_its_folder",
        "goes_elsewhere",
        "prints",
        "prints_a_lot",
        "ends_late",
    )
}
JOBS["returns_its_window"] = {"do": "returns_its_window", "window": 50}
JOBS["writes_the_same_file"] = {"do": "writes_in_its_folder"}
JOBS["refused"] = {"do": "nothing", "window": "wide"}


def recorded(given: dict[str, Any]) -> Any:
    """Return the parts of a job's key, with what the specification makes of its window."""
    parts = entry(given=given)["parts"]
    window = given.get("window")
    return {**parts, "parameters": {**given, "window": window / 1000}} if isinstance(window, int) else parts


class Batch:
    """A batch that was run."""

    def __init__(self, folder: Path, jobs: dict[str, dict[str, Any]]) -> None:
        self.folder = folder
        entries = [entry(key, given=given, attempt=2, parts=recorded(given)) for key, given in jobs.items()]
        write_files(folder, {"original/my_analysis.py": ANALYSIS, "batch.json": json.dumps({"jobs": entries})})
        locate(str(folder / "original" / "my_analysis.py")).export(folder / "code")
        self.ended = run_script(
            "analyze", "--analysis", "code", "--batch", "batch.json", "--container", "image:1", cwd=folder
        )

    def outcome(self, key: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((attempt_at(self.folder / "jobs" / key) / "outcome.json").read_text())
        return found

    def log(self, key: str) -> str:
        return (attempt_at(self.folder / "jobs" / key) / LOG).read_text()

    def results(self, key: str) -> Path:
        return attempt_at(self.folder / "jobs" / key) / "results"


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Batch:
    return Batch(tmp_path_factory.mktemp("batch"), JOBS)


def test_every_job_has_an_outcome(batch: Batch) -> None:
    assert batch.ended.returncode == 0, batch.ended.stderr
    assert {path.name for path in (batch.folder / "jobs").iterdir()} == set(JOBS)
    assert float((batch.folder / "seconds.txt").read_text()) >= sum(batch.outcome(key)["seconds"] for key in DONE)
    for key in JOBS:
        attempt = attempt_at(batch.folder / "jobs" / key)
        assert {path.name for path in attempt.iterdir()} == {LOG, "results", "outcome.json"}
        found = batch.outcome(key)
        assert (found["key"], found["attempt"]) == (key, 2)
        assert found["parts"] == recorded(JOBS[key])
        assert found["job"] == {"s3_location": ["in"]}
        assert found["environment"]["container"] == "image:1"


@pytest.mark.parametrize("key", DONE)
def test_done(batch: Batch, key: str) -> None:
    found = batch.outcome(key)
    assert (found["state"], found["outputs"]) == ("done", {"value": 1.0}), found
    assert found["started"] <= found["ended"]
    assert 0 <= found["seconds"] < 30
    assert found["cpu_seconds"] >= 0


def test_empty(batch: Batch) -> None:
    for key, reason in (("is_empty", "no units"), ("is_empty_without_a_word", "nothing to report")):
        assert (batch.outcome(key)["state"], batch.outcome(key)["reason"]) == ("empty", reason)


FAILED = {
    "raises": ("analysis", "ZeroDivisionError", "division by zero"),
    "raises_without_a_message": ("analysis", "ValueError", "(no message)"),
    "raises_unprintable": ("analysis", "Unprintable", "(its message cannot be read)"),
    "raises_of_another": ("analysis", "KeyError", "'bad'"),
    "raises_a_group": ("analysis", "ExceptionGroup", "two (2 sub-exceptions)"),
    "leaves": ("analysis", "SystemExit", "the analysis called sys.exit('I am done'); raise an exception, or return"),
    "leaves_hard": ("analysis", "ProcessExit", "the analysis ended its process with exit code 3; raise an exception"),
    "is_killed": ("infrastructure", "SIGKILL", "the process of the analysis was killed by SIGKILL: out of memory"),
    "crashes": ("analysis", "SIGSEGV", "the process of the analysis was killed by SIGSEGV; in native code"),
    "returns_none": ("analysis", "BadOutcome", "run_analysis returned {} of type dict; return AnalysisOutputs(...)"),
    "returns_nan": ("analysis", "BadOutcome", "the output value is nan, which JSON cannot hold and which"),
    "prints_a_lot": ("analysis", "ValueError", "after a lot of text"),
    "refused": ("analysis", "BadSpecification", "parameters refused by AnalysisSpecification: window is 'wide': "),
}


@pytest.mark.parametrize("key", FAILED)
def test_failed(batch: Batch, key: str) -> None:
    cause, kind, message = FAILED[key]
    found = batch.outcome(key)
    assert found["state"] == "failed"
    error = found["error"]
    assert (error["stage"], error["cause"], error["type"]) == ("analyze", cause, kind)
    assert error["message"].startswith(message)
    assert "log_tail" in error


def test_what_a_job_does_to_its_process_stays_there(batch: Batch) -> None:
    order = list(JOBS)
    assert order.index("changes_the_process") < order.index("nothing")
    assert batch.outcome("changes_the_process")["state"] in ("done", "failed")
    assert batch.outcome("nothing")["state"] == "done"


def test_traceback_begins_in_the_analysis(batch: Batch) -> None:
    lines = batch.outcome("raises")["error"]["traceback"].splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert re.search(r'code/source/my_analysis.py", line \d+, in run_analysis$', lines[1])
    assert lines[-1] == "ZeroDivisionError: division by zero"
    assert not any("stages/analyze" in line for line in lines)
    assert "stages/analyze" not in batch.outcome("leaves")["error"]["traceback"]


def test_traceback_tells_the_cause(batch: Batch) -> None:
    text = batch.outcome("raises_of_another")["error"]["traceback"]
    assert "ZeroDivisionError: division by zero\n\nThe above exception was the direct cause" in text


def test_traceback_is_in_the_log(batch: Batch) -> None:
    assert batch.outcome("raises")["error"]["traceback"] in batch.log("raises")
    assert batch.outcome("raises")["error"]["log_tail"] == batch.log("raises")


def test_log_has_what_python_and_programs_print(batch: Batch) -> None:
    assert batch.log("prints").splitlines() == [
        r"from Python, ü \ud800",
        "to the errors",
        "no line endfrom a program",
        "its error",
        "",
        "from below",
    ]
    assert batch.log("nothing") == ""


def test_of_a_long_log_the_end_is_kept(batch: Batch) -> None:
    assert len(batch.log("prints_a_lot")) > 1_000_000
    tail = batch.outcome("prints_a_lot")["error"]["log_tail"]
    assert len(tail) == 4000
    assert tail.endswith("ValueError: after a lot of text\n\n")
    assert (attempt_at(batch.folder / "jobs" / "prints_a_lot") / "outcome.json").stat().st_size < 20_000


def test_what_the_analysis_prints_at_its_import_is_printed_once(batch: Batch) -> None:
    assert batch.ended.stdout == "imported\n"


def test_peak_memory_is_that_of_the_job(batch: Batch) -> None:
    assert 300e6 < batch.outcome("takes_memory")["peak_memory_bytes"] < 600e6
    assert 5e6 < batch.outcome("nothing")["peak_memory_bytes"] < 200e6


def test_what_a_job_read_and_wrote_is_its_own(batch: Batch) -> None:
    found = batch.outcome("prints_a_lot")
    if found["bytes_written"] is None:
        pytest.skip("this system does not count what a process writes")
    assert 1_000_000 < found["bytes_written"] < 3_000_000
    assert batch.outcome("nothing")["bytes_written"] < 100_000
    assert batch.outcome("nothing")["fetched_bytes"] is None


def test_each_job_has_a_folder_of_its_own(batch: Batch) -> None:
    one, other = batch.results("writes_in_its_folder"), batch.results("writes_the_same_file")
    assert (one / "same.txt").read_text() != (other / "same.txt").read_text()
    assert (one / "sub" / "deep.txt").read_text() == "deep"


def test_threads_and_exit_handlers_end_first(batch: Batch) -> None:
    assert {path.name for path in batch.results("ends_late").iterdir()} == {"thread.txt", "exit.txt"}


def test_parameters_are_validated_once(batch: Batch) -> None:
    assert batch.outcome("returns_its_window")["outputs"] == {"value": 0.05}


def test_a_job_killed_alone_ends_its_task(tmp_path: Path) -> None:
    batch = Batch(tmp_path, {"alone": {"do": "is_killed"}})
    assert batch.ended.returncode == 128 + signal.SIGKILL
    assert batch.outcome("alone")["error"]["type"] == "SIGKILL"


def test_a_job_that_crashes_alone_has_an_outcome(tmp_path: Path) -> None:
    batch = Batch(tmp_path, {"alone": {"do": "crashes"}})
    assert batch.ended.returncode == 0
    assert batch.outcome("alone")["error"]["type"] == "SIGSEGV"


WAITS = """
import os, signal
from analysis_jobs import GenericModel
class AnalysisSpecification(GenericModel): pass
class AnalysisOutputs(GenericModel): pass
def run_analysis(job, specification, results):
    pipe = os.open(os.environ["PIPE"], os.O_WRONLY)
    os.write(pipe, b"started")
    signal.pause()
"""


def test_a_task_that_is_ended_ends_its_job(tmp_path: Path) -> None:
    write_files(tmp_path, {"a.py": WAITS, "batch.json": json.dumps({"jobs": [entry()]})})
    locate(str(tmp_path / "a.py")).export(tmp_path / "code")
    os.mkfifo(tmp_path / "pipe")
    pipe = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    process = subprocess.Popen(
        [sys.executable, str(PROJECT / "bin" / "analyze.py"), "--analysis", "code", "--batch", "batch.json"],
        cwd=tmp_path,
        env={**os.environ, "PIPE": str(tmp_path / "pipe")},
    )
    assert select.select([pipe], [], [], 30)[0]
    assert os.read(pipe, 100) == b"started"
    process.terminate()
    assert process.wait(30) == 128 + signal.SIGTERM
    assert select.select([pipe], [], [], 30)[0]  # at its end, as nobody holds the other side any more
    assert os.read(pipe, 100) == b""
    os.close(pipe)
