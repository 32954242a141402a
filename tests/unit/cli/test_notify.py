"""`analysis-jobs notify`: a message to whom the environment names."""

import io
import sys
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from support.inbox import Inbox
from support.inbox import inbox as serve_inbox
from support.shelf import Said, command

Run = Callable[..., Said]


@pytest.fixture
def inbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Inbox]:
    with serve_inbox() as found:
        monkeypatch.setenv("ANALYSIS_NOTIFY", found.address)
        yield found


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return partial(command, capsys, "notify")


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    """Return what sets the content of standard input."""
    return lambda content: monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


def test_title_and_text_are_sent(run: Run, inbox: Inbox, given: Callable[[bytes], None]) -> None:
    given(b"first\nsecond \xff\n")
    said = run("it ended")
    assert (said.code, said.out) == (0, "the message was sent\n")
    (message,) = inbox.messages
    assert (message["title"], message["message"]) == ("it ended", "first\nsecond \\xff")


def test_without_a_text_the_title_is_one(run: Run, inbox: Inbox, given: Callable[[bytes], None]) -> None:
    given(b" \n")
    assert run("it ended").code == 0
    assert [message["message"] for message in inbox.messages] == ["it ended"]


def test_of_a_long_text_the_end_is_sent(run: Run, inbox: Inbox, given: Callable[[bytes], None]) -> None:
    given(b"x" * 5000 + b"the end")
    run("t" * 500)
    (message,) = inbox.messages
    assert len(message["message"]) == 3000
    assert message["message"].endswith("xthe end")
    assert len(message["title"]) == 200


def test_no_secret_is_sent_nor_half_of_one(
    run: Run, inbox: Inbox, given: Callable[[bytes], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_TOKEN", "planted-word-of-many")
    given(b"planted-word-of-many" + b"x" * 2990)
    run("a title with planted-word-of-many")
    (message,) = inbox.messages
    assert message["title"] == "a title with ***"
    assert set(message["message"]) <= {"x", "*"}


def test_one_that_does_not_take_it(run: Run, inbox: Inbox, given: Callable[[bytes], None]) -> None:
    inbox.status = 500
    given(b"text")
    said = run("it ended")
    assert said.code == 1
    assert said.out.startswith("the message was not sent: JSON did not accept it")
    assert "planted-path" not in said.out + said.err


def test_nobody_to_send_it_to(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANALYSIS_NOTIFY", raising=False)
    said = run("it ended")
    assert said.code == 2
    assert "there is nobody to send a message to: set the variable ANALYSIS_NOTIFY" in said.err
