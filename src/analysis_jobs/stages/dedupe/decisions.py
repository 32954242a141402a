"""What DEDUPE says of each input file, line by line, and the counts of it in words."""

from collections.abc import Mapping, Sequence
from typing import Unpack

from analysis_jobs.documents import Decision, DecisionDetails, DecisionName
from analysis_jobs.jobs.job_files import JobFile
from analysis_jobs.records.read import Recorded
from analysis_jobs.redaction.text import redacted, redacted_values
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


_LEFT_OUT = "; some of its outputs are too long to be shown here, `analysis-jobs show` has them"


def decision_on(file: JobFile, decision: DecisionName, reason: str, **more: Unpack[DecisionDetails]) -> Decision:
    """Return a line of ``decisions.jsonl``; `more` is what is known beside."""
    return {"file": redacted(file.name), "decision": decision, "reason": kept(redacted(reason)), **more}


def done_before(file: JobFile, key: str, reason: str, recorded: Recorded, record: str | None = None) -> Decision:
    """Return the decision that a job is done by a record: its own or, where it is named, that of another key."""
    took: DecisionDetails = {"key": key, "location": recorded.location}
    if record is not None:
        took["record"] = record
    if recorded.seconds is not None:
        took["seconds"] = recorded.seconds
    if recorded.peak_memory_bytes is not None:
        took["peak_memory_bytes"] = recorded.peak_memory_bytes
    if recorded.outputs.values:  # what is no record of ours may hold secrets
        took["outputs"] = recorded.outputs.values if record is None else redacted_values(recorded.outputs.values)
    if recorded.outputs.left_out:
        reason += _LEFT_OUT
    return decision_on(file, "done", reason, **took)


def without_outputs(decision: Decision) -> Decision:
    """Return a decision without the outputs of before, and say so: those of all jobs together are too many."""
    before = decision["reason"].removesuffix(_LEFT_OUT)
    left: Decision = {**decision, "reason": f"{before}; its outputs are not shown here, because there are many"}
    del left["outputs"]
    return left


def decided_line(counts: Mapping[str, int]) -> str:
    """Return the counts of decisions in one line."""
    parts = [f"{counts[name]:,} {words}" for name, words in DECISIONS.items() if counts.get(name)]
    return f"{plural(sum(counts.values()), 'job')}: {', '.join(parts)}"


def left_out_line(names: Sequence[str]) -> str:
    """Return what of the jobs folder was left out, in words."""
    return f"what this pipeline wrote or was given as parameters ({listed(names)})"
