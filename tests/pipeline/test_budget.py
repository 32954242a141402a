"""Limits of cost and time: no more is handed out, what runs ends, all is accounted for, and the next launch goes on."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from support.lab import Ended, Lab

pytestmark = pytest.mark.nextflow

SECONDS = ("1.01", "1.02", "1.03", "1.04", "1.05", "1.06")


def new(new_lab: Callable[[str], Lab], name: str, analysis: str) -> tuple[Lab, tuple[str, ...]]:
    """Return a lab, and options by which two tasks run at once."""
    lab = new_lab(name)
    lab.use(analysis)
    config = lab.folder / "two.config"
    config.write_text("executor { cpus = 2; memory = 64.GB; queueSize = 2 }\n")
    lab.usual["check_inputs"] = "none"
    return lab, ("-c", str(config))


def counts(ended: Ended) -> Counter[str]:
    return Counter(row["state"] for row in ended.rows)


def test_a_cost_is_reached_midway_and_the_next_launch_does_the_rest(new_lab: Callable[[str], Lab]) -> None:
    lab, options = new(new_lab, "max_cost", "waiting.py")
    for number, seconds in enumerate(SECONDS):
        lab.job(f"{number}", seconds)
    first = lab.run(*options, price_per_hour=3600, max_cost=2.5)
    assert first.returncode == 0, first.said
    assert "\n6 tasks, 2 side by side; how long jobs of this analysis take is not known yet\n" in first.said
    done = counts(first)["done"]
    assert done in (2, 3), first.said  # of a second each; on a busy machine a little more
    assert counts(first) == {"done": done, "not_started": 6 - done}
    left = [row for row in first.rows if row["state"] == "not_started"]
    assert {row["reason"] for row in left} == {"not started, as --max_cost 2.5 was reached: launch again to go on"}
    assert f"{6 - done} jobs are not started, as --max_cost 2.5 was reached: launch again to go on." in first.said
    assert f"6 jobs: {done} done, {6 - done} not_started" in first.said
    assert f"RECORD: {done} of 6 jobs" in first.said
    second = lab.run(*options)
    assert counts(second) == {"done": 6}
    assert second.tasks["ANALYZE"] == 6 - done
    assert {row["attempt"] for row in second.rows if row["reason"] == "computed"} == {"1"}
    assert f"from {done} jobs of this analysis" in second.said


def test_with_no_time_nothing_starts_and_a_resumed_launch_goes_on(new_lab: Callable[[str], Lab]) -> None:
    """Whose gate hears of tasks that died, and of what failed in them."""
    lab, options = new(new_lab, "max_hours", "failing.py")
    for how in ("not", "raise", "kill", "nothing"):
        lab.job(how, distributed_parameters={"how": how})
    first = lab.run(*options, max_hours=0.0001)
    assert first.returncode == 0, first.said
    assert counts(first) == {"not_started": 4}
    assert first.tasks["ANALYZE"] == 0
    second = lab.run(*options, resume=True, max_hours=5)
    assert second.returncode == 1
    assert counts(second) == {"done": 1, "failed": 2, "empty": 1}
    assert second.tasks["ANALYZE"] == 5  # what was killed once more


@pytest.mark.parametrize(
    ("parameters", "config", "said"),
    [
        ({"max_cost": 5}, "", "--max_cost 5 needs --price_per_hour, what an hour of one ANALYZE task costs"),
        (
            {"max_hours": 5},
            "process { withName: ANALYZE { errorStrategy = 'ignore' } }",
            "which does not work in a configuration with process.errorStrategy: leave out one of the two.",
        ),
    ],
)
def test_limits_that_could_not_hold_are_refused(
    new_lab: Callable[[str], Lab], parameters: dict[str, Any], config: str, said: str
) -> None:
    lab, _ = new(new_lab, "no_limits", "plain.py")
    lab.job("a")
    (lab.folder / "other.config").write_text(config)
    ended = lab.run("-c", "other.config", **parameters)
    assert ended.returncode == 1
    assert said in ended.said
