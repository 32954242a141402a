"""AWS: credentials by its own chain (environment, profile, role), the region, and where S3 is: for all that ask it.

Imports within functions are for a quick start of scripts that do not need AWS.
"""

import logging
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analysis_jobs.errors import InvalidInput
from analysis_jobs.retries import asking, timed

if TYPE_CHECKING:
    from boto3 import Session

log = logging.getLogger(__name__)

_REGION = "us-east-1"  # S3 takes it for that of a bucket where nobody says another
_ATTEMPTS = 3
_regions: dict[str, str] = {}  # of buckets of AWS itself, which stay where they are


class CredentialsError(InvalidInput):
    """There are no AWS credentials, or they cannot be used; `reason` is what AWS says, empty where there are none."""

    def __init__(self, message: str, reason: str = "") -> None:
        """Take the message, and what AWS says."""
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True)
class S3Access:
    """How S3 is asked: by whom, in which region, and where.

    `signed` is whether requests are signed with the credentials of the session. `region` is None where none is
    configured, and `endpoint` where it is AWS itself.
    """

    session: "Session"
    signed: bool
    region: str | None
    endpoint: str | None


def aws_session(profile: str | None, default_region: str | None = None) -> "Session":
    """Return a session with credentials of the AWS chain.

    Parameters
    ----------
    profile
        A profile of the AWS configuration, which then goes before credentials in the environment; None for the
        chain as it is.
    default_region
        The region of the session where neither the environment nor the profile names one.

    Raises
    ------
    CredentialsError
        If there is no such profile, or there are no credentials at all.
    """
    session, has_credentials = _session(profile, default_region)
    if not has_credentials:
        raise _no_credentials()
    return session


def s3_access(profile: str | None = None, *, anonymous: bool | None = False) -> S3Access:
    """Return how S3 is asked from here.

    Parameters
    ----------
    profile
        See `aws_session`.
    anonymous
        Ask as nobody, which public buckets allow; None for that where there are no credentials.

    Raises
    ------
    CredentialsError
        If there is no such profile, the credentials cannot be used, or there are none and `anonymous` is False.
    """
    session, has_credentials = _session(profile, signing=not anonymous)
    if anonymous is False and not has_credentials:
        raise _no_credentials()
    return S3Access(session, has_credentials, session.region_name, _endpoint(session))


def bucket_region(name: str, access: S3Access) -> str:
    """Return the region to ask a bucket in: with AWS itself, a request to another than its own is refused.

    Raises
    ------
    FileNotFoundError, PermissionError, ConnectionError
        As for `ask_about`, which is asked only with AWS itself.
    """
    if access.endpoint:
        return access.region or _REGION
    if name not in _regions:
        _regions[name] = ask_about(name, access) or access.region or _REGION
    return _regions[name]


def ask_about(name: str, access: S3Access) -> str | None:
    """Return the region that S3 says a bucket is in, also where it may be used but not listed; None if it says none.

    Raises
    ------
    FileNotFoundError
        If there is no such bucket.
    PermissionError, ConnectionError
        If it cannot be asked; see `of_botocore`.
    """
    code, headers = _head(name, access)
    if code in ("404", "NoSuchBucket"):
        raise FileNotFoundError("NoSuchBucket")
    return headers.get("x-amz-bucket-region")


def time_at_s3(name: str, access: S3Access) -> str | None:
    """Return what S3 has for the time, as HTTP writes it, whether there is such a bucket or not; None if it says none.

    Raises
    ------
    PermissionError, ConnectionError
        As for `ask_about`.
    """
    return _head(name, access)[1].get("date")


def _head(name: str, access: S3Access) -> tuple[str, dict[str, str]]:
    """Return the code of the error that S3 answers when asked for a bucket, empty for none, and its headers."""
    from botocore import UNSIGNED
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    config = Config(
        retries={"total_max_attempts": _ATTEMPTS}, **({} if access.signed else {"signature_version": UNSIGNED})
    )
    try:
        client = access.session.client("s3", region_name=access.region or _REGION, config=config)
        with timed(log.debug, f"S3: is there a bucket s3://{name}"), asking():
            response = client.head_bucket(Bucket=name)
    except ClientError as error:
        response = error.response
    except BotoCoreError as error:
        raise of_botocore(error) from None
    return response.get("Error", {}).get("Code", ""), response["ResponseMetadata"]["HTTPHeaders"]


def of_botocore(error: Exception) -> Exception:
    """Return, for an error of botocore, one of Python's without addresses; any other error as it is."""
    from botocore.exceptions import BotoCoreError, HTTPClientError
    from botocore.exceptions import ConnectionError as Unreachable

    if isinstance(error, Unreachable | HTTPClientError):
        return ConnectionError(type(error).__name__)
    return PermissionError(str(error)) if isinstance(error, BotoCoreError) else error


def _session(profile: str | None, default_region: str | None = None, *, signing: bool = True) -> tuple["Session", bool]:
    """Return a session, and whether it has credentials, if `signing` asks for them."""
    from boto3 import Session
    from botocore.exceptions import BotoCoreError, ClientError

    region = os.environ.get("AWS_REGION") or None  # which botocore does not read
    try:
        session = Session(profile_name=profile, region_name=region)
        if session.region_name is None and default_region:
            session = Session(profile_name=profile, region_name=default_region)
        credentials = session.get_credentials() if signing else None
        if credentials:
            credentials.get_frozen_credentials()  # here is where an expired login is told best
    except (BotoCoreError, ClientError) as error:
        raise CredentialsError(
            f"AWS credentials cannot be used: {error}; check AWS_PROFILE or --write_profile", str(error)
        ) from None
    if credentials:
        log.debug(
            "AWS credentials: %s, profile %s, region %s", credentials.method, session.profile_name, session.region_name
        )
    return session, bool(credentials)


def _no_credentials() -> CredentialsError:
    return CredentialsError(
        "there are no AWS credentials; set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run "
        "where a role provides them"
    )


def _endpoint(session: "Session") -> str | None:
    """Return where S3 is if it is not AWS's: of AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL or the profile, as in boto3."""
    from botocore.configprovider import ConfiguredEndpointProvider

    core: Any = session._session
    if core.get_config_variable("ignore_configured_endpoint_urls"):
        return None
    endpoint: str | None = ConfiguredEndpointProvider(core.full_config, core.get_scoped_config(), "s3").provide()
    return endpoint or None
