"""The shapes of the documents that stages hand to each other, and that store and bucket keep: what each field holds.

`dict[str, Any]` stands only where the data is the user's own: parameters and outputs.
"""

from typing import Any, Literal, NotRequired, TypedDict

Values = dict[str, Any]  # parameters or outputs by name, as JSON values
Cause = Literal["analysis", "infrastructure"]
FinalState = Literal["done", "empty", "failed"]
StateName = Literal["pending", "done", "empty", "failed", "withdrawn"]
SourceKind = Literal["file", "folder", "module"]
CodeIdentity = Literal["files", "syntax"]  # what of the code a key is computed from
DecisionName = Literal["run", "done", "repeat", "claimed", "gave_up", "invalid"]


class SourceDocument(TypedDict):
    """A published result that a job is made from; see `analysis_jobs.jobs.source_results.SourceResult`."""

    key: str
    location: str
    label: NotRequired[str]
    name: NotRequired[str]
    inputs: NotRequired[list[str]]
    assets: NotRequired[list[str]]
    subject: NotRequired[str]
    acquired: NotRequired[str]
    parameters: NotRequired[Values]
    outputs: NotRequired[Values]  # unless they are large
    files: NotRequired[list[str]]  # of a dispatch that asked for some


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
    sources: NotRequired[list[SourceDocument]]  # of a job that is made from published results


class ParametersDocument(TypedDict, total=False):
    """A parameters file that is an object of parts; see `analysis_jobs.jobs.parameters_file`."""

    fixed_parameters: Values | None  # of every job
    distributed_parameters: list[Values] | Values | None  # sets: each job is run with every one of them
    grid: dict[str, list[Any]] | None  # values by name, with dots for what is in objects: each combination is a set


class RecordingDetails(TypedDict, total=False):
    """What people know the recording of a job by; see `analysis_jobs.records.acquisition`."""

    assets: list[str]  # names, where the job file has them
    subject: str  # this and the next where an asset's name or the job's group tells
    acquired: str  # date, or date and time, ISO 8601
    locations: list[str]  # of the inputs, where the key of the job goes by what is in them


class Parts(TypedDict):
    """Exactly what a key is computed from."""

    key_version: int | None  # None where a record does not say
    inputs: list[str]  # normalized and sorted; with --inputs_by content their digests, as in `InputContent`
    parameters: Values  # as the specification typed and completed them
    code: str  # sha256:<digest>, syntax:<digest>, or version:<the user's own word>
    environment: NotRequired[str]  # of a launch with --key_environment: sha256:<digest>


class Entry(TypedDict):
    """A job of a batch, as DEDUPE hands it to ANALYZE."""

    key: str
    attempt: int
    parts: Parts
    given: Values  # the merged parameters before the specification saw them
    job: JobDocument
    addresses: NotRequired[str]  # of inputs with a login or a signature; see `analysis_jobs.jobs.addresses`
    opened: NotRequired[str]  # of a job that was done, and was opened again: when, ISO 8601, UTC


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
    batch: NotRequired[str]  # whose ANALYZE task died, and the job with it


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


EnvironmentKind = Literal["active", "auto", "path"]


class Inventory(TypedDict):
    """What an environment holds; see `analysis_jobs.environments.inventory`."""

    python: str
    packages: list[str]  # lines of requirements, sorted; without our own package


class UsedEnvironment(TypedDict):
    """Which environment a launch gave its jobs: the active one, one made of a declaration, or a named one."""

    kind: EnvironmentKind
    python: str
    digest: str  # of Python without its patch, and the packages; hexadecimal SHA-256
    declared: NotRequired[str]  # of one that was made: by which file
    place: NotRequired[str]  # this and the next of one that is not the active one: its folder
    packages: NotRequired[list[str]]  # as of `Inventory`


class MadeEnvironment(Inventory):
    """What a cache of environments tells of one."""

    folder: str  # beside it
    declared: str  # by which file, where it was made first
    ours: str  # digest of our own package in it
    made: str  # ISO 8601, UTC
    seconds: float
    files: NotRequired[int]  # how many it had, without caches of bytecode; not of older ones


class InputIdentity(TypedDict):
    """What an input was when it was looked at: a file, or a folder such as a Zarr store."""

    location: str  # as it is recorded
    size: int  # bytes, in a folder of all files
    files: NotRequired[int]  # this and the next of a folder
    listing: NotRequired[str]  # hexadecimal SHA-256 of names, sizes, and ETags or times
    modified: NotRequired[str]  # this and the next two of a file; ISO 8601, UTC, on a disk with nanoseconds
    etag: NotRequired[str]
    version: NotRequired[str]
    changed_meanwhile: NotRequired[bool]  # of one that was another one when the job had ended


class InputContent(TypedDict, total=False):
    """What is in an input, for keys that go by that: one of the two."""

    digest: str  # sha256:<of the bytes>, or folder-sha256:<of the names and the SHA-256 of all files>
    problem: str  # why it cannot be read


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


class AskedResources(TypedDict, total=False):
    """What the task of a job asked for; in the state of a job that is claimed, what it needs at least."""

    memory_bytes: int
    processors: int
    gpus: int
    seconds: float  # limit of the job
    attempt: int  # of the task in its launch; from 2 on it was tried again


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
    inputs_read: NotRequired[list[InputIdentity]]  # what they were when the job began, as far as that can be told
    asked: NotRequired[AskedResources]
    written: NotRequired["list[ManifestLine]"]  # the files of a job that is done, from ANALYZE to UPLOAD


