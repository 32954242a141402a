"""Account for every input file: the final state of each, the counts, and the report."""

import csv
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from analysis_jobs.outcome import Outcome, read_lines

COLUMNS = ("file", "key", "state", "reason", "attempt", "seconds", "location")
STATES = ("done", "empty", "failed", "gave_up", "invalid", "claimed", "repeat")
# States of jobs that have no result and want somebody's attention: they make the run's exit status 1.
WITHOUT_RESULT = ("failed", "gave_up", "invalid")

Row = dict[str, Any]


def summarize(decisions: Path, settled: Path | None, *, dry_run: bool) -> None:
    """Write ``jobs.tsv``, ``report.html`` and ``failed.txt`` into the current folder, and print the counts.

    Parameters
    ----------
    decisions
        ``decisions.jsonl`` of DEDUPE.
    settled
        Folder of the files that RECORD wrote; None for a plan: then only its decisions are printed.
    dry_run
        Whether nothing was published.
    """
    if settled is None:
        planned = list(read_lines(decisions))
        print(plan_lines(planned))
        _count_failed(one["decision"] for one in planned)
        return
    outcomes = {outcome["key"]: outcome for path in sorted(settled.glob("*")) for outcome in read_lines(path)}
    rows = final_rows(read_lines(decisions), outcomes, dry_run=dry_run)
    line = closing_line(rows, dry_run=dry_run)
    write_table(rows, Path("jobs.tsv"))
    write_report(rows, line, Path("report.html"))
    _count_failed(row["state"] for row in rows)
    print(line)


def _count_failed(states: Iterable[str]) -> None:
    Path("failed.txt").write_text(str(sum(state in WITHOUT_RESULT for state in states)))


def final_rows(decisions: Iterable[Mapping[str, Any]], outcomes: Mapping[str, Outcome], *, dry_run: bool) -> list[Row]:
    """Return one row for each input file and parameter set, with its final state.

    Parameters
    ----------
    decisions
        The lines of ``decisions.jsonl``.
    outcomes
        What RECORD settled, by key.
    dry_run
        Say in each reason that nothing was published.

    Returns
    -------
    list of dict
        `COLUMNS`, and `error` of failed jobs.
    """
    locations = {key: outcome.get("location", "") for key, outcome in outcomes.items() if not dry_run}
    rows = []
    for decision in decisions:
        if decision["decision"] == "run":
            row = _computed(decision, outcomes.get(decision["key"]), dry_run)
        else:
            row = {**decision, "state": decision.get("state", decision["decision"])}
            row.setdefault("location", locations.get(decision.get("key", ""), ""))
        rows.append({**dict.fromkeys(COLUMNS, ""), **row})
    return rows


def _computed(decision: Mapping[str, Any], outcome: Outcome | None, dry_run: bool) -> Row:
    row = {"file": decision["file"], "key": decision["key"], "attempt": decision["attempt"]}
    if outcome is None:
        reason = "infrastructure: its RECORD task died; launch again, with -resume to compute nothing once more"
        return {**row, "state": "failed", "reason": reason}
    row |= {name: outcome[name] for name in ("state", "seconds", "location", "error") if name in outcome}
    if outcome["state"] == "failed":
        return {**row, "reason": error_text(outcome["error"])}
    if outcome["state"] == "empty":
        return {**row, "reason": outcome["reason"]}
    if dry_run:
        return {**row, "reason": "dry run: computed, nothing published", "location": ""}
    return {**row, "reason": "computed"}


def error_text(error: Mapping[str, Any]) -> str:
    """Return an error as one line: its cause, type and message."""
    return f"{error['cause']}: {error['type']}: {error['message']}"


def write_table(rows: Iterable[Row], path: Path) -> None:
    """Write ``jobs.tsv``: tab-separated, a line for each row, whatever is in its texts."""
    with path.open("w", newline="") as file:
        table = csv.writer(file, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONE, quotechar=None)
        table.writerow(COLUMNS)
        table.writerows([_one_line(row[name]) for name in COLUMNS] for row in rows)


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
    said = [f"{counts[state]} {state}{_before(before[state], counts[state])}" for state in STATES if counts[state]]
    line = f"{len(rows)} {'job' if len(rows) == 1 else 'jobs'}: {', '.join(said)}"
    return f"dry run, nothing was published or recorded: {line}" if dry_run else line


def _before(before: int, all_of_them: int) -> str:
    if not before:
        return ""
    return " (all before)" if before == all_of_them else f" ({before} of them before)"


def plan_lines(decisions: Sequence[Mapping[str, Any]], limit: int = 100) -> str:
    """Return the decisions of a plan as a person reads them: the counts, then a line each."""
    counts = Counter(decision["decision"] for decision in decisions)
    lines = [f"plan, nothing is run or claimed: {', '.join(f'{n} {name}' for name, n in counts.most_common())}"]
    lines += [
        f"  {one['decision']:8} {_one_line(one['file'])}: {_one_line(one['reason'])}" for one in decisions[:limit]
    ]
    if len(decisions) > limit:
        lines.append(f"  ... and {len(decisions) - limit} more, in decisions.jsonl")
    return "\n".join(lines)


def write_report(rows: list[Row], line: str, path: Path) -> None:
    """Write ``report.html``: the counts, what failed and why, and a table of all jobs."""
    from jinja2 import Environment, PackageLoader, select_autoescape

    environment = Environment(loader=PackageLoader("analysis_jobs"), autoescape=select_autoescape())
    template = environment.get_template("report.html")
    failed = [row for row in rows if row["state"] in WITHOUT_RESULT]
    text = template.render(line=line, columns=COLUMNS, rows=rows, failed=failed)
    path.write_text(text, encoding="utf-8", errors="backslashreplace")  # names of files may be no text
