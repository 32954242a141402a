"""Failed jobs by cause: those whose messages differ in nothing but a number, a key or a path are one."""

from collections import Counter

from analysis_jobs.browse.index import Index
from analysis_jobs.report.failures import Failures, normalized

FAILURES_NAMED = 20
CAUSES_SHOWN = 100
_NO_RECORDING = "\0"  # which is in no message


def failures(index: Index, rows: list[int]) -> list[Failures]:
    """Return the failures among some jobs by cause, the largest group first."""
    groups: dict[tuple[str, str, str], Failures] = {}
    states, recordings = index.column("state"), index.column("recording")
    for row in rows:
        if states[row] != "failed":
            continue
        brief = index.briefs[row]
        message = brief.message or ""
        alike = brief.cause or "", brief.type or "", normalized(message, str(recordings[row] or _NO_RECORDING))
        groups.setdefault(alike, Failures(*alike[:2], message, [])).rows.append(row)
    return sorted(groups.values(), key=lambda group: -len(group.rows))


def by_cause(groups: list[Failures]) -> "Counter[str]":
    """Return how many jobs failed by whose fault, in words."""
    counts: Counter[str] = Counter()
    for group in groups:
        counts[group.where] += len(group.rows)
    return counts
