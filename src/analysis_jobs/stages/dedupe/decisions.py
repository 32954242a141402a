"""What DEDUPE says of each input file, line by line, and the counts of it in words."""

from collections.abc import Mapping
from typing import Any

from analysis_jobs.jobs.job_files import JobFile

# Words for decisions, in the order of a sentence
DECISIONS = {
    "run": "to run",
    "done": "done before",
    "repeat": "the same as others",
    "claimed": "in the hands of another run",
    "gave_up": "given up",
    "invalid": "invalid",
}


def decided_line(counts: Mapping[str, int]) -> str:
    """Return the counts of decisions in one line."""
    total = sum(counts.values())
    said = [f"{counts[name]} {words}" for name, words in DECISIONS.items() if counts.get(name)]
    return f"{total} {'job' if total == 1 else 'jobs'}: {', '.join(said)}"


def decision_line(file: JobFile, decision: str, reason: str, **more: Any) -> dict[str, Any]:
    """Return a line of ``decisions.jsonl``; `more` is what is known beside."""
    return {"file": file.name, "decision": decision, "reason": reason, **more}
