"""Times of records and of options, in ISO 8601; UTC where they have no zone."""

from datetime import UTC, datetime, timedelta

from analysis_jobs.errors import InvalidInput
from analysis_jobs.wording import shown


def parse_time(text: str, option: str, *, end: bool = False) -> datetime:
    """Return the time that a text of the user's names in ISO 8601, in UTC where it has no zone.

    Parameters
    ----------
    text
        Such as ``2026-01-31``, ``2026-01-31T14:00`` or ``2026-01-31 14:00:00+01:00``.
    option
        What messages call it.
    end
        Of a date without a time, the end of that day, not its start.

    Raises
    ------
    InvalidInput
        If it names none.
    """
    when = time_of(text)
    if when is None:
        raise InvalidInput(f"{option} is {shown(text)}; give a date such as 2026-01-31, or 2026-01-31T14:00 (UTC)")
    is_date = len(text.strip()) <= len("2026-01-31")
    return when + timedelta(days=1, microseconds=-1) if end and is_date else when


def time_of(text: str) -> datetime | None:
    """Return the time that a text says, None if it says none."""
    try:
        when = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def seconds_of(text: str | None) -> float:
    """Return the seconds from 1970 to a time; 0 if the text says none."""
    when = time_of(text or "")
    return when.timestamp() if when else 0.0
