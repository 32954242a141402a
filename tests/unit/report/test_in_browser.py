"""The report as people use it, in a headless Chromium without a network."""

from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from support.browsers import Open, in_browser
from support.reports import failure, invalid, job, save

from analysis_jobs.report.account import Row
from analysis_jobs.report.thumbnails import Image, Images

pytestmark = in_browser
EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>&\"'"
# A picture of one pixel
DOT = "data:image/webp;base64,UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA=="


ROWS: list[Row] = [
    *(job(n) for n in range(40)),
    *(failure(n, f"unit {n} is bad", traceback=f"Traceback of {n}", log_tail=f"log of {n}") for n in (40, 41, 42)),
    failure(43, "'spike_times'", "KeyError"),
    invalid(1),
    job(44, decision="done", reason="done before: the store has its record", seconds=500.0),
]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    image = Image("figure.png", DOT, 100, 50, "./analyses/k/figure.png")
    images = Images([(ROWS[0], [image])], ["Left out, beyond 3 of a job: 5 images."])
    return save(tmp_path_factory.mktemp("report") / "report.html", *ROWS, images=images)


def labels(page: Page) -> list[str]:
    """Return the labels in the rows of the table that are there now."""
    return page.locator("#table tbody tr td:nth-child(2)").all_inner_texts()


def only_row(page: Page, label: str) -> Locator:
    page.get_by_label("Search").fill(label)
    expect(page.locator("#table tbody tr")).to_have_count(1)
    return page.locator("#table tbody tr")


def test_search(open_page: Open, report: Path) -> None:
    page = open_page(report)
    expect(page.locator(".dt-info")).to_have_text("1 to 25 of 46 jobs")
    for text in ("session_017", "s3://recordings/17", ROWS[17]["key"]):
        page.get_by_label("Search").fill(text)
        expect(page.locator("#table tbody tr")).to_have_count(1)
        assert labels(page) == ["session_017"]
    page.get_by_label("Search").fill("no such job")
    expect(page.locator("#table tbody")).to_have_text("No job matches.")


def test_sort(open_page: Open, report: Path) -> None:
    page = open_page(report)
    assert labels(page)[:2] == ["session_000", "session_001"]  # at first, in the order of jobs.tsv
    heading = page.locator("#table th", has_text="seconds")
    heading.click()
    heading.click()
    expect(heading).to_have_attribute("aria-sort", "descending")
    assert labels(page)[:2] == ["session_044", "session_043"]


def test_tiles_choose_a_state(open_page: Open, report: Path) -> None:
    page = open_page(report)
    tile = page.get_by_role("button", name="4 failed", exact=True)
    tile.click()
    expect(tile).to_have_attribute("aria-pressed", "true")
    assert labels(page) == [f"session_{n:03}" for n in (40, 41, 42, 43)]
    expect(page.get_by_text("Only jobs that are failed.")).to_be_visible()
    page.get_by_role("button", name="Show all").click()
    expect(tile).to_have_attribute("aria-pressed", "false")
    expect(page.locator(".dt-info")).to_have_text("1 to 25 of 46 jobs")


def test_failures_by_cause(open_page: Open, report: Path) -> None:
    page = open_page(report)
    causes = page.locator(".failure")
    expect(causes).to_have_count(3)
    first = causes.first
    expect(first.locator("summary").first).to_contain_text("3 jobs ValueError: unit 40 is bad in the analysis")
    expect(first.get_by_text("Traceback of 40", exact=True)).not_to_be_visible()
    first.get_by_text("Traceback of session_040").click()
    expect(first.get_by_text("Traceback of 40", exact=True)).to_be_visible()
    first.get_by_text("End of its log").click()
    expect(first.get_by_text("log of 40")).to_be_visible()
    first.get_by_role("button", name="Show them in the table").click()
    assert labels(page) == [f"session_{n:03}" for n in (40, 41, 42)]


def test_the_command_is_copied(open_page: Open, report: Path) -> None:
    page = open_page(report)
    page.locator(".failure").first.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == (
        "analysis-jobs try /lab/analysis.py --job '/data/my jobs/session_040.json' --parameters /lab/parameters.json "
        f"--set cutoff=0.5 --set 'label=two words' --results try-{ROWS[40]['key'][:12]}"
    )


