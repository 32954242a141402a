"""What becomes of jobs, from launch to launch: the same scenarios with local files and with S3 and DocDB."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from support.backends import Backend, Local, Remote
from support.lab import STAGES, Ended, Lab, holding_lab, write_json

pytestmark = pytest.mark.nextflow


@dataclass(frozen=True)
class Launch:
    """One launch: killed when a job has reached a stage, or waited for."""

    killed_at: str = ""  # analyze, upload or record
    resume: bool = False
    mended: bool = False  # what failed before does not fail now


@dataclass(frozen=True)
class Scenario:
    """Jobs, by the names of their inputs, some launches, and what there is after the last of them."""

    jobs: list[str]
    launches: list[Launch]
    states: dict[str, str]
    finished: dict[str, int] = field(default_factory=dict)  # how often each was computed to the end, in all launches
    tasks: dict[str, int] | None = None  # of the last launch
    repeats: dict[str, str] = field(default_factory=dict)  # file of a job that another file has as well
    attempts: dict[str, int] = field(default_factory=dict)


ONCE, AGAIN, RESUMED = Launch(), Launch(), Launch(resume=True)
NOTHING_TO_RUN = {"DEDUPE": 1, "SUMMARIZE": 1}
SCENARIOS = {
    "new": Scenario(
        ["a", "b"], [ONCE], {"a": "done", "b": "done"}, {"a": 1, "b": 1},
        tasks={"DEDUPE": 1, "ANALYZE": 2, "UPLOAD": 2, "RECORD": 2, "SUMMARIZE": 1},
    ),
    "done before": Scenario(["a"], [ONCE, AGAIN], {"a": "done"}, {"a": 1}, tasks=NOTHING_TO_RUN),
    "repeat": Scenario(["a"], [ONCE], {"a": "done", "copy": "repeat"}, {"a": 1}, repeats={"copy": "a"}),
    "some new": Scenario(
        ["a", "b"], [ONCE, AGAIN], {"a": "done", "b": "done", "copy": "repeat"}, {"a": 1, "b": 1},
        repeats={"copy": "a"}, tasks=NOTHING_TO_RUN,
    ),
    "failed": Scenario(["a", "fails"], [ONCE], {"a": "done", "fails": "failed"}, {"a": 1}, attempts={"fails": 1}),
    "failed twice": Scenario(
        ["a", "fails"], [ONCE, AGAIN], {"a": "done", "fails": "failed"}, {"a": 1}, attempts={"fails": 2}
    ),
    "failed and mended": Scenario(
        ["a", "fails"], [ONCE, Launch(mended=True)], {"a": "done", "fails": "done"}, {"a": 1, "fails": 1},
        attempts={"fails": 2},
    ),
    "failed, mended and resumed": Scenario(
        ["a", "fails"], [ONCE, Launch(mended=True, resume=True)], {"a": "done", "fails": "done"}, {"a": 1, "fails": 1},
        attempts={"fails": 2},
    ),
    "empty": Scenario(["empty"], [ONCE, AGAIN], {"empty": "empty"}, tasks=NOTHING_TO_RUN),
    "killed in ANALYZE": Scenario(
        ["hold analyze"], [Launch("analyze"), AGAIN], {"hold analyze": "done"}, {"hold analyze": 1}
    ),
    "killed before UPLOAD": Scenario(
        ["hold upload"], [Launch("upload"), AGAIN], {"hold upload": "done"}, {"hold upload": 2}
    ),
    "killed before UPLOAD, resumed": Scenario(
        ["hold upload"], [Launch("upload"), RESUMED], {"hold upload": "done"}, {"hold upload": 1}
    ),
    "killed before RECORD": Scenario(
        ["hold record"], [Launch("record"), AGAIN], {"hold record": "done"}, {"hold record": 2}
    ),
    "killed before RECORD, resumed": Scenario(
        ["hold record"], [Launch("record"), RESUMED], {"hold record": "done"}, {"hold record": 1}
    ),
    "killed three times": Scenario(
        ["hold analyze, hold upload, hold record"],
        [Launch("analyze"), Launch("upload"), Launch("record", resume=True), RESUMED, RESUMED],
        {"hold analyze, hold upload, hold record": "done"},
        {"hold analyze, hold upload, hold record": 1},
        tasks=NOTHING_TO_RUN,
    ),
}  # fmt: skip


@pytest.fixture(params=["local", "S3 and DocDB"])
def new_backend(request: pytest.FixtureRequest) -> Callable[[Lab], Backend]:
    if request.param == "local":
        return Local
    s3, docdb = request.getfixturevalue("s3"), request.getfixturevalue("docdb")
    return lambda lab: Remote(lab, s3, docdb)


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS.keys())
def test_scenario(new_lab, new_backend: Callable[[Lab], Backend], scenario: Scenario):
    lab, env = holding_lab(new_lab, "scenario", *scenario.jobs)
    for name, original in scenario.repeats.items():
        lab.job(name, original)
    backend = new_backend(lab)
    ended = None
    for number, launch in enumerate(scenario.launches):
        hold = lab.folder / f"hold {number}"
        hold.mkdir()
        ended = make(lab, launch, backend, {**env, "HOLD": str(hold)})

    assert ended is not None
    failed = Counter(ended.states.values())["failed"]
    assert ended.returncode == (1 if failed else 0), ended.said
    assert ended.states == {f"{name}.json": state for name, state in scenario.states.items()}
    assert scenario.tasks is None or ended.tasks == scenario.tasks
    assert {name: lab.runs[f"{name} finished"] for name in scenario.finished} == scenario.finished
    for name, attempt in scenario.attempts.items():
        assert ended.row(f"{name}.json")["attempt"] == str(attempt)

    done = {ended.row(file)["key"] for file, state in ended.states.items() if state == "done"}
    published, records = backend.published(), backend.records()
    assert published.keys() == records.keys() == done
    assert {one["key"]: one["state"] for one in backend.states().values()} == {
        row["key"]: row["state"] for row in ended.rows if row["state"] != "repeat"
    }
    for key, manifest in published.items():
        assert records[key]["location"] == manifest["location"]
        assert manifest["run"]["experimenter"] == backend.environment.get(
            "CODEOCEAN_EMAIL", manifest["run"]["experimenter"]
        )


def make(lab: Lab, launch: Launch, backend: Backend, env: dict[str, str]) -> Ended:
    """Make a launch, until it is killed or ends; what another would hold goes on here."""
    hold = Path(env["HOLD"])
    for stage in {"analyze", "upload", "record"} - {launch.killed_at}:
        (hold / f"hold {stage} go").touch()
    if launch.mended:
        (hold / "mended").touch()
    held = {**env, **backend.environment, "PATH": str(STAGES / "held")}
    running = lab.start(env=held, resume=launch.resume, group_size=1, **backend.parameters)
    if not launch.killed_at:
        return running.wait()
    running.wait_until(lambda: list(hold.glob("*reached")), f"a job is held in {launch.killed_at}")
    return running.kill()


def test_two_runs_at_the_same_moment(new_lab, new_backend: Callable[[Lab], Backend]):
    lab, env = holding_lab(new_lab, "same_moment", *(f"job {number}" for number in range(50)))
    backend = new_backend(lab)
    write_json(lab.folder / "parameters.json", {"analysis_tag": "both"})
    places = {"jobs": lab.jobs, "analysis": lab.folder / "analysis.py", "parameters": lab.folder / "parameters.json"}
    if isinstance(backend, Local):
        places |= {"bucket": lab.bucket, "store": lab.store}
    environment = {**env, **backend.environment}
    both = [
        lab.start(cwd=lab.folder / name, env=environment, jobs_per_task=10, **{**backend.parameters, **places})
        for name in ("one", "other")
    ]
    ended = [running.wait() for running in both]

    assert [one.returncode for one in ended] == [0, 0], ended[0].said + ended[1].said
    assert set(lab.runs.values()) == {1}
    assert len(lab.runs) == 100
    states = [Counter(one.states.values()) for one in ended]
    # A run that is late by more than the other takes finds them done
    assert sum(one["done"] + one["claimed"] for one in states) == 100
    assert sum(row["reason"] == "computed" for one in ended for row in one.rows) == 50
    assert states[0]["claimed"] + states[1]["claimed"] > 0
    assert len(backend.published()) == len(backend.records()) == 50
