"""What a Workflow Run RO-Crate says of a run: workflow, analysis, parameters, inputs, and the action itself.

Imports within functions are for a quick start.
"""

import json
import mimetypes
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from analysis_jobs.documents import Manifest
from analysis_jobs.pipeline import __version__
from analysis_jobs.published.find import Published
from analysis_jobs.records.notes import cost
from analysis_jobs.records.read import input_urls, process_of

if TYPE_CHECKING:
    from rocrate.model.entity import Entity
    from rocrate.rocrate import ROCrate

# Name of a parameter of the workflow, its type, and what it was in this run.
Slot = tuple[str, str, "Entity"]

_RUN_TERMS = "https://w3id.org/ro/terms/workflow-run#"
TERMS = {
    word: f"{_RUN_TERMS}{word}"
    for word in ("sha256", "containerImage", "ContainerImage", "registry", "tag", "resourceUsage")
}
_FORMAL_PARAMETER = "https://bioschemas.org/profiles/FormalParameter/1.0-RELEASE"
_WORKFLOW = "https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"
_TYPES = {bool: "Boolean", int: "Integer", float: "Float", str: "Text"}  # others as JSON text
# What a job used, by the manifest's word, with the unit.
_USED = {
    "seconds": "s",
    "cpu_seconds": "s",
    "peak_memory_bytes": "byte",
    "bytes_read": "byte",
    "bytes_written": "byte",
    "storage_bytes_read": "byte",
    "storage_bytes_written": "byte",
    "fetched_bytes": "byte",
}


def add(crate: "ROCrate", kind: str, identifier: str, /, **about: Any) -> "Entity":
    """Add something that is no file to a crate, without what is None, and return it."""
    from rocrate.model.contextentity import ContextEntity

    known = {word: value for word, value in about.items() if value is not None}
    return crate.add(ContextEntity(crate, identifier, {"@type": kind, **known}))


def one_or_all(values: list[Any]) -> Any:
    """Return the only value of a list by itself, as RO-Crate wants it, or the list."""
    return values[0] if len(values) == 1 else values


def time_for_profiles(time: str) -> str:
    """Return a time of a manifest as the profiles want it, with milliseconds."""
    return datetime.fromisoformat(time).isoformat(timespec="milliseconds")


def workflow_of(crate: "ROCrate", results: Published, script: Path) -> "Entity":
    """Add the pipeline, with its script, and as a part of it the analysis; return the pipeline."""
    from rocrate.model.computationalworkflow import ComputationalWorkflow
    from rocrate.model.computerlanguage import get_lang

    run = results.manifest["run"]
    pipeline = run["pipeline"]
    commit = pipeline.get("commit")
    about = {
        "name": pipeline["name"],
        "url": f"{pipeline['url']}/blob/{commit}/main.nf" if commit else pipeline["url"],
        "version": pipeline["version"],
        "description": (
            f"The pipeline that ran was version {pipeline['version']}, commit {commit or 'not known'}; this script is "
            f"that of version {__version__}, which wrote this crate"
        ),
        "conformsTo": {"@id": _WORKFLOW},
        "encodingFormat": "text/plain",
        "programmingLanguage": crate.add(get_lang(crate, "nextflow", run.get("nextflow") or None)),
        "hasPart": _analysis(crate, results),
    }
    return crate.add(ComputationalWorkflow(crate, script, "main.nf", properties=about))


def _analysis(crate: "ROCrate", results: Published) -> "Entity":
    code = process_of(results.record)["code"]
    home = "https://www.python.org/"
    python = add(
        crate, "ComputerLanguage", home, name="Python", version=code["language_version"], identifier={"@id": home}
    )
    commit = f", commit {code['commit_hash']}" if code["commit_hash"] else ""
    return add(
        crate,
        "SoftwareSourceCode",
        f"{code['url']}#{quote(code['run_script'])}" if "://" in code["url"] else "#analysis",
        name=code["name"],
        description=f"The analysis, {code['run_script']}{commit}",
        version=code["version"],
        identifier=results.manifest["parts"]["code"],
        url=code["url"] or None,
        codeRepository=code["url"] or None,
        programmingLanguage=python,
    )


