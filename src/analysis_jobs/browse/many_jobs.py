"""Pages about many jobs: the table, figures, failures by cause, two sides compared, launches; and files of them."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response

from analysis_jobs.browse.comparing import comparison, sides_of
from analysis_jobs.browse.desk import Desk, selection_of
from analysis_jobs.browse.exporting import done_keys, python_lines, write_export
from analysis_jobs.browse.failures import CAUSES_SHOWN, FAILURES_NAMED, by_cause, failures
from analysis_jobs.browse.filters import asked_for, filters_of
from analysis_jobs.browse.gallery import JOBS_OF_A_PAGE, MOST_COLUMNS, gallery
from analysis_jobs.browse.launches import launches
from analysis_jobs.browse.selection import SIZES
from analysis_jobs.browse.table import jobs_table
from analysis_jobs.jobs.labels import labels
from analysis_jobs.results.compare import compared_table
from analysis_jobs.results.compared import ComparedJobs
from analysis_jobs.results.launches import names_of_launches
from analysis_jobs.results.table_files import write_table

_TYPES = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}


class ManyJobs:
    """Answers what is asked about many jobs."""

    def __init__(self, desk: Desk) -> None:
        """Take what is behind the pages."""
        self._desk = desk

    def jobs(self, request: Request) -> Response:
        """Show the table, with filters."""
        index, selection = self._desk.catalog.index, selection_of(request)
        if "" in request.query_params.values():  # of a form: what is empty does not belong into an address
            asked = selection.query(page=selection.page)
            return RedirectResponse(f"/jobs?{asked}" if asked else "/jobs", 303)
        rows = self._desk.chosen(index, selection)
        table, keys = jobs_table(index, rows, selection), done_keys(index, rows)
        return self._desk.page(
            "jobs.html",
            selection=selection,
            table=table,
            found=len(rows),
            counts=index.counts("state").most_common(),
            filters=filters_of(index, selection),
            asked=list(asked_for(index, selection)),
            done=len(keys),
            replaced=len(keys) - len(set(keys) & index.latest_keys),
            python=python_lines(index, keys, selection, self._desk.store),
            sizes=SIZES,
        )

    def gallery(self, request: Request) -> Response:
        """Show figures of one name side by side."""
        index, selection = self._desk.catalog.index, selection_of(request)
        rows = self._desk.chosen(index, selection)
        last = max(1, -(-len(rows) // JOBS_OF_A_PAGE))
        selection = replace(selection, page=min(selection.page, last))  # a link may be older than the jobs
        start = (selection.page - 1) * JOBS_OF_A_PAGE
        shown = gallery(self._desk.catalog, self._desk.files, rows, request.query_params.get("figure", ""), start)
        return self._desk.page(
            "gallery.html",
            selection=selection,
            gallery=shown,
            found=len(rows),
            first=start,
            asked=list(asked_for(index, selection)),
            is_grid=1 < len(shown.columns) <= MOST_COLUMNS,
        )

    def failures(self, request: Request) -> Response:
        """Show failed jobs by cause."""
        index, selection = self._desk.catalog.index, selection_of(request)
        groups = failures(index, self._desk.chosen(index, selection))
        some = groups[:CAUSES_SHOWN]
        examples = [self._desk.catalog.state(index.briefs[group.rows[0]].key).get("error") or {} for group in some]
        named = [
            dict(
                zip(
                    [index.briefs[row].key for row in group.rows[:FAILURES_NAMED]],
                    labels([index.named(row) for row in group.rows[:FAILURES_NAMED]]),
                    strict=True,
                )
            )
            for group in some
        ]
        return self._desk.page(
            "failures.html",
            selection=selection,
            groups=list(zip(some, examples, named, strict=True)),
            more=len(groups) - len(some),
            by_cause=by_cause(groups),
            asked=list(asked_for(index, selection)),
        )

    def compare(self, request: Request) -> Response:
        """Show what came out of the jobs of two sides."""
        index, selection = self._desk.catalog.index, selection_of(request)
        a, b = (self._side(request, name) for name in ("a", "b"))
        found = self._compared(request, a, b) if a and b else None
        return self._desk.page(
            "compare.html",
            selection=selection,
            sides=sides_of(index, self._desk.catalog.ask(names_of_launches)),
            a=a,
            b=b,
            comparison=comparison(found, request.query_params.get("output", "")) if found else None,
            asked=list(asked_for(index, selection)),
            query=urlencode([*(("a", text) for text in a), *(("b", text) for text in b), *selection.filters()]),
        )

    def _compared(self, request: Request, a: Sequence[str], b: Sequence[str]) -> ComparedJobs:
        return self._desk.compared(selection_of(request), a, b)

    def _side(self, request: Request, name: str) -> list[str]:
        return [text for text in request.query_params.getlist(name) if text]

    def launches(self, request: Request) -> Response:
        """Show the launches that the store remembers."""
        return self._desk.page("launches.html", launches=launches(self._desk.catalog))

    def export_comparison(self, request: Request) -> Response:
        """Hand on all pairs of two sides as a file."""
        found = self._compared(request, self._side(request, "a"), self._side(request, "b"))
        return self._file("compared", request, lambda path: write_table(compared_table(found), path))

    def export(self, request: Request) -> Response:
        """Hand on the outputs of the selection as a file."""
        rows = self._desk.chosen(self._desk.catalog.index, selection_of(request))
        return self._file("outputs", request, lambda path: write_export(self._desk.catalog, rows, path))

    def _file(self, name: str, request: Request, write: Callable[[Path], None]) -> Response:
        kind = request.path_params["kind"]
        if kind not in _TYPES:
            raise HTTPException(404)
        folder = tempfile.TemporaryDirectory(prefix="analysis-jobs-browse-")
        path = Path(folder.name, f"{name}.{kind}")
        write(path)
        return FileResponse(
            path, filename=path.name, media_type=_TYPES[kind], background=BackgroundTask(folder.cleanup)
        )
