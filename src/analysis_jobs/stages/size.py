"""Put the jobs that waited for a first wave into batches, by what the jobs of that took."""

import math
from collections.abc import Sequence
from pathlib import Path

from analysis_jobs.documents import Outcome
from analysis_jobs.stages.dedupe.batches import KEPT_BATCHES, Groups, write_batches
from analysis_jobs.stages.dedupe.division import batches_to_keep, slices, write_kept
from analysis_jobs.stages.dedupe.sizes import IN_TIME, tasks_note, why_seen
from analysis_jobs.stages.dedupe.waiting import Waiting


def size(rest: Path, outcomes: Sequence[Outcome], folder: Path) -> str:
    """Write the batches of the jobs that waited, and return in words how many there are, and why.

    Parameters
    ----------
    rest
        What `Waiting.write` wrote.
    outcomes
        Of the first wave, of those of its jobs that ended in time.
    folder
        Made here; see `analysis_jobs.stages.dedupe.batches.write_batches`.
    """
    waiting = Waiting.read(rest)
    seconds = seconds_seen(outcomes, waiting.ahead)
    batches = slices(waiting.jobs, waiting.sizing.jobs_of(len(waiting.jobs), seconds))
    write_batches(batches, waiting.labels, folder, Groups(waiting.group_size, waiting.groups), asks=waiting.asks())
    write_kept(folder / KEPT_BATCHES, len(waiting.kept), [*waiting.kept, *batches_to_keep(batches)])
    return tasks_note(len(batches), len(waiting.jobs), why_seen(seconds, waiting.ahead))


def seconds_seen(outcomes: Sequence[Outcome], ahead: int) -> float:
    """Return the seconds that nine of ten jobs take at most, by those of a first wave.

    Those that failed count where no other ended. One that has not ended takes for ever, so that it may be infinite.
    """
    ended = [outcome for outcome in outcomes if outcome["state"] != "failed"] or outcomes
    took = sorted(outcome["seconds"] for outcome in ended if "seconds" in outcome)
    took += [math.inf] * (ahead - len({outcome["key"] for outcome in outcomes}))
    return took[math.ceil(IN_TIME * len(took)) - 1] if took else math.inf
