"""The API as it looks from outside: what API Gateway and the Lambda functions behind it answer to a request."""

import asyncio
import json
from collections.abc import Callable
from typing import Any, NamedTuple

import starlette.requests
from pymongo import MongoClient
from pymongo.errors import BulkWriteError
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from . import operations, signatures
from .faults import Faults, Request

MAX_URL = 8 * 1024  # bytes
MAX_BODY = 10 * 1024**2


class _Endpoint(NamedTuple):
    method: str
    do: Callable[..., Any]
    writes: bool = False


_ENDPOINTS = {
    "base": _Endpoint("GET", operations.base),
    "find": _Endpoint("GET", operations.find),
    "count_documents": _Endpoint("GET", operations.count_documents),
    "aggregate": _Endpoint("POST", operations.aggregate),
    "insert_one": _Endpoint("POST", operations.insert_one, writes=True),
    "update_one": _Endpoint("POST", operations.update_one, writes=True),
    "delete_one": _Endpoint("DELETE", operations.delete_one, writes=True),
    "delete_many": _Endpoint("DELETE", operations.delete_many, writes=True),
    "bulk_write": _Endpoint("POST", operations.bulk_write, writes=True),
}


class _Answer(NamedTuple):
    status: int
    body: bytes


class _Call(NamedTuple):
    """A request that has arrived."""

    http: starlette.requests.Request
    body: bytes
    version: str
    database: str
    collection: str
    endpoint: str


class Gateway:
    """An ASGI application; it does what `faults` say and keeps a list of `requests`."""

    def __init__(self, mongo: MongoClient, version: str) -> None:
        self._mongo, self._version = mongo, version
        self.faults = Faults()
        self.requests: list[Request] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        call = await _arrived(scope, receive)
        fault = self.faults.take(call.endpoint, call.collection)
        await asyncio.sleep(self.faults.delay)
        answer: _Answer | None = None
        if fault is None or fault.executed:
            answer = await run_in_threadpool(self._answer, call)
        if fault is not None:
            answer = _says(fault.status) if fault.status else None
        self._note(call, answer)
        if answer is None:
            await _drop(receive, send)
        else:
            await Response(answer.body, answer.status, media_type="application/json")(scope, receive, send)

    def _note(self, call: _Call, answer: _Answer | None) -> None:
        size, status = (len(answer.body), answer.status) if answer else (0, None)
        self.requests.append(Request(call.http.method, call.endpoint, call.collection, len(call.body), size, status))

    def _answer(self, call: _Call) -> _Answer:
        if len(str(call.http.url)) > MAX_URL:
            return _says(414)
        if len(call.body) > MAX_BODY:
            return _says(413)
        endpoint = _ENDPOINTS.get(call.endpoint)
        if not endpoint or (call.http.method, call.version) != (endpoint.method, self._version):
            return _says(403, "Missing Authentication Token")  # what API Gateway says to a path that it does not have
        if endpoint.writes and (why := _refusal(call)):
            return _says(403, why)
        return self._done(endpoint, call)

    def _done(self, endpoint: _Endpoint, call: _Call) -> _Answer:
        try:
            body = operations.to_json(self._do(endpoint, call))
        except BulkWriteError as error:
            return _Answer(400, operations.to_json({"message": str(error), "details": error.details}))
        except operations.MissingError:
            return _says(403, "Missing Authentication Token")
        except operations.BrokenError:
            return _says(502)
        except operations.NotHereError as error:
            return _says(501, str(error))
        except operations.TooLargeError:
            return _says(413)
        except operations.REFUSALS as error:
            return _says(400, str(error))
        body = self.faults.says.get(call.endpoint, body)
        return _Answer(200, body) if len(body) <= operations.MAX_ANSWER else _says(413)

    def _do(self, endpoint: _Endpoint, call: _Call) -> Any:
        collection = self._mongo[call.database][call.collection]
        given = call.http.query_params if endpoint.method == "GET" else json.loads(call.body)
        more = [self.faults] if endpoint.writes else []
        return endpoint.do(collection, given, *more)


async def _arrived(scope: Scope, receive: Receive) -> _Call:
    http = starlette.requests.Request(scope, receive)
    path = http.url.path.strip("/").split("/")
    if len(path) == 3:
        path.append("base")
    elif len(path) != 4:  # it is no collection's
        path = ["", "", "", ""]
    return _Call(http, await http.body(), *path)


def _refusal(call: _Call) -> str | None:
    return signatures.refusal(call.http.method, str(call.http.url), call.http.headers, call.body)


_MESSAGES = {
    413: "Request Too Long",
    414: "Request-URI Too Large",
    429: "Too Many Requests",
    503: "Service Unavailable",
    504: "Endpoint request timed out",
}


def _says(status: int, message: str | None = None) -> _Answer:
    return _Answer(status, operations.to_json({"message": message or _MESSAGES.get(status, "Internal server error")}))


async def _drop(receive: Receive, send: Send) -> None:
    """Close the connection without an answer, which ASGI has no word for: uvicorn's `send` knows its transport."""
    send.__self__.transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass
