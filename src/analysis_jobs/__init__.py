"""Run a scientist's analysis once on every job, publish the results, and record what ran.

An analysis imports `GenericModel`, `Job`, `NothingToReport` and `open_nwb`. To read the results that a job is made
from, it imports `open_source` and `source_outputs`. A notebook imports `get_docdb_records_partial`, `load_outputs`,
`compare`, `list_results_files` and `open_result`.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis_jobs.analysis.contract import GenericModel as GenericModel
    from analysis_jobs.analysis.contract import NothingToReport as NothingToReport
    from analysis_jobs.jobs.job import Job as Job
    from analysis_jobs.pipeline import __version__ as __version__
    from analysis_jobs.recordings.nwb import open_nwb as open_nwb
    from analysis_jobs.results.compare import compare as compare
    from analysis_jobs.results.files import list_results_files as list_results_files
    from analysis_jobs.results.files import open_result as open_result
    from analysis_jobs.results.query import get_docdb_records_partial as get_docdb_records_partial
    from analysis_jobs.results.source_files import open_source as open_source
    from analysis_jobs.results.source_files import source_outputs as source_outputs
    from analysis_jobs.results.table import load_outputs as load_outputs

_HOMES = {
    "__version__": "analysis_jobs.pipeline",
    "GenericModel": "analysis_jobs.analysis.contract",
    "NothingToReport": "analysis_jobs.analysis.contract",
    "Job": "analysis_jobs.jobs.job",
    "open_nwb": "analysis_jobs.recordings.nwb",
    "compare": "analysis_jobs.results.compare",
    "get_docdb_records_partial": "analysis_jobs.results.query",
    "list_results_files": "analysis_jobs.results.files",
    "load_outputs": "analysis_jobs.results.table",
    "open_result": "analysis_jobs.results.files",
    "open_source": "analysis_jobs.results.source_files",
    "source_outputs": "analysis_jobs.results.source_files",
}
# What an environment of an analysis need not have: a package by which one sees, and the extra that brings it
_NEEDED = {
    "open_nwb": ("pynwb", "nwb"),
    "get_docdb_records_partial": ("aind_data_access_api", "pipeline"),
    "list_results_files": ("obstore", "pipeline"),
    "load_outputs": ("pandas", "pipeline"),
    "compare": ("pandas", "pipeline"),
    "open_result": ("obstore", "pipeline"),
}
__all__ = [
    "GenericModel",
    "Job",
    "NothingToReport",
    "compare",
    "get_docdb_records_partial",
    "list_results_files",
    "load_outputs",
    "open_nwb",
    "open_result",
    "open_source",
    "source_outputs",
]


def __getattr__(name: str) -> Any:
    # Resolved on first use: five processes import this package, and most need none of these.
    if name not in _HOMES:
        raise AttributeError(f"module 'analysis_jobs' has no attribute {name!r}")
    package, extra = _NEEDED.get(name, ("", ""))
    if package and find_spec(package) is None:
        raise ImportError(f"{name} needs {package}: pip install 'aind-analysis-jobs[{extra}]'")
    return getattr(import_module(_HOMES[name]), name)
