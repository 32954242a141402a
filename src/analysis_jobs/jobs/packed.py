"""The files of a jobs folder as a launch packed them: one zip, in which the names of files are as in a URL.

An entry has its file's content, or says in its comment why there is none: see ``functions/job_files.nf``.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_to_bytes
from zipfile import ZipFile, ZipInfo

# Comments of entries of which nobody will ask for a content
NAME_ONLY = "name"
WRITTEN_BY_US = "ours"


@dataclass(frozen=True)
class PackedFile:
    """A file of a pack.

    Attributes
    ----------
    pack
        The open zip, which all its files share.
    entry
        As the zip has it.
    """

    pack: ZipFile
    entry: ZipInfo

    @property
    def name(self) -> str:
        """Its path within the jobs folder; what is no UTF-8 is as Python has it in paths."""
        return os.fsdecode(unquote_to_bytes(self.entry.filename))

    @property
    def remark(self) -> str:
        """`NAME_ONLY`, `WRITTEN_BY_US`, or why it could not be read; an empty text if it could."""
        return self.entry.comment.decode()

    def read(self) -> bytes:
        """Return its content."""
        return self.pack.read(self.entry)


def packed_files(pack: Path) -> list[PackedFile]:
    """Return the files of a pack, in the order in which a walk through the folder finds them."""
    opened = ZipFile(pack)
    return sorted((PackedFile(opened, entry) for entry in opened.infolist()), key=lambda file: file.name.split("/"))
