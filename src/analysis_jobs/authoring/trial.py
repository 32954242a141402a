"""Run one job without Nextflow, to try an analysis: in this process, so that a debugger works."""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from analysis_jobs.analysis.loading import Analysis, load
from analysis_jobs.analysis.source import locate
from analysis_jobs.documents import CodeIdentity, InputContent, Outcome, Values
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.job import Job, read_job
from analysis_jobs.jobs.job_files import distributed_in
from analysis_jobs.jobs.key import JobKeys, KeyedJob
from analysis_jobs.jobs.parameter_sources import parse_assignments, read_sources
from analysis_jobs.jobs.specification import Parameters
from analysis_jobs.redaction.addresses import secrets_of
from analysis_jobs.redaction.known import learn
from analysis_jobs.stages.analyze.job import outcome_of, run_analysis
from analysis_jobs.wording import relative_name, shown, similar_path


@dataclass(frozen=True)
class Trial:
    """One job with one set of parameters, ready to be run.

    Attributes
    ----------
    analysis
        The analysis, loaded from where it lies.
    job
        The job.
    keyed
        The job's parameters, and the key that a launch gives it with them, without ``--code_version``.
    results
        An existing folder.
    """

    analysis: Analysis
    job: Job
    keyed: KeyedJob
    results: Path

    def outputs(self) -> Values:
        """Run it with nothing caught, and return the outputs."""
        return run_analysis(self.analysis, self.job, self.keyed.given, self.keyed.parts["parameters"], self.results)

    def outcome(self, on_failure: Callable[[BaseException, str], object]) -> Outcome:
        """Run it and return what became of it, as ANALYZE does; see `analysis_jobs.stages.analyze.job.outcome_of`."""
        return outcome_of(self.analysis, self.keyed.entry(1, self.job.document()), self.results, on_failure)

    def files(self) -> dict[str, int]:
        """Return the name and size, in bytes, of each file in the results folder."""
        paths = sorted(path for path in self.results.rglob("*") if path.is_file())
        return {relative_name(path, self.results): path.stat().st_size for path in paths}


@dataclass(frozen=True)
class KeyedBy:
    """What keys are computed from.

    Attributes
    ----------
    code_identity
        What of the code counts.
    contents
        What is in the inputs, where keys go by that.
    number
        Only this one of the parameter sets, from 0, whatever is wrong with the others; None for all.
    """

    code_identity: CodeIdentity = "files"
    contents: Mapping[str, InputContent] | None = None
    number: int | None = None


def ready_trials(
    analysis: str,
    job: Path,
    results: Path | None,
    parameters: Path | None,
    assignments: list[str],
    keyed_by: KeyedBy | None = None,
) -> list[Trial]:
    """Read and check all that one job file takes, as the pipeline does, and make its results folders.

    Parameters
    ----------
    analysis
        As for `analysis_jobs.analysis.source.locate`.
    job
        The job file.
    results
        Made here if needed, by default as a fresh one; of several parameter sets, each gets a numbered folder in it.
    parameters, assignments
        A parameters file, and ``name=value`` texts; a dot in a name goes one level down.
    keyed_by
        What of code and inputs the keys go by; by default as in a launch that says nothing of it.

    Returns
    -------
    list of Trial
        One for each parameter set, or the one that was asked for.

    Raises
    ------
    InvalidInput
        If the analysis, the job, a parameter or the results folder is wrong.
    """
    source = locate(analysis)
    loaded = load(source)
    described = read_job(_one_file(job), str(job))
    for address in described.addresses().values():
        learn(secrets_of(address), "the address of an input")
    assigned = parse_assignments(assignments)
    sources = read_sources(parameters, str(parameters), distributed_in(job.parent), assigned, loaded.specification)
    sources.refuse_without_effect([described])
    by = keyed_by or KeyedBy()
    code = source.identity(by=by.code_identity)
    keys = JobKeys(sources, Parameters(loaded.specification), code, contents=by.contents)
    keyed = keys.all_of(described) if by.number is None else [keys.one_of(described, by.number, job)]
    results = results or Path(tempfile.mkdtemp(prefix=f"{loaded.name.partition('.')[0]}-"))
    folders = [results if len(keyed) == 1 else results / str(index) for index in range(len(keyed))]
    return [
        Trial(loaded, described, keyed_job, _made(folder.absolute()))
        for keyed_job, folder in zip(keyed, folders, strict=True)
    ]


def _one_file(job: Path) -> Path:
    if job.is_dir():
        raise InvalidInput(f"{job} is a folder; give one of its job files")
    if not job.exists() and (near := similar_path(str(job), lambda path: path.endswith(".json"))):
        raise InvalidInput(f"{job} does not exist; did you mean {shown(near)}?")
    return job


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInput(f"the results folder {folder} cannot be made: {error.strerror}") from None
    return folder