def test_the_command_of_a_row_is_that_of_its_job(open_page: Open, report: Path) -> None:
    page = open_page(report)
    row = only_row(page, "session_042")
    row.get_by_role("button", name="Details of session_042").click()
    details = page.locator(".details")
    expect(details).to_contain_text("Traceback of 42")
    expect(details).to_contain_text("s3://recordings/42")
    expect(details.locator("code")).to_have_text(
        "analysis-jobs try /lab/analysis.py --job '/data/my jobs/session_042.json' --parameters /lab/parameters.json "
        f"--set cutoff=0.5 --set 'label=two words' --results try-{ROWS[42]['key'][:12]}"
    )
    page.get_by_role("button", name="Details of session_042").click()
    expect(details).to_have_count(0)


def test_results_are_linked(open_page: Open, report: Path) -> None:
    page = open_page(report)
    link = only_row(page, "session_005").get_by_role("link", name="open the results of session_005")
    assert link.get_attribute("href") == f"./analyses/{ROWS[5]['key']}/"
    page.get_by_role("button", name="figure.png of session_000").click()
    assert page.get_by_role("link", name="open the file").get_attribute("href") == "./analyses/k/figure.png"
    expect(page.get_by_text("Left out, beyond 3 of a job: 5 images.")).to_be_visible()


# From the number of a job and its value to the place of its point on the screen
PLACE = """([job, value]) => {
    const place = document.querySelector("[data-measure]");
    const view = Bokeh.index.roots.find((root) => place.contains(root.el));
    const box = view.canvas.el.getBoundingClientRect();
    return [box.left + view.frame.x_scale.compute(job), box.top + view.frame.y_scale.compute(value)];
}"""


def test_plots_show_which_job(open_page: Open, report: Path) -> None:
    page = open_page(report)
    plot = page.locator(".plot[data-measure]").first
    plot.scroll_into_view_if_needed()
    expect(plot.locator("canvas").first).to_be_visible()
    expect(page.locator("figcaption", has_text="Duration")).to_have_text(
        "Duration 45 jobs: median 23.5 s, longest 8 min 20 s (session_044)"
    )
    where = page.evaluate(PLACE, [46, 500])
    page.mouse.move(where[0] - 3, where[1])
    page.mouse.move(*where)
    tooltip = page.locator(".bk-Tooltip")
    expect(tooltip).to_contain_text("session_044")
    expect(tooltip).to_contain_text("done, before")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1600])
def test_it_fits_the_window(open_page: Open, tmp_path: Path, width: int, scheme: str) -> None:
    long = "x" * 300
    rows = [failure(1, long, long, traceback=long), job(2, file=f"{long}.json", parameters={long: long}, inputs=[long])]
    page = open_page(save(tmp_path / "report.html", *rows), width=width, scheme=scheme)
    page.get_by_role("button", name="Details of session_001").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.body.getBoundingClientRect().width") > 0.9 * width


