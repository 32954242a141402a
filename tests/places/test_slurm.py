"""The pipeline on a real SLURM cluster, of which a node is lost: `make test-slurm`."""

import dataclasses
import os
import re
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from docs.blocks import blocks_that_need
from docs.checkout import Checkout
from support.lab import Ended, Lab, outputs_of, published, records, wait_until

pytestmark = [pytest.mark.nextflow, pytest.mark.place("slurm")]
# Asks SLURM more often than is polite to one that others use too
IMPATIENT = """
executor.$slurm.queueStatInterval = '3 s'
executor.$slurm.exitReadTimeout = '8 s'
"""


@pytest.fixture
def lab(new_lab: Callable[[str], Lab]) -> Lab:
    lab = new_lab("slurm")
    (lab.folder / "impatient.config").write_text(IMPATIENT)
    return lab


def options(lab: Lab) -> tuple[str, ...]:
    return ("-profile", "slurm", "-c", str(lab.folder / "impatient.config"))


def submitted(lab: Lab) -> list[dict[str, str]]:
    """What was asked of SLURM for each task."""
    scripts = (path.read_text() for path in (lab.folder / "work").glob("*/*/.command.run"))
    return [dict(re.findall(r"^#SBATCH (-\S+?)[= ](.*)$", text, re.MULTILINE)) for text in scripts if "#SBATCH" in text]


def test_the_main_job(lab: Lab):
    lab.use("plain.py")
    for name in "abc":
        lab.job(name)
    ended = lab.run(*options(lab), analysis_cpus=2, analysis_memory="700 MB", analysis_time="10 min")
    assert ended.returncode == 0, ended.said
    assert ended.tasks == {"DEDUPE": 1, "ANALYZE": 3, "UPLOAD": 1, "RECORD": 1, "SUMMARIZE": 1}
    assert set(ended.states.values()) == {"done"}
    assert len(published(lab.bucket)) == len(records(lab.store)) == 3
    asked = submitted(lab)
    assert len(asked) == 3  # what writes the store does not go to a node
    assert {(job["-c"], job["--mem"], job["-t"]) for job in asked} == {
        ("2", "700M", "00:20:00")
    }  # its job's time, and ten minutes
    for manifest in published(lab.bucket).values():
        assert manifest["environment"]["executor"] == "slurm"
        assert manifest["environment"]["scheduler_job"].startswith("slurm ")
    again = lab.run(*options(lab))
    assert again.returncode == 0, again.said
    assert again.tasks == {"DEDUPE": 1, "SUMMARIZE": 1}


def test_a_failing_job_says_why(lab: Lab):
    lab.use("failing.py")
    for how in ("raise", "kill", "not"):
        lab.job(how, distributed_parameters={"how": how})
    ended = lab.run(*options(lab), analysis_memory="700 MB", max_memory="1 GB")
    assert ended.returncode == 1
    assert Counter(job["--mem"] for job in submitted(lab)) == {"700M": 3, "1024M": 1}
    assert ended.row("raise.json")["reason"].startswith("analysis: RuntimeError: the probe is")
    assert ended.row("kill.json")["reason"].startswith(
        "infrastructure: SIGKILL: the process of the analysis was killed by SIGKILL"
    )
    assert ended.row("not.json")["state"] == "done"


def test_what_slurm_refuses_ends_the_run_with_its_words(lab: Lab):
    lab.use("plain.py")
    lab.job("a")
    ended = lab.run(*options(lab), queue="nowhere")
    assert ended.returncode == 1
    assert "invalid partition specified: nowhere" in ended.said


def test_the_commands_of_the_documents(checkout: Checkout):
    told = subprocess.run(["sinfo", "-h", "-o", "%R"], capture_output=True, text=True, check=True)
    # What the documents say of a cluster, as this one has it
    here = {"--queue compute": f"--queue {told.stdout.split()[0]}", "/shared/work": "work"}
    here |= {"'8 GB'": "'700 MB'", "'32 GB'": "'1 GB'"}
    blocks = blocks_that_need("slurm")
    for before, after in here.items():
        blocks = [dataclasses.replace(block, text=block.text.replace(before, after)) for block in blocks]
    assert blocks
    ended = checkout.bash(blocks)
    assert ended.returncode == 0, ended.stdout
    assert sum(line.startswith("3 jobs: 3 done") for line in ended.stdout.splitlines()) == len(blocks)


