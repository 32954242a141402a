"""Nextflow killed in the middle of it all, uploads killed half way, and two runs at once."""

import shutil
from collections.abc import Iterator

import pytest
from support.lab import STAGES, Ended, Lab, holding_lab, published, records, wait_until

from analysis_jobs.results.launches import launch_lines
from analysis_jobs.store.opening import open_store

pytestmark = pytest.mark.nextflow

HOW = pytest.mark.parametrize("resume", [True, False], ids=["with -resume", "without -resume"])
# By where a job was caught
CAUGHT = ["hold analyze", "hold upload", "hold record", "done"]
# Of a batch of two, the first has finished and the second has not
TOGETHER = ["hold second a", "hold second b"]


class Crash:
    """What a crashed launch left, which can be put back to recover from it once more."""

    def __init__(self, lab: Lab, ended: Ended) -> None:
        self.lab, self.ended = lab, ended
        self.runs = lab.runs
        self.backup = lab.folder / "backup"
        shutil.copytree(lab.out, self.backup)

    def recover(self, resume: bool) -> Ended:
        """Launch again: with `-resume` where it crashed, without from another launch folder."""
        shutil.rmtree(self.lab.out)
        shutil.copytree(self.backup, self.lab.out)
        self.lab.runs_file.write_text("".join(f"{line}\n" for line in self.runs.elements()))
        if resume:
            return self.lab.run(resume=True, group_size=1)
        elsewhere = self.lab.folder / "elsewhere"
        there = {"jobs": "../jobs", "analysis": "../analysis.py", "outdir": "../OUT"}
        return self.lab.run(cwd=elsewhere, group_size=1, **there)


# Nextflow is killed


@pytest.fixture(scope="module")
def killed(new_lab) -> Iterator[Crash]:
    """Nextflow and its tasks, killed with a job at each stage."""
    lab, env = holding_lab(new_lab, "killed", *CAUGHT)
    for job in TOGETHER:
        lab.job(f"together/{job}", job)
    running = lab.start(*lab.wide(), env={**env, "PATH": str(STAGES / "held")}, group_size=1)
    reached = [lab.folder / "hold" / f"{job} reached" for job in CAUGHT[:3]]
    running.wait_until(lambda: all(path.exists() for path in reached), "three jobs are held")
    second = lab.folder / "hold"
    running.wait_until(lambda: list(second.glob("hold second ? reached")), "the second of two is held")
    running.wait_until(lambda: len(records(lab.store)) == 1, "the fourth is done")
    yield Crash(lab, running.kill())


@pytest.fixture(scope="module", params=[True, False], ids=["with -resume", "without -resume"])
def recovered(request: pytest.FixtureRequest, killed: Crash) -> tuple[bool, Ended]:
    return request.param, killed.recover(request.param)


def test_a_killed_run_leaves_nothing_that_looks_done(killed: Crash):
    assert killed.ended.returncode == -9
    assert not killed.ended.rows
    parts = [one["parts"]["inputs"] for one in published(killed.backup / "analyses").values()]
    assert sorted(parts) == [["done"], ["hold record"]]
    (record,) = records(killed.backup / "records.sqlite").values()
    assert record["processing"]["data_processes"][0]["code"]["input_data"][0]["url"] == "done"
    assert killed.runs.keys() >= {f"{job} started" for job in CAUGHT + TOGETHER}
    assert killed.runs.keys() & {f"{job} finished" for job in CAUGHT} == {f"{job} finished" for job in CAUGHT[1:]}
    assert sum(killed.runs[f"{job} finished"] for job in TOGETHER) == 1
    assert set(killed.runs.values()) == {1}


def test_a_killed_launch_is_known_as_one_that_died(killed: Crash):
    (line,) = launch_lines(open_store(str(killed.backup / "records.sqlite"), read_only=True))
    assert (line.state, line.note) == ("died", "its process has ended without reporting how")
    assert line.launch["decided"] == {"run": 6}
    assert "counts" not in line.launch


