"""The files that stages hand to each other: batches, JSON lines, what is known of the launch, and counts."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from analysis_jobs.documents import Batch, Decision, Entry, LaunchDocument, Outcome


def count_failed(outcomes: Iterable[Outcome]) -> None:
    """Write ``failed.txt`` into the current folder: of how many jobs the state is failed, for those who watch a run."""
    Path("failed.txt").write_text(str(sum(outcome["state"] == "failed" for outcome in outcomes)))


def states_line(outcomes: Iterable[Outcome]) -> str:
    """Return how many jobs are in which state, for a log."""
    counts = Counter(outcome["state"] for outcome in outcomes)
    return ", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "no jobs"


def read_batch(path: Path) -> Batch:
    """Read a batch file."""
    batch: Batch = json.loads(path.read_text())
    return batch


def read_entries(batches: Path) -> Iterator[Entry]:
    """Yield every job of the batch files in a folder."""
    for path in sorted(batches.glob("*.json")):
        yield from read_batch(path)["jobs"]


def read_launch(path: Path) -> LaunchDocument:
    """Read ``run.json``."""
    launch: LaunchDocument = json.loads(path.read_text())
    return launch


def read_decisions(path: Path) -> Iterator[Decision]:
    """Yield the lines of ``decisions.jsonl``."""
    with path.open() as file:
        yield from map(json.loads, file)


def read_outcomes(path: Path) -> Iterator[Outcome]:
    """Yield the lines of ``uploaded.jsonl`` or ``settled.jsonl``."""
    with path.open() as file:
        yield from map(json.loads, file)


def write_lines(path: Path, lines: Iterable[Mapping[str, object]]) -> None:
    """Write JSON lines."""
    with path.open("w") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)
