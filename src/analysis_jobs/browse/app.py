"""The application: which address shows what, and what is shown where something is wrong."""

import logging
from collections.abc import Iterable
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from analysis_jobs.browse.desk import Desk
from analysis_jobs.browse.gate import Gate
from analysis_jobs.browse.many_jobs import ManyJobs
from analysis_jobs.browse.one_job import OneJob
from analysis_jobs.errors import InvalidInput, ServiceUnavailable

log = logging.getLogger(__name__)

STATIC = Path(__file__).with_name("static")
_KEY = "/job/{key:str}"
_UNEXPECTED = "Something unexpected went wrong here; the terminal that runs `analysis-jobs browse` shows what."


def application(desk: Desk, token: str, names: Iterable[str], cookie: str) -> Gate:
    """Return the application, behind its gate.

    Parameters
    ----------
    desk
        What is behind the pages.
    token
        Which lets people in.
    names
        By which this machine may be asked; see `analysis_jobs.browse.gate.names_of`.
    cookie
        What the cookie is called: another one for each port, as browsers keep them by host alone.
    """
    many, one = ManyJobs(desk), OneJob(desk)
    routes = [
        Route("/", lambda request: RedirectResponse("/jobs")),
        Route("/jobs", many.jobs),
        Route("/gallery", many.gallery),
        Route("/failures", many.failures),
        Route("/compare", many.compare),
        Route("/launches", many.launches),
        Route("/export/compared.{kind:str}", many.export_comparison),
        Route("/export/outputs.{kind:str}", many.export),
        Route(f"{_KEY}/job.json", one.job_file),
        Route(f"{_KEY}/file/{{name:path}}", one.file),
        Route(f"{_KEY}/small/{{name:path}}", one.small),
        Route(f"{_KEY}/text/{{name:path}}", one.text),
        Route(_KEY, one.show),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
    telling = _Telling(desk)
    pages = Starlette(
        routes=routes,
        exception_handlers={
            HTTPException: telling.not_found,
            InvalidInput: telling.invalid,
            ServiceUnavailable: telling.unavailable,
            Exception: telling.unexpected,
        },
    )
    return Gate(pages, token, names, cookie)


class _Telling:
    """Pages about what went wrong."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def not_found(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        detail = error.detail if error.detail != "Not Found" else "There is no such page."
        return self._page(error.status_code, message=detail)

    def invalid(self, request: Request, error: Exception) -> Response:
        return self._page(400, message=str(error))

    def unavailable(self, request: Request, error: Exception) -> Response:
        return self._page(503, message=str(error))

    def unexpected(self, request: Request, error: Exception) -> Response:
        log.error("%s: %s", request.url.path, error, exc_info=error)
        return self._page(500, message=_UNEXPECTED)

    def _page(self, status: int, *, message: str) -> Response:
        try:
            return self._desk.page("error.html", status=status, message=message)
        except (InvalidInput, ServiceUnavailable) as error:  # no jobs, which are a part of each page
            return PlainTextResponse(str(error), 503)
