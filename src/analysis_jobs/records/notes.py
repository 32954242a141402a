"""The notes of a record, for what aind-data-schema has no field for: parts in a fixed form, with "; " between."""

from collections.abc import Iterator, Mapping
from typing import Any

from analysis_jobs.documents import PublishedOutcome
from analysis_jobs.records.acquisition import recording_details
from analysis_jobs.records.asked import asked_text
from analysis_jobs.records.input_identity import identity_text
from analysis_jobs.records.note_forms import begin_of, note, pushed_note
from analysis_jobs.records.read import process_of
from analysis_jobs.wording import listed

# How the notes begin that say which environment it was, which results the job was made from (of which the locations are
# among the inputs), and what its task asked for
ENVIRONMENT, MADE_FROM, ASKED = begin_of("environment"), begin_of("sources"), begin_of("asked")
MOST_SOURCES = 100  # keys
_TRAFFIC = ("bytes_read", "bytes_written", "storage_bytes_read", "storage_bytes_written", "fetched_bytes")


def notes(published: PublishedOutcome) -> str:
    """Return the notes of a record; what the manifest does not know is left out."""
    return "; ".join([*_of_the_code(published), *_of_the_run(published), *_of_the_job(published)])


def notes_of(record: Mapping[str, Any]) -> list[str]:
    """Return the notes of a record, one by one."""
    return str(process_of(record).get("notes") or "").replace("\n", "; ").split("; ")


def environment_in(record: Mapping[str, Any]) -> str | None:
    """Return what the notes of a record say of the environment: its kind, what declared it, and its digest."""
    return _after(ENVIRONMENT, record)


def asked_in(record: Mapping[str, Any]) -> str | None:
    """Return what the notes of a record say that its task asked for."""
    return _after(ASKED, record)


def _after(begin: str, record: Mapping[str, Any]) -> str | None:
    return next((said.removeprefix(begin) for said in notes_of(record) if said.startswith(begin)), None)


def cost(published: PublishedOutcome) -> float | None:
    """Return what a job cost, to four digits: its seconds at the price per hour of a task; None without a price.

    The jobs of a task run one after the other, so each costs its own time. Waiting in queues, starting and copying
    are not in it.
    """
    price = published["run"].get("price_per_hour")
    return cost_of(published["seconds"], price) if price else None


def cost_of(seconds: float, price_per_hour: float) -> float:
    """Return what a task of so many seconds costs, to four digits."""
    return float(f"{seconds / 3600 * price_per_hour:.4g}")


def _of_the_code(published: PublishedOutcome) -> Iterator[str]:
    code = published["run"]["code"]
    identity, source = published["parts"]["code"], published["run"].get("source")
    yield note("code", code=identity)
    if source and not identity.startswith("sha256:"):
        yield note("source", digest=source["digest"])
    if code.get("commit"):
        changes = " with uncommitted changes" if code["dirty"] else ""
        yield note("commit", commit=code["commit"], changes=changes)
        yield pushed_note(code["pushed"])
    recording = recording_details(published["job"])
    if subject := recording.get("subject"):
        yield note("subject", subject=subject)
    if acquired := recording.get("acquired"):
        yield note("acquired", time=acquired)
    if sources := published["job"].get("sources"):
        yield note("sources", keys=listed([source["key"] for source in sources], MOST_SOURCES))
    if published["job"].get("query"):
        yield note("query", query=published["job"]["query"])


def _of_the_run(published: PublishedOutcome) -> Iterator[str]:
    run, environment = published["run"], published["environment"]
    yield note("run", attempt=published["attempt"], run_name=run["run_name"])
    yield note("host", host=environment["host"])
    if name := environment.get("executor"):
        job = environment.get("scheduler_job")
        yield note("executor", executor=name, job=f", job {job}" if job else "")
    if engine := environment.get("container_engine"):
        yield note("container", engine=engine)
    if run.get("launch", {}).get("allow_pickle"):
        yield note("pickles")
    yield from _of_the_environment(published)


def _of_the_environment(published: PublishedOutcome) -> Iterator[str]:
    if used := published["run"].get("environment"):
        of = f" of {used['declared']}" if "declared" in used else ""
        yield note("environment", kind=used["kind"], declared=of, digest=used["digest"])
        if packages := used.get("packages"):
            yield note("packages", packages=", ".join(packages))


def _of_the_job(published: PublishedOutcome) -> Iterator[str]:
    for identity in published.get("inputs_read", []):
        yield note("input", identity=identity_text(identity))
    yield note("time", seconds=f"{published['seconds']:g}", cpu_seconds=f"{published['cpu_seconds']:g}")
    if asked := asked_text(published.get("asked", {})):
        yield note("asked", resources=asked)
    if (attempt := published.get("asked", {}).get("attempt", 1)) > 1:
        yield note("again", attempt=attempt)
    known: Mapping[str, object] = published
    for name in _TRAFFIC:
        if known.get(name) is not None:
            yield note(name, bytes=known[name])
    if (price := cost(published)) is not None:
        yield note("cost", cost=f"{price:g}", price=f"{published['run']['price_per_hour']:g}")
    for name, value in published["run"].get("code_ocean", {}).items():
        yield note("code_ocean", what=name, value=value)
