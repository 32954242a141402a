"""Account for every input file: the final state of each, and the counts."""

import csv
import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, NotRequired, TypedDict, cast

from analysis_jobs.documents import AskedResources, Decision, DecisionName, FinalState, JobError, LeftJobs, Values
from analysis_jobs.jobs.labels import varying_paths
from analysis_jobs.jobs.outcome import infrastructure_error
from analysis_jobs.json_values import NO_LEAF, json_text, leaf_at, leaves, path_names
from analysis_jobs.redaction.text import redacted
from analysis_jobs.report.columns import COLUMNS, OF_RECORDING, STATES, state_of
from analysis_jobs.wording import cell, error_text, plural

log = logging.getLogger(__name__)

COLUMNS_AT_MOST = 200
NONE_LEFT: LeftJobs = {"reason": "", "keys": []}


class Settled(TypedDict):
    """What the account of a run needs of an outcome."""

    state: FinalState
    reason: NotRequired[str]
    seconds: NotRequired[float]
    location: NotRequired[str]
    error: NotRequired[JobError]
    peak_memory_bytes: NotRequired[int]
    cpu_seconds: NotRequired[float]
    input_bytes: NotRequired[int]  # of what it has read, as far as that is known
    asked: NotRequired[AskedResources]
    outputs: NotRequired[Values]


class Row(TypedDict):
    """A row of ``jobs.tsv`` and of the report: the final state of an input file and parameter set."""

    file: str
    key: str
    record: NotRequired[str]
    state: str
    reason: str
    attempt: int | Literal[""]
    seconds: float | Literal[""]
    location: str
    label: NotRequired[str]
    subject: NotRequired[str]
    acquired: NotRequired[str]
    decision: NotRequired[DecisionName]
    inputs: NotRequired[list[str]]
    parameters: NotRequired[Values]
    outputs: NotRequired[Values]
    peak_memory_bytes: NotRequired[int]
    cpu_seconds: NotRequired[float]
    input_bytes: NotRequired[int]
    asked: NotRequired[AskedResources]
    error: NotRequired[JobError]


def final_rows(
    decisions: Iterable[Decision],
    outcomes: Mapping[str, Settled],
    *,
    dry_run: bool,
    unrecorded: tuple[str, str] | None = None,
    left: LeftJobs = NONE_LEFT,
) -> list[Row]:
    """Return one row for each input file and parameter set, with its final state.

    Parameters
    ----------
    decisions
        The lines of ``decisions.jsonl``.
    outcomes
        What RECORD settled, by key.
    dry_run
        Say in each reason that nothing was published.
    unrecorded
        Type and words of how the RECORD tasks died, of jobs without an outcome; None where nothing is known.
    left
        The jobs that were not started.

    Returns
    -------
    list of Row
        In the order of the decisions.
    """
    locations = {key: outcome.get("location", "") for key, outcome in outcomes.items() if not dry_run}
    rows, not_started = [], set(left["keys"])
    for decision in decisions:
        if decision["decision"] == "run" and decision["key"] in not_started:
            rows.append(
                _row(
                    {
                        **decision,
                        "state": "not_started",
                        "reason": f"not started, {left['reason']}: launch again to go on",
                    }
                )
            )
        elif decision["decision"] == "run":
            rows.append(_computed(decision, outcomes.get(decision["key"]), dry_run, unrecorded))
        else:
            location = locations.get(decision.get("key", ""), "")
            rows.append(_row({"location": location, **decision, "state": state_of(decision)}))
    return rows


def _row(known: Mapping[str, object]) -> Row:
    return cast(Row, {**dict.fromkeys(COLUMNS, ""), **known})


def _computed(decision: Decision, outcome: Settled | None, dry_run: bool, unrecorded: tuple[str, str] | None) -> Row:
    if outcome is None:
        kind, how = unrecorded or ("TaskDied", "nothing tells how")
        message = f"its RECORD task died, {how}; launch again, with -resume so that nothing is computed again"
        error = infrastructure_error("record", kind, message)
        return _row({**decision, "state": "failed", "reason": error_text(error, with_cause=True), "error": error})
    row = _row({**decision, **outcome})
    if outcome["state"] == "failed":
        row["reason"] = error_text(outcome["error"], with_cause=True)
    elif outcome["state"] == "done" and dry_run:
        row["reason"], row["location"] = "dry run: computed, nothing published", ""
    elif outcome["state"] == "done":
        row["reason"] = "computed"
    if note := decision.get("note"):
        row["reason"] += f"; {note}"
    return row


