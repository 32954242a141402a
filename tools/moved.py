"""A hook of mkdocs: old addresses of the site lead to where their content is now.

Troubleshooting was one page, on which each message was an anchor; it is a folder of pages now.
"""

import json
import re
from pathlib import Path

from markdown.extensions.toc import slugify
from mkdocs.config.defaults import MkDocsConfig

_MESSAGE = re.compile(r"^### (`+) ?(.+?) ?\1$", re.MULTILINE)
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Troubleshooting</title>
<script>
const pages = {pages};
location.replace("troubleshooting/" + (pages[location.hash.slice(1)] || "index.html") + location.hash);
</script>
<a href="troubleshooting/index.html">Troubleshooting is here now</a>
</html>
"""


def on_post_build(*, config: MkDocsConfig) -> None:
    """Write the old page of troubleshooting, which leads to the page that has the message."""
    folder = Path(config.docs_dir) / "troubleshooting"
    old = Path(config.site_dir) / "troubleshooting.html"
    old.write_text(_PAGE.format(pages=json.dumps(pages_of_messages(folder))))


def pages_of_messages(folder: Path) -> dict[str, str]:
    """Return the page that each message is on, by the message's anchor."""
    return {
        slugify(message, "-"): path.with_suffix(".html").name
        for path in sorted(folder.glob("*.md"))
        for _, message in _MESSAGE.findall(path.read_text())
    }
