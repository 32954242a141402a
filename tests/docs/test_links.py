"""Links between the documents, as somebody follows them in a checkout or on GitHub; the site checks its own."""

import re

import pytest

from .blocks import PROJECT, pages

_CODE = re.compile(r"^```.*?^```$|`[^`\n]+`", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"""\]\(([^)\s]*)\)|<img src="([^"]*)\"""")


def prose(page: str) -> str:
    return _CODE.sub("", (PROJECT / page).read_text())


def anchors(page: str) -> set[str]:
    """Return the anchors that GitHub gives the headings of a page."""
    text = re.sub(r"^```.*?^```$", "", (PROJECT / page).read_text(), flags=re.DOTALL | re.MULTILINE)
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", pages())
def test_links_of(page: str):
    for link in (one or image for one, image in _LINK.findall(prose(page))):
        if re.match(r"\w+:", link):
            assert re.fullmatch(r"https://[\w.-]+\.\w+(/\S*)?", link), link
            continue
        path, _, anchor = link.partition("#")
        target = (PROJECT / page).parent / path if path else PROJECT / page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target.resolve().relative_to(PROJECT).as_posix()), link
