"""The bucket in a folder: results arrive in a hidden folder and appear by one rename."""

import errno
import fcntl
import hashlib
import json
import logging
import os
import shutil
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryFile

from analysis_jobs.bucket.names import MANIFEST, SET_ASIDE, without_case
from analysis_jobs.bucket.protocol import (
    ChangedFile,
    RefusedName,
    ResultFile,
    StoredFile,
    UnreadableManifest,
    changed_text,
    check_manifest_size,
    checked_manifest,
    manifest_line,
    refuse_manifest,
)
from analysis_jobs.bucket.whole import whole_result
from analysis_jobs.documents import Manifest, ManifestLine, PublishedOutcome
from analysis_jobs.errors import InvalidInput
from analysis_jobs.retries import timed
from analysis_jobs.sharing import make_folder, share, why_not_writable
from analysis_jobs.wording import is_url, listed, relative_name, shown, size_text

log = logging.getLogger(__name__)

# Results on their way, out of the sight of those who list the bucket.
ARRIVING = ".arriving"
UNFINISHED = ".unfinished"
_BLOCK = 1 << 20
# How file systems refuse a name; those of other systems take fewer than Linux.
_NAME_REFUSED = (errno.EINVAL, errno.EILSEQ, errno.ENAMETOOLONG)


