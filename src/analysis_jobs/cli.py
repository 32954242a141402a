"""The command `analysis-jobs`: writing job files, and looking after what the pipeline has recorded and published."""

import getpass
import json
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from analysis_jobs.bucket import Bucket, open_bucket
from analysis_jobs.errors import InvalidInput, run_script
from analysis_jobs.outcome import read_lines
from analysis_jobs.store import Store, open_store

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)

Outdir = Annotated[Path, typer.Option(help="the pipeline's --outdir, where store and bucket are by default")]
StoreUrl = Annotated[str | None, typer.Option("--store", help="SQLite file, or docdb; default OUTDIR/records.sqlite")]
BucketUrl = Annotated[
    str | None, typer.Option("--bucket", help="folder or s3:// URL; default ANALYSIS_BUCKET, or OUTDIR/analyses")
]
Profile = Annotated[str | None, typer.Option("--write-profile", help="AWS profile that writes")]
By = Annotated[str | None, typer.Option(help="who does it; default CODEOCEAN_EMAIL, or you")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON lines, for programs")]
_OUT = Path("results")


def the_store(outdir: Path, url: str | None, profile: str | None = None, *, read_only: bool = False) -> Store:
    """Open the store that the options name; a file that is not there is a mistake, where the pipeline makes one."""
    place = url or str(outdir / "records.sqlite")
    if "docdb" not in (place, place.partition("://")[0]) and not Path(place).exists():
        raise InvalidInput(f"there is no store {place}; give --outdir or --store as in the launch of the pipeline")
    return open_store(place, read_only=read_only, profile=profile)


def the_bucket(outdir: Path, url: str | None, profile: str | None = None) -> Bucket:
    """Open the bucket that the options name, by the same rule as the pipeline."""
    named = os.environ.get("ANALYSIS_BUCKET")
    if not url and named is not None:
        url = named if named.startswith("s3://") else f"s3://{named}"
    return open_bucket(url or str(outdir / "analyses"), profile)


def _our_name(option: str) -> str:
    """Take the original dispatcher's options: with underscores, and some under other names."""
    name = option.replace("_", "-")
    return {"output-directory": "jobs", "max-number-of-tasks-dispatched": "max-jobs"}.get(name, name)


@app.command(context_settings={"token_normalize_func": _our_name})
def dispatch(
    csv: Annotated[Path | None, typer.Option(help="CSV of assets, with a column s3_location or asset_id")] = None,
    glob: Annotated[str | None, typer.Option(help="pattern of assets, a path or s3:// URL; quote it")] = None,
    docdb_query: Annotated[str | None, typer.Option(help="query of the metadata index, JSON or a JSON file")] = None,
    jobs: Annotated[Path, typer.Option(help="folder to write to, the pipeline's --jobs")] = Path("jobs"),
    file_extension: Annotated[str, typer.Option(help="look in the assets for files that end so, as .nwb")] = "",
    split_files: Annotated[
        Literal["1", "0", "true", "false"] | None,
        typer.Option(help="one job for each file, or one for all of an asset; default 1, with --group-by 0"),
    ] = None,
    group_by: Annotated[
        list[str] | None, typer.Option(help="one job for all assets that share this column or field; may be repeated")
    ] = None,
    tasks_per_job: Annotated[int, typer.Option(min=1, help="jobs that share a folder, and so a task")] = 1,
    max_jobs: Annotated[int | None, typer.Option(min=1, help="write only the first ones; default all")] = None,
    parameters: Annotated[
        Path | None, typer.Option(help="parameters file: one job for each set of its distributed parameters")
    ] = None,
    database: Annotated[str, typer.Option(help="where the metadata index is in DocDB")] = "metadata_index",
    collection: Annotated[str, typer.Option(help="its collection")] = "data_assets",
) -> None:
    """Write a job file for each asset of a CSV, a glob or a query; the same assets give the same files again."""
    from analysis_jobs.dispatch import Options
    from analysis_jobs.dispatch import dispatch as write_job_files

    logging.basicConfig(format="%(levelname)s: %(message)s")
    options = Options(
        csv=csv,
        glob=glob,
        docdb_query=docdb_query,
        jobs=jobs,
        file_extension=file_extension,
        split_files=None if split_files is None else split_files in ("1", "true"),
        group_by=[name.strip() for text in group_by or () for name in text.split(",") if name.strip()],
        tasks_per_job=tasks_per_job,
        max_jobs=max_jobs,
        parameters=parameters,
        database=database,
        collection=collection,
    )
    typer.echo(write_job_files(options))


@app.command()
def release(
    session: Annotated[str | None, typer.Argument(help="session of the run, or its beginning; none lists them")] = None,
    outdir: Outdir = _OUT,
    store: StoreUrl = None,
    write_profile: Profile = None,
    by: By = None,
) -> None:
    """Free the jobs that a run has claimed and will not finish, or list the runs that have claims."""
    from analysis_jobs.release import held_claims
    from analysis_jobs.release import release as release_claims

    the = the_store(outdir, store, write_profile, read_only=session is None)
    held = held_claims(the)
    if session is None:
        for name, states in held.items():
            times = f"since {min(one['changed'] for one in states)}, until {max(one['expires'] for one in states)}"
            typer.echo(f"{name}: {len(states)} jobs, {times}")
        typer.echo(f"{len(held)} runs have claims")
        return
    chosen = [name for name in held if name.startswith(session)]
    if len(chosen) != 1:
        raise InvalidInput(f"{len(chosen)} runs with claims have a session {session}...; `release` alone lists them")
    freed = release_claims(held[chosen[0]], the, by or _myself())
    typer.echo(f"{len(freed)} of {len(held[chosen[0]])} jobs of {chosen[0]} are free")


@app.command()
def adopt(
    decisions: Annotated[Path, typer.Argument(help="decisions.jsonl of a plan, which names the older results")],
    why: Annotated[str, typer.Option(help="the reason, kept in the job state")],
    key: Annotated[list[str] | None, typer.Option(help="only jobs with this key, or its beginning")] = None,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="take adoptions of these jobs back")] = False,
    outdir: Outdir = _OUT,
    store: StoreUrl = None,
    write_profile: Profile = None,
    by: By = None,
) -> None:
    """Let results of other code, as a plan has named them, count for the present code; or take that back."""
    from analysis_jobs import adopt as adoption

    lines = [one for one in read_lines(decisions) if one.get("key") and one["key"].startswith(tuple(key or [""]))]
    the = the_store(outdir, store, write_profile)
    if withdraw:
        done, refused = adoption.withdraw((one["key"] for one in lines), the, by or _myself(), why)
    else:
        done, refused = adoption.adopt(lines, the, by or _myself(), why)
    for name in done:
        typer.echo(f"{name} {'withdrawn' if withdraw else 'adopted'}")
    for name, reason in refused.items():
        typer.echo(f"{name} refused: {reason}", err=True)
    typer.echo(f"{len(done)} of {len(lines)} jobs {'withdrawn' if withdraw else 'adopted'}")
    if refused:
        raise typer.Exit(1)


