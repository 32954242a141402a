"""What is browsed, as people do it: in a headless Chromium, on a server of the command's own."""

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from support.browsers import Open, barriers, browser, in_browser, too_wide  # noqa: F401
from support.browsing import desk_of, evil, sweep
from support.shelf import Shelf

from analysis_jobs.browse.server import listening, serving
from analysis_jobs.bucket.opening import open_bucket
from analysis_jobs.store.opening import open_store

pytestmark = in_browser


@pytest.fixture(scope="module")
def keys() -> dict[str, str]:
    return {}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, keys: dict[str, str]) -> Iterator[str]:
    """Serve a sweep, and jobs in which every text is hostile; return the address with its token."""
    folder = tmp_path_factory.mktemp("browsed")
    store = str(folder / "records.sqlite")
    shelf = Shelf(open_store(store), open_bucket(str(folder / "analyses")), folder / "jobs")
    keys |= {**sweep(shelf), **evil(shelf)}
    listener = listening("127.0.0.1", 0)
    server, address = serving(desk_of(store, folder), listener, "127.0.0.1")
    thread = threading.Thread(target=lambda: server.run(sockets=[listener]))
    thread.start()
    yield address
    server.should_exit = True
    thread.join()


@pytest.fixture
def open_page(browser: Browser, address: str) -> Iterator[Open]:  # noqa: F811
    """Open a page as a user does; when the test ends, see that nothing went wrong in it and nothing else was asked."""
    wrong: list[str] = []
    contexts: list[BrowserContext] = []
    base = address.partition("/?")[0]

    def open_page(path: str = "/jobs", *, width: int = 1200, scheme: str = "light", scripts: bool = True) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,  # type: ignore[arg-type]
            java_script_enabled=scripts,
            permissions=["clipboard-read", "clipboard-write"],
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: wrong.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda dialog: (wrong.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda asked: wrong.append(asked.url) if not asked.url.startswith(f"{base}/") else None)
        page.goto(address)
        page.goto(f"{base}{path}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []


def expect_states(page: Page, states: list[str]) -> None:
    """See that the jobs of the table have these states, once the page that was asked for is there."""
    expect(page.locator("table.jobs td.state")).to_have_text(states)


def test_the_token_leaves_the_address(open_page: Open, address: str) -> None:
    page = open_page()
    page.goto(address)
    assert page.url.endswith("/jobs")


def test_filters_are_in_the_address(open_page: Open) -> None:
    page = open_page()
    page.get_by_label("failed").check()
    page.get_by_role("searchbox", name="Text").fill("701003")
    page.get_by_role("button", name="Show these jobs").click()
    expect(page.locator("#found")).to_contain_text("1 job of")
    expect_states(page, ["failed"])
    assert "is%3Astate=failed" in page.url
    assert "text=701003" in page.url
    other = page.context.new_page()  # as of somebody who was sent the link
    other.goto(page.url)
    expect_states(other, ["failed"])
    page.get_by_role("link", name="Remove: state is failed").click()
    expect(page.locator("#found")).to_contain_text("3 jobs of")
    page.go_back()
    expect_states(page, ["failed"])


def test_a_range_of_an_output(open_page: Open) -> None:
    page = open_page()
    page.get_by_label("outputs.good_units at least").fill("45")
    page.get_by_label("outputs.good_units at least").press("Enter")
    expect(page.locator("#found")).to_contain_text("3 jobs of")


def test_sorting_and_columns(open_page: Open) -> None:
    page = open_page("/jobs?text=701001")
    heading = page.get_by_role("columnheader", name="outputs.good_units")
    heading.get_by_role("link").click()
    expect(heading).to_have_attribute("aria-sort", "ascending")
    heading.get_by_role("link").click()
    expect(heading).to_have_attribute("aria-sort", "descending")
    page.get_by_text("Columns", exact=True).click()
    page.get_by_role("checkbox", name="outputs.fraction").uncheck()
    page.get_by_role("button", name="Show these columns").click()
    expect(page.get_by_role("columnheader", name="outputs.fraction")).to_have_count(0)
    assert "text=701001" in page.url


def test_a_job_and_its_command(open_page: Open, keys: dict[str, str]) -> None:
    page = open_page("/jobs?text=701001")
    page.locator(f"a[href='/job/{keys['701001 0.001']}']").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("isi_violations_cutoff=0.001")
    expect(page.locator("figure img").first).to_have_js_property("complete", True)
    assert page.locator("figure img").first.evaluate("(image) => image.naturalWidth") > 0
    page.get_by_text("units.csv").last.click()
    expect(page.get_by_text("unit,rate")).to_be_visible()
    page.get_by_role("button", name="Copy").first.click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").startswith("analysis-jobs rerun ")


def test_figures_are_enlarged_and_turned_over(open_page: Open) -> None:
    page = open_page("/gallery?text=ecephys")
    expect(page.locator(".missing")).to_have_count(2)
    page.locator("[data-gallery] a[data-caption]").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    expect(dialog).to_contain_text("(1 of 7)")
    page.keyboard.press("ArrowRight")
    expect(dialog).to_contain_text("(2 of 7)")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(dialog).to_contain_text("(7 of 7)")
    expect(dialog.locator("img")).to_have_js_property("complete", True)
    page.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()
    page.get_by_role("combobox", name="Figure").select_option("plots/waveform.png")
    expect(page.locator("img[alt^='plots/waveform.png']")).to_have_count(7)
    assert "figure=plots%2Fwaveform.png" in page.url


def test_failures_lead_to_their_jobs(open_page: Open, keys: dict[str, str]) -> None:
    page = open_page("/failures?text=spikes")
    group = page.locator(".failure")
    expect(group).to_have_count(1)
    group.get_by_text("Traceback of the first").click()
    expect(group.get_by_text("Traceback (most recent call last)")).to_be_visible()
    group.locator(f"a[href='/job/{keys['701002 0.004']}']").click()
    expect(page.locator("h1 .badge")).to_have_text("failed")


COMPARED = "/compare?a=parameter.isi_violations_cutoff%3D0.001&b=parameter.isi_violations_cutoff%3D0.002"


def test_two_sides_are_compared(open_page: Open, keys: dict[str, str]) -> None:
    page = open_page("/compare?text=ecephys")
    page.get_by_role("combobox", name="A", exact=True).select_option("parameter.isi_violations_cutoff=0.001")
    page.get_by_role("combobox", name="B", exact=True).select_option("parameter.isi_violations_cutoff=0.002")
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_text("3 pairs: 0 equal in all outputs, 3 different.")).to_be_visible()
    page.get_by_role("link", name="fraction", exact=True).click()
    expect(page.get_by_role("heading", level=2, name="fraction")).to_be_visible()
    expect(page.locator("circle")).to_have_count(3)
    assert "text=ecephys" in page.url
    page.locator("svg a").last.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("recording.nwb")


