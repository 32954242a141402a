"""The site as `make docs` builds it: whole, with links that lead somewhere, and without a request to anybody else."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import groupby
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Request, sync_playwright

import analysis_jobs

from .blocks import PROJECT
from .test_troubleshooting import entries

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
    docs = PROJECT / "docs"
    wanted = {path.relative_to(docs).with_suffix(".html").as_posix() for path in docs.rglob("*.md")}
    wanted |= {"index.html", "parameters.html", "jobs.html", "command.html", "python.html"}
    wanted |= {"contributing.html", "changelog.html"}
    assert wanted <= {path.relative_to(site).as_posix() for path in site.rglob("*.html")}


def test_every_message_has_an_address(site: Path):
    for page, messages in groupby(entries(), key=lambda entry: entry.page):
        text = (site / "troubleshooting" / page).with_suffix(".html").read_text()
        wanted, found = [entry.anchor for entry in messages], re.findall(r'<h3 id="([^"]+)"', text)
        assert len(set(found)) == len(wanted)  # of two that are alike, the second has a number
        assert set(wanted) <= set(found)


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


def test_links_that_lead_nowhere_end_the_build(tmp_path: Path):
    links = (
        "1nowhere.md",
        "places.md#2nowhere",
        "#3nowhere",
        "../README.md#4nowhere",
        "../conf/5nowhere.config",
        "/6nowhere",
    )
    for name in PARTS:
        (shutil.copytree if (PROJECT / name).is_dir() else shutil.copyfile)(PROJECT / name, tmp_path / name)
    for name in ("codeocean", "conf", "examples", "tests"):  # that documents link to
        (tmp_path / name).symlink_to(PROJECT / name)
    with (tmp_path / "docs" / "services.md").open("a") as page:
        page.writelines(f"\n[a link]({link})\n" for link in links)
    ended = build(tmp_path, tmp_path / "site")
    assert ended.returncode != 0
    warnings = re.findall(r"^WARNING.*$", ended.stderr, re.MULTILINE)  # each of which ends it
    assert len(warnings) == 6, ended.stderr
    assert {number for warning in warnings for number in re.findall(r"(\d)nowhere", warning)} == set("123456")


@pytest.fixture(scope="module")
def page():
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium is on PATH: install it (sudo apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser.new_page()
        browser.close()


@pytest.fixture
def asked(page: Page) -> Iterator[list[str]]:
    """Return the addresses outside of the disk that the page asks for."""
    urls: list[str] = []

    def note(request: Request) -> None:
        if not request.url.startswith(("file:", "data:", "about:", "blob:")):
            urls.append(request.url)

    page.on("request", note)
    yield urls
    page.remove_listener("request", note)


def found_by(page: Page) -> list[str]:
    """Return the addresses of what a search has found, the best first, from the folder of troubleshooting."""
    links = page.locator(".md-search-result__link[href*='#']")
    links.first.wait_for(state="attached")  # below its page, which may show only the best
    addresses = [urlsplit(str(url)) for url in links.evaluate_all("links => links.map(link => link.href)")]
    return [f"{one.path.partition('/troubleshooting/')[2]}#{one.fragment}" for one in addresses]


@pytest.mark.parametrize(
    ("words", "page_of_it", "anchor"),
    [
        ("lone surrogate", "job-files", "has-half-a-character-in-a-lone-surrogate"),
        ('"machine has give at most"', "parameters", "-analysis_cpus-is-and-this-machine-has"),
        ('"there is no recording at"', "recordings", "there-is-no-recording-at-check-the-path"),
        ('"died before it could report"', "running", "the-task-of-this-job-died"),
        ("user may not INSERT", "postgresql", "the-store-refuses-to-be-written"),
    ],
)
def test_the_search_finds_a_message_by_its_words_from_a_disk_and_asks_nobody(
    site: Path, page: Page, asked: list[str], words: str, page_of_it: str, anchor: str
):
    page.goto((site / "start.html").as_uri())
    field = page.locator("[data-md-component=search-query]")
    field.fill(words)
    field.press("End")  # it searches when a key is released
    (address, *_) = [url for url in found_by(page) if url.startswith(f"{page_of_it}.html#{anchor}")]
    page.goto(f"{(site / 'troubleshooting').as_uri()}/{address}")
    assert page.locator("h3:target").count() == 1
    assert asked == []


@pytest.mark.parametrize(
    ("message", "found"),
    [
        (
            "--analysis_cpus is 64, and this machine has 8: give at most that, or a -profile of a larger one.",
            "parameters.html#-analysis_cpus-is",
        ),
        (
            "the store /home/me/results/records.sqlite cannot be opened: disk I/O error; "
            "give --store another SQLite file, on a local disk",
            "stores.html#the-store-cannot-be-opened-give-store-another-sqlite",
        ),
        (
            "jobs/a.json is not JSON: Expecting ',' delimiter at line 3, column 7; write the file again",
            "job-files.html#is-not-json-at-line",
        ),
        (
            "done before, with nothing to report: no units",
            "decisions.html#done-before-with-nothing-to-report",
        ),
    ],
    ids=["option", "path", "signs", "reason"],
)
def test_a_message_that_is_pasted_is_among_the_first_that_the_search_finds(
    site: Path, page: Page, message: str, found: str
):
    page.goto((site / "start.html").as_uri())
    field = page.locator("[data-md-component=search-query]")
    field.click()
    field.evaluate(
        """(field, text) => {
            const clipboardData = new DataTransfer()
            clipboardData.setData("text", text)
            field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }))
        }""",
        message,
    )
    assert any(address.startswith(found) for address in found_by(page)[:3])


def test_the_old_page_of_troubleshooting_leads_to_the_new_ones(site: Path, page: Page):
    old = (site / "troubleshooting.html").as_uri()
    (entry,) = [entry for entry in entries() if entry.message.startswith("… is a broken link to")]
    page.goto(f"{old}#{entry.anchor}")
    page.wait_for_url(f"**/troubleshooting/job-files.html#{entry.anchor}")
    page.goto(f"{old}#job-files")
    page.wait_for_url("**/troubleshooting/index.html#job-files")
