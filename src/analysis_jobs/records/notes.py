"""The notes of a record, for what aind-data-schema has no field for: parts in a fixed form, with "; " between."""

from collections.abc import Iterator, Mapping
from typing import Any

from analysis_jobs.documents import PublishedOutcome
from analysis_jobs.records.acquisition import recording_details
from analysis_jobs.records.asked import asked_text
from analysis_jobs.records.input_identity import identity_text
from analysis_jobs.records.read import ACQUIRED, SUBJECT, process_of
from analysis_jobs.wording import listed

# How the note begins that says which environment it was
ENVIRONMENT = "environment "
# And which results the job was made from, of which the locations are among the inputs
MADE_FROM = "made from the results "
MOST_SOURCES = 100  # keys
# And what its task asked for
ASKED = "asked "
# And what an input was when it was read
INPUT = "input "
_TRAFFIC = {
    "bytes_read": "read {} bytes",
    "bytes_written": "wrote {} bytes",
    "storage_bytes_read": "{} bytes from storage",
    "storage_bytes_written": "{} bytes to storage",
    "fetched_bytes": "fetched {} bytes of remote files",
}


def notes(published: PublishedOutcome) -> str:
    """Return the notes of a record; what the manifest does not know is left out."""
    return "; ".join([*_of_the_code(published), *_of_the_run(published), *_of_the_job(published)])


def notes_of(record: Mapping[str, Any]) -> list[str]:
    """Return the notes of a record, one by one."""
    return str(process_of(record).get("notes") or "").replace("\n", "; ").split("; ")


def environment_in(record: Mapping[str, Any]) -> str | None:
    """Return what the notes of a record say of the environment: its kind, what declared it, and its digest."""
    return next((note.removeprefix(ENVIRONMENT) for note in notes_of(record) if note.startswith(ENVIRONMENT)), None)


def asked_in(record: Mapping[str, Any]) -> str | None:
    """Return what the notes of a record say that its task asked for."""
    return next((note.removeprefix(ASKED) for note in notes_of(record) if note.startswith(ASKED)), None)


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
    yield f"code {identity}"
    if source and not identity.startswith("sha256:"):
        yield f"source files sha256:{source['digest']}"
    if code.get("commit"):
        yield f"git commit {code['commit']}{' with uncommitted changes' if code['dirty'] else ''}"
        yield "pushed" if code["pushed"] else "not pushed to any known remote"
    recording = recording_details(published["job"])
    if subject := recording.get("subject"):
        yield f"{SUBJECT}{subject}"
    if acquired := recording.get("acquired"):
        yield f"{ACQUIRED}{acquired}"
    if sources := published["job"].get("sources"):
        yield f"{MADE_FROM}{listed([source['key'] for source in sources], MOST_SOURCES)}"
    if published["job"].get("query"):
        yield f"query used to find the data assets: {published['job']['query']}"


def _of_the_run(published: PublishedOutcome) -> Iterator[str]:
    run, environment = published["run"], published["environment"]
    yield f"attempt {published['attempt']}, Nextflow run {run['run_name']}"
    yield f"host {environment['host']}"
    if name := environment.get("executor"):
        job = environment.get("scheduler_job")
        yield f"executor {name}{f', job {job}' if job else ''}"
    if engine := environment.get("container_engine"):
        yield f"in a container of {engine}"
    if run.get("launch", {}).get("allow_pickle"):
        yield "pickled objects in recordings allowed"
    yield from _of_the_environment(published)


def _of_the_environment(published: PublishedOutcome) -> Iterator[str]:
    if used := published["run"].get("environment"):
        of = f" of {used['declared']}" if "declared" in used else ""
        yield f"{ENVIRONMENT}{used['kind']}{of}, sha256:{used['digest']}"
        if packages := used.get("packages"):
            yield f"packages {', '.join(packages)}"


def _of_the_job(published: PublishedOutcome) -> Iterator[str]:
    for identity in published.get("inputs_read", []):
        yield f"{INPUT}{identity_text(identity)}"
    yield f"{published['seconds']:g} s, {published['cpu_seconds']:g} s of CPU"
    if asked := asked_text(published.get("asked", {})):
        yield f"{ASKED}{asked}"
    if (attempt := published.get("asked", {}).get("attempt", 1)) > 1:
        yield f"attempt {attempt} of its task"
    known: Mapping[str, object] = published
    for name, text in _TRAFFIC.items():
        if known.get(name) is not None:
            yield text.format(known[name])
    if (price := cost(published)) is not None:
        yield f"cost {price:g} at {published['run']['price_per_hour']:g} per hour"
    for name, value in published["run"].get("code_ocean", {}).items():
        yield f"Code Ocean {name} {value}"
