"""Failures by cause: those that differ in nothing but a number, a key or a path are one."""

import re
from collections import Counter
from dataclasses import dataclass

from analysis_jobs.documents import JobError
from analysis_jobs.report.account import Row
from analysis_jobs.report.columns import WITHOUT_RESULT
from analysis_jobs.report.row_labels import label_of
from analysis_jobs.wording import LONGEST_MESSAGE, cut, error_text

# Groups that are shown with traceback and log; the others are rows of the table.
GROUPS_SHOWN = 30
JOBS_NAMED = 20
CAUSES = {
    "analysis": "in the analysis",
    "infrastructure": "not by the analysis",
    "invalid": "in the job file or its parameters",
}
_PATH = re.compile(r"(?:\b\w+:/|(?<![\w/])\.{0,2})/[^\s'\",;:)\]}]+")
_HEX = re.compile(r"\b(?:0x)?(?=[0-9a-f]*\d)[0-9a-f]{8,}(?:-[0-9a-f]{4,12})*\b", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e[-+]?\d+)?", re.IGNORECASE)


@dataclass
class Failures:
    """Failures with one cause: the first of their messages, and the numbers of their rows."""

    cause: str
    type: str
    message: str
    rows: list[int]

    @property
    def where(self) -> str:
        """In words, where the cause lies."""
        return CAUSES.get(self.cause, self.cause)

    @property
    def title(self) -> str:
        """Type and beginning of the message, on one line."""
        return cut(" ".join(error_text({"type": self.type, "message": self.message}).split()), 200)


@dataclass
class Group(Failures):
    """Failures as a report shows them; the first row with a traceback or a log gives both."""

    states: Counter[str]
    names: list[str]  # of the jobs; each once
    example: Row

    @property
    def error(self) -> JobError | None:
        """The example's error; an invalid job has none."""
        return self.example.get("error")


def failure_groups(rows: list[Row]) -> list[Group]:
    """Return the failures of a run by cause, the largest group first."""
    groups: dict[tuple[str, str, str], Group] = {}
    for index, row in enumerate(rows):
        if row["state"] not in WITHOUT_RESULT:
            continue
        cause, kind, message = _error_of(row)
        alike = cause, kind, normalized(message, row["file"])
        group = groups.setdefault(alike, Group(cause, kind, cut(message, LONGEST_MESSAGE), [], Counter(), [], row))
        group.rows.append(index)
        if label_of(row) not in group.names[-1:]:
            group.names.append(label_of(row))
        group.states[row["state"]] += 1
        if not _tells(group.example) and _tells(row):
            group.example = row
    return sorted(groups.values(), key=lambda group: -len(group.rows))


def normalized(message: str, file: str) -> str:
    """Return a message without what differs from job to job: its file, paths, keys and numbers."""
    for pattern, word in ((re.escape(file), "FILE"), (_PATH, "PATH"), (_HEX, "KEY"), (_NUMBER, "N")):
        message = re.sub(pattern, word, message)
    return message


def _error_of(row: Row) -> tuple[str, str, str]:
    error = row.get("error")
    if not error:
        return row["state"], "", row["reason"].removeprefix(f"{row['file']}: ")
    return error["cause"], error.get("type") or "", error["message"]


def _tells(row: Row) -> bool:
    error = row.get("error")
    return bool(error and (error.get("traceback") or error.get("log_tail")))
