"""The source files of an analysis as one file: written so that the same code gives the same bytes, and read with care.

Imports within functions are for a quick start.
"""

import gzip
import io
import json
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Self, cast

from analysis_jobs.analysis.code_files import LARGEST_FOLDER, content_digest_of
from analysis_jobs.analysis.source import DESCRIPTION, Source
from analysis_jobs.documents import ArchiveDescription, SourceKind
from analysis_jobs.shapes import Damaged, json_in, misshapen
from analysis_jobs.wording import is_inside, relative_name, shown


@dataclass(frozen=True)
class ArchivedCode:
    """The source files of an analysis, which are all that its digest covers.

    Attributes
    ----------
    kind, entry
        As of `analysis_jobs.analysis.source.Source`; the entry by its name among the files.
    files
        Contents by name.
    """

    kind: SourceKind
    entry: str
    files: Mapping[str, bytes]

    def named_contents(self) -> list[tuple[str, bytes]]:
        """Return the files with their names in digests; see `analysis_jobs.analysis.source.Source.named_files`."""
        anonymous = self.entry if self.kind == "file" else None
        return [("" if name == anonymous else name, content) for name, content in self.files.items()]

    def digest(self) -> str:
        """Return the SHA-256 of the files, as `analysis_jobs.analysis.source.Source.digest` has it."""
        return content_digest_of(self.named_contents())

    def syntax_digest(self) -> str:
        """Return the SHA-256 of what they say to Python; see `analysis_jobs.analysis.syntax.syntax_digest`."""
        from analysis_jobs.analysis.syntax import syntax_digest

        return syntax_digest(self.named_contents())

    def renamed(self, entry: str) -> Self:
        """Return the same with another name for the file that is the analysis."""
        files = {entry if name == self.entry else name: content for name, content in self.files.items()}
        return replace(self, entry=entry, files=files)

    def write(self, folder: Path) -> None:
        """Write the files into a folder, which is made."""
        for name, content in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def code_of(source: Source) -> ArchivedCode:
    """Return the source files of an analysis as they are now."""
    files = {relative_name(path, source.root): path.read_bytes() for path in source.files}
    return ArchivedCode(source.kind, relative_name(source.entry, source.root), files)


def archive_of(code: ArchivedCode) -> bytes:
    """Return source files as a tar file in gzip, in which no time, owner or name of a machine is."""
    description: ArchiveDescription = {"kind": code.kind, "entry": code.entry}
    members = {DESCRIPTION: json.dumps(description).encode(), **dict(sorted(code.files.items()))}
    packed = io.BytesIO()
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0) as compressed,
        tarfile.open(fileobj=compressed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def read_archive(content: bytes, digest: str) -> ArchivedCode:
    """Return the source files in an archive, having seen that they are those of a digest; nothing is written.

    Raises
    ------
    Damaged
        If they are not, or it holds anything but files by names within a folder.
    """
    try:
        members = dict(_members(content))
        description = json_in(members.pop(DESCRIPTION, b""))
    except (OSError, EOFError, zlib.error, tarfile.TarError, ValueError) as error:
        raise Damaged(_damaged(digest, str(error))) from None
    if wrong := misshapen(description, ArchiveDescription):
        raise Damaged(_damaged(digest, f"of its description {wrong}"))
    about = cast(ArchiveDescription, description)
    code = ArchivedCode(about["kind"], about["entry"], members)
    if code.entry not in members or code.digest() != digest:
        raise Damaged(_damaged(digest, "its files are others"))
    return code


def _damaged(digest: str, why: str) -> str:
    return (
        f"the archive of the code sha256:{digest} is damaged: {why}; remove it, and the next launch that runs this "
        "code publishes it again"
    )


def _members(content: bytes) -> Iterator[tuple[str, bytes]]:
    with gzip.GzipFile(fileobj=io.BytesIO(content)) as compressed:
        unpacked = compressed.read(2 * LARGEST_FOLDER + 1)  # of a small file it could fill the memory
    if len(unpacked) > 2 * LARGEST_FOLDER:
        raise ValueError("it is too large")
    seen = set()
    with tarfile.open(fileobj=io.BytesIO(unpacked), mode="r:") as archive:
        for member in archive:
            name = member.name
            is_whole = member.isreg() and not member.issparse()  # the holes of a sparse file could fill the memory
            file = archive.extractfile(member) if is_whole else None
            if file is None or not is_inside(name) or PurePosixPath(name).as_posix() != name or name in seen:
                raise ValueError(f"it holds {shown(name)}, which is not a file of an analysis")
            seen.add(name)
            yield name, file.read()