class TaskDeath(TypedDict):
    """What Nextflow knows of a task that died: a file that ``functions/retries.nf`` writes."""

    exit: int | None  # the status; None where there is none
    reason: str  # Nextflow's words, or the executor's
    work: str  # work folder
    executor: str
    job: str | None  # of the executor
    asked: NotRequired[AskedResources]  # of ANALYZE


class LeftJobs(TypedDict):
    """``left.json``: the jobs that a launch has claimed and not started, by ``functions/gate.nf``."""

    reason: str  # the limit that was reached
    keys: list[str]


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

    kind: SourceKind
    path: str
    digest: str


class ArchiveDescription(TypedDict):
    """What an archive of source files says of them."""

    kind: SourceKind
    entry: str  # the file that defines the analysis


class Asked(TypedDict):
    """What a launch was asked for, so that a report can say how one of its jobs is run alone."""

    started: str
    jobs: str
    parameters: str | None
    set: list[str]
    allow_pickle: NotRequired[bool]  # of one that let recordings run the programs in them


class DescribedField(TypedDict):
    """What a parameter or an output is, as the analysis says; see `analysis_jobs.jobs.model_fields`."""

    name: str  # ``outputs.rate``; ``outputs.units[].rate`` in a list, ``outputs.units.*.rate`` in an object
    description: NotRequired[str]
    unit: NotRequired[str]


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
    learnt: NotRequired[list[str]]  # which of `AskedResources` were left to what launches before took
    dry_run: NotRequired[bool]  # of one that is; nothing was published
    price_per_hour: float | None
    described: NotRequired[list[DescribedField]]  # of an analysis that describes some of its fields
    environment: NotRequired[UsedEnvironment]
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


class Forgetting(TypedDict):
    """Who has begun to remove a job, and when: until its state is gone, that is to be ended."""

    by: str
    when: str
    files: bool  # whether its results go as well


class PendingDetails(RecordingDetails, total=False):
    """What the state of a job that is claimed may say beside what every one says."""

    forgotten: Forgetting
    opened: str  # as in `Entry`
    inputs_read: list[InputIdentity]  # of the results before, until it is opened again
    asked: AskedResources


class StateDetails(PendingDetails, total=False):
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


LaunchState = Literal["running", "ended"]


class LaunchAttempt(TypedDict):
    """One `nextflow run` of a session that another has taken up since, with ``-resume``."""

    run_name: str
    started: str  # ISO 8601, UTC, as all times here
    ended: NotRequired[str]  # this and the next unless it died
    counts: NotRequired[dict[str, int]]


class MeasuredJobs(TypedDict):
    """What jobs took that a launch has computed and that ended well; see `analysis_jobs.stages.experience`."""

    jobs: int
    # Of some of them that stand for all, at the same place in each list
    seconds: list[float]
    cpu_seconds: list[float]
    peak_memory_bytes: list[int]
    input_bytes: list[int]  # 0 where nothing tells


class LaunchRecord(TypedDict):
    """What a store remembers of a launch; `analysis_jobs.results.launches` says of one that has no end whether it died.

    DEDUPE writes it when it has claimed, without what is of the end, which SUMMARIZE adds; with it where nothing is to
    run. A plan and a dry run have none.
    """

    _id: str  # the session
    session: str
    state: LaunchState
    run_name: str  # of the newest `nextflow run` of the session, as all that follows
    analysis: str  # the `analysis_name` of its first job, else what its code is called
    user: str
    host: str
    profile: str
    process: str | None  # see `analysis_jobs.store.processes.process_identity`
    started: str
    expires: str  # when its claims end
    command_line: str  # without secrets
    jobs: str  # the folder
    nextflow: str
    pipeline: PipelineCode
    code: str  # of the analysis, as in `Parts`
    decided: dict[str, int]  # how many jobs, by `DecisionName`
    commit: NotRequired[str]  # of the analysis
    code_ocean: NotRequired[dict[str, str]]
    ended: NotRequired[str]  # this and all below of one that has ended
    counts: NotRequired[dict[str, int]]  # how many jobs, by their state in jobs.tsv
    seconds: NotRequired[float]  # of all jobs that it has computed, one after the other
    cost: NotRequired[float]  # where it was given a price
    report: NotRequired[str]  # its address
    measured: NotRequired[MeasuredJobs]  # unless none of its jobs ended well
    earlier: list[LaunchAttempt]  # of the same session, the first one first


Act = Literal[
    "forgotten", "collected", "opened again", "recorded", "record made again", "record put beside the files",
    "manifest made again", "renamed", "state set aside", "state given back", "released", "adopted", "withdrawn",
]  # fmt: skip


class HistoryNote(TypedDict):
    """What somebody did to a job after it was computed: a note for each act, which no command removes."""

    _id: str  # <key>.<when>
    key: str
    act: Act
    by: str
    when: str  # ISO 8601, UTC
    what: str  # in words
    bytes: NotRequired[int]  # of the files that were removed
    record: NotRequired[str]  # this and the next: what was set aside, as it was kept, mostly JSON
    state: NotRequired[str]


class DecisionDetails(RecordingDetails, total=False):
    """What a decision may say beside what every one says."""

    key: str
    attempt: int
    opened: str  # as in `Entry`
    label: str  # see `analysis_jobs.jobs.labels`
    inputs: list[str]
    parameters: Values
    state: FinalState  # of what was done before, if it is not `done`
    record: str  # of what was done before, the record that says so, if it is not of this key
    location: str
    outputs: Values  # of what was done before, those that are short
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
