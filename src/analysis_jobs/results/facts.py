"""What a record tells of how its job ran, as names and values for people."""

from collections.abc import Iterator, Mapping
from typing import Any

from analysis_jobs.records.notes import ASKED, ENVIRONMENT, asked_in, environment_in, notes_of
from analysis_jobs.records.read import process_of
from analysis_jobs.wording import size_text


def facts_of_record(record: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """Yield what is known of code, environment, machine and pipeline; what is not known is empty."""
    process = process_of(record)
    code, resources = process.get("code") or {}, process.get("resources") or {}
    yield "source", _words(code, "name", "run_script", "url")
    yield "code version", code.get("version")
    yield "commit", code.get("commit_hash")
    if container := code.get("container"):
        yield "image", f"{container.get('uri')}:{container.get('tag')}"
    yield "python", code.get("language_version")
    yield "environment", environment_in(record)
    yield "ran on", ", ".join(str(resources[name]) for name in ("os", "architecture", "cpu") if resources.get(name))
    if resources.get("ram"):
        yield "peak memory", _memory(resources["ram"], resources.get("ram_unit"))
    yield "asked for", asked_in(record)
    yield "run by", ", ".join(map(str, process.get("experimenters") or ()))
    for pipeline in (record.get("processing") or {}).get("pipelines") or ():
        yield "pipeline", _words(pipeline, "name", "version", "url")
    yield "notes", [note for note in notes_of(record) if not note.startswith((ENVIRONMENT, ASKED))]


def _memory(ram: object, unit: object) -> str:
    if isinstance(ram, int | float) and unit == "Gigabyte":
        return size_text(round(ram * 1e9))
    return f"{ram} {unit or ''}".rstrip()


def _words(values: Mapping[str, Any], *names: str) -> str:
    return " ".join(str(values[name]) for name in names if values.get(name))
