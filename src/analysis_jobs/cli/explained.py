"""What `explain` tells: of two jobs, of a job file and the nearest record, and of code.

Imports within functions are for a quick start.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis_jobs.bucket.protocol import Bucket
from analysis_jobs.cli.options import command_line
from analysis_jobs.cli.tables import say, say_json
from analysis_jobs.documents import Parts
from analysis_jobs.errors import InvalidInput
from analysis_jobs.json_values import plain_text
from analysis_jobs.records.notes import environment_in
from analysis_jobs.store.protocol import Store

if TYPE_CHECKING:
    from analysis_jobs.results.job_code import JobCode


@dataclass(frozen=True)
class ExplainedAt:
    """Where jobs and their code are looked up, and how what is found is shown."""

    store: Store
    bucket: Callable[[], Bucket]
    as_json: bool
    stat: bool

    def parts_of(self, key: str) -> Parts:
        """Return what a key was computed from."""
        from analysis_jobs.results.explain import parts_of

        parts = parts_of(key, self.store)
        if parts is None:  # the state of an old version
            raise InvalidInput(
                f"what {key} was computed from is not known; {command_line('show', key)} shows what is known"
            )
        return parts

    def code_of(self, key: str, parts: Parts) -> "JobCode":
        """Return the code of a job, as far as it is to be had."""
        from analysis_jobs.results.job_code import code_of_job

        return code_of_job(key, parts, self.store.records([key]).get(key), self.bucket)


def explain_keys(a: str, b: str, places: ExplainedAt) -> None:
    """Say field by field why two jobs are the same or not, and how their code differs."""
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


def explain_code(key: str, analysis: str, now: Mapping[str, Any], places: ExplainedAt) -> None:
    """Say how the code of a job differs from that of an analysis `now`, which is `present_code` of that."""
    from analysis_jobs.results.job_code import present_code

    code = (places.code_of(key, places.parts_of(key)), present_code(now))
    if places.as_json:
        say_json({"a": key, "b": analysis, "code": _json_of(code, places)})
        return
    say(f"A {key}")
    say(f"B {analysis} as it is now")
    _say_code(code, places)


def explain_file(file: Path, key: str, parts: Parts, now: Mapping[str, Any], places: ExplainedAt) -> None:
    """Say what the store knows of a job of a job file, or how it differs from the nearest record."""
    from analysis_jobs.results.explain import compare_parts, nearest_record
    from analysis_jobs.results.job_code import present_code
    from analysis_jobs.results.listing import documents_of, line_of

    store = places.store
    record, state = documents_of(key, store)
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
        say("no record has the same inputs or the same analysis_name; this job is new")
        return
    say(f"B {near[0]} (the nearest record)")
    say(_summary(fields, "not the same job"))
    _say_fields(fields)
    _say_code(code, places)


def _say_code(code: "tuple[JobCode, JobCode] | None", places: ExplainedAt) -> None:
    if code:
        from analysis_jobs.cli.code_shown import say_code

        say_code(*code, stat=places.stat)


def _json_of(code: "tuple[JobCode, JobCode] | None", places: ExplainedAt) -> dict[str, Any] | None:
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
