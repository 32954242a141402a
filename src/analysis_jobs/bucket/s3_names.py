"""What a bucket in S3 is called, and whether it can be reached by that name."""

from collections.abc import Iterator
from contextlib import contextmanager

from analysis_jobs.aws.s3 import NoSuchName, is_bucket_name, split_url
from analysis_jobs.bucket.protocol import NoBucket
from analysis_jobs.errors import InvalidInput
from analysis_jobs.wording import shown

_SHORTEST_NAME = 3  # of a bucket, by S3's rules
_LONGEST_PREFIX = 500  # bytes: of the 1,024 that S3 takes, to leave some for names of results


def check_names(url: str) -> None:
    """See that S3 takes the name of the bucket that a URL says, and names that begin with its prefix.

    Raises
    ------
    InvalidInput
        If not.
    """
    name, prefix = name_and_prefix(url)
    if not is_bucket_name(name) or len(name) < _SHORTEST_NAME:
        raise InvalidInput(
            f"the bucket {shown(url)} has a name that S3 does not accept; give --bucket s3://NAME, with 3 or more "
            "letters, digits, single dots and dashes, and no dot or dash at an end"
        )
    parts = prefix.split("/") if prefix else []
    if (
        any(part in ("", ".", "..") or not part.isprintable() for part in parts)
        or len(prefix.encode()) > _LONGEST_PREFIX
    ):
        raise InvalidInput(
            f"the bucket {shown(url)} has a prefix that S3 does not accept; give one of names with single slashes "
            f"between them, up to {_LONGEST_PREFIX} bytes in all"
        )


def name_and_prefix(url: str) -> tuple[str, str]:
    """Return the two of a URL.

    Raises
    ------
    InvalidInput
        If it has no name.
    """
    name, prefix = split_url(url)
    if not name:
        raise InvalidInput(f"the bucket {url} has no name; give --bucket s3://NAME, or set ANALYSIS_BUCKET")
    return name, prefix


@contextmanager
def reaching(name: str) -> Iterator[None]:
    """Say that a bucket is not there, or cannot be asked.

    Raises
    ------
    InvalidInput
        With what to check; `NoBucket` where it is not there.
    """
    try:
        yield
    except FileNotFoundError:
        raise NoBucket(no_bucket(name)) from None
    except (NoSuchName, ConnectionError, PermissionError) as error:
        raise InvalidInput(
            f"S3 cannot be reached for s3://{name} ({error}); check --bucket, AWS_REGION, AWS_ENDPOINT_URL and the "
            "network"
        ) from None


def no_bucket(name: str) -> str:
    """Return the message for a bucket that is not there."""
    return f"there is no bucket s3://{name}; create it, or check --bucket and ANALYSIS_BUCKET"
