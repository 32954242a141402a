"""One round: a lab, the launches of its plan with what is done to them, then quiet ones, and the checks."""

import shutil

from support.lab import Ended, Lab

from chaos import checks
from chaos.agenda import Agenda
from chaos.deeds import Deeds
from chaos.jobs import JobFile
from chaos.launches import Launches, Started, states_of
from chaos.places import Place, damage
from chaos.plan import Damage, Phase, Round
from chaos.processes import end_all_of, processes_of
from chaos.services import Services
from chaos.story import BrokenPromise, Story, demand

LAUNCH_SECONDS = 600
# What tasks that outlive a killed Nextflow may take: their jobs, and a service's patience
ORPHAN_SECONDS = 300


class RoundInLab:
    """A round while it goes on."""

    def __init__(self, plan: Round, lab: Lab, place: Place, services: Services, story: Story) -> None:
        self.plan, self.lab, self.place, self.story = plan, lab, place, story
        self.agenda, self.launches = Agenda(), Launches(lab, place, story)
        self.deeds = Deeds(self.agenda, self.launches, services)
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
            beside_orphans = False
            for phase in self.plan.phases:
                self._phase(phase, beside_orphans)
                beside_orphans = phase.at_once
            self._settle()
            for command in self.deeds.commands:
                said = command.end(beside=True).splitlines()[-1:]
                self.story.say(f"{command.words} ended with {command.process.returncode}: {said}")
            self._quiet()
        finally:
            self.agenda.finish()
            end_all_of(self.lab.folder)

    def _phase(self, phase: Phase, beside_orphans: bool) -> None:
        for file in phase.files:
            self.files.append(file)
            file.write(self.lab.jobs)
        started = self._start(phase)
        for number, launch in enumerate(started):
            ended = self._end_of(launch)
            if not any(action.ends_head for action in phase.actions if action.launch == number):
                demand(*checks.wrong_account_in_chaos(self.files, ended))
        if phase.at_once:
            return
        self._settle()
        if phase.is_calm and not beside_orphans:
            demand(*checks.wrong_repeats(self.files, {launch.number for launch in started}, self.launches.runs))
        for one in phase.damages:
            self._damage(one)

    def _start(self, phase: Phase) -> list[Started]:
        started: list[Started] = []
        began = self.story.seconds
        for number, launch in enumerate(phase.launches):
            self.agenda.run_until(lambda due=began + launch.delay: self.story.seconds >= due, LAUNCH_SECONDS)
            started.append(self.launches.start(launch))
            for action in phase.actions:
                if action.launch == number:
                    self.deeds.expect(action, started[-1])
        return started

    def _end_of(self, launch: Started) -> Ended:
        """Wait for the end of a launch, and do meanwhile what is to be done."""
        running = launch.running
        if not self.agenda.run_until(lambda: running.process.poll() is not None, LAUNCH_SECONDS):
            said = running.kill().said
            raise BrokenPromise(f"launch {launch.number} took more than {LAUNCH_SECONDS} s:\n{said}")
        ended = running.wait()
        self.story.say(f"launch {launch.number} ended with {ended.returncode}: {states_of(ended)}")
        return ended

    def _settle(self) -> None:
        """Wait until nothing is left of the launches, nor of what was done to them."""

        def is_settled() -> bool:
            return self.agenda.is_empty and not processes_of(self.lab.folder)

        if not self.agenda.run_until(is_settled, ORPHAN_SECONDS):
            raise BrokenPromise(f"left running for {ORPHAN_SECONDS} s: {processes_of(self.lab.folder)}")

    def _damage(self, planned: Damage) -> None:
        if planned.kind == "repair":
            self.story.say(f"fsck --repair: {self.launches.fsck('--repair') or 'nothing found'}")
        else:
            self.story.say(f"damage: {damage(self.place, self.lab, planned.kind, planned.which)}")

    def _quiet(self) -> None:
        for number, launch in enumerate(self.plan.quiet):
            started = self.launches.start(launch)
            ended = self._end_of(started)
            demand(*checks.wrong_account(self.files, ended, number))
            self._settle()
            demand(*checks.wrong_repeats(self.files, {started.number}, self.launches.runs))
        removed = self.launches.removed_since(checks.names_by_key(self.files, ended.rows))
        demand(*checks.wrong_runs(self.launches.recorded_before, self.launches.runs, removed))
        self._check_fsck()
        try:
            published = self.place.backend.published()
        except (AssertionError, KeyError) as error:
            raise BrokenPromise(f"what is published is not as its manifests say: {error!r}") from error
        demand(*checks.wrong_results(self.files, ended.rows, published, self.place.backend.records()))
        demand(*checks.leaks(self.lab.folder, self.place.backend.everything(), self.launches.secrets()))

    def _check_fsck(self) -> None:
        """See that nothing is found but what this plan may leave, and nothing after its repair."""
        found = self.launches.fsck()
        self.story.say(f"fsck: {found or 'nothing found'}")
        demand(*checks.wrong_findings(found, checks.findings_allowed(self.plan)))
        self.launches.fsck("--repair")
        demand(*checks.wrong_findings(self.launches.fsck(), set()))


def keep(plan: Round, place: Place, lab: Lab, story: Story, broken: BrokenPromise) -> None:
    """Leave in a lab what is needed to look into what was broken."""
    place.keep(lab.folder)
    (lab.folder / "story.txt").write_text("\n".join([str(plan), *story.lines, "", str(broken), ""]))


def forget(lab: Lab) -> None:
    shutil.rmtree(lab.folder)
