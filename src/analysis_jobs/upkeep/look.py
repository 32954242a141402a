"""What is wrong with the folder of one key, held against what the store knows of it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from analysis_jobs.bucket.manifests import ManifestOfAnother, UnreadableManifest
from analysis_jobs.bucket.names import KEY, MANIFEST
from analysis_jobs.bucket.whole import lines_lacking
from analysis_jobs.shapes import Damaged
from analysis_jobs.sharing import why_not_readable
from analysis_jobs.upkeep.attempts import left_over, of_attempts
from analysis_jobs.upkeep.damage import Damage, LookedAt
from analysis_jobs.upkeep.folder import CHECK_PERMISSIONS, LEFT_ALONE, OPENS, Folder, what
from analysis_jobs.upkeep.look_published import of_published

_REMAKES = "--repair makes it again if the files are proven, otherwise sets the record aside for the next launch"
_NO_MANIFEST = f"{MANIFEST} is missing, by which the files could be checked"


def damages(folder: Folder, looked: LookedAt, *, checksums: bool = True, now: datetime) -> Iterator[Damage]:
    """Yield what is wrong with the folder of a key.

    Parameters
    ----------
    folder
        The folder.
    looked
        Gets what was looked at.
    checksums
        Read every published file to its end, and compare its SHA-256; otherwise its size only.
    now
        The time, by which attempts are young or old.
    """
    try:
        yield from _damages(folder, looked, checksums, now)
    except OSError as error:
        yield unreadable(folder.key, error)


def unreadable(key: str, error: OSError) -> Damage:
    """Return what is told of a file of a key that is there and cannot be read."""
    name = f"{error.filename} " if error.filename else "it "
    return Damage(key, "unreadable file", f"{name}cannot be read ({why_not_readable(error)})", CHECK_PERMISSIONS)


def _damages(folder: Folder, looked: LookedAt, checksums: bool, now: datetime) -> Iterator[Damage]:
    try:
        manifest = folder.bucket.manifest(folder.key) if MANIFEST in folder.files else None
    except ManifestOfAnother as error:
        yield from _named_after_another(folder, error)
    except UnreadableManifest as error:
        yield Damage(folder.key, "unreadable file", what(error), CHECK_PERMISSIONS)
    except Damaged as error:
        yield _damaged_manifest(folder, what(error))
    else:
        if manifest is None:
            yield from _of_unpublished(folder, now)
        elif lacking := lines_lacking(manifest, folder.key):
            yield _damaged_manifest(folder, lacking)
        else:
            yield from of_published(folder, manifest, looked, checksums, now)


def _named_after_another(folder: Folder, error: ManifestOfAnother) -> Iterator[Damage]:
    here = {name: file.size for name, file in folder.files.items()}
    is_key = KEY.fullmatch(error.other)  # what a manifest says could lead anywhere
    there = {name: file.size for name, file in folder.bucket.files(error.other).items()} if is_key else here
    if MANIFEST not in there and there.items() <= here.items():  # nothing, or what a move has brought so far
        detail = f"its manifest is that of {error.other}: the folder was renamed"
        renamed = folder.damage("renamed folder", detail, "--repair gives it its name again")
        yield replace(renamed, other=error.other)
    elif folder.known.recorded or folder.known.damaged:
        yield _damaged_manifest(folder, what(error))
    else:
        yield folder.told("not ours", list(here), f"a copy of what is published of {error.other}", LEFT_ALONE)


def _damaged_manifest(folder: Folder, wrong: str) -> Damage:
    if folder.known.recorded or folder.known.damaged:
        return folder.damage("damaged manifest", wrong, _REMAKES)
    return folder.unrecorded("damaged manifest", wrong)


def _of_unpublished(folder: Folder, now: datetime) -> Iterator[Damage]:
    known = folder.known
    recorded_here = known.recorded and not folder.is_elsewhere
    if recorded_here and not folder.at(known.location):
        where = f"nothing is at {folder.place(known.location)}"
        remedy = OPENS if known.ours else "another program has recorded it: nothing is to be done"
        yield folder.damage("record without files", where, remedy, repairable=known.ours)
    elif (recorded_here and known.ours) or (known.damaged and folder.files):
        yield folder.damage("no manifest", _NO_MANIFEST, _REMAKES)
    elif not recorded_here:
        left = left_over(folder, None)
        yield from of_attempts(folder, left, now)
        if others := sorted(folder.files.keys() - set(left)):
            if folder.known.opened:
                yield folder.unrecorded("no manifest", _NO_MANIFEST)
            else:
                yield folder.told("not ours", others, "with neither manifest nor record", LEFT_ALONE)
