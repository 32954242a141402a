"""Run a scientist's analysis once on every job, publish the results, and record what ran.

What an analysis imports from here: `GenericModel`, `Job`, `NothingToReport` and `open_nwb`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis_jobs.contract import GenericModel as GenericModel
    from analysis_jobs.contract import NothingToReport as NothingToReport
    from analysis_jobs.jobs import Job as Job
    from analysis_jobs.nwb import open_nwb as open_nwb

__version__ = "0.1.0"

_HOMES = {
    "GenericModel": "analysis_jobs.contract",
    "NothingToReport": "analysis_jobs.contract",
    "Job": "analysis_jobs.jobs",
    "open_nwb": "analysis_jobs.nwb",
}
__all__ = ["GenericModel", "Job", "NothingToReport", "open_nwb"]


def __getattr__(name: str) -> Any:
    # Resolved on first use: five processes import this package, and most need none of these.
    if name not in _HOMES:
        raise AttributeError(f"module 'analysis_jobs' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
