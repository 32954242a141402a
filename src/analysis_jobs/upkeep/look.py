"""What is wrong with the folder of one key, held against what the store knows of it."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from analysis_jobs.bucket.names import MANIFEST, RECORD_FILE, SET_ASIDE
from analysis_jobs.bucket.places import bucket_of
from analysis_jobs.bucket.protocol import (
    Bucket,
    ManifestOfAnother,
    NoBucket,
    StoredFile,
    UnreadableManifest,
    below_key,
    missing_in,
)
from analysis_jobs.bucket.whole import published_lines, wrong_file
from analysis_jobs.documents import Manifest
from analysis_jobs.errors import InvalidInput, ServiceUnavailable
from analysis_jobs.shapes import Damaged
from analysis_jobs.upkeep.damage import Damage, Kind, LookedAt
from analysis_jobs.upkeep.known import Known, document_digest, manifest_digest
from analysis_jobs.wording import listed, plural

# An attempt whose newest file is older is dead: no claim lasts as long by itself, and a live one does not rely on what
# it saw in the bucket for as long (`analysis_jobs.bucket.s3`).
DEAD_AFTER = timedelta(days=7)
_MOST_NAMED = 3
KEY = re.compile(r"[0-9a-f]{64}")

_OPENS = "--repair sets the record aside, and the next launch runs the job again"
_REMAKES = "--repair makes it again where the files are proven, else sets the record aside for the next launch"
_NO_MANIFEST = f"{MANIFEST} is missing, by which the files could be checked"
_RECORDS = "--repair records it"
_PUTS = "--repair puts the store's record there"
CHECK_PERMISSIONS = "check the permissions: nothing is done to it, as it may be whole"
LEFT_ALONE = "never removed"
_LAUNCH = "the next launch of it publishes it anew"


@dataclass(frozen=True)
class Folder:
    """The folder of a key: what is in it, and what the store knows of the key.

    `together` says that bucket and store were moved or copied together, so that what a record names is here or nowhere.
    """

    key: str
    files: Mapping[str, StoredFile]
    known: Known
    bucket: Bucket
    together: bool = False

    @cached_property
    def is_elsewhere(self) -> bool:
        """Whether the record is of results in another bucket, and they are there."""
        location = self.known.location
        moved = self.together and _is_of_outdir(location, self.key)
        if not location or moved or self.bucket.holds(self.key, location):
            return False
        try:
            return bool(bucket_of({"_id": self.key, "location": location}).sizes(location))
        except NoBucket:
            return False
        except (InvalidInput, ServiceUnavailable, OSError):
            return True  # or may be, as far as can be seen from here

    @cached_property
    def was_opened(self) -> bool:
        """Whether a record of it was set aside."""
        return bool(self.bucket.files(f"{SET_ASIDE}/{self.key}"))

    def damage(self, kind: Kind, detail: str, remedy: str, *, repairable: bool = True) -> Damage:
        """Return what is wrong with it; what a launch has in hand is left to that, and a record elsewhere stays."""
        if repairable and self.known.claimed:
            remedy, repairable = "a launch has the job in hand: look again when that has ended", False
        elif repairable and self.is_elsewhere:
            remedy, repairable = f"the record is of {self.known.location}, which is there: copy it from there", False
        return Damage(self.key, kind, detail, remedy, repairable)

    def unrecorded(self, kind: Kind, detail: str) -> Damage:
        """Return what is wrong with what no record names, so that the next launch publishes it anew."""
        if self.was_opened:
            return Damage(self.key, kind, detail, f"the job was opened again: {_LAUNCH}", harmless=True)
        return Damage(self.key, kind, detail, _LAUNCH)

    def told(self, kind: Kind, names: list[str], which: str, remedy: str) -> Damage:
        """Return what is told of files with which nothing is wrong."""
        detail = f"{plural(len(names), 'file')}, such as {sorted(names)[0]}, {which}"
        return Damage(self.key, kind, detail, remedy, harmless=True)

    def place(self, location: str) -> str:
        """Return where the results of a location are in this bucket, which may have been moved."""
        return f"{self.bucket.location(self.key)}/{below_key(location, self.key)}".rstrip("/")

    def at(self, location: str) -> list[str]:
        """Return which of the files are those of a location."""
        below = below_key(location, self.key)
        arriving = set(self.bucket.leftovers(self.key, self.files, location))
        return [name for name in self.files if name.startswith(f"{below}/" if below else "") and name not in arriving]

    def text(self, location: str, name: str) -> str:
        """Return a small file at a location; empty where it is not there."""
        with TemporaryDirectory() as folder:
            path = Path(folder, name)
            try:
                self.bucket.download(location, name, path)
            except FileNotFoundError:
                return ""
            return path.read_bytes().decode(errors="replace")


def _is_of_outdir(location: str, key: str) -> bool:
    """Return whether a location is one that a launch gives by default, in the OUTDIR, wherever that was."""
    return location.partition(f"/{key}")[0].rpartition("/")[2] == "analyses"


def what(said: object) -> str:
    """Return what is wrong, of a message that says also what to do, as fsck says that itself."""
    return str(said).partition("; ")[0]


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
        manifest = folder.bucket.manifest(folder.key) if MANIFEST in folder.files else None
    except ManifestOfAnother as error:
        yield from _named_after_another(folder, error)
    except UnreadableManifest as error:
        yield Damage(folder.key, "unreadable file", what(error), CHECK_PERMISSIONS)
    except Damaged as error:
        yield _damaged_manifest(folder, error)
    else:
        if manifest is None:
            yield from _of_unpublished(folder, now)
        else:
            yield from _of_published(folder, manifest, looked, checksums, now)


def _named_after_another(folder: Folder, error: ManifestOfAnother) -> Iterator[Damage]:
    here = {name: file.size for name, file in folder.files.items()}
    is_key = KEY.fullmatch(error.other)  # what a manifest says could lead anywhere
    there = {name: file.size for name, file in folder.bucket.files(error.other).items()} if is_key else here
    if MANIFEST not in there and there.items() <= here.items():  # nothing, or what a move has brought so far
        detail = f"its manifest is that of {error.other}: the folder was renamed"
        renamed = folder.damage("renamed folder", detail, "--repair gives it its name again")
        yield replace(renamed, other=error.other)
    elif folder.known.recorded or folder.known.damaged:
        yield _damaged_manifest(folder, error)
    else:
        yield folder.told("not ours", list(here), f"a copy of what is published of {error.other}", LEFT_ALONE)


def _damaged_manifest(folder: Folder, error: Damaged) -> Damage:
    if folder.known.recorded or folder.known.damaged:
        return folder.damage("damaged manifest", what(error), _REMAKES)
    return folder.unrecorded("damaged manifest", what(error))


def _of_unpublished(folder: Folder, now: datetime) -> Iterator[Damage]:
    known = folder.known
    recorded_here = known.recorded and not folder.is_elsewhere
    if recorded_here and not folder.at(known.location):
        where = f"nothing is at {folder.place(known.location)}"
        remedy = _OPENS if known.ours else "another program has recorded it: nothing is done"
        yield folder.damage("record without files", where, remedy, repairable=known.ours)
    elif (recorded_here and known.ours) or (known.damaged and folder.files):
        yield folder.damage("no manifest", _NO_MANIFEST, _REMAKES)
    elif not recorded_here:
        left = left_over(folder, None)
        yield from _of_attempts(folder, left, now)
        if others := sorted(folder.files.keys() - set(left)):
            if folder.was_opened:
                yield folder.unrecorded("no manifest", _NO_MANIFEST)
            else:
                yield folder.told("not ours", others, "with neither manifest nor record", LEFT_ALONE)


def _of_published(
    folder: Folder, manifest: Manifest, looked: LookedAt, checksums: bool, now: datetime
) -> Iterator[Damage]:
    looked.results += 1
    wrong, unreadable = _compared(folder, manifest, looked, checksums)
    if unreadable:
        detail = f"{listed(unreadable, _MOST_NAMED)} cannot be read"
        yield Damage(folder.key, "unreadable file", detail, CHECK_PERMISSIONS)
    if wrong:
        detail = f"of {plural(len(manifest['files']), 'file')}: {listed(wrong, _MOST_NAMED)}"
        recorded = folder.known.recorded or folder.known.damaged
        yield folder.damage("damaged file", detail, _OPENS) if recorded else folder.unrecorded("damaged file", detail)
    elif not unreadable:
        yield from _of_record(folder, manifest, checksums)
    location, left = manifest["location"], left_over(folder, manifest)
    yield from _of_attempts(folder, left, now)
    ours = {MANIFEST, *left, *(name for name, _ in published_lines(manifest, folder.key))}
    ours.add(f"{below_key(location, folder.key)}/{RECORD_FILE}".lstrip("/"))
    if others := sorted(folder.files.keys() - ours):
        yield folder.told("not ours", others, "which the manifest does not name", LEFT_ALONE)


def _compared(folder: Folder, manifest: Manifest, looked: LookedAt, checksums: bool) -> tuple[list[str], list[str]]:
    """Return in words which published files are wrong, and which cannot be read."""
    wrong, unreadable = [], []
    for name, line in published_lines(manifest, folder.key):
        try:
            said = wrong_file(folder.bucket, folder.key, name, line, folder.files, checksums=checksums)
        except OSError as error:
            unreadable.append(f"{name} ({error.strerror or error})")
            continue
        looked.files, looked.size = looked.files + 1, looked.size + line["size"]
        if said:
            wrong.append(said)
    return wrong, unreadable


def _of_record(folder: Folder, manifest: Manifest, checksums: bool) -> Iterator[Damage]:
    """Yield what is wrong with the record of a result whose files are whole."""
    known, missing = folder.known, missing_in(manifest)
    makes = _OPENS if missing else "--repair makes it again from the manifest, and sets the other aside"
    if known.damaged:
        yield folder.damage("damaged record", what(known.damaged), makes)
    elif not known.recorded:
        if missing:
            yield folder.unrecorded("damaged manifest", f"it has no {missing}")
        elif not known.claimed:
            yield folder.damage("published without record", "everything ended before it was recorded", _RECORDS)
    elif difference := _difference(folder, manifest):
        yield folder.damage("record differs", difference, makes)
    else:
        yield from _of_record_beside(folder, manifest, checksums)


def _difference(folder: Folder, manifest: Manifest) -> str:
    known, says = folder.known, manifest_digest(manifest)
    if says and says != known.analysed:
        return "the record has other parameters or outputs than the manifest"
    below = below_key(manifest["location"], folder.key)
    if folder.bucket.holds(folder.key, known.location) and below_key(known.location, folder.key) != below:
        return f"the record says that the results are in {known.location}, the manifest {manifest['location']}"
    return ""


def _of_record_beside(folder: Folder, manifest: Manifest, checksums: bool) -> Iterator[Damage]:
    location = folder.place(manifest["location"])
    if f"{below_key(location, folder.key)}/{RECORD_FILE}".lstrip("/") not in folder.files:
        yield folder.damage("no record beside the files", f"{RECORD_FILE} is missing", _PUTS)
    elif checksums and _digest_of(folder.text(location, RECORD_FILE)) != folder.known.document:
        yield folder.damage("another record beside the files", f"{RECORD_FILE} is not what the store has", _PUTS)


def _digest_of(text: str) -> str:
    try:
        document: Any = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    return document_digest(document) if isinstance(document, dict) else ""


def _of_attempts(folder: Folder, left: list[str], now: datetime) -> Iterator[Damage]:
    """Yield what is told of files that an attempt has brought; where a launch has the job in hand, they are its own."""
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
