"""The page of one job: what ran, with what, what came out, and the command that runs it again."""

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from analysis_jobs.browse.catalog import Catalog
from analysis_jobs.browse.files import LONGEST_SHOWN, TEXTS_SHOWN, Files, Listed, is_text
from analysis_jobs.browse.launches import LaunchInWords, launch_of
from analysis_jobs.browse.matching import cell_text
from analysis_jobs.bucket.names import LOG
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.labels import labels
from analysis_jobs.jobs.source_results import SourceResult, folders_of, result_keys
from analysis_jobs.json_values import leaves, path_names
from analysis_jobs.records.read import process_of
from analysis_jobs.report.facts import time_text
from analysis_jobs.results.as_source import as_source, within_bounds
from analysis_jobs.results.facts import facts_of_record
from analysis_jobs.results.lineage import made_from, replaced_by, used_by
from analysis_jobs.results.listing import JobLine, line_of
from analysis_jobs.wording import cut

KEY_SHOWN = 12
LONGEST_OF_JOB = 2_000
_COST = "cost "


@dataclass
class JobPage:
    """What is known of a job, as its page shows it."""

    label: str
    line: JobLine
    facts: list[tuple[str, list[str]]]
    parameters: dict[str, str]
    outputs: dict[str, str]
    files: Listed
    texts: dict[str, str]  # of small files, and what they hold
    log: str
    traceback: str
    command: str
    launch: LaunchInWords | None = None
    others: dict[str, str] = field(default_factory=dict)  # jobs of the same inputs: keys and labels
    made_from: dict[str, str] = field(default_factory=dict)  # results: keys, and what they are called where known
    used_by: dict[str, str] = field(default_factory=dict)
    replaced: dict[str, str] = field(default_factory=dict)  # of `made_from`, by newer ones
    record: str = ""
    state: str = ""


def job_page(key: str, catalog: Catalog, files: Files, options: Sequence[str]) -> JobPage | None:
    """Return what the page of a job shows; None where the store knows no such job.

    Parameters
    ----------
    key
        Of the job.
    catalog, files
        The store, and the bucket.
    options
        Those of the command line that name store and bucket, for commands to copy.
    """
    record, state = catalog.documents(key)
    if record is None and state is None:
        return None
    line = line_of(key, record, state)
    listed = files.of(record) if record else Listed()
    texts = dict(_texts(record, listed, files)) if record else {}
    error = line.error or {}
    alike = _alike(key, catalog)
    before = catalog.ask(lambda store: made_from(key, line.locations, store))
    return JobPage(
        label=alike.pop(key, key[:KEY_SHOWN]),
        line=line,
        facts=[*_of_recording(key, catalog), *_facts(line, record)],
        parameters=_named(line.parameters),
        outputs=_named(process_of(record).get("output_parameters") or {}) if record else {},
        files=listed,
        texts=texts,
        log=texts.pop(LOG, "") or str(error.get("log_tail") or ""),
        traceback=str(error.get("traceback") or ""),
        command=_command(line, options),
        launch=launch_of(catalog, line.launch),
        others=alike,
        made_from=before,
        used_by=catalog.ask(
            lambda store: used_by(key, (line.location, files.location(record) if record else None), store)
        ),
        replaced=catalog.ask(lambda store: replaced_by(list(before), store)),
        record=_json(record),
        state=_json(state),
    )


def job_file(line: JobLine, sources: Sequence[SourceResult] = ()) -> str:
    """Return a job file for a job alone, as `analysis-jobs try --job` takes it.

    Parameters
    ----------
    line
        The job.
    sources
        The results that its inputs may be, or lie in.
    """
    document = {"s3_location": list(line.inputs), "distributed_parameters": dict(line.parameters)}
    known = {folder for place in line.inputs for folder in folders_of(place)}
    inside = [source for source in sources if source.location in known]
    if not inside:
        return _json(document)
    folders = dict.fromkeys(source.location for source in inside)
    rest = [place for place in line.inputs if not folders.keys() & folders_of(place)]
    if set(line.inputs) != {*folders, *rest}:
        document |= {"s3_location": [*folders, *rest], "file_location": list(line.inputs)}
    return _json({**document, "sources": [source.model_dump(exclude_none=True) for source in inside]})


