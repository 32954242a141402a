"""Reports in a headless Chromium without a network."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from support.browsers import Open, browser  # noqa: F401


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:  # noqa: F811
    """Open a page as a user does; when the test ends, see that nothing went wrong in it and nothing was fetched."""
    wrong: list[str] = []
    contexts = []

    def open_page(path: Path, *, width: int = 1200, scheme: str = "light", scripts: bool = True) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,  # type: ignore[arg-type]
            java_script_enabled=scripts,
            permissions=["clipboard-read", "clipboard-write"],
            offline=True,
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: wrong.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda dialog: (wrong.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda asked: wrong.append(asked.url) if asked.url != path.as_uri() else None)
        page.goto(path.as_uri())
        if scripts:
            expect(page.locator(".dt-info")).to_be_visible()
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [each for each in wrong if not each.startswith("data:")] == []
