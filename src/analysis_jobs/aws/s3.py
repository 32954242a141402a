"""S3 through obstore: opening a bucket, and what S3 answers, in words without its addresses and keys.

Imports within functions are for a quick start of scripts that do not need S3.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from analysis_jobs.aws.credentials import bucket_region, s3_access
from analysis_jobs.retries import patience

if TYPE_CHECKING:
    from obstore.store import S3Config, S3Store

# Old buckets, as of us-east-1 before 2018, have capitals and underscores, and longer names than new ones
_NAME = re.compile(r"(?!\d{1,3}(\.\d{1,3}){3}\Z)(?!.*\.\.)[A-Za-z0-9_]([A-Za-z0-9._-]{0,253}[A-Za-z0-9_])?")
_STATUS = re.compile(r"status code: (\d{3})")
_CODE = re.compile(r"<Code>(\w+)</Code>")
_NO_ANSWER = "HTTP error"  # how obstore begins on a connection that failed
# botocore renews credentials that have less than ten minutes left, so what it gives lasts as long.
_CREDENTIALS_LAST = timedelta(minutes=10)
# Requests are not signed with it; URLs are, and lose their signature again.
_NOBODY: "S3Config" = {"access_key_id": "nobody", "secret_access_key": "nobody", "skip_signature": True}
_process: int | None = None  # see `_first_process`


class NoSuchName(ValueError):
    """A name that no bucket can have."""


class UnknownAnswer(OSError):
    """S3 answered what nothing can be done with; the message is its code or status."""


def open_s3(name: str, prefix: str = "", profile: str | None = None, *, anonymous: bool | None = False) -> "S3Store":
    """Return an obstore store of the objects under a prefix of a bucket.

    Requests that fail in passing are repeated with backoff and jitter, for `analysis_jobs.retries.patience`.

    Parameters
    ----------
    name, prefix
        Of the bucket, and of the names of its objects.
    profile, anonymous
        Who asks; see `analysis_jobs.aws.credentials.s3_access`.

    Raises
    ------
    NoSuchName
        If no bucket can have the name.
    analysis_jobs.aws.credentials.CredentialsError
        See `analysis_jobs.aws.credentials.s3_access`.
    FileNotFoundError, PermissionError, ConnectionError
        If it is to be in AWS itself, and its region cannot be asked for; see `analysis_jobs.aws.credentials.ask_about`.
    """
    from obstore.auth.boto3 import Boto3CredentialProvider
    from obstore.store import S3Store

    if not is_bucket_name(name):
        raise NoSuchName("no bucket has such a name")
    access = s3_access(profile, anonymous=anonymous)
    config: S3Config = {"region": bucket_region(name, access), **({} if access.signed else _NOBODY)}
    if access.endpoint:
        config["endpoint"] = access.endpoint
    return S3Store(
        name,
        prefix=prefix or None,
        config=config,
        client_options={
            "allow_http": (access.endpoint or "").startswith("http:"),
            "connect_timeout": timedelta(seconds=10),
            "timeout": timedelta(minutes=5),
        },
        retry_config={"max_retries": 100, "retry_timeout": timedelta(seconds=patience())},
        credential_provider=Boto3CredentialProvider(access.session, ttl=_CREDENTIALS_LAST) if access.signed else None,
    )


def is_bucket_name(name: str) -> bool:
    """Return whether a bucket can have the name: no address of a machine, and no two dots in a row."""
    return _NAME.fullmatch(name) is not None


def split_url(url: str) -> tuple[str, str]:
    """Return the bucket of an ``s3://`` URL, and the name in it, without slashes at its ends; both may be empty."""
    bucket, _, name = url.removeprefix("s3://").partition("/")
    return bucket, name.strip("/")


@contextmanager
def s3_errors() -> Iterator[None]:
    """Say in Python's errors what S3 answered to what obstore asked.

    Raises
    ------
    FileNotFoundError, PermissionError, UnknownAnswer
        Their texts are codes of S3.
    ConnectionError
        If S3 cannot be reached, or is not available.
    RuntimeError
        If this process was forked from one that has used obstore, whose threads a fork has not: it would hang.
    """
    if _first_process() != os.getpid():
        raise RuntimeError(
            "S3 was used before this process was forked, and only single files can be read in it; start processes by "
            "multiprocessing.get_context('spawn')"
        )
    with _translated():
        yield


def signed_url(store: "S3Store", name: str) -> str:
    """Return a URL at which an object can be read for an hour, without its signature where requests are not signed.

    Unlike requests this may be done in a process that was forked: it waits for no thread.

    Raises
    ------
    FileNotFoundError
        If obstore cannot ask for such a name.
    PermissionError
        If there are no credentials any more.
    """
    import obstore

    _first_process()
    try:
        with _translated():
            url: str = obstore.sign(store, "GET", name, timedelta(hours=1))
    except (TypeError, ValueError):
        raise FileNotFoundError("a name with an empty part (//) cannot be requested") from None
    return url.partition("?")[0] if store.config.get("skip_signature") else url


def code_in(text: str) -> str:
    """Return the code in what S3 answers where it refuses, as `NoSuchKey`; empty without one."""
    return _found(_CODE, text)


def _first_process() -> int:
    """Return the process that was the first to use obstore."""
    global _process
    _process = _process or os.getpid()
    return _process


@contextmanager
def _translated() -> Iterator[None]:
    from obstore.exceptions import GenericError, PermissionDeniedError, UnauthenticatedError

    try:
        yield
    except (PermissionDeniedError, UnauthenticatedError) as error:
        raise PermissionError(code_in(str(error)) or "no permission") from None
    except GenericError as error:
        raise _problem(str(error)) from None
    except FileNotFoundError as error:
        if not _found(_STATUS, str(error)):  # a file of this machine
            raise
        raise _problem(str(error)) from None


def _problem(text: str) -> OSError:
    status = int(_found(_STATUS, text) or 0)
    message = code_in(text) or (f"HTTP {status}" if status else "no connection")
    if status in (401, 403):  # of a listing
        return PermissionError(message)
    if status in (404, 410):
        return FileNotFoundError(message)
    unavailable = status == 429 or status >= 500 or _NO_ANSWER in text
    return ConnectionError(message) if unavailable else UnknownAnswer(message)


def _found(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match[1] if match else ""
