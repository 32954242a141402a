"""Hooks of mkdocs: pages that the project has already, in other places, and links that lead out of docs/.

The README is the source of the site's front page and of the states of jobs; the references of the command and of Python
are made from the code. So nothing of them can be stale.
"""

import logging
import posixpath
import re
from functools import cache
from pathlib import Path

from markdown.extensions.toc import slugify
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from references import command_reference, python_reference

# With the prefix of mkdocs' own loggers, a warning ends a strict build
log = logging.getLogger("mkdocs.hooks.pages")

PROJECT = Path(__file__).resolve().parent.parent
FILES = "https://github.com/AllenNeuralDynamics/aind-analysis-jobs/blob/main"
# Sections of the README that are pages of their own; the rest is the front page
PARTS = {"jobs.md": "What becomes of a job"}
WHOLE = {"contributing.md": "CONTRIBUTING.md", "changelog.md": "CHANGELOG.md"}
REFERENCES = {"command.md": command_reference, "python.md": python_reference}
_CODE = re.compile(r"(^```.*?^```$|`[^`\n]+`)", re.DOTALL | re.MULTILINE)
# Of Markdown, and of an image in HTML, which the README has for its width
_LINK = re.compile(r"""(?:(?<=\]\()|(?<=src="))(?!\w+:|#)([^)#\s"]+)(#[^)\s"]*)?(?=[)"])""")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are no files in docs/."""
    for name, text in readme_pages().items():
        files.append(File.generated(config, name, content=text))
    for name, source in WHOLE.items():
        files.append(File.generated(config, name, content=(PROJECT / source).read_text()))
    for name, reference in REFERENCES.items():
        files.append(File.generated(config, name, content=reference()))
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Let links lead to where the site has what they name."""
    source = source_of(page.file.src_uri)
    parts = _CODE.split(markdown)  # code is at the odd places
    return "".join(part if number % 2 else with_links(part, source) for number, part in enumerate(parts))


@cache
def readme_pages() -> dict[str, str]:
    """Return the pages that the README is divided into; its headings move up in those of one section."""
    sections = re.split(r"^(?=## )", (PROJECT / "README.md").read_text(), flags=re.MULTILINE)
    pages = {name: _only([one for one in sections if one.startswith(f"## {title}\n")]) for name, title in PARTS.items()}
    front = "".join(one for one in sections if one not in pages.values())
    return {"index.md": front, **{name: text.removeprefix("#") for name, text in pages.items()}}


def _only(found: list[str]) -> str:
    (one,) = found  # or a section was renamed, and PARTS is to follow
    return one


def source_of(page: str) -> str:
    """Return the file of the project that a page of the site is made of."""
    return "README.md" if page in readme_pages() else WHOLE.get(page, f"docs/{page}")


def with_links(text: str, source: str) -> str:
    """Return a piece of Markdown with the targets of its links as the site has them."""

    folder = posixpath.dirname(source.removeprefix("docs/"))

    def target(found: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), found[1]))
        leads_to = site_target(path, found[2] or "", source)
        return leads_to if leads_to.startswith(FILES) else posixpath.relpath(leads_to, folder or ".")

    return _LINK.sub(target, text)


def site_target(path: str, anchor: str, source: str) -> str:
    """Return where the site, from its top, or else GitHub has a file of the project."""
    for page, whole in WHOLE.items():
        if path == whole:
            return page + anchor
    if path == "README.md":
        return _page_of(anchor) + anchor
    if path.startswith("docs/"):
        return path.removeprefix("docs/") + anchor
    if not (PROJECT / path).exists():
        log.warning("%s links to %s, which is not there", source, path)
    return f"{FILES}/{path}{anchor}"


def _page_of(anchor: str) -> str:
    for page, text in readme_pages().items():
        titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
        if anchor.removeprefix("#") in {slugify(title, "-") for title in titles}:
            return page
    return "index.md"
