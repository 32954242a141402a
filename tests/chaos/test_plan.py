"""Plans depend on the seed alone, and have all there is to be done."""

import os
import subprocess
import sys
from pathlib import Path

from chaos.plan import (
    DAMAGES,
    MOMENTS,
    MOST_STEPS,
    OUTAGES,
    PLACES,
    REMOVALS,
    SIGNALS,
    STOPPED,
    TARGETS,
    TASKS,
    draw_round,
)

TESTS = Path(__file__).parents[1]
MANY = [draw_round(seed, number) for seed in range(60) for number in (1, 2, 3, 4, 5)]


def plan_of_another_process(hash_seed: str) -> str:
    code = "from chaos.plan import draw_round; print(repr(draw_round(7, 3)))"
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(TESTS)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_the_same_seed_gives_the_same_plan() -> None:
    here = repr(draw_round(7, 3))
    assert {plan_of_another_process("1"), plan_of_another_process("2")} == {here}
    others = {repr(draw_round(8, 3)), repr(draw_round(7, 4))}
    assert len({here} | others) == 3


def test_everything_is_done_in_some_round() -> None:
    actions = [action for plan in MANY for phase in plan.phases for action in phase.actions]
    others = {(service, outage) for service, kinds in OUTAGES.items() for outage in kinds}
    others |= {("store", command) for command in ("fsck --repair", *REMOVALS)}
    signals = {(name, target) for name in SIGNALS for target in TARGETS} | {("SIGSTOP", target) for target in STOPPED}
    assert {(action.do, action.to) for action in actions if action.is_signal} == signals
    assert {(action.to, action.do) for action in actions if not action.is_signal} == others
    assert {action.moment for action in actions} == {*MOMENTS, "job"}
    assert {action.dies for action in actions if action.do in REMOVALS} == {None, *range(MOST_STEPS)}
    assert {action.dies for action in actions if action.do not in REMOVALS} == {None}
    assert {one.kind for plan in MANY for phase in plan.phases for one in phase.damages} == set(DAMAGES)
    assert {plan.place for plan in MANY} == set(PLACES)
    assert {len(phase.launches) for plan in MANY for phase in plan.phases} == {1, 2, 3}
    assert any(phase.is_calm for plan in MANY for phase in plan.phases)
    assert any(phase.at_once for plan in MANY for phase in plan.phases)


def test_a_plan_can_be_carried_out() -> None:
    for plan in MANY:
        assert len({file.path for file in plan.files}) == len(plan.files)
        for phase in plan.phases:
            homes = [launch.home for launch in phase.launches]
            assert len(set(homes)) == len(homes)  # two launches at once from one folder would share its cache
            assert not (phase.at_once and phase.damages)
            for action in phase.actions:
                assert action.launch < len(phase.launches)
                assert plan.place != "local" or action.to not in OUTAGES
                assert action.to not in TASKS or action.moment == action.to
                assert str(action).startswith(f"{action.to}: {action.do} ")
