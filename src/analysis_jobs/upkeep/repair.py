"""Putting right what fsck has found, one thing at a time, each judged anew at the moment when it is done."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime

from analysis_jobs.bucket.manifests import ManifestOfAnother, below_key, missing_in, whole_manifest
from analysis_jobs.bucket.names import MANIFEST, RECORD_FILE
from analysis_jobs.bucket.protocol import Bucket
from analysis_jobs.documents import Act, Manifest, ManifestLine, Owner
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.outcome import without_files
from analysis_jobs.records.read import process_of
from analysis_jobs.stages.record import record_group
from analysis_jobs.store.history import new_note, set_aside, write_note
from analysis_jobs.store.protocol import DocumentKind, Store
from analysis_jobs.upkeep.attempts import dead_files, left_over
from analysis_jobs.upkeep.damage import Damage, Kind, LookedAt
from analysis_jobs.upkeep.folder import Folder, what
from analysis_jobs.upkeep.look import damages
from analysis_jobs.upkeep.pair import Pair
from analysis_jobs.wording import error_text, plural

OWNER: Owner = {"session": "fsck", "process": None}


class NotRepaired(Exception):
    """Something could not be put right; says why."""


def repaired(damage: Damage, pair: Pair, now: datetime) -> Damage | None:
    """Put right what was found, if it is still so, and return what became of it; None if it is not so any more.

    Parameters
    ----------
    damage
        What was found, which may be long ago.
    pair
        Where.
    now
        The time.
    """
    folder = pair.folder(damage.key)
    still = _still(damage, folder, now, checksums=damage.kind != "leftovers")
    if still is None or not still.repairable:
        return still
    try:
        return replace(still, remedy=_REPAIRS[still.kind](folder, pair, now), repaired=True)
    except (NotRepaired, InvalidInput, OSError) as error:
        return replace(still, remedy=f"it could not be repaired: {error}")


def confirmed(damage: Damage, pair: Pair, now: datetime) -> Damage | None:
    """Return what was found as it is now; None if it is not so any more, as beside a launch that goes on."""
    of_contents = damage.kind in ("damaged file", "another record beside the files", "record differs")
    folder = pair.folder(damage.key)
    if damage.kind == "record without files" and _still(replace(damage, kind="renamed folder"), folder, now):
        return damage  # what is there are results of another key
    return _still(damage, folder, now, checksums=of_contents)


def _still(damage: Damage, folder: Folder, now: datetime, *, checksums: bool = False) -> Damage | None:
    found = damages(folder, LookedAt(""), checksums=checksums, now=now)
    return next((one for one in found if one.kind == damage.kind), None)


def put_right(damage: Damage, pair: Pair, now: datetime) -> Iterator[Damage]:
    """Put right what was found, and what only shows when that is done; yield what became of each; see `repaired`."""
    waiting, done = [damage], set[tuple[str, Kind]]()
    while waiting:
        one = repaired(waiting.pop(0), pair, now)
        if one is None:
            continue
        yield one
        done.add((one.key, one.kind))
        for key in filter(None, (one.key, one.other)) if one.repaired else ():
            shown = damages(pair.folder(key), LookedAt(""), now=now)
            waiting += [other for other in shown if other.repairable and (other.key, other.kind) not in done]


def without_state(damage: Damage, pair: Pair) -> Damage | None:
    """Set a job state aside that cannot be used, if it is still so; see `repaired`."""
    if pair.store.job_states([damage.key]) or not pair.store.raw("state", damage.key):
        return None
    try:
        where = _set_aside("state", damage.key, pair, "state set aside", what(damage.detail))
    except NotRepaired as error:
        return replace(damage, remedy=f"it could not be repaired: {error}")
    remedy = f"it is set aside {where}, and the job counts as new, or as its record says"
    return replace(damage, remedy=remedy, repaired=True)


def _open_again(folder: Folder, pair: Pair, now: datetime) -> str:
    if not folder.bucket.is_there():
        raise NotRepaired(f"even the folder of {folder.bucket.location('')} is missing; mount its disk")
    where = _set_aside("record", folder.key, pair, "opened again", "its files are gone or damaged")
    return f"the record is set aside {where}, and the next launch runs the job again"


def _make_manifest(folder: Folder, pair: Pair, now: datetime) -> str:
    lines = folder.bucket.proven(folder.key, folder.known.location) if folder.known.recorded else None
    if not lines:
        return _open_again(folder, pair, now)
    top = folder.bucket.location(folder.key)
    _note(folder.key, pair, "manifest made again", "from the record, as the name of their folder proves the files")
    _keep(folder, top, MANIFEST)
    folder.bucket.put(top, MANIFEST, json.dumps(_manifest(folder, pair.store, lines)).encode())
    return "it is made again from the record, as the name of their folder proves the files"


def _manifest(folder: Folder, store: Store, lines: list[ManifestLine]) -> dict[str, object]:
    """Return a manifest of what record and state say: less than UPLOAD's, and enough to find and check files."""
    process = process_of(store.records([folder.key])[folder.key])
    state = store.job_states([folder.key], whole=True).get(folder.key)
    return {
        "key": folder.key,
        "made_again_from": "the record",
        **({"attempt": state["attempt"], "parts": state["parts"]} if state else {}),
        "state": "done",
        "outputs": process.get("output_parameters"),
        "started": process.get("start_date_time"),
        "ended": process.get("end_date_time"),
        "location": f"{folder.bucket.location(folder.key)}/{below_key(folder.known.location, folder.key)}".rstrip("/"),
        "files": lines,
    }