def test_launches_lead_to_their_jobs(open_page: Open) -> None:
    page = open_page("/launches")
    page.locator(".launch", has_text="7 done").get_by_role("link", name="its jobs").click()
    expect(page.locator("#found")).to_contain_text("11 jobs")


def test_an_export_is_downloaded(open_page: Open) -> None:
    page = open_page("/jobs?text=701001")
    page.get_by_text("Export", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert len(Path(download.value.path()).read_text().splitlines()) == 4
    page.get_by_role("button", name="Copy the address").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == page.url


EVERYWHERE = ("/jobs", "/gallery", "/failures", "/compare", "/launches", "/jobs?text=script")


def test_nothing_from_outside_is_markup(open_page: Open, keys: dict[str, str]) -> None:
    """What would be run, or fetch something, is told by the fixture."""
    of_jobs = [f"/job/{keys[name]}" for name in ("evil", "evil failed")]
    page = open_page()
    base = page.url.removesuffix("/jobs")
    for path in (*EVERYWHERE, *of_jobs, f"{of_jobs[0]}/text/evil.html", f"{of_jobs[0]}/text/analysis.log"):
        page.goto(f"{base}{path}")
        page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true;")
        assert page.locator("[onerror], [onload], iframe, object, embed").count() == 0
        assert page.locator("a[href^='javascript'], script:not([src='/static/browse.js'])").count() == 0
        assert "alert(1)" in page.locator("body").inner_text()


def test_files_of_results_do_not_run(open_page: Open, keys: dict[str, str]) -> None:
    page = open_page()
    base = page.url.removesuffix("/jobs")
    for name in ("evil.html", "evil.svg"):
        with page.expect_download() as download:
            page.evaluate("(address) => { location.href = address; }", f"{base}/job/{keys['evil']}/file/{name}")
        assert "alert(1)" in Path(download.value.path()).read_text()
    page.goto(f"{base}/job/{keys['evil']}")  # the drawing is on it as a picture
    drawing = page.locator("img[alt^='evil.svg']")
    drawing.scroll_into_view_if_needed()
    expect(drawing).to_have_js_property("complete", True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1400, 2560])
