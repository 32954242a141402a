"""What is done to a lab, drawn from a seed: the same seed gives the same jobs, launches, actions and damages."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from chaos.jobs import JobFile, draw_job_files

# Where bucket and store of a lab are
PLACES = ("local", "S3 and DocDB")
HOMES = ("one", "two", "three")  # folders that launches are made from
STAGES = ("DEDUPE", "ANALYZE", "UPLOAD", "RECORD", "SUMMARIZE")
TASKS = (*STAGES, "job")  # a job is the analysis' own process, within a task of ANALYZE


SIGNALS = ("SIGKILL", "SIGKILL", "SIGTERM", "SIGINT")
TARGETS = ("head", "head", "head and tasks", *STAGES, "UPLOAD", "RECORD", "job")
STOPPED = ("UPLOAD", "UPLOAD", "UPLOAD", "RECORD", "head")
MOMENTS = ("seconds", "started", "published", "recorded", *STAGES)
OUTAGES = {
    "S3": ("slows down", "drops connections", "cuts connections", "hangs", "is stopped"),
    "DocDB": ("answers 503", "answers 504 and does it", "drops connections", "is late", "is stopped"),
}
DAMAGES = ("record", "record and manifest", "record and results", "state", "record beside the files", "leftovers",
           "remove leftovers", "work folder", "repair")  # fmt: skip
# Commands that remove something, beside `fsck --repair`
REMOVALS = ("forget --state done --limit 1", "forget --state done", "forget --state done --keep-results",
            "forget --state failed --only-state", "collect")  # fmt: skip
MOST_STEPS = 16  # of one before which it is killed; it mostly has fewer, and then goes to its end
REMOVING = 0.6  # of phases, a removal beside a launch
ORPHANED = 0.25  # of phases, an UPLOAD that is stopped while its Nextflow is killed
LONGEST_STOP, LONGEST_OUTAGE = 8.0, 8.0  # seconds


@dataclass(frozen=True)
class Launch:
    """A launch from one of the homes, `delay` seconds after those with it began."""

    home: str
    resume: bool
    jobs_per_task: int | str  # or auto
    group_size: int | None
    wide: bool
    delay: float
    tells: bool  # its jobs print their environment, secrets and all

    def __str__(self) -> str:
        options = f"--jobs_per_task {self.jobs_per_task} --group_size {self.group_size}"
        return f"{self.home} ({'-resume, ' if self.resume else ''}{options})"


@dataclass(frozen=True)
class Action:
    """What is done to whom, for how long, and at which moment of which launch.

    Attributes
    ----------
    do
        A signal, what a service does of `OUTAGES`, ``fsck --repair``, or one of `REMOVALS`.
    to
        One of `TARGETS`, or a service.
    launch
        Number of the launch within its phase.
    moment
        ``seconds`` after the launch began; so many seconds after a task of a stage, or a ``job``, was seen; when so
        many jobs more than when the launch began have ``started``, or are ``published`` or ``recorded`` in the lab.
    count
        Of seconds, or of jobs.
    seconds
        Until it is taken back, where that can be.
    dies
        Of a removal: before which of its steps it is killed; None for not at all.
    """

    do: str
    to: str
    launch: int
    moment: str
    count: float
    seconds: float
    dies: int | None = None

    @property
    def is_signal(self) -> bool:
        return self.do.startswith("SIG")

    @property
    def ends_head(self) -> bool:
        return self.to in ("head", "head and tasks") and self.do != "SIGSTOP"

    def __str__(self) -> str:
        if self.moment == "seconds":
            moment = f"{self.count:g} s after it began"
        elif self.moment in TASKS:
            moment = f"{self.count:g} s after {self.moment} was seen"
        else:
            moment = f"when {self.count:g} more jobs are {self.moment}"
        taken_back = f", for {self.seconds:g} s" if self.seconds else ""
        killed = "" if self.dies is None else f", killed before step {self.dies}"
        return f"{self.to}: {self.do} {moment}{taken_back}{killed}"


@dataclass(frozen=True)
class Damage:
    """Damage of a kind to one of what there is: `which`, from 0 to 1, says which."""

    kind: str
    which: float


@dataclass(frozen=True)
class Phase:
    """New job files, launches that overlap, what is done to them, and the damages when all have ended.

    `at_once` has the next phase begin while tasks of killed launches may still run; then nothing is damaged.
    """

    files: tuple[JobFile, ...]
    launches: tuple[Launch, ...]
    actions: tuple[Action, ...]
    at_once: bool
    damages: tuple[Damage, ...]

    @property
    def is_calm(self) -> bool:
        return not self.actions


@dataclass(frozen=True)
class Round:
    """A lab, what is done to it, and the launches that see to it at the end."""

    number: int
    place: str
    phases: tuple[Phase, ...]
    quiet: tuple[Launch, Launch]

    @property
    def files(self) -> tuple[JobFile, ...]:
        return tuple(file for phase in self.phases for file in phase.files)

    def __str__(self) -> str:
        launches = " + ".join(str(len(phase.launches)) for phase in self.phases)
        actions = sum(len(phase.actions) for phase in self.phases)
        damages = sum(len(phase.damages) for phase in self.phases)
        return (
            f"{self.place}, {len(self.files)} job files, {launches} launches, {actions} actions, {damages} damages, "
            f"{len(self.quiet)} quiet launches"
        )


def draw_round(seed: int, number: int) -> Round:
    """Return the plan of a round, which does not depend on those before it."""
    random = Random(f"{seed}/{number}")
    place = random.choice(PLACES)
    phases: tuple[Phase, ...] = ()
    for _ in range(random.randint(1, 3)):
        before = tuple(file for phase in phases for file in phase.files)
        phases += (_draw_phase(random, place, before),)
    first, second = (_draw_launch(random, random.choice(HOMES), delay=0, tells=True) for _ in range(2))
    return Round(number, place, phases, (first, second))


def _draw_phase(random: Random, place: str, before: Sequence[JobFile]) -> Phase:
    count = random.choices((1, 2, 3), (6, 3, 1))[0]
    deeds = random.choices((0, 1, 2, 3), (1, 4, 3, 2))[0]
    actions = tuple(_draw_action(random, place, count) for _ in range(deeds))
    if random.random() < REMOVING:
        actions += (_draw_removal(random, count, is_first=not before),)
    is_orphaned = random.random() < ORPHANED
    if is_orphaned:
        actions += _draw_orphan(random)
    signalled = {action.launch for action in actions if action.is_signal and action.to != "job"}
    launches = tuple(
        _draw_launch(
            random,
            home,
            delay=round(random.uniform(0, 3), 1) if number else 0,
            tells=random.random() < 0.5,
        )
        for number, home in enumerate(random.sample(HOMES, count))
    )
    at_once = is_orphaned or (bool(signalled) and random.random() < 0.5)
    harms = random.choices((0, 1, 2), (3, 3, 1))[0]
    damages = tuple(Damage(random.choice(DAMAGES), round(random.random(), 3)) for _ in range(harms))
    return Phase(draw_job_files(random, before), launches, actions, at_once, () if at_once else damages)


def _draw_launch(random: Random, home: str, *, delay: float, tells: bool) -> Launch:
    return Launch(
        home=home,
        resume=random.random() < 0.5,
        jobs_per_task=random.choice((1, "auto", 2, 5)),
        group_size=random.choice((None, 1, 1, 2, 4)),
        wide=random.random() < 0.3,
        delay=delay,
        tells=tells,
    )


def _draw_action(random: Random, place: str, launches: int) -> Action:
    kinds = ["signal", "signal", "stop", "repair"]
    kinds += ["outage", "outage"] if place != "local" else []
    kind = random.choice(kinds)
    do, to, seconds = _draw_deed(random, kind)
    moment = to if to in TASKS else random.choice(MOMENTS)
    most = 15.0 if moment == "seconds" else 0.4 if moment in TASKS else None
    count = round(random.uniform(0, most), 1) if most else random.randint(1, 4)
    return Action(do, to, random.randrange(launches), moment, count, seconds)


def _draw_removal(random: Random, launches: int, *, is_first: bool) -> Action:
    """Return a removal when there is something to remove, mostly beside a task of a stage; half of them are killed."""
    moment = "recorded" if is_first else random.choice(("recorded", *STAGES))
    count = random.randint(1, 3) if moment == "recorded" else round(random.uniform(0, 1.0), 1)
    dies = random.choice((None, random.randrange(MOST_STEPS)))
    return Action(random.choice(REMOVALS), "store", random.randrange(launches), moment, count, 0, dies)


def _draw_orphan(random: Random) -> tuple[Action, Action]:
    """Return what lets an UPLOAD live on without its Nextflow, and publish after that of the next launch."""
    stop = Action("SIGSTOP", "UPLOAD", 0, "UPLOAD", round(random.uniform(0, 0.3), 1), random.randint(10, 30))
    return stop, Action("SIGKILL", "head", 0, "UPLOAD", 0.4, 0)


def _draw_deed(random: Random, kind: str) -> tuple[str, str, float]:
    """Return what is done, to whom, and for how many seconds."""
    if kind == "outage":
        service = random.choice(sorted(OUTAGES))
        return random.choice(OUTAGES[service]), service, round(random.uniform(0.5, LONGEST_OUTAGE), 1)
    if kind == "repair":
        return "fsck --repair", "store", 0
    if kind == "stop":
        return "SIGSTOP", random.choice(STOPPED), round(random.uniform(0.5, LONGEST_STOP), 1)
    return random.choice(SIGNALS), random.choice(TARGETS), 0
