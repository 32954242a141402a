"""The rows of the report's table as JSON, of a size that a browser loads at once."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from analysis_jobs.report.account import Row
from analysis_jobs.report.failures import Group
from analysis_jobs.report.links import Links
from analysis_jobs.report.try_command import TryCommand
from analysis_jobs.wording import cut

# What all texts of all rows may take together; longer ones are cut until they do. jobs.tsv has them whole.
MOST_CHARACTERS = 8_000_000
LIMITS = (4_000, 1_000, 300, 100, 40)
# Of tracebacks and logs, which are many and large, as many as this holds; those of the groups come beside.
MOST_IN_LOGS = 2_000_000
# In the order of each row in JSON. Texts are numbers in the list of `texts`, since most of them repeat.
PLAIN = ("file", "key", "state", "attempt", "seconds", "peak_memory_bytes")
TEXTS = ("reason", "inputs", "parameters", "outputs", "traceback", "log_tail", "note")
LINKS = ("location", "link", "group", "before", "job", "results")


def table_of(rows: Sequence[Row], groups: Sequence[Group], links: Links, try_command: TryCommand) -> dict[str, Any]:
    """Return the table: names of `columns`, `rows` as lists of values in their order, and the `texts` they refer to.

    Parameters
    ----------
    rows
        The rows.
    groups
        The failures; a row has the number of its group, or None.
    links
        Gives the link to each row's results.
    try_command
        Gives the command for each row; `head` and `tail` are the same in all.

    Returns
    -------
    dict
        JSON values. `shortened` says whether texts were cut.
    """
    members = {index: number for number, group in enumerate(groups) for index in group.rows}
    first = varying_parameters(rows)
    texts = [_texts_of(row, first, try_command) for row in rows]
    logs = list(_logs_of(rows))
    limit = _limit(text for row_texts in texts for text in row_texts)
    pool: dict[str, int] = {"": 0}
    lines = []
    for index, row in enumerate(rows):
        *short, note = (cut(text, limit) for text in texts[index])
        numbers = [pool.setdefault(text, len(pool)) for text in (*short, *logs[index], note)]
        lines.append([*map(row.get, PLAIN), *numbers, *_links_of(row, members.get(index), links, try_command)])
    return {
        "columns": [*PLAIN, *TEXTS, *LINKS],
        "text_columns": TEXTS,
        "texts": list(pool),
        "rows": lines,
        "head": try_command.head,
        "tail": try_command.tail,
        "shortened": any(len(text) > limit for row_texts in texts for text in row_texts),
    }


def values_text(values: object, first: Iterable[str] = ()) -> str:
    """Return inputs, parameters or outputs as the table shows them, a line for each; some parameters before others."""
    if isinstance(values, dict):
        names = {**{name: None for name in first if name in values}, **values}
        return "\n".join(f"{name}: {json.dumps(values[name], ensure_ascii=False)}" for name in names)
    return "\n".join(values) if isinstance(values, list) else ""


def varying_parameters(rows: Iterable[Row]) -> list[str]:
    """Return the names of the parameters that are not the same in all jobs: what somebody looks for in the table."""
    seen: dict[str, set[str]] = {}
    for row in rows:
        for name, value in row.get("parameters", {}).items():
            seen.setdefault(name, set()).add(json.dumps(value, sort_keys=True))
    return [name for name, values in seen.items() if len(values) > 1]


def _texts_of(row: Row, first: Sequence[str], try_command: TryCommand) -> list[str]:
    asked = values_text(row.get("inputs")), values_text(row.get("parameters"), first)
    return [row["reason"], *asked, values_text(row.get("outputs")), try_command.note(row)]


def _limit(texts: Iterable[str]) -> int:
    different = set(texts)
    fitting = (limit for limit in LIMITS if sum(min(len(text), limit) for text in different) <= MOST_CHARACTERS)
    return next(fitting, LIMITS[-1])


def _logs_of(rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
    left, seen = MOST_IN_LOGS, set[str]()
    for row in rows:
        error = row.get("error")
        both = (error.get("traceback", ""), error.get("log_tail", "")) if error else ("", "")
        left -= sum(len(text) for text in both if text not in seen)
        if left < 0:
            yield "", ""
            continue
        seen.update(both)
        yield both


def _links_of(row: Row, group: int | None, links: Links, try_command: TryCommand) -> list[Any]:
    location = row["location"]
    before = row.get("decision") == "done"
    return [location, links.folder(location), group, before, try_command.job(row), try_command.results(row)]
