"""Run one job in the open, to try an analysis: in this process, so that a debugger works."""

from pathlib import Path
from typing import Any

from analysis_jobs.analysis import locate
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs import read_job
from analysis_jobs.parameters import Parameters
from analysis_jobs.run_job import run_analysis
from analysis_jobs.sources import read_sources


def analyze_one(
    analysis: str, job: Path, results: Path, parameters: Path | None, assignments: list[str]
) -> list[dict[str, Any]]:
    """Run one job file in this process, as a scientist does to try an analysis: a debugger works, errors are raised.

    Parameters
    ----------
    analysis
        As for `analysis_jobs.analysis.locate`.
    job
        The job file.
    results
        Made here if needed; of several parameter sets, each gets a numbered folder in it.
    parameters, assignments
        As for `analysis_jobs.sources.read_sources`.

    Returns
    -------
    list of dict
        The outputs, for each parameter set.
    """
    loaded = locate(analysis).load()
    the_job = read_job(job, job.name)
    sources = read_sources(parameters, str(parameters), job.parent, assignments, loaded.specification)
    validator = Parameters(loaded.specification)
    sets = sources.job_parameters(the_job)
    for values in sets:
        validator.validated(values)
    outputs = []
    for number, values in enumerate(sets):
        folder = (results if len(sets) == 1 else results / str(number)).absolute()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InvalidInput(f"the results folder {folder} cannot be made: {error.strerror}") from None
        outputs.append(run_analysis(loaded, the_job, values, folder))
    return outputs