def _make_record(folder: Folder, pair: Pair, now: datetime) -> str:
    bucket, key = folder.bucket, folder.key
    manifest = bucket.manifest(key)
    if manifest is None or missing_in(manifest):
        return _open_again(folder, pair, now)
    manifest = whole_manifest(manifest, key, bucket.location(""))
    if not bucket.holds(key, manifest["location"]):  # it was moved since
        manifest = {**manifest, "location": folder.place(manifest["location"])}
    _keep(folder, folder.place(manifest["location"]), RECORD_FILE)
    if pair.store.raw("record", key):
        where = _set_aside("record", key, pair, "record made again", "from the manifest, which it differed from")
        _record(manifest, bucket, pair.store)
        return f"it is made again from the manifest, and the other one is set aside {where}"
    _note(key, pair, "recorded", "it was published, and everything had ended before it was recorded")
    _record(manifest, bucket, pair.store)
    return "it is made again from the manifest"


def _record(manifest: Manifest, bucket: Bucket, store: Store) -> None:
    (settled,) = record_group([without_files(manifest)], bucket, store, OWNER)
    if settled["state"] == "failed":
        raise NotRepaired(error_text(settled["error"]))


def _put_record(folder: Folder, pair: Pair, now: datetime) -> str:
    place = folder.place(folder.known.location)
    _note(folder.key, pair, "record put beside the files", f"{RECORD_FILE} was not what the store has")
    _keep(folder, place, RECORD_FILE)
    record = pair.store.records([folder.key])[folder.key]
    folder.bucket.put(place, RECORD_FILE, json.dumps(record, indent=2).encode())
    return "the store's record is there"


def _rename(folder: Folder, pair: Pair, now: datetime) -> str:
    try:
        folder.bucket.manifest(folder.key)
    except ManifestOfAnother as error:
        _note(error.other, pair, "renamed", f"its folder had the name {folder.key}")
        folder.bucket.move(folder.key, error.other)
    return "it has its name again"


def _remove_leftovers(folder: Folder, pair: Pair, now: datetime) -> str:
    left = left_over(folder, folder.bucket.manifest(folder.key))
    dead = dead_files(folder, left, now)
    size = sum(folder.files[name].size for name in dead)
    _note(folder.key, pair, "collected", f"{plural(len(dead), 'file')} of an attempt that died", size)
    if not folder.bucket.remove(folder.key, dead):
        raise NotRepaired("somebody is writing there")
    return "they are removed"


def _set_aside(kind: DocumentKind, key: str, pair: Pair, act: Act, why: str) -> str:
    """Take a document out of the store, of which the history keeps a copy; return where that is, in words."""
    note = new_note(key, act, pair.by, why)
    set_aside(kind, note, pair.store)
    return f"in the history ({note['_id']})"


def _note(key: str, pair: Pair, act: Act, why: str, size: int | None = None) -> None:
    note = new_note(key, act, pair.by, why)
    if size is not None:
        note["bytes"] = size
    write_note(note, pair.store)


def _keep(folder: Folder, location: str, name: str) -> None:
    """Keep a copy of a small file that is about to be replaced, if there is one."""
    if text := folder.text(location, name):
        folder.bucket.set_aside(folder.key, name, text)


_REPAIRS: dict[Kind, Callable[[Folder, Pair, datetime], str]] = {
    "published without record": _make_record,
    "no record beside the files": _put_record,
    "another record beside the files": _put_record,
    "record without files": _open_again,
    "record differs": _make_record,
    "no manifest": _make_manifest,
    "damaged manifest": _make_manifest,
    "damaged file": _open_again,
    "damaged record": _make_record,
    "renamed folder": _rename,
    "leftovers": _remove_leftovers,
}
