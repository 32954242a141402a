"""The bucket: where results are published. One interface, whatever lies behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

Manifest = dict[str, Any]
MANIFEST = "manifest.json"


@dataclass(frozen=True)
class ResultFile:
    """A file to publish: `name` within the results, with forward slashes, and where it lies now."""

    name: str
    path: Path


class Bucket(Protocol):
    """Published results, each under the key of its job: the files, and a `manifest.json` that is written last.

    Without a manifest nothing is published. What is published under a key is never changed.
    """

    def location(self, key: str) -> str:
        """Return where the results of a job are, or will be."""

    def manifest(self, key: str) -> Manifest | None:
        """Return the manifest under a key, or None if nothing is published there."""

    def publish(self, key: str, files: Sequence[ResultFile], about: Mapping[str, Any]) -> Manifest:
        """Publish the results of a job, unless it is published already.

        Parameters
        ----------
        key
            The job's key.
        files
            The files. Those that a dead attempt has already brought there are not sent again.
        about
            What the manifest says beside `files`.

        Returns
        -------
        dict
            The manifest that is there now: this one, with `path`, `size` (bytes) and `sha256` of every file,
            or that of another run which was first; then nothing of this attempt remains.
        """

    def put(self, key: str, name: str, content: bytes) -> None:
        """Put a small file beside published results, whole or not at all."""


def open_bucket(url: str) -> Bucket:
    """Open a bucket.

    Parameters
    ----------
    url
        Path of a folder, which is made when something is published.
    """
    from analysis_jobs.local_bucket import LocalBucket

    return LocalBucket(Path(url))
