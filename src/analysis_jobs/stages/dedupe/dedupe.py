"""All that DEDUPE does: read the analysis and the jobs, decide, and write what the other processes need.

Imports within functions are for a quick start.
"""

import json
import logging
import os
import platform
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from analysis_jobs.bucket.opening import check_name, open_bucket
from analysis_jobs.bucket.protocol import Bucket
from analysis_jobs.documents import Inventory, LaunchDocument
from analysis_jobs.environments.choice import ACTIVE, AnalysisEnvironment, environment_of
from analysis_jobs.environments.declaration import declared_by
from analysis_jobs.errors import InvalidInput, ServiceUnavailable
from analysis_jobs.jobs.job_files import FoundFiles, find_job_files
from analysis_jobs.jobs.parameter_sources import parse_assignments
from analysis_jobs.jobs.settings import written_words
from analysis_jobs.jobs.specification import drawn_note
from analysis_jobs.process import outward
from analysis_jobs.redaction.text import redacted_values
from analysis_jobs.stages.decision_labels import write_labelled
from analysis_jobs.stages.dedupe.asking import Ask, Resource, asks_of, input_sizes
from analysis_jobs.stages.dedupe.batches import KEPT_BATCHES, Groups, automatic_group_size, write_batches
from analysis_jobs.stages.dedupe.candidates import Keying
from analysis_jobs.stages.dedupe.code import unpacked
from analysis_jobs.stages.dedupe.decisions import decided_line, left_out_line
from analysis_jobs.stages.dedupe.division import Division, batches_to_keep, divided, read_kept, write_kept
from analysis_jobs.stages.dedupe.forecast import forecast
from analysis_jobs.stages.dedupe.input_check import NONE
from analysis_jobs.stages.dedupe.launch import Launch
from analysis_jobs.stages.dedupe.opened import OpenedAnalysis, readable_jobs
from analysis_jobs.stages.dedupe.outdated import outdated_note
from analysis_jobs.stages.dedupe.planner import Planned, Planner
from analysis_jobs.stages.dedupe.waiting import Waiting
from analysis_jobs.stages.experience import NO_EXPERIENCE, Experience, experience
from analysis_jobs.stages.files import SECONDS
from analysis_jobs.stages.input_contents import CONTENT, contents_of_jobs
from analysis_jobs.stages.launches import Beginning, LaunchEnd, remember_beginning
from analysis_jobs.store.opening import open_store
from analysis_jobs.store.protocol import Store
from analysis_jobs.wording import plural

if TYPE_CHECKING:
    from analysis_jobs.stages.dedupe.elsewhere import AnalysisElsewhere

log = logging.getLogger(__name__)


def dedupe(launch: Launch) -> None:
    """Decide on every job and write, into the current folder, what the other processes need.

    ``decisions.jsonl`` has a line for each input file and parameter set, ``counts.txt`` their counts in words,
    ``batches/`` the jobs to run, ``code/`` and ``code.tar`` the analysis as it is now, ``sources.tar.gz`` what of it is
    published, and ``run.json`` what is known of the launch.

    Raises
    ------
    InvalidInput
        If the analysis, the parameters, the jobs folder, the store or the bucket is unusable. An invalid job file
        is a decision.
    ServiceUnavailable
        If the store or the bucket does not answer.
    """
    launch = _as_written(launch)
    analysis = str(unpacked(launch.code, Path("analysis"))) if launch.code else launch.analysis
    environment = _environment_of(launch, analysis)
    contents = find_job_files(launch.jobs, launch.parameters, launch.jobs_place)
    with _opened(environment, launch, analysis, contents) as opened:
        store, bucket = _ready(launch)
        planned, about_inputs = _plan(launch, opened, contents, store, bucket)
        about = opened.document(to_run=bool(planned.jobs))
    if launch.rules.claim:
        remember_beginning(about, _beginning(launch, planned), store)
    if not launch.is_apart:  # else nobody knows here what jobs run in
        about["environment"] = redacted_values(environment.document(opened.held))
    Path("run.json").write_text(json.dumps(about, indent=2))
    jobs = sum(planned.counts.values())
    for name, count in planned.overridden.items():
        log.warning("--set.%s has no effect on %d of %s, as job files set it", name, count, plural(jobs, "job"))
    known = _experience(planned, about, store) if planned.jobs else NO_EXPERIENCE
    asks, about_asks = _asks(launch, planned, known)
    division = divided(planned, launch.sizing, known, read_kept(launch.kept))
    _write_division(division, planned, launch, asks, Path("batches"))
    if known.sample:
        Path("batches", SECONDS).write_text(f"{known.mean_seconds:g}")
    left_out = f"; left out of --jobs: {left_out_line(planned.left_out)}" if planned.left_out else ""
    decided = decided_line(planned.counts) + left_out
    notes = [
        *map(drawn_note, planned.drawn),
        *_gone_note(planned),
        *outdated_note(len(planned.outdated)),
        *_environment_note(environment, opened.held, launch),
        *about_inputs,
        *_tasks_note(division, planned, known, launch),
        *about_asks,
    ]
    Path("counts.txt").write_text(outward("\n".join([decided, *notes])))
    log.info("decided on %s", decided)


def _tasks_note(division: Division, planned: Planned, known: Experience, launch: Launch) -> list[str]:
    """Return in words what tasks there will be, and what they will take."""
    if division.waiting:
        return [division.note]
    are_shared = len(division.batches) < len(planned.jobs) and division.note
    return [
        *([division.note] if are_shared else []),
        *forecast([len(jobs) for jobs in division.batches], known, launch.room),
    ]


