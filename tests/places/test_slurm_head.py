"""A launch that is a job of the SLURM cluster itself, by the script of the examples: `make test-slurm`."""

import re
import subprocess
from collections.abc import Callable, Iterator

import pytest
from fakes.postgresql import PostgresqlServer
from support.lab import PROJECT, Lab, published, records, wait_until

from .test_slurm import lab, options, queue  # noqa: F401

pytestmark = [pytest.mark.nextflow, pytest.mark.place("slurm")]
HEAD = PROJECT / "examples" / "slurm" / "head.sh"


class Head:
    """A launch that is a job of the cluster itself, as the example's script makes it."""

    def __init__(self, lab: Lab, *more: str, node: str = "") -> None:  # noqa: F811
        self.folder = lab.folder / node
        self.folder.mkdir(exist_ok=True)
        given = ["--jobs", str(lab.jobs), "--analysis", str(lab.folder / "analysis.py"), "--outdir", "OUT"]
        script = [str(HEAD), str(PROJECT / "main.nf"), *options(lab), *given, "--jobs_per_task", "1", *more]
        alone = [f"--nodelist={node}", "--cpus-per-task=1"] if node else []
        submit = ["sbatch", "--parsable", "--mem=1G", "--mail-type=NONE", "--output=head.log", *alone, *script]
        told = subprocess.run(submit, cwd=self.folder, env=lab.environment, capture_output=True, text=True, check=True)
        self.id = told.stdout.strip()

    @property
    def said(self) -> str:
        log = self.folder / "head.log"
        return log.read_text() if log.exists() else ""

    def about(self, name: str) -> str:
        """What the controller says of this job."""
        told = subprocess.run(["scontrol", "show", "job", self.id], capture_output=True, text=True, check=True)
        return dict(re.findall(r"(\w+)=(\S*)", told.stdout))[name]

    def wait_until(self, *states: str) -> None:
        wait_until(lambda: self.about("JobState") in states, f"the head is {' or '.join(states)}: {self.said}", 120)

    def end(self) -> None:
        subprocess.run(["scancel", self.id], capture_output=True)


@pytest.fixture
def start_head(lab: Lab) -> Iterator[Callable[..., Head]]:  # noqa: F811
    heads: list[Head] = []

    def start(*more: str, node: str = "") -> Head:
        heads.append(Head(lab, *more, node=node))
        return heads[-1]

    yield start
    for head in heads:
        head.end()


def test_a_launch_as_a_job(lab: Lab, start_head: Callable[[], Head]):  # noqa: F811
    lab.use("holding.py")
    for name in ("a", "b"):
        lab.job(name)
    lab.environment["HOLD"] = str(lab.folder)
    head = start_head()
    head.wait_until("COMPLETED")
    assert "2 jobs: 2 done" in head.said
    lab.job("it fails")
    again = start_head()
    again.wait_until("FAILED")
    assert again.about("ExitCode") == "1:0"
    assert "jobs without a result: 1" in again.said
    assert len(published(lab.bucket)) == len(records(lab.store)) == 2


def test_when_the_time_of_a_launch_is_over_its_jobs_go_on_and_so_does_it(lab: Lab, start_head: Callable[[], Head]):  # noqa: F811
    hold = lab.folder / "hold"
    hold.mkdir()
    lab.use("holding.py")
    names = ["hold analyze 1", "hold analyze 2"]
    for name in names:
        lab.job(name)
    lab.environment["HOLD"] = str(hold)
    head = start_head()
    wait_until(lambda: len(list(hold.glob("* reached"))) == 2, "both jobs run")
    running = set(queue("-t", "R", "-o", "%i")) - {head.id}
    assert len(running) == 2
    subprocess.run(["scancel", "--batch", "--signal=USR1", head.id], check=True)  # as SLURM does at its time
    wait_until(lambda: head.about("Restarts") == "1", "it is queued again")
    assert set(queue("-t", "R", "-o", "%i")) == running
    head.wait_until("PENDING")  # for two minutes, unless somebody asks for less
    subprocess.run(["scontrol", "update", f"JobId={head.id}", "StartTime=now"], check=True)
    head.wait_until("RUNNING")
    wait_until(lambda: head.said.count("ANALYZE") > 2, "it has begun anew")
    (hold / "hold analyze go").touch()
    head.wait_until("COMPLETED")
    assert "2 jobs: 2 done" in head.said
    assert [lab.runs[f"{name} finished"] for name in names] == [1, 1]
    assert len(published(lab.bucket)) == len(records(lab.store)) == 2


def test_two_launches_on_two_nodes_share_a_store(
    lab: Lab,  # noqa: F811
    start_head: Callable[..., Head],
    postgresql: PostgresqlServer,
) -> None:
    """All of a launch but ANALYZE runs on the node of its head."""
    hold = lab.folder / "hold"
    hold.mkdir()
    lab.use("holding.py")
    names = ["hold analyze", *"abcd"]
    for name in names:
        lab.job(name)
    lab.environment |= {"HOLD": str(hold), **postgresql.environment}
    given = ["--store", postgresql.url, "--bucket", str(lab.bucket)]
    heads = [start_head(*given, node=node) for node in ("n1", "n2")]
    wait_until(lambda: all("\nDEDUPE: 5 jobs: " in head.said for head in heads), "both have claimed", 120)
    (hold / "hold analyze go").touch()
    for head in heads:
        head.wait_until("COMPLETED", "FAILED")  # one of them may be without those that the other one had
    assert [head.about("NodeList") for head in heads] == ["n1", "n2"]
    assert [lab.runs[f"{name} finished"] for name in names] == [1] * 5
    assert postgresql.execute("SELECT state, count(*) FROM jobs GROUP BY state") == [("done", 5)]
    assert len(published(lab.bucket)) == 5
