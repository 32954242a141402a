"""What attempts have left in the folder of a key: which files, and when nobody alive can have made them."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from analysis_jobs.documents import Manifest
from analysis_jobs.upkeep.damage import Damage
from analysis_jobs.upkeep.folder import Folder
from analysis_jobs.wording import plural

# An attempt whose newest file is older is dead: no claim lasts as long by itself, and a live one does not rely on what
# it saw in the bucket for as long (`analysis_jobs.bucket.s3_sending`).
DEAD_AFTER = timedelta(days=7)


def of_attempts(folder: Folder, left: list[str], now: datetime) -> Iterator[Damage]:
    """Yield what is told of files that an attempt has brought; where a launch is running the job, they are its own."""
    if folder.known.claimed or folder.known.damaged or not left:  # a damaged record may be of any of them
        return
    dead = dead_files(folder, left, now)
    if dead:
        remedy = "--repair removes them"
        detail = f"{plural(len(dead), 'file')} of a dead attempt, such as {dead[0]}"
        yield Damage(folder.key, "leftovers", detail, remedy, repairable=True)
    if young := sorted(set(left) - set(dead)):
        remedy = (
            f"the next launch of the job, or --repair once they are {DEAD_AFTER.days} days old, removes what is left"
        )
        yield folder.told("on its way", young, "on their way, or left by a dead attempt", remedy)


def left_over(folder: Folder, manifest: Manifest | None) -> list[str]:
    """Return the files of attempts that neither manifest nor record names."""
    left = folder.bucket.leftovers(folder.key, folder.files, manifest["location"] if manifest else None)
    recorded = set(folder.at(folder.known.location) if folder.known.recorded else ())
    return [name for name in left if name not in recorded]


def dead_files(folder: Folder, left: list[str], now: datetime) -> list[str]:
    """Return those files of attempts that are older than any live writer could have made; an attempt's go together."""
    newest: dict[str, datetime] = {}
    for name in left:
        attempt = name.partition("/")[0]
        newest[attempt] = max(newest.get(attempt, folder.files[name].changed), folder.files[name].changed)
    return sorted(name for name in left if now - newest[name.partition("/")[0]] > DEAD_AFTER)