class LocalBucket:
    """Published results in `<folder>/<key>/`; see `analysis_jobs.bucket.protocol.Bucket`."""

    def __init__(self, folder: Path) -> None:
        """Take a folder, which need not exist."""
        self.folder = folder

    def location(self, key: str) -> str:
        """See `Bucket.location`."""
        return str(self.folder / key)

    def holds(self, key: str, location: str) -> bool:
        """See `Bucket.holds`; links are followed."""
        if location == f"{self.folder.absolute()}/{key}":  # quickly, as of many it is
            return True
        return not is_url(location) and Path(location).resolve() == (self.folder / key).resolve()

    def check(self) -> None:
        """See `Bucket.check`; in a bucket that is shared, the folder where results arrive may be somebody else's."""
        around = next(path for path in (self.folder, *self.folder.absolute().parents) if path.exists())
        for folder in filter(Path.exists, (around, self.folder / ARRIVING)):
            try:
                with TemporaryFile(dir=folder):
                    pass
            except OSError as error:
                denied = error.errno in (errno.EACCES, errno.EPERM, errno.EROFS)
                why = why_not_writable(folder) if denied else error.strerror
                raise InvalidInput(
                    f"the bucket {self.folder} cannot be written: {why}; or give --bucket another folder"
                ) from None

    def manifest(self, key: str) -> Manifest | None:
        """See `Bucket.manifest`."""
        try:
            path = self.folder / key / MANIFEST
            if path.exists() and not path.is_file():
                refuse_manifest(key, str(self.folder), "it is no file")
            check_manifest_size(path.stat().st_size, key, str(self.folder))
            content = path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise UnreadableManifest(
                f"the manifest of {key} in {self.folder} cannot be read ({error.strerror}); check the permissions of "
                "its folder"
            ) from None
        return checked_manifest(content, key, str(self.folder))

    def publish(self, key: str, files: Sequence[ResultFile], about: PublishedOutcome) -> Manifest:
        """See `Bucket.publish`."""
        with timed(log.debug, f"the bucket {self.folder}: publish {key}") as came, self._arriving(key) as arriving:
            published = whole_result(self, key, about)
            if published is None:
                lines = self._bring_all(files, arriving)
                published = {**about, "location": self.location(key), "files": lines}
                (arriving / MANIFEST).write_text(json.dumps(published))
                share(arriving / MANIFEST)
                self._appear(arriving, key)
                came.append(f"{len(lines)} files, {size_text(sum(line['size'] for line in lines))}")
            else:
                shutil.rmtree(arriving)
        return published

    def put(self, location: str, name: str, content: bytes) -> None:
        """See `Bucket.put`."""
        key = Path(location).name  # not the path as it was then: the whole bucket may have moved
        with self._arriving(key) as arriving:  # two runs may put the same at once
            unfinished = arriving / name
            unfinished.write_bytes(content)
            share(unfinished)
            unfinished.rename(self.folder / key / name)
            shutil.rmtree(arriving)

    def folders(self) -> Iterator[tuple[str, dict[str, StoredFile] | OSError]]:
        """See `Bucket.folders`; what is arriving counts to its key, under `ARRIVING`."""
        keys = {path.name for path in self.folder.glob("*") if path.is_dir()} - {ARRIVING, SET_ASIDE}
        keys |= {path.name.removesuffix(UNFINISHED) for path in (self.folder / ARRIVING).glob("*")}
        for key in sorted(keys):
            try:
                if files := self.files(key):
                    yield key, files
            except PermissionError as error:
                yield key, error
        if beside := {path.name: _stored_file(path) for path in sorted(self.folder.glob("*")) if path.is_file()}:
            yield "", beside

    def files(self, key: str) -> dict[str, StoredFile]:
        """See `Bucket.files`."""
        # These first: what appears meanwhile is then seen at both places, and not at none
        arriving = _stored(self.folder / ARRIVING / key)
        files = {f"{ARRIVING}/{key}/{name}": file for name, file in arriving.items()}
        with suppress(FileNotFoundError):
            unfinished = f"{ARRIVING}/{key}{UNFINISHED}"
            files[unfinished] = _stored_file(self.folder / unfinished)
        return files | _stored(self.folder / key)

    def lacking(self, keys: Sequence[str]) -> set[str]:
        """See `Bucket.lacking`."""
        return {key for key in keys if _is_empty(f"{self.folder}/{key}")}

    def sha256(self, key: str, name: str) -> str:
        """See `Bucket.sha256`."""
        return str(manifest_line(ResultFile(name, self.folder / key / name))["sha256"])

    def proven(self, key: str, location: str) -> list[ManifestLine] | None:
        """See `Bucket.proven`: nothing but the manifest knows what the files were."""
        return None

    def sizes(self, location: str) -> dict[str, int]:
        """See `Bucket.sizes`."""
        return {name: file.size for name, file in _stored(Path(location)).items()}

    def download(self, location: str, name: str, target: Path) -> None:
        """See `Bucket.download`."""
        shutil.copyfile(Path(location) / name, target)

    def leftovers(self, key: str, names: Collection[str], location: str | None) -> list[str]:
        """See `Bucket.leftovers`: results appear by a rename, so only what is still arriving."""
        return [name for name in names if name.startswith(f"{ARRIVING}/")]

    def remove(self, key: str, names: Collection[str]) -> bool:
        """See `Bucket.remove`."""
        try:
            with self._arriving(key, wait=False) as arriving:
                for name in names:
                    place = self.folder if name.startswith(f"{ARRIVING}/") else self.folder / key
                    (place / name).unlink(missing_ok=True)
                _remove_empty(arriving)
                with suppress(OSError):  # it holds what nobody asked to remove
                    arriving.rmdir()
        except BlockingIOError:
            return False
        return True

    def move(self, key: str, to: str) -> None:
        """See `Bucket.move`."""
        (self.folder / key).rename(self.folder / to)

    def set_aside(self, key: str, name: str, content: str) -> str:
        """See `Bucket.set_aside`."""
        path = self._aside(key).with_suffix(f".{name}")
        path.write_text(content, errors="surrogateescape")
        return str(path)

    def _aside(self, key: str) -> Path:
        folder = self.folder / SET_ASIDE / key
        for parent in (self.folder, folder.parent, folder):  # not above: a disk that is not mounted has no bucket
            parent.mkdir(exist_ok=True)
        return folder / f"{datetime.now(UTC):%Y-%m-%dT%H-%M-%S-%f}"

    @contextmanager
    def _arriving(self, key: str, *, wait: bool = True) -> Iterator[Path]:
        """Hold the lock of a key's arriving folder: one live writer at a time; a dead one's ends with it.

        Raises
        ------
        BlockingIOError
            If somebody has it, and this is not to wait.
        """
        path = self.folder / ARRIVING / key
        while True:
            make_folder(path)
            try:
                descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
            except FileNotFoundError:
                continue  # it appeared between the two lines
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
                if _is_open_at(descriptor, path):
                    yield path
                    return
            finally:
                os.close(descriptor)

    def _bring_all(self, files: Sequence[ResultFile], arriving: Path) -> list[ManifestLine]:
        """Copy the files of a job, and return their lines of the manifest."""
        # Not in the folder itself, where a result may have any name.
        unfinished = arriving.with_name(f"{arriving.name}{UNFINISHED}")
        unfinished.unlink(missing_ok=True)
        _remove_others(arriving, {file.name for file in files})
        try:
            lines = [self._bring(file, arriving, unfinished) for file in files]
            self._refuse_what_met(lines, arriving)
        except RefusedName:
            unfinished.unlink(missing_ok=True)
            shutil.rmtree(arriving)
            raise
        return lines

    def _bring(self, file: ResultFile, arriving: Path, unfinished: Path) -> ManifestLine:
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
                f"the results hold {shown(file.name)}, a name that the file system of the bucket {self.folder} refuses "
                f"({error.strerror}); choose another name"
            ) from None
        share(target)
        return {"path": file.name, "size": size, "sha256": checksum}

    def _refuse_what_met(self, lines: Sequence[ManifestLine], arriving: Path) -> None:
        """Count what arrived against the manifest: some file systems take `a.txt` and `A.txt` for one name."""
        arrived = sum(path.is_file() for path in arriving.rglob("*"))
        if arrived == len(lines):
            return
        met: dict[str, list[str]] = {}
        for line in lines:
            met.setdefault(without_case(line["path"]), []).append(line["path"])
        names = next((names for names in met.values() if len(names) > 1), [line["path"] for line in lines])
        raise RefusedName(
            f"of {len(lines)} files {arrived} arrived in the bucket {self.folder}, as its file system takes some names "
            f"for the same: {listed([shown(name) for name in names])}; choose names that differ in more than capitals"
        )

    def _appear(self, arriving: Path, key: str) -> None:
        target = self.folder / key
        if target.is_dir():  # damaged, or somebody's half copy, or this would not be reached
            target.rename(self._aside(key))
        arriving.rename(target)


