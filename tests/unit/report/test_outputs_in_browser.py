"""The plots of outputs: what is chosen, what a sentence says of it, and what a reader picks."""

import math
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from support.browsers import Open, in_browser
from support.pictured import sweep, swept
from support.reports import job, save

from analysis_jobs.report.account import Row

pytestmark = in_browser


def shown(open_page: Open, path: Path, *rows: Row) -> Page:
    page = open_page(save(path / "report.html", *rows))
    page.locator("#outputs").scroll_into_view_if_needed()
    return page


def kinds(page: Page) -> list[str | None]:
    """Return the kinds of the plots, once all are drawn."""
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    places = page.locator("#output-plots .plot")
    for place in places.all():
        expect(place.locator("canvas").first).to_be_attached()
    return [place.get_attribute("data-kind") for place in places.all()]


def sentences(page: Page) -> list[str]:
    return page.locator("#output-plots figcaption").all_inner_texts()


def drawn(page: Page, number: int = 0) -> dict[str, int]:
    """Return how many marks of each kind are in a plot."""
    return page.evaluate(
        """(number) => {
            const place = document.querySelectorAll("#output-plots .plot")[number];
            const { model } = Bokeh.index.roots.find((root) => place.contains(root.el));
            const count = ({ glyph, data_source }) => [glyph.type, data_source.get_length()];
            return Object.fromEntries(model.renderers.map(count));
        }""",
        number,
    )


def test_a_sweep_of_one_number_is_lines_by_recording(open_page: Open, tmp_path: Path) -> None:
    page = shown(open_page, tmp_path, *sweep())
    assert kinds(page) == ["lines", "lines"]
    assert drawn(page) == {"Scatter": 8, "MultiLine": 3}
    first, second = sentences(page)
    assert first.startswith(
        "rate over cutoff: a line for each of 3 recordings. Median 1.35, lowest 0.1 (ecephys_000000_"
    )
    assert second.startswith("units.good over cutoff")
    assert page.locator(".legend li").count() == 3  # once for both


def test_of_many_recordings_the_median_is_drawn_too(open_page: Open, tmp_path: Path) -> None:
    page = shown(open_page, tmp_path, *sweep(recordings=20))
    assert kinds(page) == ["lines", "lines"]
    assert drawn(page) == {"Scatter": 59, "MultiLine": 20, "Line": 3}
    assert "a line for each of 20 recordings, and the median of all as a thick one." in sentences(page)[0]
    assert page.locator(".legend li").count() == 0


def test_two_numbers_are_a_heat_map(open_page: Open, tmp_path: Path) -> None:
    rows = [
        swept(n * 6 + i * 3 + j, f"r{n}", {"cutoff": cutoff, "window": window}, {"rate": n + cutoff * window})
        for n in range(2)
        for i, cutoff in enumerate((0.1, 0.2))
        for j, window in enumerate((5, 10, 20))
    ]
    page = shown(open_page, tmp_path, *rows)
    assert kinds(page) == ["heat map"]
    assert drawn(page) == {"Rect": 6, "Text": 6}
    (said,) = sentences(page)
    assert said.startswith("rate over cutoff and window: each cell is the median of its jobs, 12 in all, the brighter")


def test_categories_are_strips(open_page: Open, tmp_path: Path) -> None:
    rows = [
        swept(n * 2 + i, f"r{n}", {"sorter": sorter}, {"units": n * (i + 1)})
        for n in range(12)
        for i, sorter in enumerate(("kilosort", "mountainsort"))
    ]
    page = shown(open_page, tmp_path, *rows)
    assert kinds(page) == ["strips"]
    assert drawn(page) == {"Scatter": 24, "Segment": 2}
    assert sentences(page)[0].startswith("units over sorter: a dot for each of 24 jobs; the bar is the median.")


def test_where_nothing_varies_it_is_recordings(open_page: Open, tmp_path: Path) -> None:
    page = shown(open_page, tmp_path, *(swept(n, f"r{n}", {}, {"units": n}) for n in range(5)))
    assert kinds(page) == ["strips"]
    assert sentences(page)[0].startswith("units over recording: a dot for each of 5 jobs")


def test_very_many_recordings_are_dots_in_their_order(open_page: Open, tmp_path: Path) -> None:
    page = shown(open_page, tmp_path, *(swept(n, f"r{n}", {}, {"units": n}) for n in range(60)))
    assert kinds(page) == ["dots"]


def test_a_number_and_a_category_are_lines_in_its_colours(open_page: Open, tmp_path: Path) -> None:
    rows = [
        swept(n * 4 + i * 2 + j, f"r{n}", {"sorter": sorter, "cutoff": cutoff}, {"units": n + i + cutoff})
        for n in range(3)
        for i, sorter in enumerate(("one", "two"))
        for j, cutoff in enumerate((0.1, 0.2))
    ]
    page = shown(open_page, tmp_path, *rows)
    assert kinds(page) == ["lines"]
    assert drawn(page) == {"Scatter": 12, "MultiLine": 6}
    assert "in the colours of sorter" in sentences(page)[0]
    assert page.locator(".legend").inner_text().split() == ["one", "two"]


