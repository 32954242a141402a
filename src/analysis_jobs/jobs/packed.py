"""The files of a jobs folder as a launch packed them: one zip, in which the names of files are as in a URL.

An entry has its file's content, or says in its comment why there is none: see ``functions/job_files.nf``.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from struct import Struct
from urllib.parse import unquote_to_bytes
from zipfile import ZipFile, ZipInfo

# Comments of entries of which nobody will ask for a content
NAME_ONLY = "name"
WRITTEN_BY_US = "ours"


# Where in the zip a content is, and how it is written: what reading needs of a ZipInfo, in a sixth of its memory
_PLACE = Struct("<QQQIHH")


@dataclass(frozen=True, slots=True)
class PackedFile:
    """A file of a pack; of a million of them are some hundred megabytes.

    Attributes
    ----------
    pack
        The open zip, which all its files share.
    name
        Its path within the jobs folder; what is no UTF-8 is as Python has it in paths.
    remark
        `NAME_ONLY`, `WRITTEN_BY_US`, or why it could not be read; an empty text if it could.
    called
        What the zip calls it.
    place
        As `_PLACE` has it.
    """

    pack: ZipFile
    name: str
    remark: str
    called: str
    place: bytes

    def read(self) -> bytes:
        """Return its content."""
        entry = ZipInfo(self.called)
        (
            entry.header_offset,
            entry.compress_size,
            entry.file_size,
            entry.CRC,
            entry.compress_type,
            entry.flag_bits,
        ) = _PLACE.unpack(self.place)
        return self.pack.read(entry)


def packed_files(pack: Path) -> list[PackedFile]:
    """Return the files of a pack, in the order in which a walk through the folder finds them."""
    opened = ZipFile(pack)
    entries = sorted(opened.infolist(), key=lambda entry: _name(entry).split("/"), reverse=True)
    opened.filelist.clear()
    opened.NameToInfo.clear()
    return [_packed(opened, entries.pop()) for _ in range(len(entries))]


def _packed(pack: ZipFile, entry: ZipInfo) -> PackedFile:
    place = _PLACE.pack(
        entry.header_offset, entry.compress_size, entry.file_size, entry.CRC, entry.compress_type, entry.flag_bits
    )
    return PackedFile(pack, _name(entry), entry.comment.decode(), entry.filename, place)


def _name(entry: ZipInfo) -> str:
    called = entry.filename
    return os.fsdecode(unquote_to_bytes(called)) if "%" in called else called