def _stored(folder: Path) -> dict[str, StoredFile]:
    """Return the files in a folder, where a live writer may rename and remove some meanwhile."""
    found = {}
    for parent, _, names in os.walk(folder, onerror=_unless_gone):
        for path in (Path(parent, name) for name in names):
            try:
                found[relative_name(path, folder)] = _stored_file(path)
            except OSError as error:
                _unless_gone(error)
    return found


def _unless_gone(error: OSError) -> None:
    if error.errno not in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):  # the last: of a link that leads to itself
        raise error


def _is_empty(folder: str) -> bool:
    try:
        return not os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return True


def _stored_file(path: Path) -> StoredFile:
    status = path.stat()
    return StoredFile(status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))


def _is_open_at(descriptor: int, path: Path) -> bool:
    # While this process waited, the folder may have been renamed away and another made in its place.
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _copy(source: Path, target: Path) -> str:
    checksum = hashlib.sha256()
    with source.open("rb") as reader, target.open("wb") as writer:
        while block := reader.read(_BLOCK):
            checksum.update(block)
            writer.write(block)
    return checksum.hexdigest()


def _remove_others(folder: Path, names: set[str]) -> None:
    for parent, _, files in os.walk(folder):
        for name in files:
            if relative_name(Path(parent, name), folder) not in names:
                Path(parent, name).unlink()
    _remove_empty(folder)


def _remove_empty(folder: Path) -> None:
    for parent, folders, _ in os.walk(folder, topdown=False):
        for name in folders:
            if not any(Path(parent, name).iterdir()):
                Path(parent, name).rmdir()
