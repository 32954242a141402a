"""Take the pictures of the report that are in the documents.

python tools/pictures.py REPORT        the report.html of the launch in docs/sweep.md

Writes docs/report.png, docs/report-top.png (the README's), docs/report-figures.png and docs/report-figure.png. Needs
Chromium.
"""

import io
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import FloatRect, Locator, sync_playwright

DOCS = Path(__file__).resolve().parent.parent / "docs"
WIDTH = 1100  # pixels
COLOURS = 128


def main() -> None:
    """Open the report, and take its pictures one after another."""
    (report,) = map(Path, sys.argv[1:])
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        sys.exit("there is no Chromium on PATH; install it (apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": 1500}, color_scheme="light", offline=True)
        page.goto(report.absolute().as_uri())
        page.locator("#output-plots .plot canvas").nth(3).wait_for()
        figures = page.locator("#figures").bounding_box()
        assert figures is not None
        page.set_viewport_size({"width": WIDTH, "height": int(figures["y"])})
        page.wait_for_timeout(500)  # Bokeh draws anew
        save(page.screenshot(), DOCS / "report.png")
        second_row = page.locator("#output-plots > *").nth(2).bounding_box()
        assert second_row is not None
        top: FloatRect = {"x": 0, "y": 0, "width": WIDTH, "height": int(second_row["y"]) - 10}
        save(page.screenshot(clip=top), DOCS / "report-top.png")
        save(taken(page.locator("section[aria-labelledby=figures]")), DOCS / "report-figures.png")
        page.locator(".enlarge").first.click()
        save(taken(page.locator(".viewer")), DOCS / "report-figure.png")
        browser.close()


def taken(place: Locator) -> bytes:
    """Return a picture of a part of the page."""
    place.scroll_into_view_if_needed()
    return place.screenshot()


def save(content: bytes, path: Path) -> None:
    """Write a picture with few colours, which is small."""
    Image.open(io.BytesIO(content)).convert("RGB").quantize(COLOURS).save(path, optimize=True)
    print(path)


if __name__ == "__main__":
    main()