def write_jobs_table(rows: Sequence[Row], path: Path) -> None:
    """Write ``jobs.tsv``: tab-separated, a line for each row, whatever is in its texts.

    Behind `COLUMNS` come those `OF_RECORDING`, ``parameters.<name>`` of each parameter that is not the same in all
    jobs, and ``outputs.<name>`` of each output that is no list; at most `COLUMNS_AT_MOST` in all.
    """
    values = _value_columns(rows)
    names = [*COLUMNS, *OF_RECORDING, *values]
    if len(names) > COLUMNS_AT_MOST:
        log.warning(
            "jobs.tsv has the first %d of %d columns; `analysis-jobs export` has them all", COLUMNS_AT_MOST, len(names)
        )
    as_cell = lru_cache(1_000, typed=True)(_cell)  # most columns have few values
    paths = list(values.values())[: COLUMNS_AT_MOST - len(COLUMNS) - len(OF_RECORDING)]
    with path.open("w", newline="") as file:
        table = csv.writer(file, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONE, quotechar=None)
        table.writerow(map(as_cell, names[:COLUMNS_AT_MOST]))
        table.writerows(map(as_cell, _values(row, paths)) for row in rows)


def _value_columns(rows: Sequence[Row]) -> dict[str, tuple[str, ...]]:
    """Return the paths of parameters and outputs that have a column, by its name."""
    parameters = varying_paths(dict(leaves(row.get("parameters", {}))) for row in rows)
    outputs = dict.fromkeys(
        path for row in rows for path, value in leaves(row.get("outputs", {})) if not isinstance(value, list)
    )
    paths = [*(("parameters", *path) for path in parameters), *(("outputs", *path) for path in outputs)]
    return {name: path for path, name in path_names(paths).items()}


def _values(row: Row, paths: Iterable[tuple[str, ...]]) -> Iterator[object]:
    known: Mapping[str, Any] = row
    yield from (known[name] for name in COLUMNS)
    yield from (known.get(name, "") for name in OF_RECORDING[:-1])
    yield ", ".join(known.get("inputs", ()))
    for path in paths:
        value = leaf_at(known, path)
        yield value if isinstance(value, str) else "" if value in (None, NO_LEAF) else json_text(value)


def _cell(value: object) -> str:
    return cell(redacted(_one_line(value)))


def _one_line(value: object) -> str:
    text = str(value)
    return text if text.isprintable() else " ".join("".join(c if c.isprintable() else " " for c in text).split())


def closing_line(rows: list[Row], *, dry_run: bool) -> str:
    """Return the counts of a run in one line, which add up to the rows.

    Raises
    ------
    AssertionError
        If they do not add up: a job was lost, which is a fault of this program.
    """
    counts = Counter(row["state"] for row in rows)
    assert sum(counts[state] for state in STATES) == len(rows), f"states {dict(counts)} of {len(rows)} rows"
    before = Counter(row["state"] for row in rows if row.get("decision") == "done")
    parts = [f"{counts[state]:,} {state}{_before(before[state], counts[state])}" for state in STATES if counts[state]]
    line = f"{plural(len(rows), 'job')}: {', '.join(parts)}"
    return f"dry run, nothing was published or recorded: {line}" if dry_run else line


def _before(before: int, all_of_them: int) -> str:
    if not before:
        return ""
    return " (all before)" if before == all_of_them else f" ({before:,} of them before)"


def plan_lines(decisions: Sequence[Decision], limit: int = 100) -> str:
    """Return the decisions of a plan as a person reads them: the counts, then a line each."""
    counts = Counter(decision["decision"] for decision in decisions)
    lines = [f"plan, nothing is run or claimed: {', '.join(f'{n:,} {name}' for name, n in counts.most_common())}"]
    lines += [
        f"  {line['decision']:8} {_one_line(line['file'])}{_called(line)}: {_one_line(line['reason'])}"
        for line in decisions[:limit]
    ]
    if len(decisions) > limit:
        lines.append(f"  ... and {len(decisions) - limit:,} more, in decisions.jsonl")
    return "\n".join(lines)


def _called(decision: Decision) -> str:
    label, file = decision.get("label"), decision["file"]
    return f" ({label})" if label and label not in (file, file.removesuffix(".json")) else ""