def sources_of(line: JobLine, catalog: Catalog) -> list[SourceResult]:
    """Return the results of this store that the inputs of a job lie in."""
    records = catalog.records([key for key in result_keys(line.inputs) if key != line.key])
    return within_bounds([as_source(line_of(key, record, None), record) for key, record in records.items()])


def _command(line: JobLine, options: Sequence[str]) -> str:
    short = line.key[:KEY_SHOWN]
    if line.state == "done":
        return shlex.join(["analysis-jobs", "rerun", short, "--into", f"again-{short}", *options])
    return f"analysis-jobs try ANALYSIS --job {short}.json --results try-{short}"


def _alike(key: str, catalog: Catalog) -> dict[str, str]:
    """Return the labels of the jobs of the same analysis and inputs, among each other; a hundred at most."""
    index = catalog.index
    if (row := index.rows.get(key)) is None:
        return {}
    names, inputs = index.column("name"), index.column("inputs")
    same = [other for other in index.newest_first if (inputs[other], names[other]) == (inputs[row], names[row])]
    rows = list(dict.fromkeys([row, *same[:100]]))
    return dict(zip([index.briefs[row].key for row in rows], labels([index.named(row) for row in rows]), strict=True))


def _of_recording(key: str, catalog: Catalog) -> Iterator[tuple[str, list[str]]]:
    index = catalog.index
    if (row := index.rows.get(key)) is not None:
        yield from _known({"subject": index.briefs[row].subject, "acquired": time_text(index.briefs[row].acquired)})


def _facts(line: JobLine, record: Mapping[str, Any] | None) -> Iterator[tuple[str, list[str]]]:
    seconds = "" if line.seconds is None else f"{cell_text(line.seconds)} s"
    times = {"started": time_text(line.started), "ended": time_text(line.ended)}
    yield from _known({**times, "took": seconds, "attempt": line.attempt})
    if record:
        facts = dict(facts_of_record(record))
        notes = [str(note) for note in facts.get("notes") or ()]  # type: ignore[attr-defined]
        costs = [note for note in notes if note.startswith(_COST)]
        facts["notes"] = [note for note in notes if note not in costs]
        yield from _known({"cost": [cost.removeprefix(_COST) for cost in costs], **facts})
    yield from _known({"code": line.code, "results": line.location})


def _known(facts: Mapping[str, object]) -> Iterator[tuple[str, list[str]]]:
    for name, value in facts.items():
        some = [str(each) for each in value if each] if isinstance(value, list) else [str(value)] if value else []
        if some:
            yield name, some


def _named(values: Mapping[str, Any]) -> dict[str, str]:
    flat = dict(leaves(values))
    names = path_names(flat)
    return {names[path]: cut(_value(value), LONGEST_OF_JOB) for path, value in flat.items()}


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _texts(record: Mapping[str, Any], listed: Listed, files: Files) -> Iterator[tuple[str, str]]:
    """Yield the small texts among results, and the end of the log."""
    small = [line.path for line in listed.lines if is_text(line.path) and line.size <= LONGEST_SHOWN]
    names = [name for name in small if name != LOG][:TEXTS_SHOWN]
    if any(line.path == LOG for line in listed.lines):
        names.append(LOG)
    for name in names:
        try:
            yield name, files.text(record, name, LONGEST_SHOWN, end=name == LOG)
        except (OSError, InvalidInput) as error:
            yield name, f"({error})"


def _json(document: object) -> str:
    return "" if document is None else json.dumps(document, indent=2, ensure_ascii=False)
