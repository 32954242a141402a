"""The shapes of the documents that stages hand to each other, and that store and bucket keep: what each field holds.

`dict[str, Any]` stands only where the data is the user's own: parameters and outputs.
"""

from typing import Any, Literal, NotRequired, TypedDict

Values = dict[str, Any]  # parameters or outputs by name, as JSON values
Cause = Literal["analysis", "infrastructure"]
FinalState = Literal["done", "empty", "failed"]
StateName = Literal["pending", "done", "empty", "failed", "withdrawn"]
DecisionName = Literal["run", "done", "repeat", "claimed", "gave_up", "invalid"]


class JobDocument(TypedDict):
    """A job as its file gave it; see `analysis_jobs.jobs.job.Job`, which checks it."""

    s3_location: list[str]
    asset_id: NotRequired[list[str]]
    asset_name: NotRequired[list[str]]
    docdb_record_id: NotRequired[list[str]]
    file_location: NotRequired[list[str]]
    distributed_parameters: NotRequired[Values]
    group_metadata: NotRequired[dict[str, Any]]
    query: NotRequired[str]
    analysis_code: NotRequired[dict[str, Any]]


class Parts(TypedDict):
    """Exactly what a key is computed from."""

    key_version: int | None  # None where a record does not say
    inputs: list[str]  # normalized and sorted
    parameters: Values  # as the specification typed and completed them
    code: str  # sha256:<digest>, or version:<the user's own word>


class Entry(TypedDict):
    """A job of a batch, as DEDUPE hands it to ANALYZE."""

    key: str
    attempt: int
    parts: Parts
    given: Values  # the merged parameters before the specification saw them
    job: JobDocument
    addresses: NotRequired[str]  # of inputs with a login or a signature; see `analysis_jobs.jobs.addresses`


class Batch(TypedDict):
    """A file of ``batches/``: the jobs of one ANALYZE task."""

    jobs: list[Entry]


class JobError(TypedDict):
    """Why a job failed: at which stage, by whose fault, and in words."""

    stage: str  # the process, in lower case
    cause: Cause
    type: str  # the class of an exception, or a signal
    message: str
    traceback: NotRequired[str]
    log_tail: NotRequired[str]


class Environment(TypedDict):
    """What a job ran in; see `analysis_jobs.stages.analyze.environment.describe_environment`."""

    host: str
    os: str
    architecture: str
    cpu: str | None
    cpu_cores: int | None
    memory_bytes: int
    python: str
    packages: dict[str, str]
    executor: NotRequired[str]  # this and the next two are not in results of before October 2026
    scheduler_job: NotRequired[str | None]
    container_engine: NotRequired[str | None]
    container: str | None
    code_version: str | None
    code_url: str | None


class Traffic(TypedDict, total=False):
    """What a process read and wrote; see `analysis_jobs.recordings.traffic.traffic`. None where nobody counts."""

    bytes_read: int | None
    bytes_written: int | None
    storage_bytes_read: int | None
    storage_bytes_written: int | None
    fetched_bytes: int | None


class ResourceUse(TypedDict, total=False):
    """What a process used of its machine."""

    cpu_seconds: float
    peak_memory_bytes: int


class Measured(Traffic, ResourceUse, total=False):
    """When a job ran, and what it took; without a word of its own it has none of these."""

    started: str  # ISO 8601, UTC
    ended: str
    seconds: float  # wall time


class Outcome(Entry, Measured):
    """What became of a job: ``outcome.json`` of ANALYZE, a line of ``uploaded.jsonl`` and of ``settled.jsonl``."""

    state: FinalState
    outputs: NotRequired[Values]  # of a job that is done
    reason: NotRequired[str]  # of one that has nothing to report
    error: NotRequired[JobError]  # of one that failed
    environment: NotRequired[Environment]
    written: NotRequired["list[ManifestLine]"]  # the files of a job that is done, from ANALYZE to UPLOAD


class TaskDeath(TypedDict):
    """What Nextflow knows of a task that died: a file that ``functions/retries.nf`` writes."""

    exit: int | None  # the status; None where there is none
    reason: str  # Nextflow's words, or the executor's
    work: str  # work folder
    executor: str
    job: str | None  # of the executor


class Owner(TypedDict):
    """Who has claimed a job: a launch's Nextflow session, and its process where that can be seen."""

    session: str
    process: str | None


class PipelineCode(TypedDict):
    """What a pipeline is called, where it is, and which version of it ran."""

    name: str
    url: str
    version: str
    commit: NotRequired[str]


class GitState(TypedDict, total=False):
    """Where source files come from, as git knows it; empty outside a checkout."""

    url: str  # of the remote, without credentials
    commit: str
    dirty: bool
    pushed: bool
    run_script: str  # path in the checkout


class SourcePlace(TypedDict):
    """Where the code of an analysis was at a launch."""

    kind: Literal["file", "folder", "module"]
    path: str
    digest: str


class Asked(TypedDict):
    """What a launch was asked for, so that a report can say how one of its jobs is run alone."""

    started: str
    jobs: str
    parameters: str | None
    set: list[str]


class LaunchDocument(TypedDict):
    """``run.json``: what is known of a launch, for manifests, records and the report."""

    owner: Owner
    analysis: str
    entry: str
    source: NotRequired[SourcePlace]
    identity: NotRequired[str]
    code: GitState
    experimenter: str
    run_name: str
    nextflow: str
    launch: NotRequired[Asked]
    command_line: NotRequired[str]
    profile: NotRequired[str]
    resumed: NotRequired[bool]
    dry_run: NotRequired[bool]  # of one that is; nothing was published
    price_per_hour: float | None
    code_ocean: NotRequired[dict[str, str]]
    pipeline: NotRequired[PipelineCode]


class PublishedOutcome(Outcome):
    """The outcome of a job that is published: what its record is built from."""

    manifest_version: int
    run: LaunchDocument
    location: str


class ManifestLine(TypedDict):
    """A file of a published result."""

    path: str  # within the results, with forward slashes
    size: int  # bytes
    sha256: str  # hexadecimal


class Manifest(PublishedOutcome):
    """``manifest.json``: without it nothing is published."""

    files: list[ManifestLine]


class Adoption(TypedDict):
    """Who declared, or took back, that the record of other code counts, and why."""

    record: str
    by: str
    why: str
    when: str


class Release(TypedDict):
    """Who freed a claim, and when."""

    by: str
    when: str


class StateDetails(TypedDict, total=False):
    """What a job state may say beside what every one says."""

    owner: Owner
    expires: str  # of a claim
    reason: str
    error: JobError
    seconds: float
    location: str
    started: str
    ended: str
    adopted: Adoption
    withdrawn: Adoption
    released: Release


class JobState(StateDetails):
    """The state document of a job that was ever claimed."""

    _id: str
    key: str
    state: StateName
    attempt: int
    revision: str  # another one after each change
    changed: str  # ISO 8601, UTC
    parts: NotRequired[Parts]  # unless they were left out of what was read


class DecisionDetails(TypedDict, total=False):
    """What a decision may say beside what every one says."""

    key: str
    attempt: int
    inputs: list[str]
    parameters: Values
    state: FinalState  # of what was done before, if it is not `done`
    location: str
    seconds: float
    peak_memory_bytes: int
    error: JobError
    note: str  # which names in its file count for nothing; in the reason as well
    older: list[str]  # ids of records of other code
    parts: Parts  # where there are such, for `analysis-jobs adopt`


class Decision(DecisionDetails):
    """A line of ``decisions.jsonl``: what DEDUPE decided on an input file and parameter set, and why."""

    file: str
    decision: DecisionName
    reason: str
