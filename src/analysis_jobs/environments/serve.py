"""What runs in the Python of another environment: makes an object of ours, and calls it as `remote.Remote` asks."""

import json
import os
from importlib import import_module
from typing import Any

from analysis_jobs.errors import InvalidInput, ServiceUnavailable
from analysis_jobs.pipeline import __version__
from analysis_jobs.process import run_script, start_logging


def serve(requests: int, answers: int) -> None:
    """Answer each line of one descriptor by a line into another, until there are no more.

    Parameters
    ----------
    requests, answers
        Descriptors; programs that the analysis starts do not have them.
    """
    for descriptor in (requests, answers):
        os.set_inheritable(descriptor, False)
    run_script(lambda: _serve(requests, answers))


def make_object(maker: str, given: dict[str, Any]) -> Any:
    """Return what ``module:name`` makes of some arguments."""
    module, _, name = maker.partition(":")
    return getattr(import_module(module), name)(**given)


def _serve(requests: int, answers: int) -> None:
    start_logging()
    made: Any = None

    def made_or_called(request: dict[str, Any]) -> Any:
        nonlocal made
        if "make" in request:
            made = make_object(request["make"], request["given"])
            return __version__
        return getattr(made, request["call"])(**request["given"])

    with os.fdopen(requests) as asked, os.fdopen(answers, "w") as told:
        for line in asked:
            told.write(json.dumps(_answer(made_or_called, json.loads(line))) + "\n")
            told.flush()


def _answer(made_or_called: Any, request: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"value": made_or_called(request)}
    except InvalidInput as error:
        return {"invalid": str(error)}
    except ServiceUnavailable as error:
        return {"unavailable": str(error)}
