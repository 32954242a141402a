"""What the API does in the database: the calls of aind-data-access-api, as a service made with pymongo would.

Where mongo-java-server differs from MongoDB or Amazon DocumentDB in what is used here, this makes up for it.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from bson.errors import BSONError
from pymongo import DeleteOne, InsertOne, UpdateOne
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError, PyMongoError, WriteError

from .faults import Faults

Document = dict[str, Any]
REFUSALS = (PyMongoError, BSONError, AttributeError, KeyError, OverflowError, TypeError, ValueError)
MAX_ANSWER = 6 * 1024**2  # bytes, of a Lambda function
_COUNTS = ("nInserted", "nMatched", "nModified", "nRemoved", "nUpserted")


class TooLargeError(Exception):
    """The answer does not fit."""


class MissingError(Exception):
    """The service has no such path."""


class BrokenError(Exception):
    """The service says no more than that something went wrong."""


class NotHereError(Exception):
    """The real service can do this, and this one does not."""


def to_json(value: Any) -> bytes:
    return json.dumps(value, default=str).encode()  # an ObjectId or a date becomes a text


# Reading


def count_documents(collection: Collection, query: Mapping[str, str]) -> Document:
    counts = {"total_record_count": collection.count_documents({})}
    if "filter" in query:
        counts["filtered_record_count"] = collection.count_documents(json.loads(query["filter"]))
    return counts


def find(collection: Collection, query: Mapping[str, str]) -> list[Document]:
    """Return records, fewer than there are if more do not fit: the client asks for the rest."""
    fitting: list[Document] = []
    size = 2  # of the brackets
    for record in _found(collection, query):
        size += len(to_json(record)) + 2
        if size > MAX_ANSWER:
            break
        fitting.append(record)
    else:
        return fitting
    if not fitting:  # an empty answer would say that there are no more
        raise TooLargeError
    return fitting


def base(collection: Collection, query: Mapping[str, str]) -> list[Document]:
    return list(_found(collection, query))


def _found(collection: Collection, query: Mapping[str, str]) -> Iterable[Document]:
    given = {name: json.loads(query[name]) for name in ("filter", "projection", "sort") if name in query}
    return collection.find(
        given.get("filter", {}),
        given.get("projection"),
        sort=list(given["sort"].items()) if given.get("sort") else None,
        skip=int(query.get("skip", 0)),
        limit=int(query.get("limit", 0)),
    )


def aggregate(collection: Collection, pipeline: list[Document]) -> list[Document]:
    for stage in pipeline:
        if stage.keys() & {"$out", "$merge"}:
            raise ValueError(f"Aggregations are read only: {stage}")
    included = [_inclusion(stage) for stage in pipeline]
    if any(included[:-1]):
        raise NotHereError(
            f"mongo-java-server is wrong about $project of a.b, other than as the last stage: {pipeline}"
        )
    if not pipeline or not included[-1]:
        return list(collection.aggregate(pipeline))
    return [_included(record, included[-1]) for record in collection.aggregate(pipeline[:-1])]


def _inclusion(stage: Document) -> Document:
    """Return as a tree what a stage includes by paths, which mongo-java-server does wrongly within arrays."""
    fields = stage.get("$project", {})
    paths = [path for path, wanted in fields.items() if wanted in (True, 1) and path != "_id"]
    if not any("." in path for path in paths):
        return {}
    if any(wanted not in (True, 1, False, 0) for wanted in fields.values()):
        raise NotHereError(f"mongo-java-server is wrong about $project of a.b with expressions: {stage}")
    tree: Document = {"_id": True} if fields.get("_id", True) else {}
    for path in paths:
        *parents, last = path.split(".")
        branch = tree
        for parent in parents:
            branch = branch.setdefault(parent, {})
        branch[last] = True
    return tree


def _included(value: Any, tree: Document) -> Any:
    if isinstance(value, list):
        return [_included(each, tree) for each in value if isinstance(each, dict | list)]
    kept = {name: content for name, content in value.items() if name in tree}
    return {
        name: content if tree[name] is True else _included(content, tree[name])
        for name, content in kept.items()
        if tree[name] is True or isinstance(content, dict | list)
    }


# Writing


def insert_one(collection: Collection, document: Document, faults: Faults) -> Document:
    _check_names(document)
    if "insert_one" in faults.lacks:
        raise MissingError
    if "one _id" in faults.lacks and "_id" in document:
        collection.replace_one({"_id": document["_id"]}, document, upsert=True)
        return {"acknowledged": True, "inserted_id": document["_id"]}
    if "one _id quietly" in faults.lacks and collection.find_one({"_id": document.get("_id")}):
        raise BrokenError
    return {"acknowledged": True, "inserted_id": collection.insert_one(document).inserted_id}


def update_one(collection: Collection, asked: Document, faults: Faults) -> Document:
    asked = _understood(asked, faults.lacks)
    _check_update(asked["update"])
    done = collection.update_one(asked["filter"], asked["update"], upsert=_is_true(asked.get("upsert")))
    return {
        "acknowledged": True,
        "matched_count": done.matched_count,
        "modified_count": done.modified_count,
        "upserted_id": done.upserted_id,
    }


def delete_one(collection: Collection, asked: Document, faults: Faults) -> Document:
    if "delete_one" in faults.lacks:
        raise MissingError
    if "delete_one at all" in faults.lacks:
        return {"acknowledged": True, "deleted_count": 0}
    return {"acknowledged": True, "deleted_count": collection.delete_one(asked["filter"]).deleted_count}


def delete_many(collection: Collection, asked: Document, faults: Faults) -> Document:
    return {"acknowledged": True, "deleted_count": collection.delete_many(asked["filter"]).deleted_count}


def bulk_write(collection: Collection, operations: list[Document], faults: Faults) -> Document:
    """Do one after the other: mongo-java-server goes on after an error also when writes are ordered.

    Raises
    ------
    BulkWriteError
        Of pymongo, with what was done and what was not.
    """
    if not operations:
        raise ValueError("No operations to execute")
    asked = [pair for operation in operations for (pair,) in [operation.items()]]  # [(name, its arguments), ...]
    asked = [(name, _understood(item, faults.lacks)) for name, item in asked]
    requests = [_REQUESTS[name](item) for name, item in asked]  # all are read before one is done
    refused = faults.take_refusals({str(_id_of(item)) for _, item in asked})
    result: Document = {"writeErrors": [], "writeConcernErrors": [], **dict.fromkeys(_COUNTS, 0), "upserted": []}
    for index, (request, (_, item)) in enumerate(zip(requests, asked, strict=True)):
        _do_one(collection, request, item, refused.get(str(_id_of(item))), index, result)
        if result["writeErrors"] and faults.ordered:
            break
    if result["writeErrors"]:
        raise BulkWriteError(result)
    return {"acknowledged": True, **result}


def _do_one(
    collection: Collection, request: Any, item: Document, refused: str | None, index: int, result: Document
) -> None:
    """Do one item of a bulk write and add to the result what came of it."""
    try:
        if refused is not None:
            raise WriteError(refused, 1)
        _check_item(item)
        if item.get("update") == {}:  # all of it was ignored
            return
        done = collection.bulk_write([request]).bulk_api_result
    except BulkWriteError as error:
        result["writeErrors"].append({**error.details["writeErrors"][0], "index": index, "op": item})
    except WriteError as error:
        result["writeErrors"].append({"index": index, "code": error.code, "errmsg": str(error), "op": item})
    else:
        result["upserted"] += [{**each, "index": index} for each in done["upserted"]]
        for name in _COUNTS:
            result[name] += done[name]


def _understood(asked: Document, lacks: set[str]) -> Document:
    """Return an update as a service understands it that lacks something."""
    if "update" not in asked or not lacks:
        return asked
    update, query, upsert = dict(asked["update"]), asked["filter"], asked.get("upsert")
    for name in ("$setOnInsert", "$unset"):
        if f"{name} at all" in lacks and name in update:
            raise ValueError(f"unknown operator {name}")
        if name in lacks:
            update.pop(name, None)
    if "$setOnInsert alone" in lacks and "$setOnInsert" in update:
        update["$set"] = {**update.get("$set", {}), **update.pop("$setOnInsert")}
    if "conditions" in lacks and "_id" in query:
        query = {"_id": query["_id"]}
    if "upsert as text" in lacks:
        upsert = upsert is True
    if "upsert as False" in lacks:
        upsert = bool(upsert)
    return {**asked, "update": update, "filter": query, "upsert": upsert}


def _update(item: Document) -> UpdateOne:
    if item["update"] == {}:
        return UpdateOne({"_id": item["filter"].get("_id")}, {"$set": {"_": 1}})  # never done
    return UpdateOne(item["filter"], item["update"], upsert=_is_true(item.get("upsert")))


_REQUESTS: dict[str, Callable[[Document], Any]] = {
    "UpdateOne": _update,
    "InsertOne": lambda item: InsertOne(item["document"]),
    "DeleteOne": lambda item: DeleteOne(item["filter"]),
}


def _is_true(upsert: object) -> bool:
    return str(upsert).lower() == "true"  # the client sends the text "True"


def _id_of(item: Document) -> object:
    return item.get("filter", item.get("document", {})).get("_id")


def _check_item(item: Document) -> None:
    _check_names(item.get("document", {}))
    _check_update(item.get("update", {}))


def _check_update(update: Document) -> None:
    for fields in update.values():
        for value in fields.values():  # the names of the fields themselves may be paths
            _check_names(value)


def _check_names(value: object) -> None:
    """Refuse names of fields that Amazon DocumentDB refuses, and MongoDB takes."""
    for name in _names(value):
        if name.startswith("$"):
            raise WriteError(f"Document can't have $ prefix field names: {name}", 2)
        if "." in name:
            raise WriteError(f"Document can't have . in field names: {name}", 2)


def _names(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _names(each)
