"""Which errors are of a disk that is full."""

import errno

import pytest

from analysis_jobs.errors import no_room


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "x"), "its disk is full: free some space"),
        (OSError(errno.EDQUOT, "x"), "the quota of the user who launched is used up there: free some space"),
        (PermissionError(errno.EACCES, "x"), ""),
        (OSError("of S3"), ""),
        (ValueError(errno.ENOSPC), ""),
    ],
)
def test_no_room(error: Exception, said: str) -> None:
    assert no_room(error) == said
