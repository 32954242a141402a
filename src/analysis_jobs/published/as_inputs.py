"""Published results as the inputs of other jobs: job files for one result each, or for groups of them."""

import fnmatch
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from itertools import islice
from pathlib import Path
from typing import Any

from analysis_jobs.bucket.opening import check_is_there, open_bucket
from analysis_jobs.bucket.places import bucket_url, location_of, whole_place_now
from analysis_jobs.bucket.protocol import Bucket
from analysis_jobs.dispatch.dispatch import read_sets
from analysis_jobs.dispatch.write import write_every
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.job import Job
from analysis_jobs.jobs.labels import Named, labels
from analysis_jobs.jobs.source_results import SourceResult
from analysis_jobs.json_values import canonical_json
from analysis_jobs.published.grouping import grouped_sources
from analysis_jobs.records.build import Record
from analysis_jobs.records.wanted import Wanted
from analysis_jobs.results.as_source import as_source, within_bounds
from analysis_jobs.results.choice import chosen_and_replaced
from analysis_jobs.results.fetch import result_lines
from analysis_jobs.results.files import nothing_at
from analysis_jobs.results.listing import JobLine, job_lines, labelled_lines
from analysis_jobs.store.protocol import Store
from analysis_jobs.wording import listed, nearest, plural, shown

log = logging.getLogger(__name__)

_CHUNK = 200  # whole records asked for at once
_AT_ONCE = 16  # manifests
_MOST_TOLD = 5  # reasons why results are left out


@dataclass(frozen=True)
class ResultsToJobs:
    """Which results become inputs, and how.

    Attributes
    ----------
    wanted
        Which results; only those of the done jobs among them count.
    files
        Patterns of names: the files of a result that are the inputs. Without any, its folder is.
    group_by
        See `analysis_jobs.published.grouping.grouped_sources`.
    jobs, jobs_per_task, max_jobs, parameters
        As of `analysis_jobs.dispatch.dispatch.Options`.
    outdir, bucket
        Where the results are, if not where their records say: in an OUTDIR that was moved, or a bucket.
    """

    wanted: Wanted
    files: Sequence[str] = ()
    group_by: Sequence[str] = ()
    jobs: Path = Path("jobs")
    jobs_per_task: int = 1
    max_jobs: int | None = None
    parameters: Path | None = None
    outdir: Path = Path("results")
    bucket: str | None = None

    def place(self, record: Record) -> str | None:
        """Return the bucket of a record, if it is not where that says."""
        return whole_place_now(record, self.outdir, self.bucket)


def dispatch_results(options: ResultsToJobs, store: Store) -> str:
    """Write job files whose inputs are published results, and return in words how many.

    The same results give the same names and bytes again.

    Raises
    ------
    InvalidInput
        If an option is wrong, or there is no such result, or nothing where it is to be.
    """
    if options.bucket:
        check_is_there(options.bucket)
    sets = read_sets(options.parameters) if options.parameters else []
    lines = _chosen(options.wanted, store)
    sources = list(_sources(lines, options, store))
    if not sources:
        raise InvalidInput("no result is left for a job; see above, and check the options")
    jobs = [_job(group, shared, options) for group, shared in grouped_sources(sources, options.group_by)]
    written, left_out = write_every(jobs, sets, options.jobs, options.jobs_per_task, options.max_jobs)
    cut = f"; --max-jobs {options.max_jobs} left out {left_out} more" if left_out else ""
    return f"{plural(written, 'job file')} of {plural(len(sources), 'result')} {_are(written)} in {options.jobs}{cut}"


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def _chosen(wanted: Wanted, store: Store) -> list[JobLine]:
    """Return the results that are wanted with their labels, each once, by recording, parameters and key."""
    every = job_lines(store)
    lines, replaced = chosen_and_replaced(every, wanted)
    results = {line.record.id: line for line in lines if line.record and line.location}
    if not results:
        raise InvalidInput(_none(wanted, every))
    if replaced:
        log.warning(
            "%s left out, because newer ones replaced them; --all-versions has them", plural(replaced, "result")
        )
    return sorted(labelled_lines(list(results.values())), key=_order)


def _order(line: JobLine) -> tuple[str, str, str, str]:
    key = line.record.id if line.record else line.key
    return line.name, ", ".join(line.inputs), canonical_json(dict(line.parameters)), key


def _none(wanted: Wanted, every: Iterable[JobLine]) -> str:
    names = {line.name for line in every if line.record}
    if wanted.name in names:
        return f"no result of {shown(wanted.name)} matches the other options; `analysis-jobs list` shows all"
    return f"there is no result of {shown(wanted.name)}{nearest(str(wanted.name), names)}"


def _sources(lines: Sequence[JobLine], options: ResultsToJobs, store: Store) -> Iterator[SourceResult]:
    """Yield the results as sources, in their order; the log names those that are left out, and why."""
    left_out: dict[str, list[str]] = {}
    files = partial(_files, options, cache(open_bucket))
    for some in (lines[start : start + _CHUNK] for start in range(0, len(lines), _CHUNK)):
        records = store.records([line.record.id for line in some if line.record])
        there = [(line, records[line.record.id]) for line in some if line.record and line.record.id in records]
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            found = threads.map(files, [record for _, record in there])
            for (line, record), (names, problem) in zip(there, found, strict=True):
                if problem:
                    left_out.setdefault(problem, []).append(line.label)
                else:
                    yield as_source(line, record, options.place(record), names)
    _tell_of(left_out)


def _tell_of(left_out: Mapping[str, Sequence[str]]) -> None:
    """Name results that are left out by why, the first few reasons one by one."""
    for problem, labelled in islice(left_out.items(), _MOST_TOLD):
        log.warning("left out %s (%s): %s", plural(len(labelled), "result"), listed(labelled), problem)
    if more := sum(map(len, islice(left_out.values(), _MOST_TOLD, None))):
        log.warning("left out %s for reasons like these", plural(more, "more result"))


def _files(options: ResultsToJobs, opened: Callable[[str], Bucket], record: Record) -> tuple[list[str] | None, str]:
    """Return the names of the files that are asked for, None for all, and why none can be had."""
    try:
        place = options.place(record)
        bucket = opened(bucket_url(record, place))
        if not options.files:
            return None, nothing_at(location_of(record, place)) if bucket.lacking([str(record["_id"])]) else ""
        names = [line.path for line in result_lines(record, place, opened=bucket)]
    except InvalidInput as error:
        return None, str(error)
    fitting = [name for name in sorted(names) if any(fnmatch.fnmatchcase(name, pattern) for pattern in options.files)]
    if blank := next((name for name in fitting if name != name.rstrip()), None):
        return (
            None,
            f"its file {shown(blank)} has a blank at the end, which inputs may not have; choose others by --files",
        )
    return fitting, "" if fitting else f"no file matches --files {' '.join(options.files)}"


def _job(sources: Sequence[SourceResult], shared: Mapping[str, Any], options: ResultsToJobs) -> Job:
    keys = [source.key for source in sources]
    files = [f"{source.location}/{name}" for source in sources for name in source.files or ()]
    return Job(
        s3_location=[source.location for source in sources],
        asset_id=keys,  # this and the next two: either generation of the original wants some
        docdb_record_id=keys,
        asset_name=[_recording(source) for source in sources],
        file_location=files if options.files else None,
        group_metadata=dict(shared) or None,
        sources=within_bounds(sources),
    )


def _recording(source: SourceResult) -> str:
    (name,) = labels([Named(source.inputs, source.assets)])
    return name
