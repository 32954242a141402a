"""What every page needs: the jobs, the files, and how the command was called."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from starlette.requests import Request
from starlette.responses import Response

from analysis_jobs.browse.catalog import Catalog
from analysis_jobs.browse.comparing import compared
from analysis_jobs.browse.files import Files
from analysis_jobs.browse.index import Index
from analysis_jobs.browse.matching import matching_rows
from analysis_jobs.browse.pages import page
from analysis_jobs.browse.selection import Selection
from analysis_jobs.results.compared import ComparedJobs

_REMEMBERED = 32  # selections whose jobs are known: pages of one follow each other


@dataclass
class Desk:
    """The store and the bucket behind the pages.

    Attributes
    ----------
    catalog, files
        What is asked.
    store
        What `load_outputs` opens the store by, and pages call it.
    options
        Those of the command line that name store and bucket, for commands to copy.
    """

    catalog: Catalog
    files: Files
    store: str
    options: Sequence[str] = ()
    # Of each reading of the store by itself: the rows of another one are other jobs
    _chosen: WeakKeyDictionary[Index, dict[tuple[object, ...], list[int]]] = field(default_factory=WeakKeyDictionary)
    _compared: WeakKeyDictionary[Index, tuple[object, ComparedJobs]] = field(default_factory=WeakKeyDictionary)
    _comparing: Lock = field(default_factory=Lock)

    def chosen(self, index: Index, selection: Selection) -> list[int]:
        """Return the rows of the jobs that are asked for; see `analysis_jobs.browse.matching.matching_rows`."""
        known, asked = self._chosen.setdefault(index, {}), selection.same_jobs
        rows = known.get(asked)
        if rows is None:
            rows = matching_rows(index, selection)
            if len(known) >= _REMEMBERED:
                known.clear()
            known[asked] = rows
        return rows

    def compared(self, selection: Selection, a: Sequence[str], b: Sequence[str]) -> ComparedJobs:
        """Return two sides compared, among the jobs that are asked for; see `analysis_jobs.browse.comparing.compared`.

        The last comparison is kept: one page after another shows an output of it, and its table is downloaded.
        """
        index = self.catalog.index
        asked = (tuple(selection.filters()), tuple(a), tuple(b))
        with self._comparing:
            kept = self._compared.get(index)
            if kept is None or kept[0] != asked:
                kept = asked, compared(self.catalog, index, self.chosen(index, selection), a, b)
                self._compared[index] = kept
        return kept[1]

    def page(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """Return a page with what is around all of them."""
        index = self.catalog.index
        values.setdefault("selection", Selection())
        return page(template, status, store=self.store, index=index, here=template.removesuffix(".html"), **values)


def selection_of(request: Request) -> Selection:
    """Return what the address asks for."""
    return Selection.of(request.query_params.multi_items())
