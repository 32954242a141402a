"""Every error message of the code has an entry in docs/troubleshooting.md, and every entry has a message."""

import re

import pytest

from .blocks import PROJECT
from .messages import all_messages, groovy_messages, shell_messages
from .python_messages import Messages

PAGE = "docs/troubleshooting.md"
_ENTRY = re.compile(r"^### (`+) ?(?P<message>.+?) ?\1$\n(?P<about>.*?)(?=^#|\Z)", re.DOTALL | re.MULTILINE)
FEWEST_WORDS = 8  # what an entry says beside the message


def entries() -> list[tuple[str, str]]:
    """Return each entry's message, and what is said about it."""
    text = (PROJECT / PAGE).read_text()
    found = [(one["message"], one["about"].strip()) for one in _ENTRY.finditer(text)]
    assert len(found) == len(re.findall(r"^### ", text, re.MULTILINE)), "a heading ### holds one message, as code"
    return found


def skeleton(message: str) -> str:
    """Return the start of an entry, to be pasted; a message with backticks wants a longer fence around it."""
    fence = "``" if "`" in message else "`"
    blank = " " if "`" in (message[0], message[-1]) else ""
    return f"### {fence}{blank}{message}{blank}{fence}\n\n"


def test_every_message_has_an_entry() -> None:
    known = {message for message, _ in entries()}
    missing = [(source, message) for message, source in sorted(all_messages().items()) if message not in known]
    said = "\n".join(f"{skeleton(message)}(of {source})\n" for source, message in sorted(missing))
    assert not missing, f"{len(missing)} messages have no entry; paste these into {PAGE}, and say what to do:\n\n{said}"


def test_every_entry_has_a_message() -> None:
    gone = [message for message, _ in entries() if message not in all_messages()]
    assert not gone, f"{PAGE} has entries of messages that there are no more:\n" + "\n".join(gone)


def test_no_message_has_two_entries() -> None:
    messages = [message for message, _ in entries()]
    assert sorted(messages) == sorted(set(messages))


def test_an_entry_says_more_than_its_message() -> None:
    short = [message for message, about in entries() if len(about.split()) < FEWEST_WORDS]
    assert not short, f"{PAGE} says too little about:\n" + "\n".join(short)


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
