"""Comparing the bucket and the store, both ways, and fixing what can be fixed without a loss."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from analysis_jobs.bucket.names import MANIFEST, RECORD_FILE
from analysis_jobs.bucket.protocol import Bucket, whole_manifest
from analysis_jobs.documents import Manifest, ManifestLine, Owner
from analysis_jobs.jobs.outcome import without_files
from analysis_jobs.records.read import is_ours, summary_of
from analysis_jobs.records.wanted import Wanted
from analysis_jobs.shapes import Damaged
from analysis_jobs.stages.record import record_group
from analysis_jobs.store.protocol import Store
from analysis_jobs.store.release import held_claims
from analysis_jobs.wording import error_text

OWNER: Owner = {"session": "fsck", "process": None}
RERUN = "restore it, or remove the record and the folder to have the job run again"


@dataclass(frozen=True)
class Damage:
    """What is wrong with one key: of what kind, in words, and whether `--repair` fixes it, and has."""

    key: str
    kind: str
    detail: str
    repairable: bool = False
    repaired: bool = False


@dataclass(frozen=True)
class _Folder:
    key: str
    files: Mapping[str, int]
    manifest: Manifest | None

    @property
    def prefix(self) -> str:
        """Where the results are within the folder of the key: the digest in S3, nothing in a local bucket."""
        location = self.manifest["location"] if self.manifest else ""
        return location.rstrip("/").rpartition(f"/{self.key}")[2].strip("/")

    def name(self, file: str) -> str:
        return f"{self.prefix}/{file}".lstrip("/")


def fsck(bucket: Bucket, store: Store, *, repair: bool = False, checksums: bool = True) -> Iterator[Damage]:
    """Yield what is wrong, as it is found.

    What is safe to repair: a result that is published but not recorded gets its record, which is a function of the
    manifest; what a dead attempt left is removed, unless the job is running. Nothing that anybody may still
    need is removed.

    Parameters
    ----------
    bucket, store
        What to compare.
    repair
        Fix what can be fixed.
    checksums
        Read every published file to its end, and compare its SHA-256; otherwise its size only.
    """
    records, ours = dict[str, str](), set[str]()
    for record in store.search(Wanted()):
        records[record["_id"]] = str(record.get("location") or "")
        if is_ours(summary_of(record)):
            ours.add(record["_id"])
    claimed = {state["key"] for states in held_claims(store).values() for state in states}
    for _ in store.states():
        pass  # each is looked at, as the records were, so that `damaged` has those that are none
    seen = set()
    for key, files in bucket.folders():
        seen.add(key)
        try:
            manifest = bucket.manifest(key) if MANIFEST in files else None
        except Damaged as error:
            yield Damage(key, "damaged manifest", str(error))
            continue
        folder = _Folder(key, files, manifest)
        recorded = key in records or key in store.damaged.records
        for damage in _of_folder(folder, bucket, recorded, key in ours, key in claimed, checksums):
            yield _repair(damage, folder, bucket, store) if repair and damage.repairable else damage
    for key, location in records.items():
        if key not in seen and location.startswith(bucket.location("")):
            yield Damage(key, "record without files", f"nothing is at {location}; {RERUN}")
    yield from (Damage(key, "damaged record", said) for key, said in store.damaged.records.items())
    yield from (Damage(key, "damaged job state", said) for key, said in store.damaged.states.items())


def _of_folder(
    folder: _Folder, bucket: Bucket, recorded: bool, ours: bool, claimed: bool, checksums: bool
) -> Iterator[Damage]:
    manifest, key = folder.manifest, folder.key
    if manifest is None and ours and folder.files:
        yield Damage(key, "no manifest", f"{MANIFEST} is missing, by which the files could be checked; {RERUN}")
        return  # what would be taken for leftovers of a dead attempt may be the results
    left = bucket.leftovers(key, folder.files, manifest["location"] if manifest else None)
    if left and not claimed:
        yield Damage(key, "leftovers", f"{len(left)} files of a dead attempt, such as {left[0]}", repairable=True)
    if manifest is None:
        if recorded and not folder.files.keys() - set(left):
            yield Damage(key, "record without files", f"there is a record, but nothing is published; {RERUN}")
        return
    damaged = False
    for detail in _damaged_files(folder, bucket, checksums):
        damaged = True
        yield Damage(key, "damaged file", detail)
    if not recorded and not damaged and not claimed:
        yield Damage(key, "published without record", "the run ended before it was recorded", repairable=True)
    elif recorded and folder.name(RECORD_FILE) not in folder.files:
        yield Damage(key, "no record beside the files", f"{RECORD_FILE} is missing", repairable=True)


def _damaged_files(folder: _Folder, bucket: Bucket, checksums: bool) -> Iterator[str]:
    assert folder.manifest is not None
    for line in folder.manifest["files"]:
        name = folder.name(line["path"])
        size = folder.files.get(name)
        if size is None:
            yield f"{name} is missing; {RERUN}"
        elif size != line["size"]:
            yield f"{name} has {size} bytes, its manifest says {line['size']}; {RERUN}"
        elif checksums:
            yield from _wrong_content(folder, name, line, bucket)


def _wrong_content(folder: _Folder, name: str, line: ManifestLine, bucket: Bucket) -> Iterator[str]:
    try:
        sha256 = bucket.sha256(folder.key, name)
    except OSError as error:
        yield f"{name} cannot be read ({error.strerror or error}); {RERUN}"
        return
    if sha256 != line["sha256"]:
        yield f"{name} has another SHA-256 ({sha256[:12]}...) than its manifest says; {RERUN}"


def _repair(damage: Damage, folder: _Folder, bucket: Bucket, store: Store) -> Damage:
    manifest = folder.manifest
    if damage.kind == "leftovers":
        bucket.remove(
            folder.key, bucket.leftovers(folder.key, folder.files, manifest["location"] if manifest else None)
        )
        return replace(damage, repaired=True)
    assert manifest is not None
    try:
        manifest = whole_manifest(manifest, folder.key, bucket.location(""))
    except Damaged as error:
        return replace(damage, detail=f"{damage.detail}; {error}")
    (settled,) = record_group([without_files(manifest)], bucket, store, OWNER)
    if settled["state"] == "failed":
        return replace(damage, detail=f"{damage.detail}; {error_text(settled['error'])}")
    return replace(damage, repaired=True)
