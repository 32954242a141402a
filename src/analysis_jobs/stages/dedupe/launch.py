"""What a launch asks of DEDUPE."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis_jobs.jobs.parameter_sources import parse_assignments
from analysis_jobs.stages.dedupe.older import commits_of
from analysis_jobs.stages.dedupe.rules import Rules
from analysis_jobs.store.processes import Launcher
from analysis_jobs.store.states import new_owner


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
    command_line
        Nextflow's, which has words as they were written.
    about
        ``name=value``, of who launches, with what, and where.
    plan, dry_run
        Whether the jobs are only decided on, or run without publishing: then nothing is claimed.
    jobs_per_task, group_size
        Jobs that share an ANALYZE task, and those that share an UPLOAD; see `analysis_jobs.stages.dedupe.batches`.
    retry_failed, max_attempts
        Whether a job that failed is tried again, and how often in all.
    claim_hours
        After which a claim of a launch that cannot be seen to live ends.
    price_per_hour
        Of the machine of one ANALYZE task, for the records.
    code_version
        Identity of the code in the user's own words, instead of its digest.
    patch_commits
        Commits of code whose results still count, with commas or blanks between them.
    ignore_older_records
        Do not look for results of other code.
    write_profile
        AWS profile for the store and the bucket.
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
    command_line: str = ""
    about: Sequence[str] = ()
    plan: bool = False
    dry_run: bool = False
    jobs_per_task: int = 1
    group_size: int | None = None
    retry_failed: bool = True
    max_attempts: int = 3
    claim_hours: float = 48.0
    price_per_hour: float | None = None
    ignore_older_records: bool = False
    code_version: str | None = None
    patch_commits: str = ""
    write_profile: str | None = None

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
