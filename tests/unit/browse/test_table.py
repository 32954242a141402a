"""The table of jobs."""

from analysis_jobs.browse.index import Index
from analysis_jobs.browse.selection import Selection
from analysis_jobs.browse.table import default_columns, jobs_table

from .conftest import Browsed
from .test_index import brief


def test_columns_that_tell_something(browsed: Browsed) -> None:
    assert default_columns(browsed.index) == [
        "recording", "state", "subject", "parameters.isi_violations_cutoff", "outputs.good_units", "outputs.fraction",
        "changed", "seconds",
    ]  # fmt: skip
    assert default_columns(Index([])) == ["recording", "state", "changed", "seconds"]


def test_code_is_shown_where_some_results_differ_in_that_alone() -> None:
    same = {"inputs": ["a"], "parameters": {"x": 1}}
    one, two = (brief(code, code=f"sha256:{code * 64}", **same) for code in "12")
    assert "code" not in default_columns(Index([one, brief("other", inputs=["b"], code="sha256:2")]))
    index = Index([one, two])
    assert default_columns(index) == ["recording", "state", "code", "changed", "seconds"]
    assert [line.cells[2] for line in jobs_table(index, [0, 1], Selection()).lines] == ["11111111", "22222222"]


def test_cells(browsed: Browsed) -> None:
    row = browsed.index.rows[browsed.keys["701001 0.002"]]
    (line,) = jobs_table(browsed.index, [row], Selection()).lines
    assert line.state == "done"
    assert line.cells == [
        "ecephys_701001_2025-06-01_10-20-30/recording.nwb", "done", "701001", "0.002", "35", "0.8",
        "2026-01-01 01:04:15",
        "10",
    ]  # fmt: skip


def test_headings_sort_and_turn_round(browsed: Browsed) -> None:
    def heading(sort: str, name: str):
        selection = Selection(sort=sort, text="x")
        return next(head for head in jobs_table(browsed.index, [], selection).headings if head.name == name)

    assert (heading("seconds", "seconds").sorted, heading("seconds", "seconds").query) == (
        "ascending",
        "text=x&sort=-seconds",
    )
    assert heading("-seconds", "seconds").query == "text=x&sort=seconds"
    assert (heading("-changed", "changed").sorted, heading("-changed", "changed").query) == (
        "descending",
        "text=x&sort=changed",
    )
    assert heading("seconds", "changed").query == "text=x"  # the newest first
    of_output = heading("seconds", "outputs.good_units")
    assert (of_output.group, of_output.short) == ("outputs", "good_units")
    assert (heading("seconds", "state").group, heading("seconds", "state").short) == ("", "state")
    assert {heading("seconds", name).kind for name in ("seconds", "outputs.good_units")} == {"number"}


def test_the_way_to_other_pages() -> None:
    index = Index(brief(str(number)) for number in range(1000))

    def pages(page: int) -> list[int | None]:
        return jobs_table(index, range(1000), Selection(size=25, page=page)).pages

    assert pages(1) == [1, 2, 3, None, 40]
    assert pages(20) == [1, None, 18, 19, 20, 21, 22, None, 40]
    assert pages(4000) == [1, None, 38, 39, 40]
    assert jobs_table(index, [], Selection()).pages == [1]
