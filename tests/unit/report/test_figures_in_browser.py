"""The figures: one of all jobs as a grid, why some are missing, and one by itself."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from support.browsers import Open, in_browser
from support.pictured import DOT, SESSION, figures, sweep, swept
from support.reports import invalid, save

from analysis_jobs.report.thumbnails import Image, Images

pytestmark = in_browser


@pytest.fixture
def page(open_page: Open, tmp_path: Path) -> Page:
    rows = [*sweep(), invalid(1)]
    rows[4]["state"] = "done"
    return open_page(save(tmp_path / "report.html", *rows, images=figures(rows, "isi.png", "waveforms.png")))


def captions(page: Page, recording: int) -> list[str]:
    return page.locator(".gallery section").nth(recording).locator("figcaption").all_inner_texts()


def test_recordings_are_below_and_parameters_beside_each_other(page: Page) -> None:
    headings = page.locator(".gallery h3").all_inner_texts()
    assert headings == [SESSION.format(n) for n in range(3)]
    assert captions(page, 1) == [f"{SESSION.format(1)} · cutoff={cutoff}" for cutoff in (0.1, 0.2, 0.5)]
    lefts = [box["x"] for n in range(3) if (box := page.locator(".gallery figure").nth(3 * n + 1).bounding_box())]
    assert len(set(lefts)) == 1
    expect(page.locator("#figure-line")).to_have_text("isi.png: there for 7 jobs, missing for 2 jobs.")


def test_what_is_missing_says_why(page: Page) -> None:
    reasons = page.locator(".missing .why")
    assert reasons.all_inner_texts() == [
        "failed: analysis: ValueError: unit 3 has too few spikes",
        "could not be read: it is not a PNG file",
    ]
    page.get_by_label("Figure", exact=True).select_option("waveforms.png")
    assert reasons.all_inner_texts()[1] == "not made"
    expect(page.locator("#figure-line")).to_have_text("waveforms.png: there for 7 jobs, missing for 2 jobs.")
    assert (
        page.locator(".gallery img").first.get_attribute("alt") == f"waveforms.png of {SESSION.format(0)} · cutoff=0.1"
    )


def test_a_click_enlarges_arrows_go_on_and_escape_closes(page: Page) -> None:
    first, last = f"{SESSION.format(0)} · cutoff=0.1", f"{SESSION.format(2)} · cutoff=0.5"
    viewer = page.get_by_role("dialog")
    page.get_by_role("button", name=f"isi.png of {first}").click()
    expect(viewer.locator(".caption")).to_have_text(f"{first} isi.png 1 of 7")
    box = viewer.locator("img").bounding_box()
    assert box is not None
    assert box["width"] > 600
    page.keyboard.press("ArrowRight")
    expect(viewer.locator(".caption")).to_contain_text("2 of 7")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(viewer.locator(".caption")).to_have_text(f"{last} isi.png 7 of 7")
    page.keyboard.press("Home")
    expect(viewer.locator(".caption")).to_contain_text("1 of 7")
    viewer.get_by_role("button", name="Next").click()
    expect(viewer.locator(".caption")).to_contain_text("2 of 7")
    page.keyboard.press("Escape")
    expect(viewer).to_be_hidden()
    assert page.evaluate("document.activeElement.querySelector('img').alt").startswith("isi.png of")
    page.keyboard.press("Enter")
    expect(viewer).to_be_visible()
    viewer.get_by_role("button", name="Close").click()
    expect(viewer).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_figures_are_on_a_light_mat(scheme: str, open_page: Open, tmp_path: Path) -> None:
    rows = sweep()
    page = open_page(save(tmp_path / "report.html", *rows, images=figures(rows, "isi.png")), scheme=scheme)
    page.locator(".enlarge").first.click()
    for place in (".enlarge", ".mat"):
        colour = page.locator(place).first.evaluate("(one) => getComputedStyle(one).backgroundColor")
        assert all(int(part) > 200 for part in colour.removeprefix("rgb(").removesuffix(")").split(","))


def test_sets_that_are_no_grid_follow_each_other(open_page: Open, tmp_path: Path) -> None:
    rows = [swept(n, f"r{n}", {"seed": n}, {"x": n}) for n in range(5)]
    page = open_page(save(tmp_path / "report.html", *rows, images=figures(rows, "a.png")))
    expect(page.locator(".gallery h3")).to_have_count(0)
    expect(page.locator(".gallery figure")).to_have_count(5)


def test_an_invalid_job_does_not_undo_the_grid(open_page: Open, tmp_path: Path) -> None:
    rows = [*sweep(), *({**invalid(n), "label": SESSION.format(n), "inputs": [f"s3://b/{n}"]} for n in range(3, 8))]
    page = open_page(save(tmp_path / "report.html", *rows, images=figures(rows, "a.png")))  # type: ignore[arg-type]
    expect(page.locator(".gallery h3")).to_have_count(3)
    assert page.locator(".gallery > .grid .why").all_inner_texts()[4].startswith("invalid: bad_007.json")


def test_of_very_many_jobs_only_recordings_with_the_figure_are_shown(open_page: Open, tmp_path: Path) -> None:
    rows = [swept(n, f"r{n}", {}, {"x": n}) for n in range(700)]
    images = Images([(row, [Image("a.png", DOT, 10, 10, None)]) for row in rows[:4]])
    page = open_page(save(tmp_path / "report.html", *rows, images=images))
    expect(page.locator(".gallery figure")).to_have_count(4)
    line = "a.png: there for 4 jobs. Recordings without it are left out: 696 jobs."
    expect(page.locator("#figure-line")).to_have_text(line)


def test_without_scripts_all_are_there(open_page: Open, tmp_path: Path) -> None:
    rows = sweep()
    path = save(tmp_path / "report.html", *rows, images=figures(rows, "isi.png", "waveforms.png"))
    page = open_page(path, scripts=False)
    expect(page.locator(".gallery img")).to_have_count(14)
    expect(page.locator(".gallery a").first).to_have_attribute("href", f"./analyses/{rows[0]['key']}/isi.png")
