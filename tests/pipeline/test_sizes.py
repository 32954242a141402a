"""Short jobs share tasks at default settings: by a first wave, or by what the store knows of them."""

from collections import Counter
from collections.abc import Callable

import pytest
from support.lab import Ended, Lab, holding_lab

pytestmark = pytest.mark.nextflow

NAMES = [f"recording_{number}" for number in range(12)]
OWN: dict[str, object] = {"jobs_per_task": None, "check_inputs": "none"}  # the inputs are nowhere


def wide(lab: Lab, processors: int = 2) -> tuple[str, ...]:
    """Return options by which tasks have so many processors, whatever the machine."""
    config = lab.folder / "wide.config"
    config.write_text(f"executor {{ cpus = {processors}; memory = 64.GB; queueSize = {processors} }}\n")
    return ("-c", str(config), "-pool-size", str(processors))


def launched(lab: Lab, **options: object) -> Ended:
    return lab.run(*wide(lab), **OWN, **options)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def lab(new_lab: Callable[[str], Lab]) -> Lab:
    lab = new_lab("sizes")
    lab.use("plain.py")
    for name in NAMES:
        lab.job(name)
    return lab


def test_a_first_wave_and_then_what_is_known(lab: Lab):
    tried = launched(lab, dry_run=True)
    assert (tried.returncode, tried.tasks["ANALYZE"], tried.tasks["SIZE"]) == (0, 3, 1), tried.said
    assert "nothing is known about this analysis: 2 tasks first, which show how many of the other 10 jobs" in tried.said
    assert "SIZE: 1 task of about 10 jobs: 90% of the first 2 jobs took at most" in tried.said

    # The same batches, of which all are computed
    ended = launched(lab, resume=True)
    assert (ended.tasks["ANALYZE"], ended.cached["ANALYZE"], ended.tasks["SIZE"]) == (0, 3, 0), ended.said
    assert Counter(ended.states.values()) == {"done": 12}
    assert lab.runs == dict.fromkeys(NAMES, 1)

    # Now they are known
    for number in range(20):
        lab.job(f"more_{number}")
    more = launched(lab)
    assert "by 12 jobs of this code" in more.said, more.said
    tasks = more.tasks["ANALYZE"]  # fewer or more of them, by how busy this machine is
    assert f"{tasks} task{'s' if tasks > 1 else ''} of about {round(20 / tasks)} job" in more.said, more.said
    assert tasks < 20
    assert more.tasks["SIZE"] == 0
    assert Counter(more.states.values()) == {"done": 32}


def test_a_wave_that_fails_does_not_keep_the_others(new_lab: Callable[[str], Lab]):
    lab = new_lab("failing wave")
    lab.use("holding.py")
    for number in range(12):
        lab.job(f"fails_{number}")
    ended = launched(lab)
    assert ended.returncode == 1
    assert Counter(ended.states.values()) == {"failed": 12}
    assert ended.tasks["ANALYZE"] == 3, ended.said


def test_a_wave_is_waited_for_only_for_some_time(new_lab: Callable[[str], Lab]):
    """Of what takes longer each has a task of its own, as of the first one here; that one ends last."""
    names = [f"hold analyze {number}" for number in range(10)]
    lab, env = holding_lab(new_lab, "long wave", *names)
    running = lab.start(*wide(lab, 5), **OWN, env=env, task_minutes=0.01, analysis_cpus=2)  # two, and room for SIZE
    held = lab.folder / "hold"
    running.wait_until(lambda: len(list(held.glob("* reached"))) == 2, "the wave runs")
    running.wait_until(
        lambda: "SIZE: 8 tasks: too few of the first 2 jobs have ended in time" in running.log.read_text(),
        "it has been sized",
    )
    assert len(list(held.glob("* reached"))) == 2
    (held / "hold analyze go").touch()
    ended = running.wait()
    assert Counter(ended.states.values()) == {"done": 10}, ended.said
    assert ended.tasks["ANALYZE"] == 10


def test_a_wave_whose_tasks_die(new_lab: Callable[[str], Lab]):
    lab = new_lab("dying wave")
    (lab.folder / "analysis.py").write_text(DYING)
    for number in range(9):
        lab.job(f"recording_{number}")
    ended = launched(lab)
    assert ended.tasks["SIZE"] == 1
    assert Counter(ended.states.values()) == {"failed": 9}, ended.said


DYING = """
import os, signal
from analysis_jobs import GenericModel
class AnalysisSpecification(GenericModel):
    analysis_name: str = "dying"
class AnalysisOutputs(GenericModel):
    pass
def run_analysis(job, specification, results):
    os.kill(os.getppid(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)
"""
