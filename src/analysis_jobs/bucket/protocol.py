"""What every bucket can do, whatever lies behind it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from analysis_jobs.documents import (
    Manifest,
    ManifestLine,
    PublishedOutcome,
)
from analysis_jobs.errors import InvalidInput


class ChangedFile(Exception):
    """A file has another content than is known of it."""


class RefusedName(Exception):
    """Results have a name that cannot be kept there, or two that would be one; says which."""


class NoBucket(InvalidInput):
    """There is no bucket of that name."""


@dataclass(frozen=True)
class ResultFile:
    """A file to publish: `name` within the results, with forward slashes, and where it lies now.

    `line` is what is known of its content from before, which is then not read only to know it.
    """

    name: str
    path: Path
    line: ManifestLine | None = None


@dataclass(frozen=True)
class StoredFile:
    """A file in a bucket: its size (bytes), and when it was last written."""

    size: int
    changed: datetime


class Bucket(Protocol):
    """Published results, each under the key of its job: the files, and a `manifest.json` that is written last.

    Without a manifest nothing is published. What is published under a key is never changed while it is whole.
    """

    def location(self, key: str) -> str:
        """Return where the results of a job are, or will be."""

    def holds(self, key: str, location: str) -> bool:
        """Return whether a location is that of a key in this bucket, or in it, however it is written."""

    def check(self) -> None:
        """See that results can be published here, and warn of what this bucket cannot promise.

        Raises
        ------
        InvalidInput
            If it does not exist or refuses to be written: says so in one sentence.
        ServiceUnavailable
            If it does not answer now.
        """

    def is_there(self) -> bool:
        """Return whether it is there, or could be made; neither is so of one on a disk that is not mounted."""

    def manifest(self, key: str) -> Manifest | None:
        """Return the manifest under a key, or None if nothing is published there.

        Raises
        ------
        Damaged
            If it is none; see `checked_manifest`.
        """

    def publish(self, key: str, files: Sequence[ResultFile], about: PublishedOutcome) -> Manifest:
        """Publish the results of a job, unless it is published already, and whole.

        Every file of what is published is read for that. What is damaged, or has no manifest that can be used, is
        replaced by this attempt: it is known to be whole.

        Parameters
        ----------
        key
            The job's key.
        files
            The files. Those that a dead attempt has already brought there are not sent again.
        about
            What the manifest says beside `files`; its `location` is that of the bucket.

        Returns
        -------
        Manifest
            The one that is there now: this one, or that of another run which was first; then nothing of this attempt
            remains.

        Raises
        ------
        RefusedName
            If a file cannot have its name there; then nothing is published, and nothing remains.
        """

    def folders(self) -> Iterator[tuple[str, dict[str, StoredFile] | OSError]]:
        """Yield every folder of the bucket: its name, a key unless it is somebody else's, and its files, or why not.

        Their names are those within the folder, with forward slashes. Files that lie in no folder come under an empty
        name; so does why the bucket itself cannot be listed. What was set aside is left out,
        and so is the code of analyses.
        """

    def files(self, key: str) -> dict[str, StoredFile]:
        """Return the files in the folder of a key as they are now; see `folders`."""

    def many_files(self, keys: Sequence[str]) -> dict[str, dict[str, StoredFile]]:
        """Return the files in the folders of several keys; see `files`."""

    def belongings(self, key: str, names: Collection[str], *, recorded: bool) -> list[str]:
        """Return those files in the folder of a key that are of its results, published or not; the rest is not ours.

        Of what is `recorded`, and has no manifest that says which they are, all are.
        """

    def clear(self, files: Mapping[str, Collection[str]]) -> dict[str, str]:
        """Remove files from the folders of several keys, each manifest last, and return by key why some are left."""

    def links(self, key: str) -> dict[str, str]:
        """Return what is a link in the folder of a key, and where each leads; the folder itself has an empty name."""

    def lacking(self, keys: Sequence[str]) -> set[str]:
        """Return for which of some keys nothing is here; of very many it may look for some only."""

    def sha256(self, key: str, name: str) -> str:
        """Return the SHA-256, in hexadecimal, of a file in the folder of a key, read to its end.

        Raises
        ------
        FileNotFoundError
            If it is not there.
        """

    def proven(self, key: str, location: str) -> list[ManifestLine] | None:
        """Return what a manifest says of the files at a location, read now, if they prove to be the published ones.

        None where nothing but a manifest could say so, or they are others.
        """

    def sizes(self, location: str) -> dict[str, int]:
        """Return the sizes (bytes) of all files that are published at a location, by their names; none without any.

        Raises
        ------
        NoBucket
            If not even the bucket is there, where that can be told.
        """

    def download(self, location: str, name: str, target: Path) -> None:
        """Copy a file of the results that are published at a location to a file, which is overwritten.

        Raises
        ------
        FileNotFoundError
            If it is not there.
        """

    def leftovers(self, key: str, names: Collection[str], location: str | None) -> list[str]:
        """Return those files in the folder of a key that an attempt has put there, and that are not published.

        The attempt may be dead, or on its way. `location` is that of the published results, or None where nothing is
        published. Results that were ever recorded are none.
        """

    def remove(self, key: str, names: Collection[str]) -> bool:
        """Remove files from the folder of a key, unless somebody is known to be writing there; return whether."""

    def move(self, key: str, to: str) -> None:
        """Give the folder of a key the name of another key, of which there must be no other files."""

    def set_aside(self, key: str, name: str, content: str) -> str:
        """Keep what is taken out of use, beside all keys, by a name never used before; return where."""

    def keep_code(self, digest: str, archive: bytes) -> None:
        """Keep the source files of an analysis, whole or not at all, unless they are here; see `code`."""

    def code(self, digest: str) -> bytes | None:
        """Return the archive of the source files that have a digest, as `analysis_jobs.analysis.archive` reads it.

        None if it is not here.
        """

    def put(self, location: str, name: str, content: bytes) -> None:
        """Put a small file beside the results that are published at a location, whole or not at all."""


def changed_text(file: ResultFile) -> str:
    """Return what is said of a file whose content is not what is known of it."""
    return f"{file.name} has other content than the analysis left"