class Node:
    """A node of the cluster whose daemon runs on this machine, as SLURM's configuration says."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.conf = Path(os.environ["SLURM_CONF"])
        (pattern,) = re.findall(r"^SlurmdPidFile=(.*)$", self.conf.read_text(), re.MULTILINE)
        self.pid_file = Path(pattern.replace("%n", name))

    def lose(self) -> list[str]:
        """Kill the daemon and everything of its jobs, as a power cut does; return their ids."""
        jobs = subprocess.run(["squeue", "-h", "-w", self.name, "-o", "%i"], capture_output=True, text=True, check=True)
        ids = jobs.stdout.split()
        os.kill(int(self.pid_file.read_text()), signal.SIGKILL)
        for pid in step_processes(ids):
            os.kill(pid, signal.SIGKILL)
        return ids

    def is_up(self) -> bool:
        told = subprocess.run(["sinfo", "-h", "-n", self.name, "-o", "%t"], capture_output=True, text=True)
        return told.stdout.strip() in ("idle", "mix", "alloc")

    def start(self) -> None:
        subprocess.run(["slurmd", "-N", self.name, "-f", self.conf], check=True)
        wait_until(self.is_up, f"{self.name} is up again")


def step_processes(jobs: list[str]) -> list[int]:
    """The processes of SLURM jobs: slurmstepd, and all that descend from it."""
    parents: dict[int, int] = {}
    found: set[int] = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if (folder / "cmdline").read_text().startswith(tuple(f"slurmstepd: [{job}." for job in jobs)):
                found.add(int(folder.name))
        except (FileNotFoundError, ProcessLookupError):
            continue  # ended meanwhile
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return sorted(found)


@pytest.fixture
def second_node() -> Iterator[Node]:
    told = subprocess.run(["sinfo", "-h", "-N", "-o", "%N"], capture_output=True, text=True, check=True)
    nodes = [Node(name) for name in sorted(set(told.stdout.split()))]
    if len(nodes) < 2 or not nodes[-1].pid_file.exists():
        pytest.skip("needs a cluster of two nodes whose daemons run on this machine")
    yield nodes[-1]
    if not nodes[-1].is_up():
        nodes[-1].start()


def run_and_lose(lab: Lab, node: Node) -> tuple[Ended, int]:
    """Run four jobs, two on each node, and lose a node when all are in the middle; return also how many it had."""
    hold = lab.folder / "hold"
    hold.mkdir()
    lab.use("holding.py")
    for number in range(4):
        lab.job(f"hold analyze {number}")
    running = lab.start(*options(lab), env={"HOLD": str(hold)})
    running.wait_until(lambda: len(list(hold.glob("* reached"))) == 4, "all jobs are in the middle")
    lost = len(node.lose())
    (hold / "hold analyze go").touch()
    return running.wait(timeout=240), lost


def test_when_a_node_is_lost_every_job_is_done_and_none_twice(lab: Lab, second_node: Node):
    started = time.monotonic()
    ended, lost = run_and_lose(lab, second_node)
    assert lost > 0
    assert ended.returncode == 0, ended.said
    assert set(ended.states.values()) == {"done"}
    assert ended.tasks["ANALYZE"] == 4 + lost
    names = [f"hold analyze {number}" for number in range(4)]
    assert [lab.runs[f"{name} finished"] for name in names] == [1] * 4
    assert sum(lab.runs[f"{name} started"] for name in names) == 4 + lost
    found = records(lab.store)
    assert published(lab.bucket).keys() == found.keys()
    assert len(found) == 4
    assert sorted(outputs_of(record)["run"] for record in found.values()) == [1] * (4 - lost) + [2] * lost
    print(f"lost {lost} of 4 tasks; {time.monotonic() - started:.0f} s")


def queue(*arguments: str) -> list[str]:
    """What `squeue` says of the jobs of the cluster, by these options."""
    told = subprocess.run(["squeue", "-h", *arguments], capture_output=True, text=True, check=True)
    return told.stdout.split()


def test_what_somebody_cancels_is_said_to_be_cancelled(lab: Lab):
    hold = lab.folder / "hold"
    hold.mkdir()
    lab.use("holding.py")
    lab.job("hold analyze")
    running = lab.start(*options(lab), env={"HOLD": str(hold)})
    for attempt in (1, 2):
        running.wait_until(lambda: lab.runs["hold analyze started"] == attempt, f"attempt {attempt} runs")  # noqa: B023
        subprocess.run(["scancel", *queue("-t", "R", "-o", "%i")], check=True)
    ended = running.wait()
    assert ended.returncode == 1
    reason = ended.row("hold analyze.json")["reason"]
    assert reason.startswith(
        "infrastructure: Cancelled: the ANALYZE task of this job died before it could report, with"
    )
    assert "with exit status 143 (SLURM says CANCELLED): it was cancelled by somebody" in reason
    assert lab.runs["hold analyze started"] == 2


def test_what_slurm_says_of_memory_makes_the_next_attempt_larger(lab: Lab):
    """A controller that ends jobs for their memory is not at hand: here another `scontrol` says that it did."""
    (lab.folder / "scontrol").write_text("#!/bin/sh\necho JobId=1 JobState=OUT_OF_MEMORY Reason=OutOfMemory\n")
    (lab.folder / "scontrol").chmod(0o755)
    hold = lab.folder / "hold"
    hold.mkdir()
    lab.use("holding.py")
    lab.job("hold analyze")
    env = {"HOLD": str(hold), "PATH": str(lab.folder)}
    running = lab.start(*options(lab), env=env, analysis_memory="700 MB", max_memory="1 GB")
    for attempt in (1, 2):
        running.wait_until(lambda: lab.runs["hold analyze started"] == attempt, f"attempt {attempt} runs")  # noqa: B023
        for pid in step_processes(queue("-t", "R", "-o", "%i")):
            if not Path(f"/proc/{pid}/cmdline").read_text().startswith("slurmstepd"):
                os.kill(pid, signal.SIGKILL)  # so that no exit status is left
    ended = running.wait()
    assert [job["--mem"] for job in sorted(submitted(lab), key=lambda job: job["--mem"])] == ["1024M", "700M"]
    reason = ended.row("hold analyze.json")["reason"]
    assert "without an exit status (SLURM says OUT_OF_MEMORY): it needed more memory than it had" in reason


def test_nothing_stays_in_the_queue_where_the_launch_before_goes_on(lab: Lab):
    """Jobs of a killed launch end the tasks of the next one, whose own jobs still wait behind those of others."""
    hold = lab.folder / "hold"
    hold.mkdir()
    lab.use("holding.py")
    names = ["hold analyze 1", "hold analyze 2"]
    for name in names:
        lab.job(name)
    env = {"HOLD": str(hold)}
    before = lab.start(*options(lab), env=env, analysis_cpus=2)
    before.wait_until(lambda: len(list(hold.glob("* reached"))) == 2, "both jobs run")
    before.kill(tasks=False)
    others = ["sbatch", "--parsable", "-c", "2", "-o", "/dev/null", "--wrap", "sleep 300"]
    waiting = [subprocess.run(others, capture_output=True, text=True, check=True).stdout.strip() for _ in names]
    try:
        after = lab.start(*options(lab), resume=True, env=env, analysis_cpus=2)
        after.wait_until(lambda: len(queue("-t", "PD", "-o", "%i")) == 4, "all wait")
        (hold / "hold analyze go").touch()
        ended = after.wait()
        assert ended.returncode == 0, ended.said
        assert [lab.runs[f"{name} started"] for name in names] == [1, 1]
        assert "cancelled 2 jobs of SLURM that others had finished: " in ended.said
        assert set(queue("-o", "%i")) <= set(waiting)
    finally:
        subprocess.run(["scancel", *waiting], check=True)
    assert set(ended.states.values()) == {"done"}
    assert len(published(lab.bucket)) == len(records(lab.store)) == 2
