"""The files of a job on their way into the bucket in a folder: each whole under its name, or not there."""

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from analysis_jobs.bucket.manifests import manifest_line
from analysis_jobs.bucket.names import without_case
from analysis_jobs.bucket.protocol import ChangedFile, RefusedName, ResultFile, changed_text
from analysis_jobs.documents import ManifestLine
from analysis_jobs.errors import no_room
from analysis_jobs.plain_files import open_plain
from analysis_jobs.sharing import make_folder, share
from analysis_jobs.wording import listed, plural, relative_name, shown

UNFINISHED = ".unfinished"
_BLOCK = 1 << 20
# How file systems refuse a name; those of other systems take fewer than Linux.
_NAME_REFUSED = (errno.EINVAL, errno.EILSEQ, errno.ENAMETOOLONG)


def copy_all(files: Sequence[ResultFile], arriving: Path, bucket: Path) -> list[ManifestLine]:
    """Copy the files of a job into the folder that they arrive in, and return their lines of the manifest.

    What an earlier attempt has copied is not copied again, and what else it left is removed.

    Raises
    ------
    RefusedName
        If the file system of the bucket refuses a name, or takes two for the same.
    ChangedFile
        If a file is not what its job wrote.
    """
    unfinished = _unfinished(arriving)
    unfinished.unlink(missing_ok=True)
    _remove_others(arriving, {file.name for file in files})
    try:
        lines = [_copied(file, arriving, unfinished, bucket) for file in files]
        _refuse_what_met(lines, arriving, bucket)
    except RefusedName:
        _remove_all(arriving)
        raise
    return lines


@contextmanager
def leaving_room(arriving: Path) -> Iterator[None]:
    """Take away all that has arrived if the disk is full, so that it does not take the room of others' results."""
    try:
        yield
    except OSError as error:
        if no_room(error):
            _remove_all(arriving)
        raise


def _unfinished(arriving: Path) -> Path:
    # Not in the folder itself, where a result may have any name.
    return arriving.with_name(f"{arriving.name}{UNFINISHED}")


def _remove_all(arriving: Path) -> None:
    _unfinished(arriving).unlink(missing_ok=True)
    shutil.rmtree(arriving)


def _copied(file: ResultFile, arriving: Path, unfinished: Path, bucket: Path) -> ManifestLine:
    """Copy a file unless it is there already, and return its line of the manifest."""
    target = arriving / file.name
    if target.is_file() and target.stat().st_size == file.path.stat().st_size:
        line = manifest_line(file)
        if manifest_line(ResultFile(file.name, target)) == line:
            return line
    checksum = _copy(file.path, unfinished)
    if file.line and checksum != file.line["sha256"]:
        unfinished.unlink()
        raise ChangedFile(changed_text(file))
    size = unfinished.stat().st_size
    try:
        make_folder(target.parent)
        unfinished.rename(target)
    except OSError as error:
        if error.errno not in _NAME_REFUSED:
            raise
        raise RefusedName(
            f"the results hold {shown(file.name)}, a name that the file system of the bucket {bucket} refuses "
            f"({error.strerror}); choose another name"
        ) from None
    share(target)
    return {"path": file.name, "size": size, "sha256": checksum}


def _refuse_what_met(lines: Sequence[ManifestLine], arriving: Path, bucket: Path) -> None:
    """Count what arrived against the manifest: some file systems take `a.txt` and `A.txt` for one name."""
    arrived = sum(path.is_file() for path in arriving.rglob("*"))
    if arrived == len(lines):
        return
    met: dict[str, list[str]] = {}
    for line in lines:
        met.setdefault(without_case(line["path"]), []).append(line["path"])
    names = next((names for names in met.values() if len(names) > 1), [line["path"] for line in lines])
    raise RefusedName(
        f"of {plural(len(lines), 'file')} {arrived} arrived in the bucket {bucket}, as its file system takes some "
        f"names for the same: {listed([shown(name) for name in names])}; choose names that differ in more than capitals"
    )


def _copy(source: Path, target: Path) -> str:
    checksum = hashlib.sha256()
    with open_plain(source) as reader, target.open("wb") as writer:
        while block := reader.read(_BLOCK):
            checksum.update(block)
            writer.write(block)
    return checksum.hexdigest()


def _remove_others(folder: Path, names: set[str]) -> None:
    for parent, _, files in os.walk(folder):
        for name in files:
            if relative_name(Path(parent, name), folder) not in names:
                Path(parent, name).unlink()
    remove_empty(folder)


def remove_empty(folder: Path) -> None:
    """Remove the folders in a folder in which nothing is."""
    for parent, folders, _ in os.walk(folder, topdown=False):
        for path in (Path(parent, name) for name in folders):
            if not path.is_symlink() and not any(path.iterdir()):
                path.rmdir()
