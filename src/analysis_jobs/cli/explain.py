"""The command `explain`: why two jobs are, or are not, the same, and how their code differs.

Imports within functions are for a quick start.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from analysis_jobs.bucket.protocol import Bucket
from analysis_jobs.cli.app import SEEING, app
from analysis_jobs.cli.options import (
    OUT,
    AsJson,
    BucketUrl,
    EnvironmentCache,
    InputsBy,
    Outdir,
    StoreUrl,
    WhichCode,
    WhichEnvironment,
    command_line,
    complete_key,
    contents_of,
    full_key,
    open_bucket_of,
    open_store_of,
)
from analysis_jobs.cli.tables import say, say_json
from analysis_jobs.documents import Parts
from analysis_jobs.errors import InvalidInput
from analysis_jobs.json_values import plain_text
from analysis_jobs.records.notes import environment_in
from analysis_jobs.store.protocol import Store
from analysis_jobs.wording import plural, shown

if TYPE_CHECKING:
    from analysis_jobs.results.job_code import JobCode

USAGE = "give two keys, or one key or one job file with --analysis"


@dataclass(frozen=True)
class _Places:
    """Where jobs and their code are looked up, and how what is found is shown."""

    store: Store
    bucket: Callable[[], Bucket]
    as_json: bool
    stat: bool

    def parts_of(self, key: str) -> Parts:
        from analysis_jobs.results.explain import parts_of

        parts = parts_of(key, self.store)
        if parts is None:  # the state of an old version
            raise InvalidInput(f"what {key} was computed from is not known; {command_line('show', key)} tells what is")
        return parts

    def code_of(self, key: str, parts: Parts) -> "JobCode":
        from analysis_jobs.results.job_code import code_of_job

        return code_of_job(key, parts, self.store.records([key]).get(key), self.bucket)


@app.command(rich_help_panel=SEEING)
def explain(
    jobs: Annotated[
        list[str],
        typer.Argument(help="two keys, a key or a job file", metavar="KEY... | FILE", autocompletion=complete_key),
    ],
    analysis: Annotated[
        str | None, typer.Option(help="of a job file: the analysis, as in the launch; of a key: the code to compare")
    ] = None,
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
    code_identity: WhichCode = "files",
    jobs_folder: Annotated[
        Path | None, typer.Option("--jobs", help="of a job file: the launch's jobs folder; default the file's folder")
    ] = None,
    environment: WhichEnvironment = None,
    environment_cache: EnvironmentCache = None,
    key_environment: Annotated[bool, typer.Option("--key-environment", help="of a job file: as in the launch")] = False,
    stat: Annotated[bool, typer.Option("--stat", help="of code: only names of files and numbers of lines")] = False,
    inputs_by: InputsBy = "location",
    as_json: AsJson = False,
    outdir: Outdir = OUT,
    store: StoreUrl = None,
    bucket: BucketUrl = None,
) -> None:
    """Say why two jobs are the same job or not, field by field, and in which lines their code differs.

    Of a job file and the nearest record the same; of one key how its code differs from that of --analysis now.
    """
    if len(jobs) not in (1, 2):
        raise InvalidInput(f"explain was given {plural(len(jobs), 'job')}; {USAGE}")
    opened = open_store_of(outdir, store, read_only=True)
    places = _Places(opened, partial(open_bucket_of, outdir, bucket), as_json, stat)
    if len(jobs) == 2:
        _explain_keys(full_key(jobs[0], opened), full_key(jobs[1], opened), places)
        return
    file = Path(jobs[0])
    if not file.exists() and not opened.keys(jobs[0], limit=1):
        raise InvalidInput(f"there is no job file, and no key, {shown(jobs[0])}; {USAGE}")
    if not analysis:
        raise InvalidInput(
            "explain of one job needs --analysis, since the code is part of what makes a job the same; or give two keys"
        )
    asked = {
        "job": str(file),
        "analysis": analysis,
        "parameters": str(parameters) if parameters else None,
        "assignments": assignments or [],
        "code_version": code_version,
        "code_identity": code_identity,
        "jobs": str(jobs_folder or file.parent),
        "key_environment": key_environment,
        "contents": contents_of(file, inputs_by),
    }
    with _asked(asked, environment, environment_cache) as call:
        if file.exists():
            for key, parts in cast(dict[str, Parts], call("keys")).items():
                _explain_file(file, key, parts, call("code"), places)
        else:
            _explain_code(full_key(jobs[0], opened), analysis, call("code"), places)


def _asked(
    asked: dict[str, Any], environment: str | None, environment_cache: Path | None
) -> AbstractContextManager[Any]:
    """Open what is asked of a job file or an analysis in the environment that the analysis runs in."""
    from analysis_jobs.environments.choice import environment_of
    from analysis_jobs.environments.remote import object_in

    ran_in = environment_of(asked["analysis"], environment, environment_cache)
    return object_in(ran_in, "analysis_jobs.results.explain:AskedFile", **asked)


def _explain_keys(a: str, b: str, places: _Places) -> None:
    from analysis_jobs.results.explain import compare_parts

    first, second = places.parts_of(a), places.parts_of(b)
    fields = compare_parts(first, second)
    records = places.store.records([a, b])
    ran_in = {name: environment_in(records[key]) if key in records else None for name, key in (("a", a), ("b", b))}
    code = (places.code_of(a, first), places.code_of(b, second)) if a != b and _may_differ(first, second) else None
    if places.as_json:
        same = {"a": a, "b": b, "same": a == b}
        about = {"fields": [asdict(field) for field in fields], "environment": ran_in}
        say_json({**same, **about, "code": _json_of(code, places)})
        return
    say(f"A {a}")
    say(f"B {b}")
    say("the same job" if a == b else _summary(fields, "not the same job"))
    _say_fields(fields)
    if ran_in["a"] and ran_in["b"] and ran_in["a"] != ran_in["b"]:
        say(f"they ran in different environments: {ran_in['a']} in A, {ran_in['b']} in B")
    _say_code(code, places)


def _may_differ(a: Parts, b: Parts) -> bool:
    """Return whether the files of two jobs may be others: also with one word, or one syntax, for both."""
    return a["code"] != b["code"] or not a["code"].startswith("sha256:")


def _explain_code(key: str, analysis: str, now: Mapping[str, Any], places: _Places) -> None:
    from analysis_jobs.results.job_code import present_code

    code = (places.code_of(key, places.parts_of(key)), present_code(now))
    if places.as_json:
        say_json({"a": key, "b": analysis, "code": _json_of(code, places)})
        return
    say(f"A {key}")
    say(f"B {analysis} as it is now")
    _say_code(code, places)


def _explain_file(file: Path, key: str, parts: Parts, now: Mapping[str, Any], places: _Places) -> None:
    from analysis_jobs.results.explain import compare_parts, nearest_record
    from analysis_jobs.results.job_code import present_code
    from analysis_jobs.results.listing import line_of

    store = places.store
    record, state = store.records([key]).get(key), store.job_states([key], whole=True).get(key)
    there = line_of(key, record, state) if record or state else None
    near = None if record else nearest_record(parts, store)
    fields = compare_parts(parts, near[1]) if near else []
    code = (present_code(now), places.code_of(*near)) if near and _may_differ(parts, near[1]) else None
    if places.as_json:
        differing = {"fields": [asdict(field) for field in fields], "code": _json_of(code, places)}
        nearest = {"key": near[0], **differing} if near else None
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
    _say_code(code, places)


def _say_code(code: "tuple[JobCode, JobCode] | None", places: _Places) -> None:
    if code:
        from analysis_jobs.cli.code_shown import say_code

        say_code(*code, stat=places.stat)


def _json_of(code: "tuple[JobCode, JobCode] | None", places: _Places) -> dict[str, Any] | None:
    from analysis_jobs.cli.code_shown import json_of_code

    return json_of_code(*code, stat=places.stat) if code else None


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
    return json.dumps(value, ensure_ascii=False) if field.startswith("parameters") else plain_text(value)
