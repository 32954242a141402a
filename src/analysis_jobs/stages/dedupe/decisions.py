"""What DEDUPE says of each input file, line by line, and the counts of it in words."""

from collections.abc import Mapping, Sequence
from typing import Unpack

from analysis_jobs.documents import Decision, DecisionDetails, DecisionName
from analysis_jobs.jobs.job_files import JobFile
from analysis_jobs.redaction.text import redacted
from analysis_jobs.wording import kept, listed, plural

# Words for decisions, in the order of a sentence
DECISIONS: dict[DecisionName, str] = {
    "run": "to run",
    "done": "done before",
    "repeat": "the same as others",
    "claimed": "running elsewhere",
    "gave_up": "given up",
    "invalid": "invalid",
}


def decision_on(file: JobFile, decision: DecisionName, reason: str, **more: Unpack[DecisionDetails]) -> Decision:
    """Return a line of ``decisions.jsonl``; `more` is what is known beside."""
    return {"file": redacted(file.name), "decision": decision, "reason": kept(redacted(reason)), **more}


def decided_line(counts: Mapping[str, int]) -> str:
    """Return the counts of decisions in one line."""
    parts = [f"{counts[name]} {words}" for name, words in DECISIONS.items() if counts.get(name)]
    return f"{plural(sum(counts.values()), 'job')}: {', '.join(parts)}"


def left_out_line(names: Sequence[str]) -> str:
    """Return what of the jobs folder was left out, in words."""
    return f"what this pipeline wrote or was given as parameters ({listed(names)})"
