"""The Chromium of the system, and what is asked of every page in it."""

import shutil
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
in_browser = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on PATH (apt-get install chromium)"),
]
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def barriers(page: Page) -> list[str]:
    """Return what axe-core finds in a page that keeps readers out, with the first place of each."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['impact']}: {one['id']}: {one['nodes'][0]['html'][:200]} {one['nodes'][0]['target']}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


def too_wide(page: Page) -> list[str]:
    """Return what goes beyond the right edge of the window, and is in nothing that scrolls or cuts by itself."""
    return page.evaluate("""() => {
        const within = (element) => {
            let one = element.parentElement;
            while (one !== document.body && getComputedStyle(one).overflowX === "visible") one = one.parentElement;
            return one !== document.body;
        };
        const width = document.documentElement.clientWidth;
        const found = [...document.querySelectorAll("body *")].filter((one) =>
            one.checkVisibility() && one.getBoundingClientRect().right > width + 1 && !within(one));
        if (document.documentElement.scrollWidth > width) found.push(document.documentElement);
        return found.map((one) => `${one.tagName}.${one.className} ${one.textContent.slice(0, 60)}`);
    }""")
