"""Folders of files, as Zarr stores are: on a disk or, through fsspec as zarr reads them, in S3 or on a web server.

Imports within functions are for a quick start.
"""

import os
from typing import Any

from analysis_jobs.aws.credentials import s3_access
from analysis_jobs.plain_files import open_plain


class LocalFolder:
    """A folder on a disk."""

    def __init__(self, path: str) -> None:
        """Take its path."""
        self.location = path

    def get(self, name: str) -> bytes | None:
        """Return the content of a file, None where there is none."""
        try:
            with open_plain(os.path.join(self.location, name)) as file:
                return file.read()
        except FileNotFoundError:
            return None

    def names(self) -> list[str]:
        """Return the names of what is in the folder."""
        return os.listdir(self.location)


class RemoteFolder:
    """A folder elsewhere; `refusal` is what was said of a file in it that may not be read.

    Its filesystem is its own, or fsspec would hand out one with the credentials, endpoint and listings of an earlier
    time.
    """

    def __init__(self, url: str, anonymous: bool) -> None:
        """Take an ``http://``, ``https://`` or ``s3://`` URL, and whether requests to S3 are sent unsigned."""
        from fsspec import get_filesystem_class

        self.location = url
        self.refusal: PermissionError | None = None
        scheme = url.partition(":")[0]
        options = _options_of_s3(anonymous) if scheme == "s3" else {}
        self.filesystem: Any = get_filesystem_class(scheme)(skip_instance_cache=True, **options)

    def get(self, name: str) -> bytes | None:
        """Return the content of a file, None where there is none, or where it may not be read.

        Whoever may not list a bucket is refused what is not there.
        """
        try:
            content: bytes = self.filesystem.cat_file(f"{self.location}/{name}")
        except FileNotFoundError:
            return None
        except PermissionError as error:
            self.refusal = error
            return None
        except Exception as error:
            if (status := getattr(error, "status", None)) not in (401, 403):  # of HTTP
                raise
            self.refusal = PermissionError(f"HTTP {status}")
            return None
        return content

    def names(self) -> list[str]:
        """Return the names of what is in the folder; there are none where a web server lists none."""
        try:
            if self.location.startswith("s3:") and not self.filesystem.isdir(self.location):
                return []
            entries = self.filesystem.ls(self.location, detail=False)
        except FileNotFoundError:
            return []
        return [_last_of(name) for name in entries]

    def below(self, path: str) -> list[str]:
        """Return the paths of the files in a folder in it, at any depth; none of what is no folder."""
        place = f"{self.location}/{path}"
        beside = self.filesystem.ls(place.rpartition("/")[0], detail=True)
        name = path.rpartition("/")[2]
        if name not in [_last_of(entry["name"]) for entry in beside if entry["type"] == "directory"]:
            return []  # to list a file, a web server would be asked for all of it
        root = self.filesystem._strip_protocol(place)
        return [file.removeprefix(f"{root}/") for file in self.filesystem.find(place)]


def _last_of(name: str) -> str:
    return name.rstrip("/").rpartition("/")[2]


def _options_of_s3(anonymous: bool) -> dict[str, Any]:
    access = s3_access(anonymous=anonymous)
    return {
        "anon": not access.signed,
        "client_kwargs": {"region_name": access.region, "endpoint_url": access.endpoint},
        "max_concurrency": 1,  # one request for each object; otherwise another one would ask for its size before
    }
