"""What is done to launches while they run: signals, outages, repairs, removals, each at its moment."""

import signal
from collections.abc import Callable

from chaos.agenda import Agenda
from chaos.commands import Command
from chaos.launches import Launches, Started
from chaos.plan import TASKS, Action
from chaos.processes import jobs_of, send, tasks_of
from chaos.services import Services


class Deeds:
    """Puts the actions of a plan on an agenda."""

    def __init__(self, agenda: Agenda, launches: Launches, services: Services) -> None:
        self.agenda, self.launches, self.services = agenda, launches, services
        self.commands: list[Command] = []

    def expect(self, action: Action, launch: Started) -> None:
        """Do something as soon as its moment has come, unless the launch has ended before."""
        self.agenda.add(
            self._moment(action, launch),
            lambda: self._do(action, launch),
            is_late=lambda: launch.running.process.poll() is not None,
            miss=lambda: self._say(action, launch, "came too late"),
        )

    def _say(self, action: Action, launch: Started, why_not: str = "") -> None:
        self.launches.story.say(f"launch {launch.number}: {action}{f': {why_not}' if why_not else ''}")

    def _moment(self, action: Action, launch: Started) -> Callable[[], bool]:
        """Return what says whether the moment of an action has come, from now on."""
        story, place = self.launches.story, self.launches.place
        began = story.seconds
        if action.moment == "seconds":
            return lambda: story.seconds >= began + action.count
        if action.moment in TASKS:
            seen: list[float] = []

            def is_there() -> bool:
                tasks = self._tasks(action.moment, launch)
                seen.extend([story.seconds] if tasks and not seen else [])
                long_enough = bool(seen) and story.seconds >= seen[0] + action.count
                return long_enough and (bool(tasks) or action.to != action.moment)

            return is_there
        count = {
            "started": lambda: len({run["name"] for run in self.launches.runs}),
            "published": place.published,
            "recorded": lambda: len(place.backend.records()),
        }[action.moment]
        before = count()
        return lambda: count() >= before + action.count

    def _do(self, action: Action, launch: Started) -> None:
        if action.is_signal:
            hit = [number for number in self._targets(action, launch)[:1] if send(number, signal.Signals[action.do])]
            self._say(action, launch, "" if hit else "there was none")
            if hit and action.do == "SIGSTOP":
                self._take_back(action, lambda: send(hit[0], signal.SIGCONT))
        elif action.to == "store":
            self._say(action, launch)
            self.commands.append(self.launches.start_command(action.do, action.dies))
        else:
            undo = self.services.begin(action.to, action.do)
            self._say(action, launch, "" if undo else "it fails already")
            if undo:
                self._take_back(action, undo)

    def _take_back(self, action: Action, undo: Callable[[], object]) -> None:
        def take_back() -> None:
            undo()
            self.launches.story.say(f"taken back: {action.to}: {action.do}")

        self.agenda.take_back(action.seconds, take_back)

    def _targets(self, action: Action, launch: Started) -> list[int]:
        """Return the processes that a signal may be sent to, a process group as a negative number."""
        head = launch.running.process.pid
        if action.to in ("head", "head and tasks"):
            return [head if action.to == "head" else -head]
        return self._tasks(action.to, launch)

    def _tasks(self, which: str, launch: Started) -> list[int]:
        lab = self.launches.lab.folder
        return jobs_of(lab, launch.number) if which == "job" else tasks_of(lab, launch.number, which)
