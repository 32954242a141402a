"""Job files that were dispatched, as the pipeline takes them."""

import json
import uuid
from pathlib import Path
from typing import Any

from analysis_pipeline_utils.analysis_dispatch_model import AnalysisDispatchModel

from analysis_jobs.dispatch.dispatch import Options, dispatch
from analysis_jobs.jobs.job import read_job
from analysis_jobs.jobs.job_files import find_job_files


def written(folder: Path = Path("jobs")) -> dict[str, dict[str, Any]]:
    """Return job files by name, having seen that the pipeline takes them."""
    files = find_job_files(folder).files
    for file in files:
        read_job(file.path, file.name)
    return {file.name: json.loads(file.path.read_text()) for file in files}


def of_csv(**options: Any) -> list[dict[str, Any]]:
    dispatch(Options(csv=Path("assets.csv"), **options))
    jobs = written()
    return [jobs[name] for name in sorted(jobs, key=lambda name: int(name.partition("/")[0]))]


def files(sessions: Path) -> list[list[str]]:
    found = [job.get("file_location") or [] for job in written().values()]
    return sorted([str(Path(one).relative_to(sessions)) for one in some] for some in found)


# A metadata index

DERIVED = {"data_level": "derived"}


def asset(name: str, **more: Any) -> dict[str, Any]:
    code_ocean = str(uuid.uuid5(uuid.NAMESPACE_URL, name))
    return {
        "_id": f"id-{name}",
        "name": name,
        "location": f"s3://data/{name}",
        "external_links": {"Code Ocean": [code_ocean]},
        **DERIVED,
        **more,
    }


def in_order() -> list[dict[str, Any]]:
    """Return the jobs in their order, having seen that we and the original's own library take them."""
    jobs = {}
    for file in find_job_files(Path("jobs")).files:
        ours = read_job(file.path, file.name)
        theirs = AnalysisDispatchModel.model_validate_json(file.path.read_bytes())
        jobs[file.name] = theirs.model_dump(exclude_none=True)
        assert (theirs.file_location or theirs.s3_location) == ours.inputs
    return [jobs[name] for name in sorted(jobs, key=lambda name: int(name.partition("/")[0]))]
