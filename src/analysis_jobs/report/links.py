"""Links from the report to results: relative ones to local folders, so that both can be moved together."""

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote


@dataclass(frozen=True)
class Links:
    """Where the report will lie (`outdir`) and where results are published (`bucket`): folders or URLs, or None."""

    outdir: str | None = None
    bucket: str | None = None

    def folder(self, location: str) -> str | None:
        """Return the link to the results at a location, or None where there is nothing that a browser can open."""
        if location.startswith("s3://"):
            return _console(location)
        if not os.path.isabs(location):
            return None
        return f"{self._relative(self._present(location))}/"

    def file(self, location: str, name: str) -> str | None:
        """Return the link to one file of the results; of those in S3 there is none that needs no credentials."""
        if location.startswith("s3://"):
            return None
        folder = self.folder(location)
        return folder and folder + quote(name)

    def _present(self, location: str) -> Path:
        """Return the folder that a record names; where it has moved with its bucket, the one in there."""
        named = Path(location)
        if self.bucket and not self.bucket.startswith("s3://") and not named.is_dir():
            moved = Path(self.bucket) / named.name
            return moved if moved.is_dir() else named
        return named

    def _relative(self, folder: Path) -> str:
        if self.outdir is None or "://" in self.outdir:
            return folder.as_uri()
        path = quote(os.path.relpath(folder, self.outdir))
        return path if path.startswith("../") else f"./{path}"  # never a scheme, whatever the name


NO_LINKS = Links()


def _console(location: str) -> str | None:
    if os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL"):
        return None  # not AWS
    name, _, prefix = location.removeprefix("s3://").partition("/")
    return f"https://console.aws.amazon.com/s3/buckets/{quote(name)}?prefix={quote(f'{prefix}/', safe='')}"
