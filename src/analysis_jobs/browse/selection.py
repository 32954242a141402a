"""Which jobs somebody looks at, and how, as an address says it: so the link to a page is the link to a selection."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self
from urllib.parse import urlencode

from analysis_jobs.errors import InvalidInput
from analysis_jobs.wording import shown

SIZES = (25, 50, 100, 250)
NEWEST = "-changed"
# How a name in the address begins that is of a column: its value is one of these, at least that, or at most that
ONE_OF, LEAST, MOST = "is:", "min:", "max:"
# The other names: of what is here, and of what single pages ask for
_KNOWN = {"text", "latest", "sort", "page", "size", "figure", "a", "b", "output", "token"}


@dataclass(frozen=True)
class Selection:
    """What an address asks for; what is empty is not asked for.

    Attributes
    ----------
    values
        By column, the values of which a job has one.
    least, most
        By column, bounds, both included.
    text
        Words, each of which is somewhere in the job.
    latest
        Only the newest result for the same inputs and parameters.
    sort
        A column; with a - before it, downwards.
    columns
        Those that are shown, if somebody has chosen.
    page, size
        Of the table; pages begin with 1.
    """

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    least: Mapping[str, str] = field(default_factory=dict)
    most: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    latest: bool = False
    sort: str = NEWEST
    columns: tuple[str, ...] = ()
    page: int = 1
    size: int = SIZES[1]

    @classmethod
    def of(cls, query: Iterable[tuple[str, str]]) -> Self:
        """Return what the names and values of an address ask for; those of other things are passed over.

        Raises
        ------
        InvalidInput
            If `page` or `size` is no number, or a name is not known: passed over, it would let more jobs be seen, and
            exported, than were meant.
        """
        values: dict[str, list[str]] = {}
        least, most, columns = {}, {}, []
        plain: dict[str, str] = {}
        for name, value in query:
            if not value:
                continue
            if name.startswith(ONE_OF):
                values.setdefault(name.removeprefix(ONE_OF), []).append(value)
            elif name.startswith(LEAST):
                least[name.removeprefix(LEAST)] = value
            elif name.startswith(MOST):
                most[name.removeprefix(MOST)] = value
            elif name == "column":
                columns.append(value)
            elif name in _KNOWN:
                plain[name] = value
            else:
                raise InvalidInput(
                    f"the address asks for {shown(name)}, which no page knows; a filter is {ONE_OF}COLUMN=VALUE, "
                    f"{LEAST}COLUMN=VALUE or {MOST}COLUMN=VALUE; correct it, or remove it"
                )
        return cls(
            values={name: tuple(dict.fromkeys(some)) for name, some in values.items()},
            least=least,
            most=most,
            text=plain.get("text", "").strip(),
            latest="latest" in plain,
            sort=plain.get("sort", NEWEST),
            columns=tuple(dict.fromkeys(columns)),
            page=max(1, _number(plain.get("page", "1"), "page")),
            size=min(max(1, _number(plain.get("size", str(SIZES[1])), "size")), SIZES[-1]),
        )

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Yield the names and values of the address that asks for this."""
        yield from self.filters()
        if self.sort != NEWEST:
            yield "sort", self.sort
        yield from (("column", name) for name in self.columns)
        if self.size != SIZES[1]:
            yield "size", str(self.size)
        if self.page != 1:
            yield "page", str(self.page)

    def filters(self) -> Iterator[tuple[str, str]]:
        """Yield those of `pairs` that say which jobs they are, and not how they are shown."""
        if self.text:
            yield "text", self.text
        if self.latest:
            yield "latest", "1"
        for name, some in self.values.items():
            yield from ((f"{ONE_OF}{name}", value) for value in some)
        yield from ((f"{LEAST}{name}", value) for name, value in self.least.items())
        yield from ((f"{MOST}{name}", value) for name, value in self.most.items())

    def query(self, **changes: Any) -> str:
        """Return the query of the address that asks for this with changes; for the first page, unless that is one."""
        return _query(replace(self, **{"page": 1, **changes}).pairs())

    def query_with(self, name: str, *values: str) -> str:
        """Return the query of the address that asks for these values of a column, instead of others; any without."""
        others = {other: some for other, some in self.values.items() if other != name}
        return self.query(values={**others, name: values} if values else others)

    def query_without(self, asked: tuple[str, str]) -> str:
        """Return the query of the address that does not ask for one of `filters`."""
        return _query(pair for pair in replace(self, page=1).pairs() if pair != asked)

    @property
    def filter_query(self) -> str:
        """The query of an address for the same jobs."""
        return _query(self.filters())

    @property
    def same_jobs(self) -> tuple[tuple[str, str], ...]:
        """What is equal in selections of the same jobs in the same order."""
        return (*self.filters(), ("sort", self.sort))


def _query(pairs: Iterable[tuple[str, str]]) -> str:
    return urlencode(list(pairs), errors="surrogatepass")


def _number(text: str, name: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    raise InvalidInput(f"{name} is {shown(text)} in the address, and must be a whole number, such as 2; remove it")
