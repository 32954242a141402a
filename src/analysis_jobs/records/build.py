"""The processing record of a finished job: a `Metadata` document of aind-data-schema or biodata-schema."""

import re
import warnings
from threading import Lock
from typing import Any

from analysis_jobs.documents import PipelineCode, PublishedOutcome
from analysis_jobs.records.notes import notes
from analysis_jobs.records.read import input_urls
from analysis_jobs.records.schema import empty_metadata, processing_models

Record = dict[str, Any]
_COMMIT = re.compile(r"[0-9a-f]{7,60}")
# The schema warns of names with dots and dollars, which our queries have no trouble with; threads share the filters.
_NO_NEWS = "MongoDB queries may not work as expected"
_filtering = Lock()


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
        The document as JSON values, with `_id` and `name` the key. Its processing part was validated by the library
        that is installed.
    """
    key = published["key"]
    with _filtering, warnings.catch_warnings():
        warnings.filterwarnings("ignore", _NO_NEWS, UserWarning)
        processing = _processing(published)
    return {
        **empty_metadata(),
        "name": key,
        "location": published["location"],
        "processing": processing.model_dump(mode="json"),
        "_id": key,
    }


def _processing(published: PublishedOutcome) -> Any:
    models = processing_models()
    process = _data_process(published)
    run = published["run"]
    pipelines = [_pipeline_code(run["pipeline"], run["nextflow"])] if "pipeline" in run else None
    if pipelines:
        process["pipeline_name"] = run["pipeline"]["name"]
    return models.Processing.create_with_sequential_process_graph(
        [models.DataProcess.model_validate(process)],
        pipelines=pipelines,
    )


def _data_process(published: PublishedOutcome) -> Record:
    run, parts = published["run"], published["parts"]
    return {
        "process_type": "Analysis",
        "name": str(parts["parameters"].get("analysis_name") or run["analysis"]),
        "stage": "Analysis",
        "code": analysis_code(published),
        "experimenters": [run["experimenter"]],
        "start_date_time": published["started"],
        "end_date_time": published["ended"],
        "output_path": ".",  # relative to the record's location, where metadata.nd.json lies
        "output_parameters": published["outputs"],
        "notes": notes(published),
        "resources": _resources(published),
    }


def analysis_code(published: PublishedOutcome) -> Record:
    """Return what the record of a published job says of its code, inputs and parameters."""
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
        # Without names: AIND's own library looks for the whole entry of an asset, of which it knows the URL alone
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