# The contrast that WCAG asks for in texts
CONTRAST = """() => {
    const linear = (part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const luminance = (colour) => {
        const [red, green, blue] = colour.slice(0, 3).map((value) => linear(value / 255));
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const behind = (element) => {
        const colour = numbers(getComputedStyle(element).backgroundColor);
        if (colour[3] === undefined || colour[3] === 1) return colour;
        return element.parentElement ? behind(element.parentElement) : [255, 255, 255];
    };
    const low = [];
    for (const element of document.querySelectorAll("body *")) {
        const written = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
        if (!written || !element.checkVisibility() || element.closest("script, .plot, .dt-paging, option")) continue;
        const both = [numbers(getComputedStyle(element).color), behind(element)].map(luminance).sort((a, b) => b - a);
        const contrast = (both[0] + 0.05) / (both[1] + 0.05);
        if (contrast < 4.5) low.push(`${element.tagName}.${element.className} ${contrast.toFixed(2)}`);
    }
    return low;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_read(open_page: Open, tmp_path: Path, scheme: str) -> None:
    states = [job(n, state, decision=state) for n, state in enumerate(("empty", "claimed", "repeat", "gave_up"))]
    page = open_page(save(tmp_path / "report.html", *ROWS[38:45], *states), scheme=scheme)
    page.get_by_role("button", name="Details of session_040").click()
    page.get_by_text("Traceback of session_040").click()
    assert page.evaluate(CONTRAST) == []


def test_it_is_used_with_the_keyboard(open_page: Open, report: Path) -> None:
    page = open_page(report)
    for _ in range(6 + 3):  # the parts of the report, then all, done, failed
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".tile.failed")).to_have_attribute("aria-pressed", "true")
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert page.evaluate(outline) == "solid"
    levels = page.evaluate("[...document.querySelectorAll('h1, h2, h3')].map((one) => Number(one.tagName[1]))")
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_it_is_printed(open_page: Open, report: Path) -> None:
    page = open_page(report)
    page.emulate_media(media="print")
    expect(page.get_by_label("Search")).not_to_be_visible()
    expect(page.locator(".tile").first).to_be_visible()
    assert len(page.pdf()) > 10_000


def test_without_scripts(open_page: Open, report: Path) -> None:
    page = open_page(report, scripts=False)
    expect(page.locator("#table tbody tr")).to_have_count(len(ROWS))
    expect(page.get_by_text("Searching and sorting needs JavaScript")).to_be_visible()
    page.locator(".failure").first.get_by_text("Traceback of session_040").click()
    expect(page.get_by_text("Traceback of 40", exact=True)).to_be_visible()


def test_nothing_from_outside_is_markup(open_page: Open, tmp_path: Path) -> None:
    """What would be run, or fetch something, is told by the fixture."""
    bad = failure(1, EVIL, EVIL, traceback=EVIL, log_tail=EVIL)
    bad |= {"file": f"{EVIL}.json", "label": EVIL, "inputs": [EVIL, "javascript:alert(3)"], "parameters": {EVIL: EVIL}}
    good = job(2, file="</script><script>alert(4)</script>.json", location="javascript:alert(5)", outputs={EVIL: EVIL})
    images = Images([(good, [Image(EVIL, DOT, 10, 10, None)])], [EVIL])
    about = {"analysis": EVIL, "run_name": EVIL, "launch": dict.fromkeys(("jobs", "analysis", "parameters"), EVIL)}
    about["launch"] |= {"set": [EVIL], "started": "2026-01-02T03:04:05+00:00"}
    page = open_page(save(tmp_path / "report.html", bad, good, images=images, about=about))
    for button in page.locator("button.more").all():
        button.click()
    for heading in page.locator("#table th:visible").all():
        heading.click()
    for text in ("<script>", "onerror", "&"):
        page.get_by_label("Search").fill(text)
        expect(page.locator("#table > tbody > tr:not(:has(.details))").first).to_be_visible()
    assert EVIL in " ".join(labels(page))
    page.get_by_label("Search").fill("")
    for plot in page.locator(".plot").all():  # tooltips of all points
        box = plot.bounding_box()
        assert box is not None
        for step in range(20):
            page.mouse.move(box["x"] + box["width"] * step / 20, box["y"] + box["height"] / 2)
    assert page.locator("img:not([src^='data:'])").count() == 0
    assert page.locator("[onerror]").count() == 0
    assert page.locator("a[href^='javascript']").count() == 0


def test_ten_thousand_jobs(open_page: Open, tmp_path: Path) -> None:
    rows = [failure(n, f"unit {n} is bad", traceback="x" * 2000) if n % 50 == 0 else job(n) for n in range(10_000)]
    page = open_page(save(tmp_path / "report.html", *rows))
    expect(page.locator(".dt-info")).to_have_text("1 to 25 of 10,000 jobs")
    page.get_by_role("button", name="200 failed", exact=True).click()
    expect(page.locator(".dt-info")).to_contain_text("of 200 jobs")
    page.get_by_role("button", name="Show all").click()
    only_row(page, "session_9999")
    assert labels(page) == ["session_9999"]
