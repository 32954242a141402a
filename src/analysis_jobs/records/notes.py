"""The notes of a record, for what aind-data-schema has no field for: parts in a fixed form, with "; " between."""

from collections.abc import Iterator, Mapping

from analysis_jobs.documents import PublishedOutcome

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


def cost(published: PublishedOutcome) -> float | None:
    """Return what a job cost, to four digits: its seconds at the price per hour of a task; None without a price.

    The jobs of a task run one after the other, so each costs its own time. Waiting in queues, starting and copying
    are not in it.
    """
    price = published["run"].get("price_per_hour")
    return float(f"{published['seconds'] / 3600 * price:.4g}") if price else None


def _of_the_code(published: PublishedOutcome) -> Iterator[str]:
    code = published["run"]["code"]
    yield f"code {published['parts']['code']}"
    if code.get("commit"):
        yield f"git commit {code['commit']}{' with uncommitted changes' if code['dirty'] else ''}"
        yield "pushed" if code["pushed"] else "not pushed to any known remote"
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


def _of_the_job(published: PublishedOutcome) -> Iterator[str]:
    yield f"{published['seconds']:g} s, {published['cpu_seconds']:g} s of CPU"
    known: Mapping[str, object] = published
    for name, text in _TRAFFIC.items():
        if known.get(name) is not None:
            yield text.format(known[name])
    if (price := cost(published)) is not None:
        yield f"cost {price:g} at {published['run']['price_per_hour']:g} per hour"
    for name, value in published["run"].get("code_ocean", {}).items():
        yield f"Code Ocean {name} {value}"
