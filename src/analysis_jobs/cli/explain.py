"""The command `explain`: why two jobs are, or are not, the same.

Imports within functions are for a quick start.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from analysis_jobs.cli.app import SEEING, app
from analysis_jobs.cli.options import OUT, AsJson, Outdir, StoreUrl, command_line, complete_key, full_key, open_store_of
from analysis_jobs.cli.tables import brief_value, say, say_json
from analysis_jobs.documents import Parts
from analysis_jobs.errors import InvalidInput
from analysis_jobs.store.protocol import Store
from analysis_jobs.wording import shown

USAGE = "give two keys, or one job file with --analysis"


@app.command(rich_help_panel=SEEING)
def explain(
    jobs: Annotated[
        list[str],
        typer.Argument(help="two keys, or one job file", metavar="KEY KEY | FILE", autocompletion=complete_key),
    ],
    analysis: Annotated[str | None, typer.Option(help="of a job file: the analysis, as in the launch")] = None,
    parameters: Annotated[
        Path | None, typer.Option(help="of a job file: the parameters file, as in the launch")
    ] = None,
    assignments: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="of a job file: a parameter, as in the launch; may be repeated", metavar="NAME=VALUE"
        ),
    ] = None,
    code_version: Annotated[str | None, typer.Option(help="of a job file: as in the launch")] = None,
    jobs_folder: Annotated[
        Path | None, typer.Option("--jobs", help="of a job file: the launch's jobs folder; default the file's folder")
    ] = None,
    as_json: AsJson = False,
    outdir: Outdir = OUT,
    store: StoreUrl = None,
) -> None:
    """Say field by field why two jobs are the same job or not, or a job file and the nearest record."""
    if len(jobs) not in (1, 2):
        raise InvalidInput(f"explain was given {len(jobs)} jobs; {USAGE}")
    opened = open_store_of(outdir, store, read_only=True)
    if len(jobs) == 2:
        _explain_keys(full_key(jobs[0], opened), full_key(jobs[1], opened), opened, as_json)
        return
    file = Path(jobs[0])
    if not file.exists():
        raise InvalidInput(f"there is no job file {shown(jobs[0])}; {USAGE}")
    if not analysis:
        raise InvalidInput(
            "explain of a job file needs --analysis, since the code is part of what makes a job the same"
        )
    from analysis_jobs.results.explain import keys_of_file

    folder = jobs_folder or file.parent
    known = keys_of_file(file, analysis, parameters, assignments or (), code_version, folder)
    for key, parts in known.items():
        _explain_file(file, key, parts, opened, as_json)


def _explain_keys(a: str, b: str, store: Store, as_json: bool) -> None:
    from analysis_jobs.results.explain import compare_parts, parts_of

    first, second = parts_of(a, store), parts_of(b, store)
    for key, parts in ((a, first), (b, second)):
        if parts is None:  # the state of an old version
            raise InvalidInput(f"what {key} was computed from is not known; {command_line('show', key)} tells what is")
    assert first is not None and second is not None
    fields = compare_parts(first, second)
    if as_json:
        say_json({"a": a, "b": b, "same": a == b, "fields": [asdict(field) for field in fields]})
        return
    say(f"A {a}")
    say(f"B {b}")
    say("the same job" if a == b else _summary(fields, "not the same job"))
    _say_fields(fields)


def _explain_file(file: Path, key: str, parts: Parts, store: Store, as_json: bool) -> None:
    from analysis_jobs.results.explain import compare_parts, nearest_record
    from analysis_jobs.results.listing import line_of

    record, state = store.records([key]).get(key), store.job_states([key], whole=True).get(key)
    there = line_of(key, record, state) if record or state else None
    near = None if record else nearest_record(parts, store)
    fields = compare_parts(parts, near[1]) if near else []
    if as_json:
        nearest = {"key": near[0], "fields": [asdict(field) for field in fields]} if near else None
        known = {"state": there.state, "attempt": there.attempt, "message": there.message} if there else None
        say_json({"file": str(file), "key": key, "known": known, "nearest": nearest, "parts": parts})
        return
    say(f"A {key} ({file})")
    if there:
        why = f": {there.message}" if there.message else ""
        say(f"the store knows this job: {there.state}, attempt {there.attempt or 1}{why}")
    if record:
        return
    if not near:
        say("no record of the same inputs or of the same analysis_name is near; this job is new")
        return
    say(f"B {near[0]} (the nearest record)")
    say(_summary(fields, "not the same job"))
    _say_fields(fields)


def _summary(fields: Sequence[Any], verdict: str) -> str:
    from analysis_jobs.results.explain import differing_fields

    other = dict.fromkeys(field.field for field in differing_fields(fields))
    return f"{verdict}: {', '.join(other)} {'differs' if len(other) == 1 else 'differ'}"


def _say_fields(fields: Sequence[Any]) -> None:
    width = max(len(field.field) for field in fields)
    for field in fields:
        a, b = _shown(field.field, field.a), _shown(field.field, field.b)
        value = {"same": a, "differs": f"{a} in A, {b} in B", "only in A": a, "only in B": b}[field.verdict]
        say(f"  {field.verdict:9}  {field.field:{width}}  {value}")


def _shown(field: str, value: Any) -> str:
    # Of parameters as JSON: the text "1" is another value than the number.
    return json.dumps(value, ensure_ascii=False) if field.startswith("parameters") else brief_value(value)
