"""The bucket in a folder: results arrive in a hidden folder and appear by one rename."""

import errno
import fcntl
import json
import logging
import os
import shutil
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryFile

from analysis_jobs.bucket.local_copying import UNFINISHED, copy_all, leaving_room, remove_empty
from analysis_jobs.bucket.manifests import (
    UnreadableManifest,
    check_manifest_size,
    checked_manifest,
    manifest_line,
    refuse_manifest,
)
from analysis_jobs.bucket.names import CODE, KEY, MANIFEST, SET_ASIDE, archive_name
from analysis_jobs.bucket.protocol import ResultFile, StoredFile
from analysis_jobs.bucket.whole import published_names, whole_result
from analysis_jobs.documents import Manifest, ManifestLine, PublishedOutcome
from analysis_jobs.errors import InvalidInput, no_room
from analysis_jobs.plain_files import open_plain, refuse_special
from analysis_jobs.retries import timed
from analysis_jobs.sharing import make_folder, may_enter, share, why_not_writable
from analysis_jobs.wording import is_url, plural, relative_name, size_text

log = logging.getLogger(__name__)

# Results on their way, out of the sight of those who list the bucket.
ARRIVING = ".arriving"
# Whose results found the disk full, as others came at the same time, tries once more when those have made room.
_ALONE = threading.Lock()


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

    def is_there(self) -> bool:
        """See `Bucket.is_there`: not by what is above, which is there without the disk, too."""
        return self.folder.parent.is_dir()

    def manifest(self, key: str) -> Manifest | None:
        """See `Bucket.manifest`."""
        try:
            path = self.folder / key / MANIFEST
            if path.exists() and not path.is_file():
                refuse_manifest(key, str(self.folder), "it is not a file")
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
        with timed(log.debug, f"the bucket {self.folder}: publish {key}") as came:
            try:
                published = self._publish(key, files, about)
            except OSError as error:
                if not no_room(error):
                    raise
                with _ALONE:  # of results that came side by side, those that fit
                    published = self._publish(key, files, about)
            lines = published["files"]
            came.append(f"{plural(len(lines), 'file')}, {size_text(sum(line['size'] for line in lines))}")
        return published

    def _publish(self, key: str, files: Sequence[ResultFile], about: PublishedOutcome) -> Manifest:
        with self._arriving(key) as arriving, leaving_room(arriving):
            published = whole_result(self, key, about)
            if published is None:
                lines = copy_all(files, arriving, self.folder)
                published = {**about, "location": self.location(key), "files": lines}
                (arriving / MANIFEST).write_text(json.dumps(published))
                share(arriving / MANIFEST)
                self._appear(arriving, key)
            else:
                shutil.rmtree(arriving)
        return published

    def keep_code(self, digest: str, archive: bytes) -> None:
        """See `Bucket.keep_code`."""
        target = self.folder / CODE / archive_name(digest)
        if target.exists():
            return
        with self._arriving(CODE) as arriving, leaving_room(arriving):
            if not target.exists():
                make_folder(target.parent)
                unfinished = arriving / target.name
                unfinished.write_bytes(archive)
                share(unfinished)
                unfinished.rename(target)
            shutil.rmtree(arriving)

    def code(self, digest: str) -> bytes | None:
        """See `Bucket.code`."""
        try:
            with open_plain(self.folder / CODE / archive_name(digest)) as file:
                return file.read()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def put(self, location: str, name: str, content: bytes) -> None:
        """See `Bucket.put`."""
        key = Path(location).name  # not the path as it was then: the whole bucket may have moved
        with self._arriving(key) as arriving, leaving_room(arriving):  # two runs may put the same at once
            unfinished = arriving / name
            unfinished.write_bytes(content)
            share(unfinished)
            unfinished.rename(self.folder / key / name)
            shutil.rmtree(arriving)

    def folders(self) -> Iterator[tuple[str, dict[str, StoredFile] | OSError]]:
        """See `Bucket.folders`; what is arriving counts to its key, under `ARRIVING`."""
        try:
            if self.folder.is_symlink() and not self.folder.exists():
                raise FileNotFoundError(errno.ENOENT, "it is a broken link", str(self.folder))
            there = _listed(self.folder)
        except OSError as error:
            yield "", error
            return
        beside = [path for path in there if path.is_file()]
        keys = {path.name for path in there if path.is_dir()}
        try:
            keys |= {path.name.removesuffix(UNFINISHED) for path in _listed(self.folder / ARRIVING)}
        except OSError as error:
            yield ARRIVING, error
        for key in sorted(keys - {ARRIVING, SET_ASIDE, CODE}):
            try:
                if files := self.files(key):
                    yield key, files
            except PermissionError as error:
                yield key, error
        if beside:
            yield "", {path.name: _stored_file(path) for path in beside}

    def files(self, key: str) -> dict[str, StoredFile]:
        """See `Bucket.files`."""
        # These first: what appears meanwhile is then seen at both places, and not at none
        arriving: dict[str, StoredFile] = {}
        if may_enter(self.folder / ARRIVING):  # `folders` names it otherwise
            arriving = _stored(self.folder / ARRIVING / key)
        files = {f"{ARRIVING}/{key}/{name}": file for name, file in arriving.items()}
        for beside in (f"{ARRIVING}/{key}{UNFINISHED}", f"{ARRIVING}/{key}"):  # the second: a file that is not ours
            with suppress(FileNotFoundError, PermissionError):
                if (self.folder / beside).is_file():
                    files[beside] = _stored_file(self.folder / beside)
        return files | _stored(self.folder / key)

    def many_files(self, keys: Sequence[str]) -> dict[str, dict[str, StoredFile]]:
        """See `Bucket.many_files`."""
        return {key: self.files(key) for key in keys}

    def belongings(self, key: str, names: Collection[str], *, recorded: bool) -> list[str]:
        """See `Bucket.belongings`."""
        if not names:
            return []
        published = published_names(self, key)
        if recorded and not published:
            return list(names)
        published |= set(self.leftovers(key, names, None))
        return [name for name in names if name in published]

    def clear(self, files: Mapping[str, Collection[str]]) -> dict[str, str]:
        """See `Bucket.clear`."""
        left = {}
        for key, names in files.items():
            try:
                if not self.remove(key, sorted(names, key=MANIFEST.__eq__)):
                    left[key] = "somebody is writing there"
            except OSError as error:
                left[key] = _why_not_removed(error)
        return left

    def links(self, key: str) -> dict[str, str]:
        """See `Bucket.links`."""
        folder = self.folder / key
        found = {"": os.readlink(folder)} if folder.is_symlink() else {}
        for parent, folders, files in os.walk(folder):
            for path in (Path(parent, name) for name in (*folders, *files)):
                if path.is_symlink():
                    found[relative_name(path, folder)] = os.readlink(path)
        return found

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
        refuse_special(Path(location) / name)
        shutil.copyfile(Path(location) / name, target)

    def leftovers(self, key: str, names: Collection[str], location: str | None) -> list[str]:
        """See `Bucket.leftovers`: results appear by a rename, so only what is still arriving, of what is a key."""
        if not KEY.fullmatch(key):
            return []
        arriving = f"{ARRIVING}/{key}"
        return [name for name in names if name.startswith(f"{arriving}/") or name == f"{arriving}{UNFINISHED}"]

    def remove(self, key: str, names: Collection[str]) -> bool:
        """See `Bucket.remove`; in their order."""
        try:
            with self._arriving(key, wait=False) as arriving:
                for name in names:
                    place = self.folder if name.startswith(f"{ARRIVING}/") else self.folder / key
                    (place / name).unlink(missing_ok=True)
                for folder in (self.folder / key, arriving):
                    remove_empty(folder)
                    with suppress(OSError):  # it holds what nobody asked to remove
                        folder.rmdir()
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

    def _appear(self, arriving: Path, key: str) -> None:
        target = self.folder / key
        if target.is_dir():  # damaged, or somebody's half copy, or this would not be reached
            target.rename(self._aside(key))
        arriving.rename(target)


def _why_not_removed(error: OSError) -> str:
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS) and error.filename:
        return why_not_writable(Path(error.filename).parent)
    return f"{error.filename}: {error.strerror}"


def _listed(folder: Path) -> list[Path]:
    """Return what is in a folder, sorted; nothing where there is none."""
    try:
        return sorted(Path(entry) for entry in os.scandir(folder))
    except FileNotFoundError:
        return []


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
