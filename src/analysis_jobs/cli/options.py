"""Options that several commands have, and what they open.

Imports within functions are for a quick start.
"""

import getpass
import logging
import os
import shlex
from collections.abc import Iterable, Sequence
from contextlib import suppress
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from analysis_jobs.bucket.opening import check_is_there, open_bucket
from analysis_jobs.bucket.protocol import Bucket, NoBucket
from analysis_jobs.documents import CodeIdentity
from analysis_jobs.errors import InvalidInput
from analysis_jobs.sharing import closed_folder
from analysis_jobs.store.opening import no_store, open_store
from analysis_jobs.store.protocol import Store
from analysis_jobs.wording import is_url, shown

if TYPE_CHECKING:
    from analysis_jobs.documents import InputContent
    from analysis_jobs.published.find import Published


def named_folder(text: str) -> Path:
    """Return the folder that an option or argument names, for typer to parse it with."""
    if not str(text):  # that of a variable that is not set, which would be the current folder
        raise typer.BadParameter("it is empty; name a folder")
    return Path(text)


Outdir = Annotated[Path, typer.Option(help="--outdir of the launch, where store and bucket are by default")]
StoreUrl = Annotated[
    str | None, typer.Option("--store", help="SQLite file, postgresql://..., or docdb; default: OUTDIR/records.sqlite")
]
BucketUrl = Annotated[
    str | None, typer.Option("--bucket", help="folder or s3:// URL; default: ANALYSIS_BUCKET, or OUTDIR/analyses")
]
Profile = Annotated[str | None, typer.Option("--write-profile", help="AWS profile that writes")]
By = Annotated[str | None, typer.Option(help="who does this, for the history; default: CODEOCEAN_EMAIL, or you")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON lines, for programs")]
WhichEnvironment = Annotated[str | None, typer.Option(help="active, auto, or a folder, as in the launch")]
WhichCode = Annotated[CodeIdentity, typer.Option("--code-identity", help="what of the code counts, as in the launch")]
EnvironmentCache = Annotated[
    Path | None,
    typer.Option(
        "--environment-cache", help="folder of the environments that are made", parser=named_folder, metavar="PATH"
    ),
]
InputsBy = Annotated[
    Literal["location", "content"],
    typer.Option("--inputs-by", help="what of the inputs is part of a key, as in the launch"),
]
OUT = Path("results")
# By which options the command that runs has opened its store
_places: ContextVar[Sequence[str]] = ContextVar("places", default=())


def command_line(*words: str) -> str:
    """Return a command of ours, as a message recommends it: with the --outdir and --store that this one was given."""
    return f"`{shlex.join(['analysis-jobs', *words, *_places.get()])}`"


def complete_key(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return keys that begin so, for the shell; none where the store cannot be read: completion says nothing."""
    os.environ["ANALYSIS_RETRY_SECONDS"] = "1"  # nobody waits longer for a tab
    logging.disable()
    place = ctx.params.get("store")
    outdir = Path(ctx.params.get("outdir") or OUT)
    with suppress(Exception):
        return open_store_of(outdir, place, read_only=True).keys(incomplete, limit=50)
    return []


Key = Annotated[str, typer.Argument(help="key of a job, or its beginning", autocompletion=complete_key)]


def open_store_of(outdir: Path, url: str | None, profile: str | None = None, *, read_only: bool = False) -> Store:
    """Open the store that the options name; a file that is not there is a mistake, where the pipeline makes one."""
    given = {"--outdir": None if outdir == OUT else str(outdir), "--store": url}
    _places.set([part for option, value in given.items() if value for part in (option, value)])
    place = url or str(outdir / "records.sqlite")
    if place != "docdb" and not is_url(place) and not os.path.exists(place) and not closed_folder(Path(place)):
        raise InvalidInput(no_store(place, "give --outdir or --store as in the launch of the pipeline"))
    return open_store(place, read_only=read_only, profile=profile)


def contents_of(job: Path, inputs_by: str) -> "dict[str, InputContent] | None":
    """Return what is in the inputs of a job file, where keys go by that."""
    from analysis_jobs.jobs.job import read_job
    from analysis_jobs.stages.input_contents import CONTENT, contents_of_jobs

    return contents_of_jobs([read_job(job, str(job))]) if inputs_by == CONTENT else None


def exit_if_damaged(store: Store) -> None:
    """End with status 1 if the store has documents that it could not use; the log has named each."""
    if store.damaged:
        raise typer.Exit(1)


def open_bucket_of(outdir: Path, url: str | None, profile: str | None = None) -> Bucket:
    """Open the bucket that the options name, by the same rule as the pipeline."""
    named = os.environ.get("ANALYSIS_BUCKET")
    if not url and named is not None:
        url = named if named.startswith("s3://") else f"s3://{named}"
    return open_bucket(url or str(outdir / "analyses"), profile)


def read_bucket_of(outdir: Path, url: str | None) -> Bucket:
    """Open the bucket as `open_bucket_of` does, to read: one that --bucket names must be there."""
    if not url:
        return open_bucket_of(outdir, url)
    check_is_there(url)
    bucket = open_bucket(url)
    if is_url(url):
        try:
            bucket.files("-")  # which is no key: S3 says whether there is a bucket with any answer
        except NoBucket:
            raise
        except InvalidInput:  # who may not list it may read its results
            pass
    return bucket


def checked_beginning(text: str) -> str:
    """Return the beginning of a key; an empty one, as of a variable that is not set, would be that of any job."""
    if not text.strip() or not text.isprintable():
        raise InvalidInput(f"{shown(text)} is not the beginning of a key; {command_line('list')} shows them")
    return text


def full_key(beginning: str, store: Store, others: Iterable[str] = ()) -> str:
    """Return the one key that begins so, of the store's jobs or others; one that is written out in full goes first."""
    keys = sorted({*store.keys(checked_beginning(beginning), limit=4), *others})
    if beginning in keys:
        return beginning
    if not keys:
        raise InvalidInput(f"no job has a key {beginning}...; {command_line('list')} shows them")
    if len(keys) > 1:
        more = ", ..." if len(keys) > 3 else ""
        raise InvalidInput(f"several jobs have a key {beginning}...: {', '.join(keys[:3])}{more}; give more of it")
    return keys[0]


def published_of(beginning: str, outdir: Path, store: str | None, bucket: str | None) -> "Published":
    """Return the published results of the job whose key begins so."""
    from analysis_jobs.published.find import find_published

    opened = open_store_of(outdir, store, read_only=True)
    return find_published(full_key(beginning, opened), opened, read_bucket_of(outdir, bucket))


def myself() -> str:
    """Return who does it, where --by does not say."""
    if email := os.environ.get("CODEOCEAN_EMAIL"):
        return email
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # as in a container, where nobody has this number
        return f"user {os.getuid()}"
