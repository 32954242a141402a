"""The files that stages hand to each other: batches, JSON lines, what is known of the launch, and counts."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from analysis_jobs.documents import Batch, Decision, Entry, JobError, LaunchDocument, LeftJobs, Outcome
from analysis_jobs.errors import InvalidInput
from analysis_jobs.plain_files import open_plain
from analysis_jobs.report.account import NONE_LEFT
from analysis_jobs.shapes import json_in, misshapen

# What jobs took: those of a batch in its folder; in that of the batches one, by launches before
SECONDS = "seconds.txt"
# What a launch has not started, beside what RECORD has settled and in a kept account
LEFT = "left.json"


def count_failed(outcomes: Iterable[Outcome]) -> None:
    """Write ``failed.txt`` into the current folder: of how many jobs the state is failed, for those who watch a run."""
    Path("failed.txt").write_text(str(sum(outcome["state"] == "failed" for outcome in outcomes)))


def note_seconds(seconds: float) -> None:
    """Write ``seconds.txt`` into the current folder: what a batch took, for who watches the costs of a run."""
    Path(SECONDS).write_text(f"{seconds:.3f}")


def states_line(outcomes: Iterable[Outcome]) -> str:
    """Return how many jobs are in which state, for a log."""
    counts = Counter(outcome["state"] for outcome in outcomes)
    return ", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "no jobs"


def read_batch(path: Path) -> Batch:
    """Read a batch file."""
    batch: Batch = json.loads(path.read_text())
    return batch


def batch_name(path: Path) -> str:
    """Return the name of a batch by its file, in whose name the label of its only job may follow."""
    return path.name.partition(".")[0]


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


def checked_decisions(path: Path) -> Iterator[Decision]:
    """Yield the lines of a ``decisions.jsonl`` that somebody gives by hand.

    Raises
    ------
    InvalidInput
        If the file cannot be read, or a line is no decision: names it, and what is wrong.
    """
    try:
        with open_plain(path) as file:
            lines = file.read().splitlines()
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read ({error.strerror}); give the decisions.jsonl of a plan") from None
    for number, line in enumerate(lines, start=1):
        try:
            decision = json_in(line)
            wrong = misshapen(decision, Decision, (JobError,))
        except ValueError as error:
            wrong = str(error)
        if not wrong and "older" in decision and "parts" not in decision:
            wrong = "it has no parts"
        if wrong:
            raise InvalidInput(f"{path}, line {number} is not a decision of a plan: {wrong}; give its decisions.jsonl")
        yield decision


def read_left(path: Path) -> LeftJobs:
    """Read ``left.json``; where it is not there, nothing is left."""
    left: LeftJobs = json.loads(path.read_text()) if path.is_file() else NONE_LEFT
    return left


def read_outcomes(path: Path) -> Iterator[Outcome]:
    """Yield the lines of ``uploaded.jsonl`` or ``settled.jsonl``."""
    with path.open() as file:
        yield from map(json.loads, file)


def write_lines(path: Path, lines: Iterable[Mapping[str, object]]) -> None:
    """Write JSON lines."""
    with path.open("w") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)
