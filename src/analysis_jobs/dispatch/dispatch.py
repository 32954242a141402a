"""Find assets and make jobs of them, as the original job dispatcher does."""

import json
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from analysis_jobs.dispatch.assets import Asset, csv_assets, glob_assets, grouped
from analysis_jobs.dispatch.locations import files_below
from analysis_jobs.dispatch.metadata_index import COLLECTION, DATABASE, MetadataIndex, read_query
from analysis_jobs.dispatch.write import write_every
from analysis_jobs.documents import Values
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.job import Job
from analysis_jobs.jobs.parameters_file import read_parameters
from analysis_jobs.wording import listed, plural, shown

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Options:
    """What to dispatch, and how: the options of `analysis-jobs dispatch`."""

    csv: Path | None = None
    glob: str | None = None
    docdb_query: str | None = None
    jobs: Path = Path("jobs")
    file_extension: str = ""
    split_files: bool | None = None
    group_by: Sequence[str] = ()
    jobs_per_task: int = 1
    max_jobs: int | None = None
    parameters: Path | None = None
    database: str = DATABASE
    collection: str = COLLECTION


def dispatch(options: Options) -> str:
    """Write the job files, and return in words how many.

    Raises
    ------
    InvalidInput
        If an option or the file it names is wrong, or there is nothing to make jobs of.
    ServiceUnavailable
        If the metadata index does not answer.
    """
    sets = read_sets(options.parameters) if options.parameters else []
    assets, query = find_assets(options)
    made = jobs_of(
        assets,
        group_by=options.group_by,
        file_extension=options.file_extension,
        split_files=options.split_files,
        query=query,
    )
    written, left_out = write_every(made, sets, options.jobs, options.jobs_per_task, options.max_jobs)
    cut = f"; --max-jobs {options.max_jobs} left out {left_out} more" if left_out else ""
    files, are = plural(written, "job file"), "is" if written == 1 else "are"
    return f"{files} of {plural(len(assets), 'asset')} {are} in {options.jobs}{cut}"


def find_assets(options: Options) -> tuple[list[Asset], str | None]:
    """Return the assets of the one source that is given, and the query in JSON if it is one.

    Raises
    ------
    InvalidInput
        If there are none, or not one source is given.
    """
    csv, glob, query = options.csv, options.glob, options.docdb_query
    if sum(source is not None for source in (csv, glob, query)) != 1:
        raise InvalidInput(
            "give one source of assets: --csv FILE, --glob PATTERN, --docdb-query QUERY or --results-of NAME"
        )
    if glob is not None and options.group_by:
        raise InvalidInput("--group-by names a column of --csv or a field of --docdb-query; --glob has neither")
    if glob is not None:
        return glob_assets(glob), None
    index = partial(MetadataIndex, options.group_by, options.database, options.collection)
    if csv is not None:
        assets, missing = csv_assets(csv, lambda ids: index().by_asset_id(ids))
        _name_left_out(missing, "that the metadata index does not know")
        return assets, None
    asked = read_query(query or "")
    assets = list(index().matching(asked))
    if not assets:
        raise InvalidInput(f"no asset matches the query {shown(asked)}; check names and values")
    return assets, json.dumps(asked)


def jobs_of(
    assets: Iterable[Asset],
    *,
    group_by: Sequence[str] = (),
    file_extension: str = "",
    split_files: bool | None = None,
    query: str | None = None,
) -> list[Job]:
    """Make jobs of assets.

    Parameters
    ----------
    assets
        In the order of the jobs.
    group_by
        Assets that share the values of these fields make one job, else each asset makes its own.
    file_extension
        Look in the assets for files whose names end with it, and leave out assets without any.
    split_files
        Whether each file makes a job, else those of an asset share one; by default they do only if grouped.
    query
        The query that found the assets, for the job files.

    Raises
    ------
    InvalidInput
        If there is nothing to make jobs of, or the options contradict each other.
    """
    if group_by and split_files:
        raise InvalidInput(
            "--split-files makes a job for each file, --group-by one for several assets; give one of them"
        )
    assets = list(assets)
    located = [asset for asset in assets if asset.location]
    _name_left_out([asset.name for asset in assets if not asset.location], "that have no location")
    groups, odd = grouped(located, group_by)
    _name_left_out([asset.location for asset in odd], f"without a value of {' or '.join(group_by)}")
    if not file_extension:
        jobs = [_job(group, None, group_by, query) for group in groups]
    else:
        split = not group_by if split_files is None else split_files
        jobs = list(_with_files(groups, file_extension.removeprefix("*"), split, group_by, query))
    if not jobs:
        raise InvalidInput("no asset is left for a job; see above, and check the options")
    return jobs


def _with_files(
    groups: list[list[Asset]], extension: str, split: bool, group_by: Sequence[str], query: str | None
) -> Iterator[Job]:
    locations = [asset.location for group in groups for asset in group]
    files = dict(zip(locations, files_below(locations, extension), strict=True))
    _name_left_out([location for location, inside in files.items() if not inside], f"without any *{extension}")
    for group in groups:
        rest = [asset for asset in group if files[asset.location]]
        group_files = [file for asset in rest for file in files[asset.location]]
        for some in [[file] for file in group_files] if split else [group_files] if group_files else []:
            yield _job(rest, some, group_by, query)


def _job(assets: Sequence[Asset], files: list[str] | None, group_by: Sequence[str], query: str | None) -> Job:
    # The original's names of grouped fields: no dots, which DocDB does not take
    shared = {name.replace(".", "__"): assets[0].fields[name] for name in group_by}
    return Job(
        s3_location=[asset.location for asset in assets],
        asset_name=[asset.name for asset in assets],
        asset_id=_all([asset.asset_id for asset in assets]),
        docdb_record_id=_all([asset.record_id for asset in assets]),
        file_location=files,
        group_metadata=shared or None,
        query=query,
    )


def _all(values: list[str | None]) -> list[str] | None:
    known = [value for value in values if value is not None]
    return known if len(known) == len(values) else None


def _name_left_out(locations: list[str], why: str) -> None:
    if locations:
        log.warning("left out of the jobs: %s %s: %s", plural(len(locations), "asset"), why, listed(locations))


def read_sets(path: Path) -> list[Values]:
    """Read the parameter sets of a parameters file, in any of the pipeline's forms.

    Raises
    ------
    InvalidInput
        If it has none.
    """
    file = read_parameters(path, str(path))
    sets = file.sets()
    if not sets:
        raise InvalidInput(
            f"{path} has no distributed parameters and no grid ({shown(file.fixed)}); write a list of parameter sets, "
            "or leave --parameters out: fixed parameters are given to the pipeline"
        )
    return sets
