"""From a result to the results that it is made from and to those that are made from it, and which are replaced."""

from collections.abc import Iterable, Sequence

from analysis_jobs.jobs.labels import Named, labels
from analysis_jobs.jobs.source_results import result_keys
from analysis_jobs.records.read import Summary
from analysis_jobs.results.choice import meaning_of
from analysis_jobs.results.times import seconds_of
from analysis_jobs.store.protocol import Store


def made_from(key: str, locations: Iterable[str], store: Store) -> dict[str, str]:
    """Return by key what the results are called that a job's inputs lie in; last, without a name, those not known.

    Parameters
    ----------
    key
        Of the job.
    locations
        Of its inputs.
    store
        Asked once for all of them.
    """
    keys = [source for source in result_keys(locations) if source != key]
    called = _called(store.summaries_of(keys)) if keys else {}
    return called | {other: "" for other in keys if other not in called}


def used_by(key: str, locations: Iterable[str | None], store: Store) -> dict[str, str]:
    """Return by key what the results are called that are made from one, which has a key itself.

    Parameters
    ----------
    key, locations
        Of the result: where it was published, and where it is now, if its bucket was moved; None for unknown ones.
    store
        Asked once.
    """
    places = {location.rstrip("/") for location in locations if location}
    spellings = sorted(spelling for place in places for spelling in (place, f"{place}/"))
    found = _called(store.summaries(spellings)) if spellings else {}
    return {other: called for other, called in found.items() if other != key}


def replaced_by(keys: Sequence[str], store: Store) -> dict[str, str]:
    """Return which of some results a newer one of the same analysis, inputs and parameters replaces, and its key.

    The store is asked twice, however many there are.
    """
    sources = list(store.summaries_of(keys)) if keys else []
    places = {location.rstrip("/") for source in sources for location in source.inputs}
    spellings = sorted(spelling for place in places for spelling in (place, f"{place}/"))
    newest: dict[str, Summary] = {}
    for record in sorted(store.summaries(spellings) if spellings else (), key=_newest_first):
        newest.setdefault(meaning_of(record), record)
    newer = {source.id: newest.get(meaning_of(source), source).id for source in sources}
    return {key: other for key, other in newer.items() if other != key}


def _newest_first(record: Summary) -> tuple[float, str]:
    return -seconds_of(record.ended), record.id


def _called(found: Iterable[Summary]) -> dict[str, str]:
    summaries = sorted(found, key=lambda record: (record.inputs, record.id))
    called = labels(
        [Named(record.inputs, record.assets, record.parameters, record.code_version) for record in summaries]
    )
    return {record.id: f"{_name(record)}: {label}" for record, label in zip(summaries, called, strict=True)}


def _name(record: Summary) -> str:
    return str(record.parameters.get("analysis_name") or record.name)
