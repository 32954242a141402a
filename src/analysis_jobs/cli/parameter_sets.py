"""The jobs that one job file makes with several parameter sets, as `explain` lists them."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from analysis_jobs.cli.tables import SHORT_KEY, on_terminal, say_aside, show_table
from analysis_jobs.documents import Parts
from analysis_jobs.jobs.labels import Named, labels
from analysis_jobs.results.listing import adopted_record, lines_from
from analysis_jobs.store.protocol import Store
from analysis_jobs.wording import plural

_COLUMNS = ("number", "key", "state", "job", "message")


def show_sets(keyed: Mapping[str, Parts], file: Path, store: Store) -> None:
    """Print a line for each job of a file: its number, key, what the store knows of it, and what people call it.

    Parameters
    ----------
    keyed
        The parts of the keys, by key.
    file
        The job file.
    store
        Is asked for all of them at once.
    """
    show_table(_COLUMNS, _rows(keyed, store), flexible=("job", "message"))
    say_aside(f"{file} makes {plural(len(keyed), 'job')}, one for each parameter set; --number N explains one of them")


def _rows(keyed: Mapping[str, Parts], store: Store) -> Iterator[tuple[str, ...]]:
    names = labels([Named(parts["inputs"], parameters=parts["parameters"]) for parts in keyed.values()])
    known = _known(list(keyed), store)
    for number, (key, label) in enumerate(zip(keyed, names, strict=True)):
        state, message = known.get(key, ("new", ""))
        yield str(number), key[:SHORT_KEY] if on_terminal() else key, state, label, message


def _known(keys: list[str], store: Store) -> dict[str, tuple[str, str]]:
    """Return the state and the message of those jobs that the store knows."""
    states = store.job_states(keys)
    adopted = filter(None, map(adopted_record, states.values()))
    records = {record.id: record for record in store.summaries_of([*keys, *adopted])}
    lines = lines_from(records, states, store.damaged.records)
    return {line.key: (line.state, line.message) for line in lines}
