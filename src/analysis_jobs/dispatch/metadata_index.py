"""Assets as AIND's metadata index in DocDB knows them."""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from requests import HTTPError

from analysis_jobs.dispatch.assets import Asset, name_of
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.json_files import json_type, read_json
from analysis_jobs.store.docdb import SCHEME, docdb_url
from analysis_jobs.store.docdb_client import Collection, Document
from analysis_jobs.wording import shown

DATABASE = "metadata_index"
COLLECTION = "data_assets"
# The gateway refuses answers of more than some megabytes; an asset takes half a kilobyte.
ASSETS_A_PAGE = 1_000
_ASSET_IDS = "external_links.Code Ocean"


class MetadataIndex:
    """The metadata index; host and version as the environment names them for the store, read without credentials."""

    def __init__(self, fields: Sequence[str], database: str = DATABASE, collection: str = COLLECTION) -> None:
        """Take the fields of records that assets are to carry, and see that the index can be read.

        Raises
        ------
        InvalidInput
            If it cannot be reached.
        """
        host, version, *_ = map(unquote, docdb_url().removeprefix(SCHEME).split("/"))
        self._fields = fields
        self._collection = Collection(host, version, database, collection, None)
        self._collection.check(write=False)

    def matching(self, query: Document) -> Iterator[Asset]:
        """Yield the assets that a query matches, in the order of their record ids.

        Raises
        ------
        InvalidInput
            If the database refuses the query.
        """
        last: Document = {}
        while True:
            match = {"$match": {"$and": [query, last]}} if last else {"$match": query}
            page = self._page([match, {"$sort": {"_id": 1}}, {"$limit": ASSETS_A_PAGE}, self._wanted()])
            yield from self._assets(page)
            if len(page) < ASSETS_A_PAGE:
                return
            last = {"_id": {"$gt": page[-1]["_id"]}}

    def by_asset_id(self, ids: Sequence[str]) -> dict[str, Asset]:
        """Return the assets with these Code Ocean ids, by the ids."""
        assets: dict[str, Asset] = {}
        for some in (ids[start : start + ASSETS_A_PAGE] for start in range(0, len(ids), ASSETS_A_PAGE)):
            documents = list(self._collection.among(_ASSET_IDS, some, [self._wanted()]))
            known = zip(documents, self._assets(documents), strict=True)
            assets |= {asset_id: asset for document, asset in known for asset_id in _texts(_at(document, _ASSET_IDS))}
        return {asset_id: assets[asset_id] for asset_id in ids if asset_id in assets}

    def _wanted(self) -> Document:
        return {"$project": dict.fromkeys(("location", "name", _ASSET_IDS, *self._fields), 1)}

    def _page(self, pipeline: list[Document]) -> list[Document]:
        try:
            return self._collection.aggregate(pipeline)
        except HTTPError as error:
            if error.response.status_code != 400:
                raise
            raise InvalidInput(
                f"the document database refused the query: {shown(error.response.text, 300)}; fix --docdb-query"
            ) from None

    def _assets(self, documents: Iterable[Document]) -> Iterator[Asset]:
        for document in documents:
            location = document.get("location") or ""
            fields = {name: _at(document, name) for name in self._fields}
            yield Asset(location, document.get("name") or name_of(location), None, document["_id"], fields)


def read_query(given: str) -> Document:
    """Return the query that is given as JSON text, or as the path of a JSON file.

    Raises
    ------
    InvalidInput
        If it is neither.
    """
    try:
        query = json.loads(given) if given.lstrip().startswith(("{", "[")) else read_json(Path(given), given)
    except json.JSONDecodeError as error:
        raise InvalidInput(
            f"--docdb-query is not JSON: {error.msg} near {shown(given[max(0, error.pos - 10) : error.pos + 20])}; "
            "quote names and texts with \", and the whole with ' for the shell"
        ) from None
    if not isinstance(query, dict):
        raise InvalidInput(
            f"--docdb-query holds a JSON {json_type(query)} ({shown(query)}); give an object such as "
            '{"subject.subject_id": "774659"}'
        )
    return query


def _at(value: Any, path: str) -> Any:
    """Return the value at a dotted path, of a list one for each item, as DocDB does."""
    name, _, rest = path.partition(".")
    if isinstance(value, list):
        return [_at(item, path) for item in value]
    inside = value.get(name) if isinstance(value, dict) else None
    return _at(inside, rest) if rest else inside


def _texts(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value] if isinstance(value, str) else []
