"""The blocks of code in the project's documents, and what a comment before one says of it."""

import re
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
# Places that a block may need, with what happens to it instead; every block is checked without being executed
PLACES = {
    "docker": "make test-docker executes it",
    "slurm": "make test-slurm executes it",
    "aws": "nothing here is an AWS Batch",
    "codeocean": "nothing here is Code Ocean",
    "root": "it installs packages on the machine, or needs the network",
    "time": "it takes many minutes; CI runs what it names",
    "original": "it needs the original wrapper or dispatcher",
    "context": "it is a part of something that stands elsewhere",
}
EXECUTED = ("bash", "python")
SHOWN = ("text", "json", "groovy", "dockerfile", "toml", "yaml", "html", "csv", "diff", "sql")
_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>[^\n]*)\n(?P<text>.*?)^(?P=indent)```$", re.DOTALL | re.MULTILINE)
_COMMENT = re.compile(r"<!-- (status|needs): (\S+) -->\s*")
_SAID = re.compile(r"(?:<!-- (?:status|needs): \S+ -->\s*)+\Z")


@dataclass(frozen=True)
class Block:
    """A block of code: where it begins, its language, what it needs, and the status that it is to end with."""

    page: str
    line: int
    language: str
    text: str
    status: int
    needs: str

    @property
    def name(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def is_executed(self) -> bool:
        return self.language in EXECUTED and not self.needs


def pages() -> list[str]:
    """Return every document of the project, as paths within it."""
    found = [*PROJECT.glob("*.md"), *PROJECT.glob("docs/**/*.md"), *PROJECT.glob("examples/*/README.md")]
    return sorted(path.relative_to(PROJECT).as_posix() for path in found)


def blocks_of(page: str) -> list[Block]:
    return list(_blocks(page, (PROJECT / page).read_text()))


def blocks_that_need(place: str) -> list[Block]:
    """Return the blocks of all documents that need a place, for the tests of that place."""
    return [block for page in pages() for block in blocks_of(page) if block.needs == place]


def _blocks(page: str, text: str) -> list[Block]:
    blocks = []
    for found in _FENCE.finditer(text):
        before = _SAID.search(text, 0, found.start())
        said = dict(_COMMENT.findall(before[0])) if before else {}
        line = text.count("\n", 0, found.start()) + 1
        content = re.sub(rf"^{found['indent']}", "", found["text"], flags=re.MULTILINE)
        language, status = found["language"].strip(), int(said.get("status", 0))
        blocks.append(Block(page, line, language, content, status, said.get("needs", "")))
    return blocks
