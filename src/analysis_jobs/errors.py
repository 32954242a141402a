"""The errors that a user can do something about, each with its exit code."""

import errno


class InvalidInput(Exception):
    """Something the user gave is wrong; the message says what happened, the value seen, and what to do."""


class ServiceUnavailable(Exception):
    """The store or the bucket did not answer in time; trying again later may help."""


def no_room(error: BaseException) -> str:
    """Return what a user can do about a disk that is full, or a quota, in words; an empty text for another error."""
    if not isinstance(error, OSError) or error.errno not in (errno.ENOSPC, errno.EDQUOT):
        return ""
    limit = "its disk is full" if error.errno == errno.ENOSPC else "the quota of the user who launched is used up there"
    return f"{limit}: free some space"