def test_parameters_that_go_together_count_once(open_page: Open, tmp_path: Path) -> None:
    rows = [
        swept(n * 2 + i, f"r{n}", {"tag": tag, "cutoff": i}, {"units": n + i})
        for n in range(3)
        for i, tag in enumerate("ab")
    ]
    page = shown(open_page, tmp_path, *rows)
    assert kinds(page) == ["lines"]
    assert "Not told apart" not in sentences(page)[0]


def test_what_has_no_number_for_an_axis_is_said(open_page: Open, tmp_path: Path) -> None:
    cutoffs = (None, 1, 2)
    rows = [swept(n, f"r{n % 2}", {"cutoff": cutoffs[n % 3]}, {"x": n}) for n in range(6)]
    page = shown(open_page, tmp_path, *rows)
    assert kinds(page) == ["lines"]
    assert "Left out, as they have no cutoff: 2 jobs." in sentences(page)[0]
    rows = [swept(n, "r", {"cutoff": cutoffs[n % 3], "size": n // 3}, {"x": n}) for n in range(6)]
    page = shown(open_page, tmp_path, *rows)
    assert kinds(page) == ["heat map"]
    assert "Left out, as they have no cutoff or no size: 2 jobs." in sentences(page)[0]


def test_what_is_not_told_apart_is_said(open_page: Open, tmp_path: Path) -> None:
    rows = [swept(n, "r", {"a": n % 2, "b": n // 2 % 2, "c": n // 4}, {"units": n}) for n in range(8)]
    assert "Not told apart: c." in sentences(shown(open_page, tmp_path, *rows))[0]


def test_the_reader_picks(open_page: Open, tmp_path: Path) -> None:
    page = shown(open_page, tmp_path, *sweep())
    page.get_by_label("Output", exact=True).select_option("units.good")
    assert kinds(page) == ["lines"]
    page.get_by_label("Over", exact=True).select_option("subject")
    assert kinds(page) == ["strips"]
    assert sentences(page)[0].startswith(
        "units.good over subject: a dot for each of 8 jobs, in the colours of recording; "
    )
    page.get_by_label("Split by").select_option("nothing")
    assert sentences(page)[0].startswith("units.good over subject: a dot for each of 8 jobs; the bar is the median. ")
    page.get_by_label("Over", exact=True).select_option("rate")
    page.get_by_label("Split by").select_option("cutoff")
    assert kinds(page) == ["heat map"]
    page.get_by_label("Split by").select_option("nothing")
    assert kinds(page) == ["dots"]
    page.get_by_label("Over", exact=True).select_option("acquired")
    assert kinds(page) == ["strips"]
    page.get_by_label("Output", exact=True).select_option("all")
    assert len(kinds(page)) == 2


def test_more_outputs_on_demand(open_page: Open, tmp_path: Path) -> None:
    rows = [swept(n, f"r{n}", {}, {f"output_{place}": n * place for place in range(9)}) for n in range(3)]
    page = shown(open_page, tmp_path, *rows)
    assert len(kinds(page)) == 6
    page.get_by_role("button", name="Show 3 more outputs").click()
    assert len(kinds(page)) == 9
    expect(page.locator("#more-outputs")).to_be_hidden()
    assert sentences(page)[-1].startswith("output_0 over recording")  # the same in all


def test_what_is_the_same_in_all_jobs_is_not_drawn_at_first(open_page: Open, tmp_path: Path) -> None:
    rows = [swept(n, f"r{n}", {}, {"same": 1, "rate": n}) for n in range(3)]
    page = shown(open_page, tmp_path, *rows)
    assert kinds(page) == ["strips"]
    page.get_by_role("button", name="Show 1 more output").click()
    assert kinds(page) == ["strips", "strips"]


def test_no_numbers_no_plots(open_page: Open, tmp_path: Path) -> None:
    page = open_page(save(tmp_path / "report.html", job(1), job(2, outputs={"note": "text", "flag": True})))
    expect(page.locator("#outputs")).to_have_count(0)


@pytest.mark.parametrize("values", [(0.0, 0.0, 0.0), (-5, 0, 1e12), (1e-300, 1e300, math.pi)])
def test_odd_numbers(values: tuple[float, ...], open_page: Open, tmp_path: Path) -> None:
    """Errors in the page are told by the fixture."""
    rows = [swept(n, f"r{n % 2}", {"cutoff": value}, {"$$x$$": value}) for n, value in enumerate(values * 2)]
    page = shown(open_page, tmp_path, *rows)
    for over in page.locator("#pick-over option").all_inner_texts():
        page.get_by_label("Over", exact=True).select_option(label=over)
        assert len(kinds(page)) <= 1


def test_plots_follow_the_colours_of_the_page(open_page: Open, tmp_path: Path) -> None:
    page = shown(open_page, tmp_path, *sweep())
    assert len(kinds(page)) == 2
    ink = """() => {
        const place = document.querySelector("#output-plots .plot");
        return Bokeh.index.roots.find((root) => place.contains(root.el)).model.below[0].major_label_text_color;
    }"""
    light = page.evaluate(ink)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"light => ({ink})() !== light", arg=light)  # drawn anew once the page has heard of it