def _write_division(
    division: Division, planned: Planned, launch: Launch, asks: Mapping[Resource, Ask], folder: Path
) -> None:
    size = launch.group_size or automatic_group_size(len(planned.jobs))
    asking = {name: ask.of for name, ask in asks.items()}
    groups = write_batches(division.batches, planned.labels, folder, Groups(size), division.ahead, asking)
    if launch.jobs_per_task:  # the same for ever
        return
    kept = batches_to_keep(division.batches)
    write_kept(folder / KEPT_BATCHES, division.ahead, kept)
    if division.waiting:
        labels = {job.key: planned.labels.get(job.key, "") for job in division.waiting}
        ahead = len(planned.jobs) - len(division.waiting)
        asked = {name: {job.key: ask.of([job.key]) for job in division.waiting} for name, ask in asks.items()}
        waiting = Waiting(division.waiting, labels, ahead, groups, size, launch.sizing, kept, asked)
        waiting.write(folder / "rest")


def _environment_of(launch: Launch, analysis: str) -> AnalysisEnvironment:
    """Return the environment of the analysis, made as if that was done where somebody launched."""
    there = launch.launched_in
    if launch.code:
        analysis = os.path.abspath(analysis)
    if launch.is_apart:
        _check_apart(launch, analysis)
    with chdir(there) if there and there.is_dir() else nullcontext():
        return environment_of(analysis, launch.environment, launch.environment_cache, launch.elsewhere)


def _check_apart(launch: Launch, analysis: str) -> None:
    """Refuse what cannot be told of an image from outside."""
    if launch.key_environment:
        raise InvalidInput(
            "--key_environment counts the packages that jobs run with, which are in an image that --head_stages does "
            "not look into: leave out one of the two"
        )
    if launch.environment != ACTIVE and (declaration := declared_by(analysis)):
        raise InvalidInput(
            f"--head_stages checks parameters where Nextflow runs, and the packages of {declaration.by} are in the "
            "image: leave it out; or give --environment active, if both the environment that is active here and the "
            "image's own Python have them"
        )


@contextmanager
def _opened(
    environment: AnalysisEnvironment, launch: Launch, analysis: str, contents: FoundFiles
) -> Iterator["OpenedAnalysis | AnalysisElsewhere"]:
    """Open the analysis in the Python that it runs in, which mostly is this one."""
    read = contents_of_jobs(readable_jobs(contents)) if launch.inputs_by == CONTENT else None
    if environment.is_here:
        script = "" if environment.kind == ACTIVE else environment.script()
        yield OpenedAnalysis(launch, analysis, script, contents, environment.held, read)
    else:
        from analysis_jobs.stages.dedupe.elsewhere import AnalysisElsewhere

        with AnalysisElsewhere(environment, launch, analysis, contents, read) as elsewhere:
            yield elsewhere


def _as_written(launch: Launch) -> Launch:
    # Of --code_version 1.10 Nextflow makes the number 1.1, which would be another version.
    written = written_words(launch.command_line).get("code_version")
    return replace(launch, code_version=written) if launch.code_version and written else launch


def _beginning(launch: Launch, planned: Planned) -> Beginning:
    host = str(parse_assignments(launch.about).get("host") or platform.node())
    cost = 0.0 if launch.price_per_hour else None
    ending = None if planned.jobs else LaunchEnd(planned.states, launch.report, cost=cost)
    return Beginning(planned.analysis, host, launch.claim_hours, planned.counts, ending)


def _asks(launch: Launch, planned: Planned, known: Experience) -> tuple[dict[Resource, Ask], list[str]]:
    """Return what tasks ask for that the launch leaves to what others took, and what is said of it."""
    if not launch.learnt or not planned.jobs:
        return {}, []
    entries = [job.entry for job in planned.jobs if launch.check_inputs != NONE]
    asks = asks_of(known, launch.learnt, planned.needs, lambda: input_sizes(entries))
    return asks, [ask.note(known, [job.key for job in planned.jobs]) for ask in asks.values()]


def _experience(planned: Planned, about: LaunchDocument, store: Store) -> Experience:
    """Return what is known of the analysis; no job depends on it."""
    try:
        return experience(store.launches(), about.get("identity", ""), planned.analysis or about["analysis"])
    except (InvalidInput, ServiceUnavailable) as error:
        log.warning("what earlier jobs took is not known: %s", error)
        return NO_EXPERIENCE


def _gone_note(planned: Planned) -> list[str]:
    if not planned.gone:
        return []
    return [
        f"the results of {plural(len(planned.gone), 'job')} that count as done are missing: "
        "run `analysis-jobs fsck --repair`"
    ]


def _environment_note(environment: AnalysisEnvironment, held: Inventory, launch: Launch) -> list[str]:
    if launch.is_apart:
        return [f"parameters were checked in {environment.prefix}, where this was launched; jobs run in their image"]
    if environment.kind == ACTIVE:
        return []
    made = f", made in {environment.seconds:g} s of {environment.declared}" if environment.seconds is not None else ""
    packages = plural(len(held["packages"]), "package")
    return [f"jobs run in {environment.prefix} (Python {held['python']}, {packages}){made}"]


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


def _plan(
    launch: Launch, keys: Keying, contents: FoundFiles, store: Store, bucket: Bucket | None
) -> tuple[Planned, list[str]]:
    """Return what is planned, and what is to be known of the inputs."""
    unlabelled, unfinished = Path("decisions.unlabelled"), Path("decisions.unfinished")
    with unlabelled.open("w") as out:
        planner = Planner(keys, store, launch.rules, out, bucket, launch.input_rules)
        planned = planner.plan(contents)
    planned.labels.update(write_labelled(unlabelled, unfinished, planner.labels))
    unlabelled.unlink()
    unfinished.rename("decisions.jsonl")  # with a problem there are no decisions, not a part of them
    return planned, list(planner.inputs.notes())
