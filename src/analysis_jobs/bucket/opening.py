"""Opening a bucket by its place: a folder, or S3.

Imports within functions are for a quick start.
"""

from pathlib import Path

from analysis_jobs.bucket.protocol import Bucket
from analysis_jobs.errors import InvalidInput
from analysis_jobs.sharing import closed_folder, why_not_writable
from analysis_jobs.wording import is_url, shown


def open_bucket(url: str, profile: str | None = None) -> Bucket:
    """Open a bucket.

    Parameters
    ----------
    url
        ``s3://bucket`` or ``s3://bucket/prefix``, or the path of a folder, which is made when something is published.
    profile
        AWS profile to write with, instead of the credentials that the AWS chain finds.

    Raises
    ------
    InvalidInput
        If it is of no known kind, or a bucket in S3 has no name, or there are no credentials for it.
    """
    if url.startswith("s3://"):
        from analysis_jobs.bucket.s3 import S3Bucket

        return S3Bucket(url, profile)
    _refuse_other_kinds(url)
    from analysis_jobs.bucket.local import LocalBucket

    return LocalBucket(Path(url))


def check_name(url: str) -> None:
    """See that results can go to a bucket of that name, without asking anybody: for who is going to publish.

    Raises
    ------
    InvalidInput
        If it is of no known kind, S3 takes no such name, it is a file, or this user may not enter its folder.
    """
    if url.startswith("s3://"):
        from analysis_jobs.bucket.s3_names import check_names

        check_names(url)
        return
    _refuse_other_kinds(url)
    if closed := closed_folder(Path(url)):
        why = why_not_writable(closed)
        raise InvalidInput(f"the bucket {url} cannot be written: {why}; or give --bucket another folder")
    if Path(url).is_file():
        raise InvalidInput(f"the bucket {url} is a file; give a folder or s3://...")


def check_is_there(url: str) -> None:
    """See that published results can be in a bucket of that name, without asking S3: for who is going to read there.

    Raises
    ------
    InvalidInput
        As `check_name` does, and if there is no such folder.
    """
    check_name(url)
    if not is_url(url) and not Path(url).is_dir():
        raise InvalidInput(f"there is no bucket {shown(url)}, as no folder is there; check the path of --bucket")


def _refuse_other_kinds(url: str) -> None:
    if is_url(url):
        raise InvalidInput(f"the bucket {shown(url)} is of an unknown kind; give a folder or s3://...")
