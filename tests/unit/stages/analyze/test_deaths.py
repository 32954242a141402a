"""What is said of a job whose process ended otherwise than its analysis."""

import signal

import pytest

from analysis_jobs.stages.analyze.deaths import death, unclean_end
from analysis_jobs.stages.analyze.job_process import Ending


@pytest.mark.parametrize(
    ("ending", "cause", "kind", "said"),
    [
        (Ending(-9, overtime=True), "analysis", "TimeLimit", "longer than --analysis_time (60 s)"),
        (Ending(-9, out_of_memory=True), "analysis", "OutOfMemory", "raise --analysis_memory"),
        (Ending(-9), "infrastructure", "SIGKILL", "killed by SIGKILL: out of memory, or ended by somebody"),
        (Ending(-15), "analysis", "SIGTERM", "killed by SIGTERM"),
        (Ending(-signal.SIGXCPU), "analysis", "SIGXCPU", "ulimit -t"),
        (Ending(-signal.SIGXFSZ), "analysis", "SIGXFSZ", "ulimit -f"),
        (Ending(-40), "analysis", "signal 40", "killed by signal 40"),
        (Ending(3), "analysis", "ProcessExit", "exit code 3; raise an exception instead"),
        (Ending(0), "analysis", "ProcessExit", "exit code 0; raise an exception instead"),
    ],
)
def test_death(ending: Ending, cause: str, kind: str, said: str) -> None:
    error = death(ending, 60)
    assert (error["stage"], error["cause"], error["type"]) == ("analyze", cause, kind)
    assert said in error["message"]


@pytest.mark.parametrize(("code", "how"), [(1, "exit code 1"), (-11, "signal SIGSEGV")])
def test_unclean_end(code: int, how: str) -> None:
    error = unclean_end(Ending(code))
    assert error["type"] == "UncleanEnd"
    assert f"did not end well ({how})" in error["message"]
