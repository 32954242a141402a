"""One round: a lab, the launches of its plan with what is done to them, then quiet ones, and the checks."""

import json
import shutil
import signal
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from support.lab import Ended, Lab, Running

from chaos import checks
from chaos.agenda import Agenda
from chaos.jobs import JobFile
from chaos.places import Place, damage, name_of
from chaos.plan import Action, Launch, Phase, Round
from chaos.processes import MARK, end_all_of, jobs_of, processes_of, send, tasks_of
from chaos.services import Services
from chaos.story import BrokenPromise, Story, demand

# In the environment of every launch
SECRETS = {
    "CODEOCEAN_API_TOKEN": "planted-codeocean-token-1",
    "GIT_ACCESS_TOKEN": "planted-git-token-2",
    "LAB_PASSWORD": "planted-lab-password-3",
}
PATIENCE = {
    "ANALYSIS_RETRY_SECONDS": "2"
}  # so that an outage may be longer than it, and shorter than all tries of a task
LAUNCH_SECONDS = 300
# What tasks that outlive a killed Nextflow may take: their jobs, and a service's patience
ORPHAN_SECONDS = 120


class RoundInLab:
    """A round while it goes on."""

    def __init__(self, plan: Round, lab: Lab, place: Place, services: Services | None, story: Story) -> None:
        self.plan, self.lab, self.place, self.services, self.story = plan, lab, place, services, story
        self.agenda = Agenda()
        self.recorded_before: dict[int, set[str]] = {}  # by launch
        self._fscks: list[subprocess.Popen[str]] = []
        self._environment = {**place.environment, **SECRETS, **PATIENCE, MARK: str(lab.folder)}
        self.files: list[JobFile] = []  # until now
        lab.use("chaotic.py")

    def go(self) -> None:
        """Do all of it.

        Raises
        ------
        BrokenPromise
            If something does not hold.
        """
        try:
            was_at_once = False
            for phase in self.plan.phases:
                self._phase(phase, after_orphans=was_at_once)
                was_at_once = phase.at_once
            self._settle()
            self._quiet()
        finally:
            self.agenda.finish()
            end_all_of(self.lab.folder)

    # Launches, and what is done to them

    def _phase(self, phase: Phase, *, after_orphans: bool) -> None:
        self.files += phase.files
        for file in phase.files:
            file.write(self.lab.jobs)
        running: dict[int, Running] = {}
        numbers = {number: self.lab.launches + 1 + number for number in range(len(phase.launches))}
        began = self.story.seconds
        for number, launch in enumerate(phase.launches):
            self.agenda.run_until(lambda due=began + launch.delay: self.story.seconds >= due, launch.delay + 1)
            running[number] = self._start(launch)
            for action in phase.actions:
                if action.launch == number:
                    self._await(action, running[number], self._home(launch))
        ended = {number: self._end_of(one) for number, one in running.items()}
        for number, one in ended.items():
            self.story.say(f"launch {numbers[number]} ended with {one.returncode}: {_states(one)}")
            if one.returncode >= 0 and not any(a.is_signal and a.launch == number for a in phase.actions):
                demand(*checks.wrong_account_in_chaos(self.files, one))
        if phase.at_once:
            return
        self._settle()
        if phase.is_calm and not after_orphans:
            demand(*checks.wrong_repeats(self.files, set(numbers.values()), self.runs))
        for one in phase.damages:
            self.story.say(f"damage: {self._damage(one.kind, one.which)}")

    def _home(self, launch: Launch) -> Path:
        return self.lab.folder / launch.home

    def _start(self, launch: Launch) -> Running:
        number = self.lab.launches + 1
        self.recorded_before[number] = {name_of(record) for record in self.place.backend.records().values()}
        self.story.say(f"launch {number} from {launch}; {len(self.recorded_before[number])} records before it")
        environment = {**self._environment, "CHAOS_LAUNCH": str(number), "CHAOS_TELLS": "yes" if launch.tells else ""}
        return self.lab.start(
            *(self.lab.wide() if launch.wide else ()),
            cwd=self._home(launch),
            resume=launch.resume,
            env=environment,
            jobs=self.lab.jobs,
            analysis=self.lab.folder / "analysis.py",
            jobs_per_task=launch.jobs_per_task,
            group_size=launch.group_size,
            max_attempts=1000,
            **self.place.parameters,
        )

    def _end_of(self, running: Running) -> Ended:
        """Wait for the end of a launch, and do meanwhile what is to be done."""
        if not self.agenda.run_until(lambda: running.process.poll() is not None, LAUNCH_SECONDS):
            running.kill()
            raise BrokenPromise(f"a launch took more than {LAUNCH_SECONDS} s:\n{running.log.read_text()}")
        return running.wait()

    def _await(self, action: Action, running: Running, home: Path) -> None:
        self.agenda.add(
            self._moment(action, home),
            lambda: self._do(action, running, home),
            is_late=lambda: running.process.poll() is not None,
            miss=lambda: self.story.say(f"{action}: came too late"),
        )

    def _moment(self, action: Action, home: Path) -> Callable[[], bool]:
        """Return what says whether the moment of an action has come, from now on."""
        began = self.story.seconds
        if action.moment == "seconds":
            return lambda: self.story.seconds >= began + action.count
        if action.moment == "task":
            seen: list[float] = []

            def is_there() -> bool:
                targets = self._targets(action, home)
                seen.extend([self.story.seconds] if targets and not seen else [])
                return bool(targets) and self.story.seconds >= seen[0] + action.count

            return is_there
        count = {
            "started": lambda: len({run["name"] for run in self.runs}),
            "published": self.place.published,
            "recorded": lambda: len(self.place.backend.records()),
        }[action.moment]
        before = count()
        return lambda: count() >= before + action.count

    def _targets(self, action: Action, home: Path) -> list[int]:
        return jobs_of(home) if action.to == "job" else tasks_of(home, action.to)

    def _do(self, action: Action, running: Running, home: Path) -> None:
        if action.to == "store":
            self.story.say(str(action))
            self._fscks.append(self._fsck("--repair"))
        elif action.is_signal:
            self._signal(action, running, home)
        else:
            assert self.services is not None, "only what is remote has outages"
            undo = self.services.begin(action.to, action.do)
            self._done_for_a_while(action, undo, "failed already")

    def _signal(self, action: Action, running: Running, home: Path) -> None:
        what = signal.Signals[action.do]
        if action.to == "head and tasks":
            send(-running.process.pid, what)
            self.story.say(str(action))
            return
        targets = [running.process.pid] if action.to == "head" else self._targets(action, home)[:1]
        hit = [number for number in targets if send(number, what)]
        if what != signal.SIGSTOP:
            self.story.say(f"{action}{'' if hit else ': there was none'}")
        else:
            undo = (lambda: send(hit[0], signal.SIGCONT)) if hit else None
            self._done_for_a_while(action, undo, "there was none")

    def _done_for_a_while(self, action: Action, undo: Callable[[], object] | None, why_not: str) -> None:
        self.story.say(f"{action}{'' if undo else f': {why_not}'}")
        if undo:

            def take_back() -> None:
                undo()
                self.story.say(f"taken back: {action.to}: {action.do}")

            self.agenda.take_back(action.seconds, take_back)

    def _settle(self) -> None:
        """Wait until nothing is left of the launches, nor of what was done to them."""
        if not self.agenda.run_until(lambda: self.agenda.is_empty and not self._running(), ORPHAN_SECONDS):
            raise BrokenPromise(f"left running for {ORPHAN_SECONDS} s: {self._running()}")

    def _running(self) -> dict[int, str]:
        return {} if not self.agenda.is_empty else processes_of(self.lab.folder)

    # Between launches

    def _damage(self, kind: str, which: float) -> str:
        if kind != "repair":
            return damage(self.place, self.lab, kind, which)
        said, status = self._ended(self._fsck("--repair"))
        demand(*([f"fsck --repair ended with {status}: {said}"] if status not in (0, 1) else []))
        return f"fsck --repair: {said or 'nothing found'}"

    def _fsck(self, *options: str) -> "subprocess.Popen[str]":
        places = [word for name, value in self.place.parameters.items() for word in (f"--{name}", value)]
        return subprocess.Popen(
            ["analysis-jobs", "fsck", "--json", *options, *places],
            cwd=self.lab.folder,
            env={**self.lab.environment, **self._environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def _ended(self, fsck: "subprocess.Popen[str]") -> tuple[str, int]:
        said, errors = fsck.communicate(timeout=LAUNCH_SECONDS)
        if "Traceback" in errors or fsck.returncode not in (0, 1):
            raise BrokenPromise(f"fsck ended with {fsck.returncode}: {errors}")
        return said.strip(), fsck.returncode

    # The end

    def _quiet(self) -> None:
        for fsck in self._fscks:
            self._ended(fsck)
        for number, launch in enumerate(self.plan.quiet):
            ended = self._end_of(self._start(launch))
            self.story.say(f"quiet launch {self.lab.launches} ended with {ended.returncode}: {_states(ended)}")
            demand(*checks.wrong_account(self.files, ended, number))
            self._settle()
            demand(*checks.wrong_repeats(self.files, {self.lab.launches}, self.runs))
        demand(*checks.wrong_runs(self.recorded_before, self.runs))
        self._check_fsck()
        try:
            published = self.place.backend.published()
        except (AssertionError, KeyError) as error:
            raise BrokenPromise(f"what is published is not as its manifests say: {error!r}") from error
        demand(*checks.wrong_results(self.files, ended.rows, published, self.place.backend.records()))
        demand(*self._leaks())

    def _check_fsck(self) -> None:
        """See that nothing is found but what may be left of the dead or of damages, and nothing after its repair."""
        allowed = checks.LEFT_BY_THE_DEAD if any(not phase.is_calm for phase in self.plan.phases) else set()
        damaged = {one.kind for phase in self.plan.phases for one in phase.damages}
        allowed = allowed | ({"leftovers"} & damaged)
        if "record beside the files" in damaged:
            allowed = allowed | {"no record beside the files"}
        said, _ = self._ended(self._fsck())
        self.story.say(f"fsck: {said or 'nothing found'}")
        demand(*checks.wrong_findings(said, allowed))
        said, status = self._ended(self._fsck("--repair"))
        demand(*([f"fsck --repair ended with {status}: {said}"] if status else []))
        said, _ = self._ended(self._fsck())
        demand(*checks.wrong_findings(said, set()))

    def _leaks(self) -> list[str]:
        secrets = dict(SECRETS)
        if key := self.place.environment.get("AWS_SECRET_ACCESS_KEY"):
            secrets["AWS_SECRET_ACCESS_KEY"] = key
        return checks.leaks(self.lab.folder, self.place.backend.everything(), secrets)

    @property
    def runs(self) -> list[dict[str, Any]]:
        """What the analyses noted, a line as each began."""
        file = self.lab.runs_file
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def _states(ended: Ended) -> str:
    counts = Counter(ended.states.values())
    return ", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "no jobs.tsv"


def keep(plan: Round, place: Place, lab: Lab, story: Story, broken: BrokenPromise) -> None:
    """Leave in a lab what is needed to look into what was broken."""
    place.keep(lab.folder)
    (lab.folder / "story.txt").write_text("\n".join([str(plan), *story.lines, "", str(broken), ""]))


def forget(lab: Lab) -> None:
    shutil.rmtree(lab.folder)
