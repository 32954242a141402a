"""What a dispatcher adds by itself to the parameters in ``analysis_code``, and which of it the analysis takes."""

import re
from typing import TYPE_CHECKING

from pydantic import BaseModel

from analysis_jobs.jobs.fields import likely_meant, plain
from analysis_jobs.jobs.names import accepted_names

if TYPE_CHECKING:
    from analysis_jobs.jobs.job import Job

# Entries of the panels of the original wrapper and dispatcher, under the names of their options and those on screen;
# dispatchers record all that the panel had, and the files of the job.
_PANEL = {
    *("dry_run", "input_directory", "output_directory", "file_location"),
    *("docdb_query", "use_data_asset_csv", "use_data_asset_input_from_csv", "file_extension", "filter_by_extension"),
    *("split_files", "tasks_per_job", "max_number_of_tasks_dispatched", "maximum_number_of_tasks_dispatched"),
    *("group_by", "docdb_group_by_field", "filter_latest", "filter_obsolete", "filter_by", "unwind_list_fields"),
    *("drop_null_groups", "filter_processed", "num_parallel_workers", "number_of_workers"),
}
_PLAIN = {plain(name) for name in _PANEL}
_WITHOUT_A_NAME = re.compile(r"(ordered)?param\d+")  # of a panel whose entries have none


def without_panel(job: "Job", specification: type[BaseModel]) -> tuple["Job", tuple[str, ...]]:
    """Return the job with those dispatched parameters that are the analysis' business, and the names of the others.

    Left out is what the dispatcher is known to add by itself, unless the analysis has a parameter of that name.
    """
    names = accepted_names(specification)
    added = tuple(name for name in job.dispatched_parameters if name not in names and _is_of_panel(name))
    if not added:
        return job, ()
    kept = {name: value for name, value in job.dispatched_parameters.items() if name not in added}
    return job.model_copy(update={"analysis_code": {**(job.analysis_code or {}), "parameters": kept}}), added


def _is_of_panel(name: str) -> bool:
    return plain(name) in _PLAIN or _WITHOUT_A_NAME.fullmatch(plain(name)) is not None


def misplaced_parameter(job: "Job", specification: type[BaseModel]) -> str:
    """Return that a parameter of the analysis stands where no job has one, or ""."""
    names = accepted_names(specification)
    for name in job.unknown:
        if name in names:
            return f"{name!r} is a parameter of the analysis; move it into 'distributed_parameters'"
        if meant := likely_meant(name, names, ()):
            return (
                f"{name!r} is not a field of a job file; did you mean the parameter {meant!r}? Write it into "
                "'distributed_parameters'"
            )
    return ""
