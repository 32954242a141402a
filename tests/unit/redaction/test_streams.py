"""What Python prints, in whatever pieces, arrives without secrets."""

import io

import pytest

from analysis_jobs.redaction.known import learn
from analysis_jobs.redaction.streams import RedactedText, StreamRedactor
from analysis_jobs.redaction.text import redacted

from .conftest import PEM, PLAIN

TEXT = (
    f"start {PLAIN} mid postgres://bob:pw@db/x\n{PEM}\nend {PLAIN}-and-more https://h/a?X-Amz-Signature=abc&v=1\n"
    "https://h/a?\n  sig=abc&\nx=1&\r\ntoken=def and https://h/?\n\nRead. "
    f"{PLAIN[:9]}... {PLAIN}{PLAIN} {PLAIN[:9]}, bob and hunter2 ü ...{PLAIN[-9:]} done"
)


@pytest.mark.parametrize("size", [*range(1, 40), 1_000])
def test_however_it_is_cut_into_pieces(size: int) -> None:
    redactor = StreamRedactor()
    pieces = [redactor.feed(TEXT[start : start + size]) for start in range(0, len(TEXT), size)]
    assert "".join(pieces) + redactor.end() == redacted(TEXT)


def test_no_secret_is_cut_where_another_may_begin() -> None:
    learn(["abcdefgh-", "-hgfedcba", "a secret with=blanks"], "a test")
    for text in ("abcdefgh-", "abcdefgh-hgfedcba", "a secret with=blanks", "a secret with=bla"):
        for cut in range(len(text)):
            redactor = StreamRedactor()
            assert redactor.feed(text[:cut]) + redactor.feed(text[cut:]) + redactor.end() == redacted(text)


def test_what_can_be_no_secret_does_not_wait() -> None:
    redactor = StreamRedactor()
    assert redactor.feed("half a line") == "half a line"
    assert redactor.feed(" and a login: ") == " and a login: "
    assert redactor.feed("x" * 10_000) == "x" * 10_000


def test_a_stream_of_python() -> None:
    behind = io.StringIO()
    stream = RedactedText(behind, str.upper)
    print("a", PLAIN[:5], end="", file=stream)
    print(PLAIN[5:], "https://me:pw@host", file=stream)
    stream.writelines(["b ", "https://me:"])
    assert behind.getvalue() == "A *** HTTPS://***@HOST\nB "
    stream.finish()
    assert behind.getvalue() == "A *** HTTPS://***@HOST\nB HTTPS://ME:"
    assert not stream.isatty()
    assert stream.newlines is None  # of the stream behind