def test_it_fits_the_window(open_page: Open, keys: dict[str, str], width: int, scheme: str) -> None:
    page = open_page(width=width, scheme=scheme)
    base = page.url.removesuffix("/jobs")
    for path in (
        "/jobs",
        "/gallery",
        "/failures",
        COMPARED,
        "/launches",
        f"/job/{keys['evil']}",
        f"/job/{keys['701001 0.001']}",
    ):
        page.goto(f"{base}{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


@pytest.mark.parametrize(("width", "scheme"), [(400, "dark"), (1400, "light")])
def test_nothing_keeps_readers_out(open_page: Open, keys: dict[str, str], width: int, scheme: str) -> None:
    page = open_page(width=width, scheme=scheme)
    base = page.url.removesuffix("/jobs")
    of_jobs = [f"/job/{keys[name]}" for name in ("701001 0.001", "701003 0.004", "evil")]
    others = ["/jobs?text=nothing", "/gallery?figure=rates.png", f"{of_jobs[0]}/text/units.csv"]
    for path in ("/jobs", "/gallery", "/failures", "/compare", COMPARED, "/launches", *of_jobs, *others):
        page.goto(f"{base}{path}")
        for closed in page.locator("details:not([open]) > summary").all():
            if closed.is_visible():
                closed.click()
        assert barriers(page) == [], path
        assert too_wide(page) == [], path


def test_a_damaged_picture_says_so(open_page: Open, keys: dict[str, str]) -> None:
    page = open_page(f"/job/{keys['evil']}")
    page.get_by_text("broken.png").first.scroll_into_view_if_needed()
    expect(page.locator("figure .missing")).to_have_text(re.compile("^broken.png of .* cannot be shown"))
    page.locator("figure a", has=page.locator(".missing")).click()
    expect(page.get_by_role("dialog")).to_be_visible()


def test_it_is_used_with_the_keyboard(open_page: Open) -> None:
    page = open_page()
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.goto(f"{page.url.partition('/jobs')[0]}/gallery?text=ecephys")
    link = page.locator("[data-gallery] a[data-caption]").first
    link.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(link).to_be_focused()


def test_without_scripts(open_page: Open) -> None:
    page = open_page(scripts=False)
    page.get_by_label("failed").check()
    page.get_by_role("button", name="Show these jobs").click()
    expect_states(page, ["failed"] * 3)
    page.get_by_role("link", name="Gallery").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Gallery")


def test_narrow_screens_begin_with_the_jobs(open_page: Open) -> None:
    page = open_page(width=400)
    expect(page.get_by_role("button", name="Show these jobs")).not_to_be_visible()
    page.get_by_text("Filters").click()
    expect(page.get_by_role("button", name="Show these jobs")).to_be_visible()
