"""Every error message of the code has one short entry in docs/troubleshooting/, and every entry has a message."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from markdown.extensions.toc import slugify

from .blocks import PROJECT
from .messages import all_messages, groovy_messages, shell_messages
from .python_messages import Messages

FOLDER = PROJECT / "docs" / "troubleshooting"
_ENTRY = re.compile(r"^### (`+) ?(?P<message>.+?) ?\1$\n(?P<about>.*?)(?=^#{2,3} |\Z)", re.DOTALL | re.MULTILINE)
FEWEST_WORDS = 8  # what an entry says beside the message
MOST_LINES = 5  # of an entry, with its heading
WIDTH = 120


@dataclass(frozen=True)
class Entry:
    """A message, the page that it is on, and what is said about it."""

    page: str
    message: str
    about: str

    @property
    def lines(self) -> list[str]:
        """Return what is said about the message, without empty lines."""
        return [line for line in self.about.splitlines() if line.strip()]

    @property
    def anchor(self) -> str:
        return slugify(self.message, "-")


def pages() -> list[Path]:
    return sorted(FOLDER.glob("*.md"))


@cache
def entries() -> list[Entry]:
    return [entry for page in pages() for entry in entries_of(page.name, page.read_text())]


def entries_of(page: str, text: str) -> list[Entry]:
    found = [Entry(page, one["message"], one["about"].strip()) for one in _ENTRY.finditer(text)]
    assert len(found) == len(re.findall(r"^### ", text, re.MULTILINE)), f"{page}: a heading ### is one message, as code"
    return found


def too_long(entry: Entry) -> bool:
    return 1 + len(entry.lines) > MOST_LINES or any(len(line) > WIDTH for line in entry.lines)


def skeleton(message: str) -> str:
    """Return the start of an entry, to be pasted; a message with backticks wants a longer fence around it."""
    fence = "``" if "`" in message else "`"
    blank = " " if "`" in (message[0], message[-1]) else ""
    return f"### {fence}{blank}{message}{blank}{fence}\n\n"


def test_every_message_has_an_entry() -> None:
    known = {entry.message for entry in entries()}
    missing = [(source, message) for message, source in sorted(all_messages().items()) if message not in known]
    said = "\n".join(f"{skeleton(message)}(of {source})\n" for source, message in sorted(missing))
    assert not missing, (
        f"{len(missing)} messages have no entry; paste these into a page of docs/troubleshooting/, "
        f"and say why they come and what to do:\n\n{said}"
    )


def test_every_entry_has_a_message() -> None:
    gone = [f"{entry.page}: {entry.message}" for entry in entries() if entry.message not in all_messages()]
    assert not gone, "there are entries of messages that there are no more:\n" + "\n".join(gone)


def test_no_message_is_there_twice() -> None:
    messages = [entry.message for entry in entries()]
    assert sorted(messages) == sorted(set(messages))


def test_an_entry_says_more_than_its_message() -> None:
    short = [entry.message for entry in entries() if len(entry.about.split()) < FEWEST_WORDS]
    assert not short, "these entries say too little:\n" + "\n".join(short)


def test_an_entry_has_at_most_five_lines() -> None:
    long = [f"{entry.page}: {entry.message}" for entry in entries() if too_long(entry)]
    assert not long, f"with the heading, at most {MOST_LINES} lines of {WIDTH} characters:\n" + "\n".join(long)


@pytest.mark.parametrize(
    ("about", "long"),
    [
        ("a\nb\nc\nd", False),
        ("a\n\nb\n\nc\n\nd", False),
        ("a\nb\nc\nd\ne", True),
        ("a\n```text\nb\n```", False),
        ("x" * WIDTH, False),
        ("x" * (WIDTH + 1), True),
    ],
)
def test_lines_are_counted(about: str, long: bool) -> None:
    (entry,) = entries_of("page.md", f"# Page\n\n### `it is …`\n\n{about}\n\n## Section\n\nmore\n\nand more\n")
    assert (entry.about, too_long(entry)) == (about, long)


def test_the_index_names_every_page() -> None:
    index = (FOLDER / "index.md").read_text()
    titles = {path.name: path.read_text().partition("\n")[0].removeprefix("# ") for path in pages()}
    named = {page: title for title, page in re.findall(r"^\| \[(.*?)\]\(([\w-]+\.md)\) \|", index, re.MULTILINE)}
    del titles["index.md"]
    assert named.keys() == titles.keys()
    assert [page for page, title in named.items() if not titles[page].startswith(title)] == []


PYTHON = '''
REMEDY = "fix it"

def check(value, values):
    if value:
        raise InvalidInput(f"{value} is wrong; {REMEDY}")
    reason = "it is far too long for that" if values else f"it has no {value}, and it must"
    if found := next(_odd(values)):
        raise InvalidInput(f"this: {found}")
    raise ServiceUnavailable("refused (" + reason + ")")

def _odd(values):
    for value in values:
        yield f"{value} is not what it seems to be"

def told(self):
    problems = [problem for problem in (_problem(value) for value in self) if problem]
    raise BadOutcome(f"{self.name} {'; and '.join(problems)}")

def _problem(value) -> str:
    if value is None:
        return f"does not define {value}: it must be a function"
    return ""

def unseen(value):
    """This is a docstring; it is no message."""
    log.warning("left out %d of %s", 1, 2)
    return {"late": f"it changed {value} meanwhile; try again"}
'''


def test_messages_are_found_in_python(tmp_path) -> None:
    (tmp_path / "module.py").write_text(PYTHON)
    assert {text for text, _ in Messages([tmp_path / "module.py"])} == {
        "… is wrong; fix it",
        "it is far too long for that",
        "it has no …, and it must",
        "does not define …: it must be a function",
        "… is not what it seems to be",
        "left out … of …",
        "it changed … meanwhile; try again",
    }


@pytest.mark.parametrize(
    ("read", "source", "found"),
    [
        (groovy_messages, 'error "--${a ? "; did you ${b}?" : \'\'} is \\$5"', ["--… is $5"]),
        (groovy_messages, 'x ? y : error("it was given ${z.size()}: give one.")', ["it was given …: give one"]),
        (groovy_messages, "error problem.text", []),
        (shell_messages, 'echo "it lacks $NAME, see ${1:-x}: $(cat "x")" >&2', ["it lacks …, see …: …"]),
        (shell_messages, 'die "there is no ${name} here"', ["there is no … here"]),
        (shell_messages, 'echo "all of it is fine"\ndie "$*"', []),
    ],
)
def test_messages_are_found_elsewhere(read, source: str, found: list[str]) -> None:
    assert [text.strip(".") for text in read(source)] == [text.strip(".") for text in found]
