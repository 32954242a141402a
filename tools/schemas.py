"""Write the JSON Schemas of the files that others write or read, into docs/schemas/: part of `make reference`.

python tools/schemas.py

Each is made from the model that the code itself uses. Its number is raised when its meaning changes: where documents
that were right are so no longer, or where readers would miss what they rely on. New names that may be left out are no
such change. The files of older numbers stay, as programs refer to them.
"""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from typed_schemas import Schema, schema_of

from analysis_jobs import Job
from analysis_jobs.documents import Decision, Manifest, ParametersDocument, Values
from analysis_jobs.records.note_forms import FORMS, pattern_of
from analysis_jobs.report.columns import EVERY, OF_VALUES
from analysis_jobs.stages.upload import MANIFEST_VERSION

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "schemas"
ADDRESS = "https://allenneuraldynamics.github.io/aind-analysis-jobs/schemas"
# What changes nothing for a document
_WORDS = ("$schema", "$id", "title", "description")


class Made(NamedTuple):
    """A schema: its number, what it is of, and what makes it."""

    version: int
    title: str
    make: Callable[[], Schema]


def job() -> Schema:
    schema = _plain(Job.model_json_schema())
    locations = ("s3_location", "file_location")
    for name in locations:  # as read_job refuses what is blank
        _strings_in(schema["properties"][name])["pattern"] = r"\S"
    some = [{"properties": {name: {"minItems": 1, "type": "array"}}, "required": [name]} for name in locations]
    return {**schema, "anyOf": some}


def _plain(schema: Any) -> Any:
    """Return what pydantic makes of a model, without what says nothing or is not the same in all its versions."""
    if isinstance(schema, list):
        return list(map(_plain, schema))
    if not isinstance(schema, dict):
        return schema
    if isinstance(about := schema.get("description"), str):
        schema = {**schema, "description": about.partition("\n")[0].partition("; `")[0]}
    is_names = all(isinstance(value, dict) for value in schema.values())  # of properties, which may be called title
    said = {name: _plain(value) for name, value in schema.items() if name != "title" or is_names}
    nothing = {"default": None, "additionalProperties": True}
    return {name: value for name, value in said.items() if is_names or name not in nothing or value != nothing[name]}


def _strings_in(schema: Schema) -> Schema:
    arrays = [option for option in schema.get("anyOf", [schema]) if option.get("type") == "array"]
    items: Schema = arrays[0]["items"]
    return items


def parameters() -> Schema:
    schema = schema_of(Values | list[Values] | ParametersDocument)
    plain, sets, parts = schema.pop("anyOf")
    names = schema["$defs"]["ParametersDocument"]
    grid = names["properties"]["grid"]["anyOf"][0]
    grid["propertyNames"] = {"pattern": r"^[^.]+(\.[^.]+)*$"}
    grid["additionalProperties"]["minItems"] = 1
    names["additionalProperties"] = False
    any_part = {"anyOf": [{"required": [name]} for name in names["properties"]]}
    plain["description"] = "parameters of every job, by name"
    sets["description"] = "sets: each job is run with every one of them"
    # By the names that it has, so that an editor tells what is wrong in which part
    return {**schema, "type": ["object", "array"], "if": {"type": "array"}, "then": sets,
            "else": {"if": any_part, "then": parts, "else": plain}}  # fmt: skip


def manifest() -> Schema:
    return schema_of(Manifest)


def decisions() -> Schema:
    return schema_of(Decision)


def record_notes() -> Schema:
    """Return the schema of the notes of a record; under `$defs` those of each note, as they are between "; "."""
    always = [name for name, form in FORMS.items() if form.there == "always"]
    parts = {
        name: {"type": "string", "description": f"{form.means}; {form.there}", "pattern": pattern_of(name)}
        for name, form in FORMS.items()
    }
    within = [pattern_of(name).replace("^", "(^|; )").replace("$", "(; |$)") for name in always]
    return {"type": "string", "allOf": [{"pattern": pattern} for pattern in within], "$defs": parts}


def jobs_tsv() -> Schema:
    """Return the schema of a row of jobs.tsv, as an object of texts by the names of columns."""
    cells = {
        column.name: {"type": "string", "description": column.means, "pattern": f"^({column.form})$"}
        for column in EVERY
    }
    values = {f"^{begin[:-1]}\\.": {"type": "string", "description": means} for begin, means in OF_VALUES.items()}
    return {
        "type": "object",
        "properties": cells,
        "patternProperties": values,
        "required": list(cells),
        "additionalProperties": False,
    }


SCHEMAS = {
    "job": Made(1, "A job file", job),
    "parameters": Made(1, "A parameters file", parameters),
    "manifest": Made(MANIFEST_VERSION, "manifest.json, of a published result", manifest),
    "record-notes": Made(1, "The notes of a record, in processing.data_processes[0].notes", record_notes),
    "jobs-tsv": Made(1, "A row of jobs.tsv", jobs_tsv),
    "decisions": Made(1, "A line of decisions.jsonl", decisions),
}


def file_name(name: str, made: Made) -> str:
    return f"{name}-v{made.version}.json"


def whole(name: str, made: Made) -> Schema:
    """Return a schema with what says which one it is."""
    address = f"{ADDRESS}/{file_name(name, made)}"
    schema = {key: value for key, value in made.make().items() if key != "title"}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": address, "title": made.title, **schema}


def written(schema: Schema) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def changes_of_meaning(old: Schema, new: Schema) -> list[str]:
    """Return what of a schema has another meaning, in words; names that are new and may be left out are none."""
    return list(_changes(old, new, ""))


def _changes(old: Any, new: Any, place: str) -> Iterator[str]:
    if not isinstance(old, dict) or not isinstance(new, dict):
        if old != new:
            yield f"{place or 'it'} was {json.dumps(old)} and is {json.dumps(new)}"
        return
    may_grow = place.rpartition("/")[2] in ("properties", "patternProperties", "$defs")
    for name in old.keys() | new.keys():
        inner = f"{place}/{name}"
        if name in _WORDS and not may_grow:
            continue
        if name not in new:
            yield f"{inner} is gone"
        elif name in old:
            yield from _changes(old[name], new[name], inner)
        elif not may_grow:
            yield f"{inner} is new"


def write(folder: Path) -> list[Path]:
    """Write all schemas into a folder; refuse to write one with another meaning under the same number."""
    texts = {}
    for name, made in SCHEMAS.items():
        path, schema = folder / file_name(name, made), whole(name, made)
        if path.exists() and (changed := changes_of_meaning(json.loads(path.read_text()), schema)):
            sys.exit(
                f"the schema {path.name} would get another meaning: {changed[0]}. Raise the number of {name!r} in "
                f"tools/schemas.py to {made.version + 1}, and say in CHANGELOG.md what changes."
            )
        texts[path] = written(schema)
    folder.mkdir(exist_ok=True)
    for path, text in texts.items():
        path.write_text(text)
    return list(texts)


if __name__ == "__main__":
    print("\n".join(map(str, write(FOLDER))))
