"""The site as `make docs` builds it: whole, with links that lead somewhere, and without a request to anybody else."""

import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

import analysis_jobs

from .blocks import PROJECT

pytestmark = pytest.mark.slow
PARTS = ("docs", "tools", "mkdocs.yml", "README.md", "CONTRIBUTING.md", "CHANGELOG.md")


def build(project: Path, site: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(site)]
    quiet = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(command, cwd=project, env=quiet, capture_output=True, text=True)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    ended = build(PROJECT, folder)
    assert ended.returncode == 0, ended.stderr
    return folder


class Fetched(HTMLParser):
    """What a browser fetches by itself when it opens a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.urls: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag != "a" and given.get("rel") != "canonical":
            self.urls += [value for name in ("src", "href", "srcset", "data") if (value := given.get(name))]


def test_pages_fetch_nothing_from_elsewhere(site: Path):
    fetched = [url for path in site.rglob("*.html") for url in Fetched(path.read_text()).urls]
    assert fetched
    assert [url for url in fetched if re.match(r"\w+:|//", url) and not url.startswith("data:")] == []
    styles = "".join(path.read_text() for path in site.rglob("*.css"))
    assert re.findall(r"url\((?!\"?data:)[^)]*//", styles) == []


def test_every_document_is_a_page(site: Path):
    wanted = {path.with_suffix(".html").name for path in (PROJECT / "docs").glob("*.md")}
    wanted |= {"index.html", "jobs.html", "command.html", "python.html"}
    wanted |= {"contributing.html", "changelog.html"}
    assert wanted <= {path.name for path in site.glob("*.html")}


def test_the_references_have_all_that_there_is(site: Path):
    from analysis_jobs.cli.commands import app

    commands = {(one.name or one.callback.__name__) for one in app.registered_commands if one.callback}
    commands |= {str(one.name) for one in app.registered_groups}
    told = re.findall(r'<h2 id="analysis-jobs-([\w-]+)"', (site / "command.html").read_text())
    assert set(told) == {name.replace("_", "-") for name in commands}
    python = (site / "python.html").read_text()
    assert all(f'<h2 id="{name.lower()}"' in python for name in analysis_jobs.__all__)


def test_images_are_there(site: Path):
    """Also those that are HTML in Markdown, as the README's, which mkdocs does not look at."""
    found = []
    for page in site.glob("*.html"):
        sources = re.findall(r'<img[^>]* src="([^"]*)"', page.read_text())
        found += [(page.name, source) for source in sources if not source.startswith("data:")]
    assert ("index.html", "report-top.png") in found
    assert [one for one in found if not (site / one[1]).is_file()] == []


@pytest.mark.parametrize(
    "link",
    ["nowhere.md", "places.md#nowhere", "#nowhere", "../README.md#nowhere", "../conf/nowhere.config", "/nowhere"],
)
def test_a_link_that_leads_nowhere_ends_the_build(tmp_path: Path, link: str):
    for name in PARTS:
        (shutil.copytree if (PROJECT / name).is_dir() else shutil.copyfile)(PROJECT / name, tmp_path / name)
    for name in ("codeocean", "conf", "examples", "tests"):  # that documents link to
        (tmp_path / name).symlink_to(PROJECT / name)
    with (tmp_path / "docs" / "services.md").open("a") as page:
        page.write(f"\n[a link]({link})\n")
    ended = build(tmp_path, tmp_path / "site")
    assert ended.returncode != 0
    (warning,) = re.findall(r"^WARNING.*$", ended.stderr, re.MULTILINE)
    assert "nowhere" in warning


@pytest.fixture(scope="module")
def page():
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium is on PATH: install it (sudo apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser.new_page()
        browser.close()


def test_the_search_works_from_a_disk_and_asks_nobody(site: Path, page: Page):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((site / "start.html").as_uri())
    page.locator("[data-md-component=search-query]").click()
    page.locator("[data-md-component=search-query]").press_sequentially("lone surrogate")
    found = page.locator(".md-search-result__link", has_text="half a character").first
    found.wait_for()
    found.click()
    page.wait_for_url("**/troubleshooting.html**")
    assert [url for url in asked if not url.startswith(("file:", "data:", "about:"))] == []
