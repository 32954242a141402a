"""Run a scientist's analysis once on every job, publish the results, and record what ran.

What an analysis imports from here: `GenericModel`, `Job`, `NothingToReport` and `open_nwb`; what a notebook does:
`get_docdb_records_partial`, `load_outputs`, `list_results_files` and `open_result`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis_jobs.analysis.contract import GenericModel as GenericModel
    from analysis_jobs.analysis.contract import NothingToReport as NothingToReport
    from analysis_jobs.jobs.job import Job as Job
    from analysis_jobs.pipeline import __version__ as __version__
    from analysis_jobs.recordings.nwb import open_nwb as open_nwb
    from analysis_jobs.results.files import list_results_files as list_results_files
    from analysis_jobs.results.files import open_result as open_result
    from analysis_jobs.results.query import get_docdb_records_partial as get_docdb_records_partial
    from analysis_jobs.results.table import load_outputs as load_outputs

_HOMES = {
    "__version__": "analysis_jobs.pipeline",
    "GenericModel": "analysis_jobs.analysis.contract",
    "NothingToReport": "analysis_jobs.analysis.contract",
    "Job": "analysis_jobs.jobs.job",
    "open_nwb": "analysis_jobs.recordings.nwb",
    "get_docdb_records_partial": "analysis_jobs.results.query",
    "list_results_files": "analysis_jobs.results.files",
    "load_outputs": "analysis_jobs.results.table",
    "open_result": "analysis_jobs.results.files",
}
__all__ = [
    "GenericModel",
    "Job",
    "NothingToReport",
    "get_docdb_records_partial",
    "list_results_files",
    "load_outputs",
    "open_nwb",
    "open_result",
]


def __getattr__(name: str) -> Any:
    # Resolved on first use: five processes import this package, and most need none of these.
    if name not in _HOMES:
        raise AttributeError(f"module 'analysis_jobs' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
