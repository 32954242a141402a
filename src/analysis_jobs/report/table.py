"""The rows of the report's table as JSON, of a size that a browser loads at once."""

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from analysis_jobs.jobs.labels import varying_paths
from analysis_jobs.json_values import leaves, path_names
from analysis_jobs.report.account import Row
from analysis_jobs.report.failures import Group
from analysis_jobs.report.links import Links
from analysis_jobs.report.row_labels import label_of, recordings
from analysis_jobs.report.try_command import TryCommand
from analysis_jobs.wording import cut, visible

# What all texts of all rows may take together; longer ones are cut until they do. jobs.tsv has them whole.
MOST_CHARACTERS = 12_000_000
LIMITS = (4_000, 1_000, 300, 100, 40)
# Of tracebacks and logs, which are many and large, as many as this holds; those of the groups come beside.
MOST_IN_LOGS = 2_000_000
# In the order of each row in JSON. Texts are numbers in the list of `texts`, since most of them repeat.
NAMES = ("label", "file", "subject", "acquired")
PLAIN = ("key", "state", "attempt", "seconds", "peak_memory_bytes")
TEXTS = ("recording", "reason", "inputs", "parameters", "outputs", "traceback", "log_tail")
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
    first = varying_paths(dict(leaves(row.get("parameters") or {})) for row in rows)
    texts = [_texts_of(row, first) for row in rows]
    recorded = [visible(name) for name in recordings(rows)]
    logs = list(_logs_of(rows))
    limit = _limit(text for row_texts in texts for text in row_texts)
    pool: dict[str, int] = {"": 0}
    lines = []
    for index, row in enumerate(rows):
        short = (cut(text, limit) for text in texts[index])
        numbers = [pool.setdefault(text, len(pool)) for text in (recorded[index], *short, *logs[index])]
        names = map(visible, (label_of(row), row["file"], row.get("subject") or "", row.get("acquired") or ""))
        linked = _links_of(row, members.get(index), links, try_command)
        lines.append([*names, *map(row.get, PLAIN), *numbers, *linked])
    return {
        "columns": [*NAMES, *PLAIN, *TEXTS, *LINKS],
        "text_columns": TEXTS,
        "texts": list(pool),
        "rows": lines,
        "head": try_command.head,
        "tail": try_command.tail,
        "shortened": any(len(text) > limit for row_texts in texts for text in row_texts),
    }


def values_text(values: object, first: Iterable[tuple[str, ...]] = ()) -> str:
    """Return inputs, parameters or outputs as the table shows them, a line for each; some parameters before others."""
    if isinstance(values, dict):
        flat = dict(leaves(values))
        ordered = {**{path: None for path in first if path in flat}, **flat}
        names = _names(tuple(ordered))
        return "\n".join(f"{names[path]}: {json.dumps(value, ensure_ascii=False)}" for path, value in ordered.items())
    return "\n".join(values) if isinstance(values, list) else ""


_names = lru_cache(maxsize=1_000)(path_names)  # jobs mostly have the same


def _texts_of(row: Row, first: Sequence[tuple[str, ...]]) -> list[str]:
    asked = values_text(row.get("inputs")), values_text(row.get("parameters"), first)
    shown = [row["reason"], *asked, values_text(row.get("outputs"))]
    return [visible(text) for text in shown]


def _limit(texts: Iterable[str]) -> int:
    different = set(texts)
    fitting = (limit for limit in LIMITS if sum(min(len(text), limit) for text in different) <= MOST_CHARACTERS)
    return next(fitting, LIMITS[-1])


def _logs_of(rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
    left, seen = MOST_IN_LOGS, set[str]()
    for row in rows:
        error = row.get("error")
        both = (visible(error.get("traceback", "")), visible(error.get("log_tail", ""))) if error else ("", "")
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
