"""The code that jobs ran, as its archive in the bucket has it, and in which files two versions of it differ."""

import difflib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from analysis_jobs.analysis.archive import ArchivedCode, code_of, read_archive
from analysis_jobs.analysis.code_files import as_code
from analysis_jobs.analysis.source import locate
from analysis_jobs.bucket.names import CODE
from analysis_jobs.bucket.places import bucket_of
from analysis_jobs.bucket.protocol import Bucket
from analysis_jobs.documents import CodeIdentity, Parts
from analysis_jobs.errors import InvalidInput, ServiceUnavailable
from analysis_jobs.records.build import Record
from analysis_jobs.records.read import is_ours, summary_of

FileChange = Literal["added", "removed", "changed"]


@dataclass(frozen=True)
class JobCode:
    """The code of a job, or of a checkout.

    Attributes
    ----------
    digest
        Of its files; None where nobody knows it.
    archived
        Its files; None where they are not to be had.
    why
        Why not; an empty text where they are.
    """

    digest: str | None
    archived: ArchivedCode | None = None
    why: str = ""


@dataclass(frozen=True)
class FileDifference:
    """A source file in which B differs from A: how, how many lines came and went, and the unified diff."""

    file: str
    change: FileChange
    added: int
    removed: int
    diff: str


class PresentCode:
    """The code of an analysis as it is now, in the environment that it runs in."""

    def __init__(self, analysis: str) -> None:
        """Take an analysis, as `analysis_jobs.analysis.source.locate` does; raises `InvalidInput` as that does."""
        self._code = code_of(locate(analysis))

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        files = {name: content.decode(errors="surrogateescape") for name, content in self._code.files.items()}
        return {"kind": self._code.kind, "entry": self._code.entry, "files": files}


def present_code(values: Mapping[str, Any]) -> JobCode:
    """Return what `PresentCode.as_json` was made of."""
    files = {name: content.encode(errors="surrogateescape") for name, content in values["files"].items()}
    code = ArchivedCode(values["kind"], values["entry"], files)
    return JobCode(code.digest(), code)


def code_of_job(key: str, parts: Parts, record: Record | None, bucket: Callable[[], Bucket]) -> JobCode:
    """Find the code of a job in the bucket, or in that of its record; says why where it is not to be had.

    Parameters
    ----------
    key, parts
        The job's. Where the parts have a word of the user's for the code, the manifest knows its digest.
    record
        Of the job, if it has one.
    bucket
        Opens where to look first, which may not be possible.
    """
    digest = parts["code"].removeprefix("sha256:") if parts["code"].startswith("sha256:") else None
    try:
        if digest is None:
            digest = next(filter(None, (_noted_digest(key, some) for some in _buckets(key, record, bucket))), None)
        if digest is None:
            raise InvalidInput(f"the digest of its files is not recorded, only {parts['code']}")
        return JobCode(digest, _archived(digest, _buckets(key, record, bucket)))
    except (InvalidInput, ServiceUnavailable, OSError) as error:
        return JobCode(digest, why=str(error))


def _archived(digest: str, buckets: Iterator[Bucket]) -> ArchivedCode:
    places = []
    for bucket in buckets:
        place = bucket.location(CODE)
        try:
            archive = bucket.code(digest)
        except OSError as error:
            raise InvalidInput(f"its archive in {place} cannot be read: {error.strerror or error}") from None
        if archive is not None:  # one that is empty is damaged
            return read_archive(archive, digest)
        places.append(place)
    raise InvalidInput(
        f"there is no archive of sha256:{digest} in {' or '.join(places)}, as after a launch with --publish_code "
        "false, or before archives were kept"
    )


def _buckets(key: str, record: Record | None, bucket: Callable[[], Bucket]) -> Iterator[Bucket]:
    first = bucket()
    yield first
    if record and is_ours(summary_of(record)) and not first.holds(key, str(record["location"])):
        yield bucket_of(record)


def _noted_digest(key: str, bucket: Bucket) -> str | None:
    manifest = bucket.manifest(key)
    source = manifest["run"].get("source") if manifest else None
    return source["digest"] if source else None


def same_code(a: JobCode, b: JobCode) -> dict[CodeIdentity, bool]:
    """Return whether two versions of code are the same by each identity, as far as that is known."""
    same: dict[CodeIdentity, bool] = {}
    if a.digest and b.digest:
        same["files"] = a.digest == b.digest
    if same.get("files"):
        same["syntax"] = True
    elif a.archived and b.archived:
        same["syntax"] = a.archived.syntax_digest() == b.archived.syntax_digest()
    return same


def file_differences(a: ArchivedCode, b: ArchivedCode) -> list[FileDifference]:
    """Return the files in which B differs from A, by name; a file that is the analysis has the same whatever its name.

    As for the digest, neither line ends nor comments that declare packages make a difference.
    """
    there, here = dict(a.named_contents()), dict(b.named_contents())
    found = []
    for name in sorted(there.keys() | here.keys()):
        old, new = there.get(name), here.get(name)
        if old is None or new is None or as_code(old) != as_code(new):
            found.append(_difference(name or a.entry, name or b.entry, old, new))
    return found


def _difference(old_name: str, new_name: str, old: bytes | None, new: bytes | None) -> FileDifference:
    before = "/dev/null" if old is None else f"A/{old_name}"
    after = "/dev/null" if new is None else f"B/{new_name}"
    lines = list(difflib.unified_diff(_lines(old), _lines(new), before, after, lineterm=""))
    added, removed = (sum(line.startswith(sign) for line in lines[2:]) for sign in "+-")
    change: FileChange = "added" if old is None else "removed" if new is None else "changed"
    return FileDifference(old_name if new is None else new_name, change, added, removed, "\n".join(lines))


def _lines(content: bytes | None) -> list[str]:
    """Return the lines of a file; one without an end at the end of the file is marked as by `diff`.

    Bytes that are not UTF-8 are shown by number, so that two files of another encoding never look the same.
    """
    text = (content or b"").replace(b"\r\n", b"\n").replace(b"\r", b"\n").decode(errors="backslashreplace")
    *lines, rest = text.split("\n")
    return [*lines, f"{rest}\n\\ No newline at end of file"] if rest else lines
