"""The comments by which a Python file declares the packages that it needs: ``# /// script`` to ``# ///`` (PEP 723)."""

import io
import re
import tokenize
from collections.abc import Iterator

from analysis_jobs.errors import InvalidInput
from analysis_jobs.wording import shown

_BEGIN, _END = "# /// script", "# ///"
# The regular expression by which the specification tells what a block is; lines end with \n alone
_BLOCK = re.compile(r"(?m)^# /// (?P<type>[a-zA-Z0-9-]+)$\s(?P<content>(^#(| .*)$\s)+)^# ///$\n?")
_MEANT = re.compile(r"#\s*///\s*script\s*", re.IGNORECASE)


def script_block(source: str, name: str) -> str:
    """Return what the block of a source declares, as TOML, or an empty text where there is none.

    Parameters
    ----------
    source
        The text of the file; lines end with a line feed.
    name
        What messages call the file.

    Raises
    ------
    InvalidInput
        If there are several, or a comment that was meant to begin one begins none.
    """
    blocks = list(_blocks(source))
    if len(blocks) > 1:
        raise InvalidInput(
            f"{name} declares packages in {len(blocks)} blocks (# /// script); write one with all of them"
        )
    for number, line in _meant(source):
        if not any(block.start() <= _place(source, number) < block.end() for block in blocks):
            raise InvalidInput(f"{name}, line {number}: {_why_none(source, number, line)}; fix it")
    return "".join(f"{line[2:]}\n" for line in blocks[0]["content"].split("\n")[:-1]) if blocks else ""


def without_blocks(source: str) -> str:
    """Return a source without the comments that declare packages."""
    for block in reversed(list(_blocks(source))):
        source = source[: block.start()] + source[block.end() :]
    return source


def _blocks(source: str) -> Iterator["re.Match[str]"]:
    return (block for block in _BLOCK.finditer(source) if block["type"] == "script")


def _meant(source: str) -> Iterator[tuple[int, str]]:
    """Yield number and text of each comment, not of texts in quotes, that looks like the first line of a block."""
    if not _MEANT.search(source):
        return
    try:
        for token in tokenize.generate_tokens(io.StringIO(source, newline="\n").readline):
            if token.type == tokenize.COMMENT and _MEANT.fullmatch(token.string):
                yield token.start[0], token.line.rstrip("\n")
    except (tokenize.TokenError, SyntaxError):  # which whoever imports it says
        return


def _place(source: str, number: int) -> int:
    return len("".join(f"{line}\n" for line in source.split("\n")[: number - 1]))


def _why_none(source: str, number: int, line: str) -> str:
    if line != _BEGIN:
        return f"{shown(line)} begins no block of packages, as it is not {_BEGIN!r}"
    for at, text in enumerate(source.split("\n")[number:], number + 1):
        if text.rstrip() == _END:
            return f"the block of packages has no end, as line {at} is not {_END!r}" if text != _END else "it is empty"
        if text.startswith("#") and text != "#" and not text.startswith("# "):
            return f"the block of packages breaks off at line {at}, which does not begin with '# '"
        if not text.startswith("#"):
            break
    return f"the block of packages has no end: write a line {_END!r} after it"
