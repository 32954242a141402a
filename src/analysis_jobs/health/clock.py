"""The clock of this machine, compared with those of S3 and DocDB: requests are signed with the time.

Imports within functions are for a quick start.
"""

import time
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from urllib.parse import unquote

from analysis_jobs.aws.credentials import s3_access, time_at_s3
from analysis_jobs.aws.s3 import split_url
from analysis_jobs.health.diagnosis import Said, broken, doubtful, fine
from analysis_jobs.health.given import Given

# Seconds: AWS refuses what is signed five minutes off, S3 fifteen
REFUSED, NOTABLE = 300.0, 30.0


def look_at_clock(given: Given) -> Iterator[Said]:
    """Say how far the clock is from those of the services that are used."""
    asked = dict(_services(given))
    if not asked:
        yield fine("no service is used that has a clock of its own")
    for service, ask in asked.items():
        try:
            yield skewed(service, *_asked(ask))
        except OSError as error:  # what is wrong there is told of the service itself
            yield doubtful(f"{service} did not tell its time ({error}); see the lines on it above")


def _services(given: Given) -> Iterator[tuple[str, Callable[[], str | None]]]:
    bucket, store = given.bucket_place, given.store_place
    if bucket.startswith("s3://"):
        name = split_url(bucket)[0]
        yield "S3", lambda: time_at_s3(name, s3_access(given.write_profile, anonymous=None))
    if store == "docdb" or store.startswith("docdb://"):
        from analysis_jobs.store.docdb import SCHEME, docdb_url
        from analysis_jobs.store.docdb_client import time_at_docdb

        url = docdb_url() if store == "docdb" else store
        host = unquote(url.removeprefix(SCHEME).partition("/")[0])
        yield "DocDB", lambda: time_at_docdb(host)


def _asked(ask: Callable[[], str | None]) -> tuple[str | None, float, float]:
    before = time.time()
    return ask(), before, time.time()


def skewed(service: str, text: str | None, before: float, after: float) -> Said:
    """Say how far a clock is from this machine's.

    Parameters
    ----------
    service
        What it is called.
    text
        Its time, as HTTP has it: to the second. None where it tells none.
    before, after
        When it was asked, and when it had answered: seconds since 1970.
    """
    if text is None:
        return doubtful(f"{service} did not tell its time; compare the clock of this machine with another one")
    there = parsedate_to_datetime(text).timestamp()
    skew = max(before - (there + 1), there - after, 0.0)
    told = f"this machine's clock is {skew:.0f} s {'behind' if there > after else 'ahead of'} that of {service}"
    if skew > REFUSED:
        return broken(f"{told}, which refuses requests with such a time; set the clock by NTP (timedatectl)")
    if skew > NOTABLE:
        return doubtful(f"{told}; set the clock by NTP (timedatectl)")
    return fine(f"this machine's clock agrees with that of {service}")
