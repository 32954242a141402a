"""Connections to S3: where it is, with whose credentials, and whether a bucket is there."""

import logging
import os
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from analysis_jobs.aws import aws_session
from analysis_jobs.errors import InvalidInput
from analysis_jobs.retries import patience, timed

if TYPE_CHECKING:
    from boto3 import Session
    from obstore.store import S3Store

log = logging.getLogger(__name__)


def open_s3(name: str, prefix: str, profile: str | None) -> "S3Store":
    """Return an obstore store of the objects under a prefix of a bucket, which need not exist.

    Requests that fail in passing are repeated with backoff and jitter, for `analysis_jobs.retries.patience`.
    """
    from obstore.auth.boto3 import Boto3CredentialProvider
    from obstore.store import S3Store

    session = aws_session(profile)
    endpoint = _endpoint()
    region = session.region_name or "us-east-1"
    if not endpoint:  # with AWS itself, a request to another region than the bucket's is refused
        region = _answer_about(name, session).get("x-amz-bucket-region", region)
    return S3Store(
        name,
        prefix=prefix or None,
        config={"region": region, **({"endpoint": endpoint} if endpoint else {})},
        client_options={
            "allow_http": endpoint.startswith("http:"),
            "connect_timeout": timedelta(seconds=10),
            "timeout": timedelta(minutes=5),
        },
        retry_config={"max_retries": 100, "retry_timeout": timedelta(seconds=patience())},
        credential_provider=Boto3CredentialProvider(session),
    )


def check_bucket(name: str, profile: str | None) -> None:
    """See that a bucket exists.

    Raises
    ------
    InvalidInput
        If it does not, or S3 cannot be reached.
    """
    _answer_about(name, aws_session(profile))


def _endpoint() -> str:
    return os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""


def _answer_about(name: str, session: "Session") -> dict[str, Any]:
    """Return the headers of what S3 says of a bucket, also where it may be written but not listed."""
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        client = session.client(
            "s3", region_name=session.region_name or "us-east-1", config=Config(retries={"total_max_attempts": 3})
        )
        with timed(log.debug, f"S3: is there a bucket s3://{name}"):
            response: dict[str, Any] = client.head_bucket(Bucket=name)
    except ClientError as error:
        response = error.response
        if response["Error"]["Code"] in ("404", "NoSuchBucket"):
            raise InvalidInput(
                f"there is no bucket s3://{name}; create it, or check --bucket and ANALYSIS_BUCKET"
            ) from None
    except BotoCoreError as error:
        raise InvalidInput(
            f"S3 cannot be reached for s3://{name} ({type(error).__name__}); check --bucket, AWS_REGION, "
            "AWS_ENDPOINT_URL and the network"
        ) from None
    headers: dict[str, Any] = response["ResponseMetadata"]["HTTPHeaders"]
    return headers
