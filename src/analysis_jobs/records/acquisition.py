"""Whose a recording is and when it was acquired: as the asset's name says by AIND's rule, else the job's group.

By the rule a raw asset is called ``690494_2025-02-04_10-20-30``, before 2025 ``ecephys_690494_2025-02-04_10-20-30``;
what is derived from one begins with its name.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from itertools import islice
from typing import Any, NamedTuple

from analysis_jobs.documents import JobDocument, RecordingDetails
from analysis_jobs.json_values import leaves
from analysis_jobs.wording import LONGEST_NAME, cut

# What DataRegex and DataRegexLegacy of aind-data-schema-models say, which may not be installed; a test compares. Files
# and folders in an asset are called after it, with more behind.
_NAME = re.compile(r"(?P<label>.+?)_(?P<day>\d{4}-\d{2}-\d{2})_(?P<time>\d{2}-\d{2}-\d{2})(?![^_.])")
_DAY = re.compile(r"_\d{4}-\d{2}-\d{2}_")
_TIME_IN_NAME = re.compile(r"^(\d{4}-\d{2}-\d{2})_(\d{2})-(\d{2})-(\d{2})$")
_LONGEST_DATE = len("2026-01-31")
# What fields of a job's group may be called: of metadata by its path, with __ for a dot, only the last name counts.
_SUBJECT_NAMES = ("subject_id", "subject")
_TIME_NAMES = (
    "acquisition_start_time", "acquisition_datetime", "acquisition_time", "acquisition_date", "acquired",
    "session_start_time", "session_datetime", "session_time", "session_date",
)  # fmt: skip


class Acquisition(NamedTuple):
    """Of whom and when something was recorded; empty texts where that is not known.

    `subject` may be several, with commas between; `acquired` is ISO 8601, of several recordings the first.
    """

    subject: str = ""
    acquired: str = ""


NO_ACQUISITION = Acquisition()


def recording_details(job: JobDocument) -> RecordingDetails:
    """Return what people know the recording of a job by, as far as its file tells."""
    names = job.get("asset_name") or []
    of_name = acquisition_in(names, [*job["s3_location"], *(job.get("file_location") or ())])
    group = job.get("group_metadata")
    of_group = _of_group(group) if group else NO_ACQUISITION
    details: RecordingDetails = {"assets": names} if names else {}
    if subject := of_name.subject or of_group.subject:
        details["subject"] = subject
    if acquired := of_name.acquired or of_group.acquired:
        details["acquired"] = acquired
    return details


def acquisition_in(assets: Iterable[str], locations: Iterable[str]) -> Acquisition:
    """Return what the names of assets say; if nothing, what the names of folders and files in locations say."""
    found = [*_told(assets)] or [
        one
        for location in locations
        if _DAY.search(location)  # which most locations without such a name have not, and is quick
        for one in islice(_told(reversed(location.split("/"))), 1)
    ]
    if not found:
        return NO_ACQUISITION
    subjects = dict.fromkeys(one.subject for one in found)
    return Acquisition(_plain(", ".join(subjects)), min(one.acquired for one in found))


def _told(names: Iterable[str]) -> Iterator[Acquisition]:
    for name in names:
        if (match := _NAME.match(name)) and (when := _read(f"{match['day']}T{match['time'].replace('-', ':')}")):
            label = match["label"]
            yield Acquisition(label[1:].partition("_")[2] or label, when)  # without the platform


def _of_group(group: Mapping[str, Any]) -> Acquisition:
    known = {path[-1].rpartition("__")[2].lower(): value for path, value in leaves(group)}
    subjects = (known.get(name) for name in _SUBJECT_NAMES)
    times = (_time(str(known[name])) for name in _TIME_NAMES if name in known)
    subject = next((value for value in subjects if type(value) in (str, int) and value != ""), "")
    return Acquisition(_plain(str(subject)), next(filter(None, times), ""))


def _plain(text: str) -> str:
    """Return a text as one line, which notes can have between semicolons."""
    seen = text.replace(";", " ")
    if not seen.isprintable():
        seen = "".join(character if character.isprintable() else " " for character in seen)
    return cut(" ".join(seen.split()), LONGEST_NAME)


def _time(text: str) -> str:
    """Return a date, or a date and time, in ISO 8601; an empty text if it is none."""
    return _read(_TIME_IN_NAME.sub(r"\1T\2:\3:\4", text.strip()))


def _read(text: str) -> str:
    kind = date if len(text) <= _LONGEST_DATE else datetime  # which reads more, and says a time of day in any case
    try:
        return kind.fromisoformat(text).isoformat()
    except ValueError:
        return ""
