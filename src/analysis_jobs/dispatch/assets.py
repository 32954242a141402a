"""Assets, the data that jobs are made of: those that a CSV lists, and those that match a glob."""

import csv
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from analysis_jobs.dispatch.locations import absolute, matches
from analysis_jobs.errors import InvalidInput
from analysis_jobs.plain_files import open_plain
from analysis_jobs.wording import listed, plural, shown

log = logging.getLogger(__name__)
# Finds assets by their ids
LookUp = Callable[[Sequence[str]], Mapping[str, "Asset"]]


@dataclass(frozen=True)
class Asset:
    """A data asset: its folder or file, and what is known of it.

    `fields` are what assets can be grouped by: columns of a CSV, fields of a record, by their whole names.
    """

    location: str
    name: str
    asset_id: str | None = None
    record_id: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)


def name_of(location: str) -> str:
    """Return the last part of a location."""
    return location.rstrip("/").rpartition("/")[2]


def glob_assets(pattern: str) -> list[Asset]:
    """Return what matches a pattern, each file or folder an asset, in the order of their names.

    Raises
    ------
    InvalidInput
        If nothing matches, or it cannot be listed.
    """
    locations = matches(pattern)
    if not locations:
        raise InvalidInput(f"nothing matches --glob {shown(pattern)}; check it, and quote it for the shell")
    return [Asset(location, name_of(location)) for location in locations]


def csv_assets(path: Path, look_up: LookUp) -> tuple[list[Asset], list[str]]:
    """Read the assets that a CSV file lists.

    Parameters
    ----------
    path
        Has a column ``s3_location``, ``asset_id`` or both; ``asset_name`` and ``docdb_record_id`` are taken over.
    look_up
        Finds the assets of rows that have only an id.

    Returns
    -------
    assets : list of Asset
        In the order of the rows.
    missing : list of str
        Ids that were not found.

    Raises
    ------
    InvalidInput
        If the file cannot be read, or lists nothing.
    """
    rows = _rows(path)
    ids = list(dict.fromkeys(row["asset_id"] for row in rows if not row.get("s3_location")))
    known = look_up(ids) if ids else {}
    assets = [_asset(row, known) for row in rows]
    return [asset for asset in assets if asset], [asset_id for asset_id in ids if asset_id not in known]


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with TextIOWrapper(open_plain(path), encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            rows = [(reader.line_num, _stripped(row)) for row in reader]
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}; give --csv a CSV file of assets") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidInput(f"{path} is not a CSV in UTF-8: {error}; save it again as one") from None
    named = [row for _, row in rows if _names_asset(row)]
    if not named:
        columns = ", ".join(rows[0][1]) if rows else "none with a value below it"
        raise InvalidInput(f"{path} lists no asset in a column s3_location or asset_id; its columns are: {columns}")
    if others := [str(line) for line, row in rows if not _names_asset(row) and any(row.values())]:
        left_out = plural(len(others), "row")
        log.warning("left out %s of %s without s3_location and asset_id: line %s", left_out, path, listed(others))
    return named


def _names_asset(row: Mapping[str, str]) -> bool:
    return bool(row.get("s3_location") or row.get("asset_id"))


def _stripped(row: Mapping[str | None, Any]) -> dict[str, str]:
    # Beyond the header's columns there is a list, under None
    return {name.strip(): text.strip() for name, text in row.items() if name and isinstance(text, str)}


def _asset(row: dict[str, str], known: Mapping[str, Asset]) -> Asset | None:
    asset_id = row.get("asset_id") or None
    if row.get("s3_location"):
        location = absolute(row["s3_location"])
        name = row.get("asset_name") or name_of(location)
        return Asset(location, name, asset_id, row.get("docdb_record_id") or None, row)
    asset = known.get(asset_id or "")
    return asset and Asset(asset.location, asset.name, asset_id, asset.record_id, {**asset.fields, **row})


def grouped(assets: Iterable[Asset], fields: Sequence[str]) -> tuple[list[list[Asset]], list[Asset]]:
    """Put assets that share the values of some fields together.

    Returns
    -------
    groups : list of list of Asset
        In the order of their first assets; without fields each asset alone.
    left_out : list of Asset
        Those that have no value in one of the fields.
    """
    groups: dict[Any, list[Asset]] = {}
    left_out = []
    for asset in assets:
        values = [asset.fields.get(name) for name in fields]
        if None in values or "" in values:
            left_out.append(asset)
        else:
            groups.setdefault(repr(values) if fields else len(groups), []).append(asset)
    return list(groups.values()), left_out
