"""The processing record of a finished job: an aind-data-schema `Metadata` document.

Imports within functions are for a quick start.
"""

import ast
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from analysis_jobs.documents import PipelineCode, PublishedOutcome
from analysis_jobs.records.notes import notes
from analysis_jobs.records.read import input_urls

Record = dict[str, Any]
_COMMIT = re.compile(r"[0-9a-f]{7,60}")


def build_record(published: PublishedOutcome) -> Record:
    """Build the record of a published job.

    It depends on nothing but what was published, so that it can be built again, by any run, and is the same.

    Parameters
    ----------
    published
        What UPLOAD said of the job, or its manifest, of which it is a part.

    Returns
    -------
    dict
        The document as JSON values, with `_id` and `name` the key. Its processing part was validated by
        aind-data-schema.
    """
    from aind_data_schema.core.processing import Processing

    process = _data_process(published)
    run = published["run"]
    pipelines = [_pipeline_code(run["pipeline"], run["nextflow"])] if "pipeline" in run else None
    if pipelines:
        process["pipeline_name"] = run["pipeline"]["name"]
    processing = Processing.create_with_sequential_process_graph(
        [_validated_process(process)],
        pipelines=pipelines,
    )
    key = published["key"]
    return {
        **empty_metadata(),
        "name": key,
        "location": published["location"],
        "processing": processing.model_dump(mode="json"),
        "_id": key,
    }


@cache
def empty_metadata() -> Record:
    """Return the fields of aind-data-schema's `Metadata`, each at its default.

    They are read from the class' source: to import it builds the models of surgeries, instruments and the rest,
    over a second for every RECORD task, and none of them is in a record of ours. A test compares with the class.
    """
    package = find_spec("aind_data_schema")
    assert package is not None and package.origin is not None  # a dependency of this package
    tree = ast.parse(Path(package.origin).with_name("core").joinpath("metadata.py").read_text())
    metadata = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Metadata")
    fields: Record = {"object_type": "Metadata"}
    for node in metadata.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            fields[node.target.id] = _default(node)
    fields["describedBy"] = _described_by()
    return fields


def _default(field: ast.AnnAssign) -> Any:
    keywords = field.value.keywords if isinstance(field.value, ast.Call) else []
    default = next((word.value for word in keywords if word.arg == "default"), None)
    return default.value if isinstance(default, ast.Constant) else None


def _described_by() -> str:
    from aind_data_schema.base import DataCoreModel

    base = str(DataCoreModel.__private_attributes__["_DESCRIBED_BY_BASE_URL"].default)
    return f"{base}aind_data_schema/core/metadata.py"


def _validated_process(process: Record) -> Any:
    from aind_data_schema.core.processing import DataProcess

    return DataProcess.model_validate(process)


def _data_process(published: PublishedOutcome) -> Record:
    run, parts = published["run"], published["parts"]
    return {
        "process_type": "Analysis",
        "name": str(parts["parameters"].get("analysis_name") or run["analysis"]),
        "stage": "Analysis",
        "code": _analysis_code(published),
        "experimenters": [run["experimenter"]],
        "start_date_time": published["started"],
        "end_date_time": published["ended"],
        "output_path": ".",  # relative to the record's location, where metadata.nd.json lies
        "output_parameters": published["outputs"],
        "notes": notes(published),
        "resources": _resources(published),
    }


def _analysis_code(published: PublishedOutcome) -> Record:
    run, parts, environment = published["run"], published["parts"], published["environment"]
    code, identity = run["code"], parts["code"]
    own_words = identity.removeprefix("version:") if identity.startswith("version:") else None
    return {
        "url": environment["code_url"] or code.get("url") or "",
        "name": run["analysis"],
        "version": own_words or environment["code_version"] or code.get("commit") or identity,
        "commit_hash": _commit(environment["code_version"]) or code.get("commit"),
        "container": _container(environment["container"]),
        "run_script": code.get("run_script") or run["entry"],
        "language": "Python",
        "language_version": environment["python"],
        "input_data": [{"object_type": "Data asset", "url": url} for url in input_urls(published["job"])],
        "parameters": parts["parameters"],
    }


def _pipeline_code(pipeline: PipelineCode, nextflow: str) -> Record:
    return {
        "name": pipeline["name"],
        "url": pipeline["url"],
        "version": pipeline["version"],
        "commit_hash": _commit(pipeline.get("commit")),
        "language": "Nextflow",
        "language_version": nextflow or None,
    }


def _commit(text: str | None) -> str | None:
    return text if text and _COMMIT.fullmatch(text) else None


def _container(image: str | None) -> Record | None:
    if not image:
        return None
    name, at, digest = image.partition("@")
    uri, _, tag = name.rpartition(":") if ":" in name.rpartition("/")[2] else (name, "", "")
    return {"container_type": "OCI", "tag": f"{tag}{at if tag else ''}{digest}" or "latest", "uri": uri}


def _resources(published: PublishedOutcome) -> Record:
    environment, ended = published["environment"], published["ended"]
    peak, memory = published["peak_memory_bytes"], environment["memory_bytes"]
    processor = 100 * published["cpu_seconds"] / max(published["seconds"], 0.001)
    return {
        "os": environment["os"],
        "architecture": environment["architecture"],
        "cpu": environment["cpu"],
        "cpu_cores": environment["cpu_cores"],
        "system_memory": round(memory / 1e9, 3),
        "system_memory_unit": "Gigabyte",
        "ram": round(peak / 1e9, 6),  # the job's peak
        "ram_unit": "Gigabyte",
        "cpu_usage": [{"timestamp": ended, "usage": round(processor, 1)}],  # mean; 100 is one core
        "ram_usage": [{"timestamp": ended, "usage": round(100 * peak / memory, 2)}],
    }
