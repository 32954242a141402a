"""Pages about one job, and the files of its results."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from analysis_jobs.browse.desk import Desk
from analysis_jobs.browse.files import LONGEST_TEXT, KnownRecord, blocks, headers_of, is_figure, is_text
from analysis_jobs.browse.job import KEY_SHOWN, job_file, job_page, sources_of
from analysis_jobs.results.listing import line_of


class OneJob:
    """Answers what is asked about one job."""

    def __init__(self, desk: Desk) -> None:
        """Take what is behind the pages."""
        self._desk = desk

    def show(self, request: Request) -> Response:
        """Show all that is known of a job."""
        key = request.path_params["key"]
        found = job_page(key, self._desk.catalog, self._desk.files, self._desk.options)
        if found is None:
            raise HTTPException(404, "The store knows no job of this key.")
        return self._desk.page("job.html", job=found, short=key[:KEY_SHOWN], is_figure=is_figure, is_text=is_text)

    def file(self, request: Request) -> Response:
        """Hand on a file of the results."""
        name = request.path_params["name"]
        try:
            file, size = self._desk.files.open(self._record(request), name)
        except FileNotFoundError:
            raise HTTPException(404, "The results have no file of this name.") from None
        return StreamingResponse(blocks(file), headers=headers_of(name, size))

    def small(self, request: Request) -> Response:
        """Hand on a small version of a picture; of what has none, lead to the file itself."""
        key, name = request.path_params["key"], request.path_params["name"]
        try:
            content = self._desk.files.thumbnail(KnownRecord(self._record(request)), name)
        except FileNotFoundError:
            raise HTTPException(404, "The results have no file of this name.") from None
        if content is None:
            return RedirectResponse(f"/job/{key}/file/{quote(name, errors='replace')}")
        return Response(content, media_type="image/webp", headers={"cache-control": "private, max-age=3600"})

    def text(self, request: Request) -> Response:
        """Show a file of the results as a text."""
        key, name = request.path_params["key"], request.path_params["name"]
        try:
            text = self._desk.files.text(self._record(request), name)
        except FileNotFoundError:
            raise HTTPException(404, "The results have no file of this name.") from None
        return self._desk.page(
            "text.html", key=key, short=key[:KEY_SHOWN], name=name, text=text, is_cut=len(text) >= LONGEST_TEXT
        )

    def job_file(self, request: Request) -> Response:
        """Hand on a job file for this job alone."""
        key = request.path_params["key"]
        record, state = self._desk.catalog.documents(key)
        if record is None and state is None:
            raise HTTPException(404, "The store knows no job of this key.")
        headers = {"content-disposition": f"attachment; filename={key[:KEY_SHOWN]}.json"}
        line = line_of(key, record, state)
        content = job_file(line, sources_of(line, self._desk.catalog)).encode(errors="backslashreplace")
        return Response(content, media_type="application/json", headers=headers)

    def _record(self, request: Request) -> Mapping[str, Any]:
        record, _ = self._desk.catalog.documents(request.path_params["key"])
        if record is None:
            raise HTTPException(404, "This job has no results.")
        return record
