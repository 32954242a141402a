"""The folder of one key in the bucket, with what the store knows of the key, and what can be said of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

from analysis_jobs.bucket.manifests import below_key
from analysis_jobs.bucket.places import bucket_of
from analysis_jobs.bucket.protocol import Bucket, NoBucket, StoredFile
from analysis_jobs.errors import InvalidInput, ServiceUnavailable
from analysis_jobs.plain_files import NoPlainFile
from analysis_jobs.upkeep.damage import Damage, Kind
from analysis_jobs.upkeep.known import Known
from analysis_jobs.wording import plural

OPENS = "--repair sets the record aside, and the next launch runs the job again"
CHECK_PERMISSIONS = "check the permissions: nothing was changed, because it may be undamaged"
LEFT_ALONE = "never removed"
_LAUNCH = "the next launch of it publishes it again"


NamedFiles = Mapping[str, StoredFile]  # by their names


@dataclass(frozen=True)
class Folder:
    """The folder of a key: what is in it, and what the store knows of the key.

    `together` says that bucket and store were moved or copied together, so that what a record names is here or nowhere.
    """

    key: str
    files: NamedFiles
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

    def damage(self, kind: Kind, detail: str, remedy: str, *, repairable: bool = True) -> Damage:
        """Return what is wrong with it; what is running elsewhere is left to that, and a record elsewhere stays."""
        if repairable and self.known.claimed:
            remedy, repairable = "the job is running elsewhere: look again when that has ended", False
        elif repairable and self.is_elsewhere:
            remedy, repairable = (
                f"the record names {self.known.location}, which still exists: copy it from there",
                False,
            )
        return Damage(self.key, kind, detail, remedy, repairable)

    def unrecorded(self, kind: Kind, detail: str) -> Damage:
        """Return what is wrong with what no record names, so that the next launch publishes it anew."""
        if self.known.opened:
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
        """Return a small file at a location; empty where it is not there, or something else is."""
        with TemporaryDirectory() as folder:
            path = Path(folder, name)
            try:
                self.bucket.download(location, name, path)
            except (FileNotFoundError, NoPlainFile):
                return ""
            return path.read_bytes().decode(errors="replace")


def _is_of_outdir(location: str, key: str) -> bool:
    """Return whether a location is one that a launch gives by default, in the OUTDIR, wherever that was."""
    return location.partition(f"/{key}")[0].rpartition("/")[2] == "analyses"


def what(said: object) -> str:
    """Return what is wrong, of a message that says also what to do, as fsck says that itself."""
    return str(said).partition("; ")[0]
