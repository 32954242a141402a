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
    """One launch, killed or waited for, and what there is after it."""

    killed_at: tuple[str, ...] = ()  # when a job has reached each of these: analyze, upload, record
    resume: bool = False
    mended: bool = False  # what failed before does not fail now
    states: dict[str, str] = field(default_factory=dict)
    finished: dict[str, int] = field(default_factory=dict)  # how often each was computed to the end, in all launches
    tasks: dict[str, int] | None = None
    attempts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Scenario:
    """Jobs, by the names of their inputs, and some launches, one after the other."""

    jobs: list[str]
    launches: list[Launch]
    repeats: dict[str, str] = field(default_factory=dict)  # file of a job that another file has as well


NOTHING_TO_RUN = {"DEDUPE": 1, "SUMMARIZE": 1}
HELD = ["hold analyze", "hold upload", "hold record"]
ALL_HELD = dict.fromkeys(HELD, "done")
AT_ONCE = "hold analyze, hold upload, hold record"
SETTLED = {"a": "done", "b": "done", "copy": "repeat", "empty": "empty"}
SCENARIOS = {
    "new, done before, failed, and failed until mended": Scenario(
        ["a", "b", "empty", "fails"],
        [
            Launch(
                states={**SETTLED, "fails": "failed"}, finished={"a": 1, "b": 1}, attempts={"fails": 1},
                tasks={"DEDUPE": 1, "ANALYZE": 4, "UPLOAD": 4, "RECORD": 4, "SUMMARIZE": 1},
            ),
            Launch(
                states={**SETTLED, "fails": "failed"}, finished={"a": 1, "b": 1}, attempts={"fails": 2},
                tasks={"DEDUPE": 1, "ANALYZE": 1, "UPLOAD": 1, "RECORD": 1, "SUMMARIZE": 1},
            ),
            Launch(
                mended=True, states={**SETTLED, "fails": "done"}, finished={"a": 1, "b": 1, "fails": 1},
                attempts={"fails": 3},
            ),
            Launch(
                states={**SETTLED, "fails": "done"}, finished={"a": 1, "b": 1, "fails": 1}, tasks=NOTHING_TO_RUN
            ),
        ],
        repeats={"copy": "a"},
    ),
    "failed, mended and resumed": Scenario(
        ["a", "fails"],
        [
            Launch(states={"a": "done", "fails": "failed"}, finished={"a": 1}, attempts={"fails": 1}),
            Launch(
                mended=True, resume=True, states={"a": "done", "fails": "done"}, finished={"a": 1, "fails": 1},
                attempts={"fails": 2},
            ),
        ],
    ),
    "killed in ANALYZE, before UPLOAD and before RECORD": Scenario(
        HELD,
        [
            Launch(killed_at=("analyze", "upload", "record")),
            Launch(states=ALL_HELD, finished={"hold analyze": 1, "hold upload": 2, "hold record": 2}),
        ],
    ),
    "killed in ANALYZE, before UPLOAD and before RECORD, and resumed": Scenario(
        HELD,
        [
            Launch(killed_at=("analyze", "upload", "record")),
            Launch(resume=True, states=ALL_HELD, finished=dict.fromkeys(HELD, 1)),
        ],
    ),
    "killed three times": Scenario(
        [AT_ONCE],
        [
            Launch(killed_at=("analyze",)),
            Launch(killed_at=("upload",)),
            Launch(killed_at=("record",), resume=True),
            Launch(resume=True, states={AT_ONCE: "done"}, finished={AT_ONCE: 1}),
            Launch(resume=True, states={AT_ONCE: "done"}, finished={AT_ONCE: 1}, tasks=NOTHING_TO_RUN),
        ],
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
    for number, launch in enumerate(scenario.launches):
        hold = lab.folder / f"hold {number}"
        hold.mkdir()
        ended = make(lab, launch, backend, {**env, "HOLD": str(hold)})
        if not launch.killed_at:
            check(lab, launch, backend, ended)


def make(lab: Lab, launch: Launch, backend: Backend, env: dict[str, str]) -> Ended:
    """Make a launch, until it is killed or ends; what another would hold goes on here."""
    hold = Path(env["HOLD"])
    for stage in {"analyze", "upload", "record"}.difference(launch.killed_at):
        (hold / f"hold {stage} go").touch()
    if launch.mended:
        (hold / "mended").touch()
    held = {**env, **backend.environment, "PATH": str(STAGES / "held")}
    options = lab.wide() if len(launch.killed_at) > 1 else ()
    running = lab.start(*options, env=held, resume=launch.resume, group_size=1, **backend.parameters)
    if not launch.killed_at:
        return running.wait()
    reached = [hold / f"hold {stage} reached" for stage in launch.killed_at]
    if len(reached) == 1:  # of a job that would be held at others as well
        running.wait_until(lambda: list(hold.glob("*reached")), f"a job is held in {launch.killed_at}")
    else:
        running.wait_until(lambda: all(path.exists() for path in reached), f"jobs are held in {launch.killed_at}")
    return running.kill()


def check(lab: Lab, launch: Launch, backend: Backend, ended: Ended) -> None:
    """See that all there is after a launch is as it should be: the account, what was published, and the store."""
    assert ended.returncode == (1 if "failed" in launch.states.values() else 0), ended.said
    assert ended.states == {f"{name}.json": state for name, state in launch.states.items()}
    assert launch.tasks is None or ended.tasks == launch.tasks
    assert {name: lab.runs[f"{name} finished"] for name in launch.states if lab.runs[f"{name} finished"]} == (
        launch.finished
    )
    for name, attempt in launch.attempts.items():
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
