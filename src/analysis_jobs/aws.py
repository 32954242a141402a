"""AWS: credentials by its own chain (environment, profile, role), and the region."""

import logging
import os
from typing import TYPE_CHECKING

from analysis_jobs.errors import InvalidInput

if TYPE_CHECKING:
    from boto3 import Session


log = logging.getLogger(__name__)


def aws_region() -> str | None:
    """Return the region that ``AWS_REGION`` names, which botocore does not read; None for its own chain."""
    return os.environ.get("AWS_REGION") or None


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
    InvalidInput
        If there is no such profile, or there are no credentials at all.
    """
    from boto3 import Session
    from botocore.exceptions import BotoCoreError

    try:
        session = Session(profile_name=profile, region_name=aws_region())
        if session.region_name is None and default_region:
            session = Session(profile_name=profile, region_name=default_region)
        found = session.get_credentials()
    except BotoCoreError as error:
        raise InvalidInput(f"AWS credentials cannot be used: {error}; check AWS_PROFILE or --write_profile") from None
    if found is None:
        raise InvalidInput(
            "there are no AWS credentials; set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run "
            "where a role provides them"
        )
    log.debug("AWS credentials: %s, profile %s, region %s", found.method, session.profile_name, session.region_name)
    return session
