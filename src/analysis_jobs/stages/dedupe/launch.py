"""What a launch asks of DEDUPE."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from analysis_jobs.documents import CodeIdentity
from analysis_jobs.jobs.parameter_sources import parse_assignments
from analysis_jobs.stages.dedupe.asking import RULES, Resource
from analysis_jobs.stages.dedupe.forecast import Room
from analysis_jobs.stages.dedupe.input_check import InputRules
from analysis_jobs.stages.dedupe.older import commits_of
from analysis_jobs.stages.dedupe.rules import Rules
from analysis_jobs.stages.dedupe.sizes import Sizing
from analysis_jobs.store.processes import Launcher
from analysis_jobs.store.states import new_owner

_PATHS = ("jobs", "code", "parameters", "environment_cache", "launched_in", "kept")


@dataclass(frozen=True)
class Launch:
    """A launch of the pipeline, as ``bin/dedupe.py`` is told of it.

    Attributes
    ----------
    jobs
        The folder of job files, or the file that it was packed into.
    analysis
        As for `analysis_jobs.analysis.source.locate`.
    code
        The file that the analysis was packed into, or None of one that lies here, or is installed.
    jobs_place, analysis_place, parameters_place
        Where they are on the machine that launches; empty where that is here.
    store, bucket
        Where records are, and where results will go.
    session
        Id of the Nextflow session, which owns the claims.
    launcher
        Identity of Nextflow's process, to see later whether it lives; see `analysis_jobs.store.processes`.
    living
        ``NUMBER START;...`` of the launches that live on its machine; None where that cannot be seen.
    parameters, parameters_name
        The parameters file, and what messages call it.
    assignments
        ``name=value`` of ``--set``, where somebody calls the script by hand.
    settings
        What ``--set`` gives, as Nextflow has it; see `analysis_jobs.jobs.settings.read_settings`.
    report
        The address that the report of this launch will have.
    command_line
        Command line of Nextflow, with the words as they were written.
    about
        ``name=value``, of who launches, with what, and where.
    plan, dry_run
        Whether the jobs are only decided on, or run without publishing: then nothing is claimed.
    jobs_per_task, task_minutes, side_by_side
        How many jobs share an ANALYZE task; see `analysis_jobs.stages.dedupe.sizes.Sizing`.
    kept
        Which jobs shared one, of a launch that is taken up again; see `analysis_jobs.stages.dedupe.division.Kept`.
    group_size
        Jobs that share an UPLOAD; see `analysis_jobs.stages.dedupe.batches`.
    retry_failed, max_attempts
        Whether a job that failed is tried again, and how often in all.
    claim_hours
        After which a claim of a launch that cannot be seen to live ends.
    price_per_hour
        Of the machine of one ANALYZE task, for the records.
    learn
        Of what tasks ask for as much as jobs took before, ``memory_bytes,seconds`` or one of them; see
        `analysis_jobs.stages.dedupe.asking`.
    code_version
        Identity of the code in the user's own words, instead of its digest.
    code_identity
        Of what the digest is; see `analysis_jobs.analysis.source.Source.identity`.
    without_code
        Do not publish the source files with the results.
    patch_commits
        Commits of code whose results still count, with commas or blanks between them.
    ignore_older_records
        Do not look for results of other code.
    launched_in
        The folder that somebody launched in, from which variables of uv and pip mean their paths; None for this one.
    environment, environment_cache, elsewhere
        Which environment the analysis runs in, the folder of those that are made, and why tasks run where none of this
        machine is; see `analysis_jobs.environments.choice.environment_of`.
    head_stages
        Whether this runs where Nextflow does, and jobs in an image elsewhere.
    key_environment
        Whether the environment is part of what makes two jobs the same.
    write_profile
        AWS profile for the store and the bucket.
    check_inputs, changed_inputs, inputs_seen
        Whether inputs are looked at, and what becomes of jobs that are done and whose inputs have changed; see
        `analysis_jobs.stages.dedupe.input_check.InputRules`, of which the last is as JSON.
    inputs_by
        ``location``, or ``content`` where the same content elsewhere is the same input.
    """

    jobs: Path
    analysis: str
    store: str
    bucket: str
    session: str
    launcher: str | None = None
    living: str | None = None
    code: Path | None = None
    parameters: Path | None = None
    jobs_place: str = ""
    analysis_place: str = ""
    parameters_place: str = ""
    parameters_name: str = "the parameters file"
    assignments: Sequence[str] = ()
    settings: str = '{"map": []}'
    report: str = ""
    command_line: str = ""
    about: Sequence[str] = ()
    plan: bool = False
    dry_run: bool = False
    jobs_per_task: int | None = None
    task_minutes: float = 1.0
    side_by_side: int | None = None
    kept: Path | None = None
    group_size: int | None = None
    retry_failed: bool = True
    max_attempts: int = 3
    claim_hours: float = 48.0
    price_per_hour: float | None = None
    learn: str = ""
    ignore_older_records: bool = False
    code_version: str | None = None
    code_identity: CodeIdentity = "files"
    without_code: bool = False
    patch_commits: str = ""
    write_profile: str | None = None
    launched_in: Path | None = None
    environment: str | None = None
    environment_cache: Path | None = None
    elsewhere: str | None = None
    head_stages: bool = False
    key_environment: bool = False
    check_inputs: str = "none"
    changed_inputs: str = "report"
    inputs_seen: str | None = None
    inputs_by: str = "location"

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return {name: str(value) if isinstance(value, Path) else value for name, value in vars(self).items()}

    @classmethod
    def of_json(cls, values: dict[str, Any]) -> Self:
        """Return what `as_json` was made of."""
        paths = {name: Path(values[name]) for name in _PATHS if values[name]}
        return cls(**{**values, **paths})

    @property
    def is_apart(self) -> bool:
        """Whether jobs run in an image that this process does not run in."""
        return self.head_stages and self.elsewhere is not None

    @property
    def learnt(self) -> list[Resource]:
        """Of what tasks ask for as much as jobs took before."""
        return [name for name in RULES if name in self.learn.split(",")]

    @property
    def input_rules(self) -> InputRules:
        """What is done about inputs."""
        seen = None if self.inputs_seen is None else tuple(json.loads(self.inputs_seen))
        return InputRules(self.check_inputs, self.changed_inputs, seen)

    @property
    def room(self) -> Room:
        """Where its jobs are to run."""
        return Room(self.side_by_side, self.price_per_hour)

    @property
    def sizing(self) -> Sizing:
        """What it wants of its ANALYZE tasks."""
        return Sizing(self.jobs_per_task, self.task_minutes, self.side_by_side or 0)

    @property
    def rules(self) -> Rules:
        """What of it decides whether a job is run."""
        living = None if self.living is None else frozenset(self.living.split(";"))
        return Rules(
            owner=new_owner(self.session, self.launcher),
            launcher=Launcher(self.launcher, living),
            claim=not (self.plan or self.dry_run),
            claim_hours=self.claim_hours,
            retry_failed=self.retry_failed,
            max_attempts=self.max_attempts,
            older=not self.ignore_older_records,
            code_version=self.code_version,
            patch_commits=commits_of(self.patch_commits),
            by=parse_assignments(self.about).get("user") or "unknown",
        )