def test_resuming_it_is_the_same_launch(killed: Crash, recovered: tuple[bool, Ended]):
    first, *others = reversed(launch_lines(open_store(str(killed.lab.store), read_only=True)))
    names = [attempt["run_name"] for attempt in first.launch["earlier"]]
    ended = [(line.state, line.launch.get("counts")) for line in (first, *others)]
    if recovered[0]:
        (died,) = launch_lines(open_store(str(killed.backup / "records.sqlite"), read_only=True))
        assert (names, ended) == ([died.launch["run_name"]], [("ended", {"done": 6})])
    else:
        assert (names, ended) == ([], [("died", None), ("ended", {"done": 6})])


def test_the_next_launch_does_what_is_left(killed: Crash, recovered: tuple[bool, Ended]):
    _, ended = recovered
    assert ended.returncode == 0, ended.said
    assert ended.states == {f"{job}.json": "done" for job in CAUGHT} | {
        f"together/{job}.json": "done" for job in TOGETHER
    }
    assert ended.row("done.json")["reason"] == "done before: the store has its record"
    assert {ended.row(f"{job}.json")["reason"] for job in CAUGHT[:3]} == {"computed"}
    assert ended.tasks["UPLOAD"] == ended.tasks["RECORD"] == 4
    assert {row["attempt"] for row in ended.rows if row["reason"] == "computed"} == {"1"}
    assert "\n6 jobs: 6 done (1 of them before)\n" in ended.said


def test_no_finished_analysis_is_computed_twice_on_resume(killed: Crash, recovered: tuple[bool, Ended]):
    resume, ended = recovered
    assert ended.tasks["ANALYZE"] == (2 if resume else 4)
    assert ended.cached["ANALYZE"] == (2 if resume else 0)
    finished = {job: killed.lab.runs[f"{job} finished"] for job in CAUGHT}
    twice = 1 if resume else 2
    assert finished == {"hold analyze": 1, "hold upload": twice, "hold record": twice, "done": 1}
    assert killed.lab.runs["hold analyze started"] == 2
    together = sorted(killed.lab.runs[f"{job} finished"] for job in TOGETHER)
    assert together == ([1, 1] if resume else [1, 2])


def test_everything_is_published_and_recorded_once(killed: Crash, recovered: tuple[bool, Ended]):
    found = published(killed.lab.bucket)
    assert len(found) == 6
    assert found.keys() == records(killed.lab.store).keys()
    before = published(killed.backup / "analyses")
    assert len(before) == 2
    assert all(found[key] == manifest for key, manifest in before.items())  # what was there is kept


def test_what_a_killed_nextflow_left_running_cannot_mix_with_the_next_run(new_lab):
    """`-resume` starts the job again in the same work folder, where the old one still runs."""
    lab, env = holding_lab(new_lab, "orphan", "hold analyze, hold upload")
    held = {**env, "PATH": str(STAGES / "held")}
    before = lab.start(env=held)
    old, new = lab.folder / "hold", lab.folder / "hold again"
    before.wait_until(lambda: list(old.glob("* reached")), "the job is held")
    before.kill(tasks=False)
    try:
        new.mkdir()
        (new / "hold analyze go").touch()
        after = lab.start(resume=True, env={**held, "HOLD": str(new)})
        after.wait_until((new / "hold upload reached").exists, "the job ran again, and is to be published")
        (old / "hold analyze go").touch()
        wait_until(lambda: list(old.glob("* over")), "the old one goes on to its end")
        (new / "hold upload go").touch()
        ended = after.wait()
    finally:
        before.kill()
    assert ended.returncode == 0, ended.said
    assert "hold analyze, hold upload finished" in lab.runs
    (manifest,) = published(lab.bucket).values()
    assert [file["path"] for file in manifest["files"]] == ["1 of run 2.bin", "2.bin", "3.bin", "analysis.log"]
    assert manifest["outputs"] == {"run": 2}


