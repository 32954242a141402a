"""All that DEDUPE does: read the analysis and the jobs, decide, and write what the other processes need."""

import json
import logging
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from analysis_jobs.analysis.loading import load_exported
from analysis_jobs.analysis.source import Source
from analysis_jobs.bucket.opening import check_name, open_bucket
from analysis_jobs.bucket.protocol import Bucket
from analysis_jobs.documents import Values
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.job import Job, read_job
from analysis_jobs.jobs.job_files import FoundFiles, find_job_files
from analysis_jobs.jobs.key import JobKeys
from analysis_jobs.jobs.parameter_sources import merged, parse_assignments, read_sources
from analysis_jobs.jobs.settings import as_assignments, read_settings, written_words
from analysis_jobs.jobs.specification import Parameters, drawn_note
from analysis_jobs.process import outward
from analysis_jobs.stages.dedupe.about import launch_document
from analysis_jobs.stages.dedupe.batches import write_batches
from analysis_jobs.stages.dedupe.code import export_code
from analysis_jobs.stages.dedupe.decisions import decided_line, left_out_line
from analysis_jobs.stages.dedupe.launch import Launch
from analysis_jobs.stages.dedupe.planner import Planned, Planner
from analysis_jobs.store.opening import open_store
from analysis_jobs.store.protocol import Store
from analysis_jobs.wording import plural

log = logging.getLogger(__name__)


def dedupe(launch: Launch) -> None:
    """Decide on every job and write, into the current folder, what the other processes need.

    ``decisions.jsonl`` has a line for each input file and parameter set, ``counts.txt`` their counts in words,
    ``batches/`` the jobs to run, ``code/`` and ``code.tar`` the analysis as it is now, and ``run.json`` what is
    known of the launch.

    Raises
    ------
    InvalidInput
        If the analysis, the parameters, the jobs folder, the store or the bucket is unusable. An invalid job file
        is a decision.
    ServiceUnavailable
        If the store or the bucket does not answer.
    """
    launch = _as_written(launch)
    source = export_code(launch.analysis, launch.code)
    contents = find_job_files(launch.jobs, launch.parameters, launch.jobs_place)
    settings = read_settings(launch.settings, launch.command_line)
    assigned = merged(settings, parse_assignments(launch.assignments))
    keys = _job_keys(launch, source, contents, assigned)
    keys.sources.refuse_without_effect(_readable_jobs(contents))
    planned = _plan(launch, keys, contents)
    jobs = sum(planned.counts.values())
    for name, count in planned.overridden.items():
        log.warning("--set.%s has no effect on %d of %d jobs, which set it themselves", name, count, jobs)
    write_batches(planned, Path("batches"), launch.jobs_per_task, launch.group_size)
    about = launch_document(
        launch, source, as_assignments(assigned, keys.parameters.specification), to_run=bool(planned.jobs)
    )
    Path("run.json").write_text(json.dumps(about, indent=2))
    left_out = f"; left out of --jobs: {left_out_line(planned.left_out)}" if planned.left_out else ""
    decided = decided_line(planned.counts) + left_out
    notes = [*map(drawn_note, planned.drawn), *_gone_note(planned)]
    Path("counts.txt").write_text(outward("\n".join([decided, *notes])))
    log.info("decided on %s", decided)


def _as_written(launch: Launch) -> Launch:
    # Of --code_version 1.10 Nextflow makes the number 1.1, which would be another version.
    written = written_words(launch.command_line).get("code_version")
    return replace(launch, code_version=written) if launch.code_version and written else launch


def _readable_jobs(contents: FoundFiles) -> Iterator[Job]:
    for file in contents.files:
        with suppress(InvalidInput):  # which is told of when it is decided on
            yield read_job(file.path, file.name)


def _job_keys(launch: Launch, source: Source, contents: FoundFiles, assigned: Values) -> JobKeys:
    # What jobs will run is loaded, which may lack what lies beside the original.
    specification = load_exported(Path("code")).specification
    sources = read_sources(launch.parameters, launch.parameters_name, contents.distributed, assigned, specification)
    return JobKeys(sources, Parameters(specification), source.identity(launch.code_version))


def _gone_note(planned: Planned) -> list[str]:
    if not planned.gone:
        return []
    return [
        f"of {plural(len(planned.gone), 'job')} that count as done the results are gone: `analysis-jobs fsck --repair`"
    ]


def _ready(launch: Launch) -> tuple[Store, Bucket | None]:
    """Open store and, to write, bucket, having seen that they can be used: before anything is claimed or computed."""
    claim = launch.rules.claim
    check_name(launch.bucket)  # also for a plan, which asks no bucket
    store = open_store(launch.store, read_only=not claim, profile=launch.write_profile)
    store.check(write=claim)
    if not claim:
        return store, None
    bucket = open_bucket(launch.bucket, launch.write_profile)
    bucket.check()
    return store, bucket


def _plan(launch: Launch, keys: JobKeys, contents: FoundFiles) -> Planned:
    store, bucket = _ready(launch)
    unfinished = Path("decisions.unfinished")  # with a problem there are no decisions, not a part of them
    with unfinished.open("w") as out:
        planned = Planner(keys, store, launch.rules, out, bucket).plan(contents)
    unfinished.rename("decisions.jsonl")
    return planned
