"""What is wrong with a published result: held against its manifest, and the record that the store has of it."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from analysis_jobs.bucket.manifests import below_key, missing_in
from analysis_jobs.bucket.names import MANIFEST, RECORD_FILE
from analysis_jobs.bucket.whole import published_lines, wrong_file
from analysis_jobs.documents import Manifest
from analysis_jobs.records.build import build_record
from analysis_jobs.sharing import why_not_readable
from analysis_jobs.upkeep.attempts import left_over, of_attempts
from analysis_jobs.upkeep.damage import Damage, LookedAt
from analysis_jobs.upkeep.folder import CHECK_PERMISSIONS, LEFT_ALONE, OPENS, Folder, what
from analysis_jobs.upkeep.known import analysed_by, can_be_recorded, document_digest
from analysis_jobs.wording import listed, plural

_MOST_NAMED = 3
_MAKES = "--repair makes it again from the manifest, and sets the other aside"
_RECORDS = "--repair records it"
_PUTS = "--repair puts the store's record there"
_NO_LINKS = "replace the link by what it leads to, if that is undamaged: published results hold no links"


def of_published(
    folder: Folder, manifest: Manifest, looked: LookedAt, checksums: bool, now: datetime
) -> Iterator[Damage]:
    """Yield what is wrong with it; see `analysis_jobs.upkeep.look.damages`."""
    looked.results += 1
    yield from _of_links(folder, manifest)
    wrong, unread = _compared(folder, manifest, looked, checksums)
    if unread:
        detail = f"{listed(unread, _MOST_NAMED)} cannot be read"
        yield Damage(folder.key, "unreadable file", detail, CHECK_PERMISSIONS)
    if wrong:
        detail = f"{len(wrong)} of {plural(len(manifest['files']), 'file')}: {listed(wrong, _MOST_NAMED)}"
        recorded = folder.known.recorded or folder.known.damaged
        yield folder.damage("damaged file", detail, OPENS) if recorded else folder.unrecorded("damaged file", detail)
    elif not unread:
        yield from _of_record(folder, manifest, checksums)
    location, left = manifest["location"], left_over(folder, manifest)
    yield from of_attempts(folder, left, now)
    ours = {MANIFEST, *left, *(name for name, _ in published_lines(manifest, folder.key))}
    ours.add(f"{below_key(location, folder.key)}/{RECORD_FILE}".lstrip("/"))
    if others := sorted(folder.files.keys() - ours):
        yield folder.told("not ours", others, "which the manifest does not name", LEFT_ALONE)


def _of_links(folder: Folder, manifest: Manifest) -> Iterator[Damage]:
    """Yield a finding if something that was published as a file or folder has become a link."""
    below = below_key(manifest["location"], folder.key)
    published = [name for name, _ in published_lines(manifest, folder.key)]
    published += [MANIFEST, f"{below}/{RECORD_FILE}".lstrip("/")]
    found = [
        f"{name or 'its folder'} is a link to {target}"
        for name, target in sorted(folder.bucket.links(folder.key).items())
        if not name or any(one == name or one.startswith(f"{name}/") for one in published)
    ]
    if found:
        yield Damage(folder.key, "link", listed(found, _MOST_NAMED), _NO_LINKS)


def _compared(folder: Folder, manifest: Manifest, looked: LookedAt, checksums: bool) -> tuple[list[str], list[str]]:
    """Return in words which published files are wrong, and which cannot be read."""
    wrong, unread = [], []
    for name, line in published_lines(manifest, folder.key):
        try:
            said = wrong_file(folder.bucket, folder.key, name, line, folder.files, checksums=checksums)
        except OSError as error:
            unread.append(f"{name} ({why_not_readable(error)})")
            continue
        looked.files, looked.size = looked.files + 1, looked.size + line["size"]
        if said:
            wrong.append(said)
    return wrong, unread


def _of_record(folder: Folder, manifest: Manifest, checksums: bool) -> Iterator[Damage]:
    """Yield what is wrong with the record of a result whose files are whole."""
    known, missing = folder.known, missing_in(manifest)
    makes = OPENS if missing else _MAKES
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
    """Return in words what the record has that is not what the manifest says; an empty text if all is the same."""
    known, location = folder.known, manifest["location"]
    others = [what for what, digest in analysed_by(manifest).items() if known.analysed.get(what) != digest]
    if others:
        return f"the record has other {' and '.join(others)} than the manifest"
    is_here = folder.bucket.holds(folder.key, known.location)
    same_place = below_key(known.location, folder.key) == below_key(location, folder.key)
    # A bucket that was moved since is in neither
    if known.location != location and not (is_here and same_place) and not missing_in(manifest):
        return f"the record says that the results are in {known.location}, the manifest {location}"
    return ""


def _of_record_beside(folder: Folder, manifest: Manifest, checksums: bool) -> Iterator[Damage]:
    location = folder.place(manifest["location"])
    if f"{below_key(location, folder.key)}/{RECORD_FILE}".lstrip("/") not in folder.files:
        yield folder.damage("no record beside the files", f"{RECORD_FILE} is missing", _PUTS)
        return
    beside = _digest_of(folder.text(location, RECORD_FILE)) if checksums else folder.known.document
    if beside == folder.known.document:
        return
    if can_be_recorded(manifest) and beside == document_digest(build_record(manifest)):
        detail = f"the store has another record than the manifest and {RECORD_FILE} say"
        yield folder.damage("record differs", detail, _MAKES)
    else:
        yield folder.damage("another record beside the files", f"{RECORD_FILE} is not what the store has", _PUTS)


def _digest_of(text: str) -> str:
    try:
        document: Any = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    return document_digest(document) if isinstance(document, dict) else ""
