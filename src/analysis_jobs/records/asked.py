"""What the task of a job asked for, in words."""

from analysis_jobs.documents import AskedResources
from analysis_jobs.wording import memory_text, plural


def asked_text(asked: AskedResources) -> str:
    """Return what a task asked for, as ``2 GB and 1 processor``; an empty text where nothing is known."""
    words = [
        memory_text(asked["memory_bytes"]) if "memory_bytes" in asked else "",
        plural(asked["processors"], "processor") if "processors" in asked else "",
        plural(asked["gpus"], "GPU") if "gpus" in asked else "",
        f"{asked['seconds']:g} s for the job" if "seconds" in asked else "",
    ]
    *others, last = list(filter(None, words)) or [""]
    return f"{', '.join(others)} and {last}" if others else last
