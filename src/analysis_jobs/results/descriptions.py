"""What the columns of tables are, as the analysis says: its manifests have the descriptions and units of its fields."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from analysis_jobs.bucket.manifests import whole_manifest
from analysis_jobs.bucket.names import MANIFEST
from analysis_jobs.bucket.places import bucket_of
from analysis_jobs.documents import DescribedField, Manifest
from analysis_jobs.errors import InvalidInput, ServiceUnavailable
from analysis_jobs.records.build import Record
from analysis_jobs.records.notes import notes_of
from analysis_jobs.records.read import is_ours, process_of, summary_of

log = logging.getLogger(__name__)
MOST_MANIFESTS = 10  # that are read for a table; of more codes, those of the newest results
_CODE = "code "  # how the note begins that says which code it was
_ANY = "*"


class Descriptions:
    """What fields are, by the path of a value in them."""

    def __init__(self, described: Iterable[DescribedField] = ()) -> None:
        """Take what manifests say, the first of each name."""
        self._by_path: dict[tuple[str, ...], DescribedField] = {}
        self._found: dict[tuple[str, ...], Mapping[str, str]] = {}
        for about in described:
            self._by_path.setdefault(tuple(about["name"].replace("[]", f".{_ANY}").split(".")), about)

    def of(self, path: Sequence[str]) -> Mapping[str, str]:
        """Return `description` and `unit`, as far as they are known, of a value or else of what it is in.

        Parameters
        ----------
        path
            ``parameters`` or ``outputs``, and the names down to the value, or positions in lists.
        """
        key = tuple(path)
        if key not in self._found:
            self._found[key] = self._look_for(key)
        return self._found[key]

    def _look_for(self, path: tuple[str, ...]) -> Mapping[str, str]:
        for length in range(len(path), 1, -1):
            for known, about in self._by_path.items():
                if len(known) == length and all(map(_fits, known, path)):
                    return {word: text for word, text in about.items() if word != "name"}  # type: ignore[misc]
        return {}


def _fits(known: str, name: str) -> bool:
    return known in (_ANY, name)


def described_by(records: Iterable[Record], manifest_of: Callable[[Record], Manifest]) -> list[DescribedField]:
    """Return what the manifests of results say of their fields: one of each analysis and code, that of the first.

    Where one cannot be read, the log says so, and the rest counts.

    Parameters
    ----------
    records
        The newest first.
    manifest_of
        What reads the manifest of a record.
    """
    of_codes: dict[tuple[Any, ...], Record] = {}
    for record in records:
        if is_ours(summary_of(record)) and len(of_codes) < MOST_MANIFESTS:  # others have no manifest
            of_codes.setdefault(_code_of(record), record)
    described: list[DescribedField] = []
    for record in of_codes.values():
        try:
            described += manifest_of(record)["run"].get("described") or []
        except (InvalidInput, ServiceUnavailable) as error:
            log.warning("the columns are written without the descriptions of one version of the code: %s", error)
    return described


def recorded_manifest(record: Record) -> Manifest:
    """Return the manifest of a result, from where its record says that it is.

    Raises
    ------
    InvalidInput
        If there is none, or it is damaged.
    """
    key, bucket = record["_id"], bucket_of(record)
    manifest = bucket.manifest(key)
    if manifest is None:
        raise InvalidInput(f"there is no {MANIFEST} in {record['location']}; it was removed, or the results were moved")
    return whole_manifest(manifest, key, bucket.location(""))


def _code_of(record: Record) -> tuple[Any, ...]:
    code = process_of(record).get("code") or {}
    identity = next((note for note in notes_of(record) if note.startswith(_CODE)), code.get("version"))
    return code.get("name"), identity