@app.command()
def fsck(
    repair: Annotated[bool, typer.Option("--repair", help="mend what is safe to mend")] = False,
    sizes_only: Annotated[bool, typer.Option("--sizes-only", help="do not read files for their SHA-256")] = False,
    as_json: AsJson = False,
    outdir: Outdir = _OUT,
    store: StoreUrl = None,
    bucket: BucketUrl = None,
    write_profile: Profile = None,
) -> None:
    """Compare bucket and store: results without record, records without files, damaged files, leftovers."""
    from analysis_jobs.fsck import check

    the = the_store(outdir, store, write_profile, read_only=not repair)
    left = found = 0
    for finding in check(the_bucket(outdir, bucket, write_profile), the, repair=repair, checksums=not sizes_only):
        found += 1
        left += not finding.repaired
        mended = "repaired" if finding.repaired else "--repair mends it" if finding.repairable else "not repaired"
        shown = json.dumps(vars(finding)) if as_json else f"{finding.key}: {finding.kind} ({mended}): {finding.detail}"
        typer.echo(shown)
    if not as_json:
        typer.echo(f"{found} findings, {found - left} repaired" if found else "bucket and store agree")
    if left:
        raise typer.Exit(1)


def _myself() -> str:
    return os.environ.get("CODEOCEAN_EMAIL") or getpass.getuser()


def _quietly(command: Callable[[], Any]) -> None:
    try:
        command()
    except BrokenPipeError:
        os._exit(0)  # whoever reads has seen enough, as `head` does


def main() -> None:
    """Run the command line; exit codes as of the pipeline's scripts."""
    run_script(lambda: _quietly(app))