# UPLOAD is killed


@pytest.fixture(scope="module")
def died(new_lab) -> Crash:
    """A launch whose uploads die in the middle of a file: of one job once, of another always."""
    lab, env = holding_lab(new_lab, "died", "die once", "die always")
    return Crash(lab, lab.run(env={**env, "PATH": str(STAGES / "dying")}, group_size=1))


def test_an_upload_that_was_killed_is_tried_again(died: Crash):
    assert died.ended.returncode == 1
    assert died.ended.tasks["UPLOAD"] == 2 + 4
    assert died.ended.states == {"die once.json": "done", "die always.json": "failed"}
    assert "\nUPLOAD: 2 of 2 jobs, 1 failed\n" in died.ended.said
    assert "\nRECORD: 2 of 2 jobs, 1 failed\n" in died.ended.said
    reason = died.ended.row("die always.json")["reason"]
    assert reason.startswith("infrastructure: SIGKILL: the UPLOAD task of this job died before it could report, with")
    assert "exit status 137: it was killed, mostly as it needed more memory than it had" in reason
    assert f"its log is {died.lab.folder / 'work'}" in reason
    assert died.runs == {f"{job} {end}": 1 for job in ("die once", "die always") for end in ("started", "finished")}


def test_a_killed_upload_leaves_nothing_that_looks_published(died: Crash):
    once, always = (died.ended.row(f"die {how}.json")["key"] for how in ("once", "always"))
    bucket = died.backup / "analyses"
    assert published(bucket, leftovers=True).keys() == records(died.backup / "records.sqlite").keys() == {once}
    # or it was not half way, and nothing was tested
    (left,) = (path for path in (bucket / ".arriving").iterdir() if path.is_dir())
    assert left.name == always
    assert "1 of run 1.bin" in [path.name for path in left.iterdir()]


@HOW
def test_the_next_launch_publishes_what_is_left(died: Crash, resume: bool):
    ended = died.recover(resume)
    assert ended.returncode == 0, ended.said
    assert ended.states == {"die once.json": "done", "die always.json": "done"}
    assert ended.row("die always.json")["attempt"] == "1"  # no fault of the analysis
    assert ended.tasks["ANALYZE"] == (0 if resume else 1)
    assert ended.cached["ANALYZE"] == (1 if resume else 0)
    runs = 1 if resume else 2
    assert died.lab.runs["die always finished"] == runs
    found = published(died.lab.bucket)
    files = [file["path"] for file in found[ended.row("die always.json")["key"]]["files"]]
    assert files == [f"1 of run {runs}.bin", "2.bin", "3.bin", "analysis.log"]
    assert found.keys() == records(died.lab.store).keys()


# Two runs at once


def test_a_second_run_leaves_alone_what_the_first_has_in_hand(new_lab):
    lab, env = holding_lab(new_lab, "two runs", "hold analyze 1", "hold analyze 2")
    first = lab.start(env=env)
    first.wait_until(lambda: any((lab.folder / "hold").iterdir()), "a job runs")
    second = lab.run(
        cwd=lab.folder / "elsewhere", jobs=lab.jobs, analysis=lab.folder / "analysis.py", outdir="OUT",
        bucket=lab.bucket, store=lab.store,
    )  # fmt: skip
    (lab.folder / "hold" / "hold analyze go").touch()
    ended = first.wait()

    assert second.returncode == 0, second.said
    assert second.tasks == {"DEDUPE": 1, "SUMMARIZE": 1}
    assert set(second.states.values()) == {"claimed"}
    assert all("has been running it since" in row["reason"] for row in second.rows)
    assert "\n2 jobs: 2 claimed\n" in second.said

    assert ended.returncode == 0, ended.said
    assert set(ended.states.values()) == {"done"}
    assert set(lab.runs.values()) == {1}
    assert len(published(lab.bucket)) == len(records(lab.store)) == 2