def action_of(crate: "ROCrate", results: Published, workflow: "Entity", files: Iterable["Entity"]) -> "Entity":
    """Add the run of the workflow that made some files, and the parameters of both; return the run."""
    manifest, process = results.manifest, process_of(results.record)
    given = [*_inputs(crate, manifest), *_values(crate, "parameter", manifest["parts"]["parameters"])]
    made = [*(("result file", "File", file) for file in files), *_values(crate, "output", manifest["outputs"])]
    workflow["input"], workflow["output"] = one_or_all(_formal(crate, given)), one_or_all(_formal(crate, made))
    return add(
        crate,
        "CreateAction",
        "#run",
        name=f"{process['name']}, Nextflow run {manifest['run']['run_name']}",
        description=process["notes"],
        instrument=workflow,
        agent=add(crate, "Person", "#experimenter", name=manifest["run"]["experimenter"]),
        object=one_or_all([entity for _, _, entity in given]),
        result=one_or_all([entity for _, _, entity in made]),
        startTime=time_for_profiles(manifest["started"]),
        endTime=time_for_profiles(manifest["ended"]),
        actionStatus="http://schema.org/CompletedActionStatus",
        resourceUsage=list(_used(crate, manifest)),
        containerImage=_container(crate, process["code"]["container"]),
    )


def _inputs(crate: "ROCrate", manifest: Manifest) -> Iterator[Slot]:
    for location in input_urls(manifest["job"]):
        url = Path(location).as_uri() if location.startswith("/") else quote(location, safe=":/?&=%#@+,;~!'()*")
        if "://" not in url and not url.startswith("file:"):  # a word that only the analysis understands
            about = {"name": "input", "value": location}
            yield "input", "PropertyValue", add(crate, "PropertyValue", f"#input/{url}", **about)
        elif _is_file(location):
            about = {"name": location, "encodingFormat": encoding_of(location)}
            yield "input file", "File", crate.add_file(url, properties=about)
        else:
            yield "input dataset", "Dataset", crate.add_dataset(url, properties={"name": location})


def encoding_of(name: str) -> str:
    """Return the media type of a file, by the ending of its name."""
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def _is_file(location: str) -> bool:
    """Return whether an input is a file: where it cannot be looked at, by the ending of its name."""
    path = Path(location)
    return path.is_file() if path.exists() else path.suffix not in ("", ".zarr")


def _values(crate: "ROCrate", kind: str, values: Mapping[str, Any]) -> Iterator[Slot]:
    for name, value in values.items():
        plain = type(value) in _TYPES
        text = value if plain else json.dumps(value)
        entity = add(crate, "PropertyValue", f"#{kind}/{quote(name)}", name=name, value=text)
        yield f"{kind} {name}", _TYPES[type(value)] if plain else "Text", entity


def _formal(crate: "ROCrate", slots: Iterable[Slot]) -> list["Entity"]:
    """Add the workflow's parameters that inputs, values and results are examples of."""
    examples = defaultdict[tuple[str, str], list["Entity"]](list)
    for name, kind, entity in slots:
        examples[name, kind].append(entity)
    return [_formal_parameter(crate, *named, entities) for named, entities in examples.items()]


def _formal_parameter(crate: "ROCrate", name: str, kind: str, entities: list["Entity"]) -> "Entity":
    formal = add(
        crate,
        "FormalParameter",
        f"#formal/{quote(name)}",
        name=name,
        additionalType=kind,
        conformsTo={"@id": _FORMAL_PARAMETER},
        workExample=one_or_all(entities),
    )
    for entity in entities:
        entity["exampleOfWork"] = formal
    return formal


def _used(crate: "ROCrate", manifest: Manifest) -> Iterator["Entity"]:
    price = manifest["run"].get("price_per_hour")
    units = {**_USED, "cost": f"in the currency of {price} per hour"}
    known = {**manifest, "cost": cost(manifest)}
    for name, unit in units.items():
        if known.get(name) is not None:
            yield add(crate, "PropertyValue", f"#used/{name}", name=name, value=known[name], unitText=unit)


def _container(crate: "ROCrate", container: Mapping[str, Any] | None) -> "Entity | None":
    if not container:
        return None
    tag, _, digest = container["tag"].partition("sha256:")
    host, slash, name = container["uri"].rpartition("://")[2].partition("/")
    named = slash and ("." in host or ":" in host)  # otherwise it is the first part of the name
    return add(
        crate,
        "ContainerImage",
        "#container-image",
        name=name if named else container["uri"],
        registry=host if named else None,
        tag=tag.rstrip("@") or None,
        sha256=digest or None,
        additionalType={"@id": f"{_RUN_TERMS}DockerImage"},
    )
