"""Packs of files, as a launch makes them."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote_from_bytes
from zipfile import ZipFile, ZipInfo


def pack_files(
    pack: Path, files: Mapping[str, str], *, named: str | None = None, remarks: Mapping[str, str] | None = None
) -> Path:
    """Write a pack of files by their names, of which one is the analysis, and of entries that have a remark alone."""
    with ZipFile(pack, "w") as out:
        for name, text in {**files, **dict.fromkeys(remarks or (), "")}.items():
            entry = ZipInfo(quote_from_bytes(name.encode()))
            entry.comment = ("analysis" if name == named else (remarks or {}).get(name, "")).encode()
            out.writestr(entry, text)
    return pack
