"""Secrets folded over lines, and those cut by their last characters, are found; ordinary words are none."""

import json
import textwrap
import time
import traceback
from urllib.parse import quote

import pytest

from analysis_jobs.redaction.finding import merged_spans, spans, unfinished, without
from analysis_jobs.redaction.known import forms_of, learn
from analysis_jobs.redaction.streams import StreamRedactor
from analysis_jobs.redaction.text import redacted

from .conftest import PEM, PLAIN

TOKEN = "github_pat_11ABCDEFG0aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789xyz"
WORDS = "correct horse battery staple #1"


def fold(text: str, width: int) -> str:
    return "\n".join(text[start : start + width] for start in range(0, len(text), width))


@pytest.fixture(autouse=True)
def _learned(planted: None) -> None:
    learn([TOKEN, WORDS, "8734502983", "password123"], "a test")


def streamed(text: str, size: int) -> str:
    redactor = StreamRedactor()
    pieces = [redactor.feed(text[start : start + size]) for start in range(0, len(text), size)]
    return "".join(pieces) + redactor.end()


FOLDINGS = {
    "fold": lambda secret, width: fold(secret, width),
    "with carriage returns": lambda secret, width: fold(secret, width).replace("\n", "\r\n"),
    "indented": lambda secret, width: textwrap.indent(fold(secret, width), "    "),
    "within a sentence": lambda secret, width: textwrap.fill(f"it is {secret} and so on", width),
    "of a shell": lambda secret, width: fold(secret, width).replace("\n", "\\\n"),
    "as Python has it": lambda secret, width: repr(fold(secret, width)),
    "as JSON has it": lambda secret, width: json.dumps([fold(secret, width)]),
    "a comment": lambda secret, width: textwrap.indent(fold(secret, width), "# "),
    "in a group": lambda secret, width: "".join(
        traceback.format_exception(ExceptionGroup("several", [ValueError(fold(secret, width))]))
    ),
}


@pytest.mark.parametrize("how", FOLDINGS)
@pytest.mark.parametrize("secret", [TOKEN, PLAIN, WORDS])
def test_folded_over_lines(how: str, secret: str) -> None:
    for width in range(2, 41):
        text = f"begin\n{FOLDINGS[how](secret, width)}\nend"
        said = redacted(text)
        assert "***" in said, text
        assert said.startswith("begin\n")
        assert said.endswith("\nend")
        left = "".join(character for character in said if character not in " \n\r\\|#+-'\"")
        assert not any(secret.replace(" ", "")[at : at + 4] in left for at in range(0, 20, 2)), said


@pytest.mark.parametrize("size", [1, 2, 3, 7, 16, 1_000])
def test_folded_and_in_pieces(size: int) -> None:
    for how, folded in FOLDINGS.items():
        for width in (3, 8, 25):
            text = f"begin\n{folded(TOKEN, width)}\nend {folded(WORDS, width)} {PEM[:40]}\n\n{TOKEN[:50]}"
            assert streamed(text, size) == redacted(text), how


@pytest.mark.parametrize("end", ["", "\n", " \nnext", "\r\n", "\\n'"])
def test_cut_by_its_last_characters(end: str) -> None:
    for length in (len(PLAIN) - 1, len(PLAIN) - 8, 13):
        text = f"it is {PLAIN[:length]}{end}"
        assert redacted(text) == f"it is ***{end}"
        assert streamed(text, 4) == redacted(text)
    assert redacted(f"{TOKEN[:-1]}Fatal Python error{end}") == f"***Fatal Python error{end}"
    assert redacted(f"{fold(TOKEN[:-1], 8)}{end}") == f"***{end}"


def test_ordinary_words_stay() -> None:
    for text in (
        "the password\nand 87345\n1 planted\nsecret, correct horse\nriding",
        f"{PLAIN[:12]}\n{TOKEN[:24]}",  # less than half
        f"{PLAIN[:13]} and more in a line",
    ):
        assert redacted(text) == text
        assert streamed(text, 3) == text


@pytest.mark.parametrize("place", ["/allen/programs/mindscope/keys of 2026", "https://host.of.the.lab/keys/of/2026"])
def test_other_places_that_begin_as_a_secret_one_stay(place: str) -> None:
    learn([place], "a test")
    for text in (place[:-1], quote(place[:-1], safe=""), json.dumps(place[:-1]).replace("/", "\\/")):
        assert redacted(f"{text}\nnext {text}") == f"{text}\nnext {text}"
    assert redacted(f"{place} {fold(place, 9)}") == "*** ***"


def test_what_may_go_on_waits() -> None:
    forms = forms_of([PLAIN])
    for text, rest in (("it is plan", "plan"), ("it is pla\n  ", "pla\n  "), ("p\\", "p\\"), ("pl\n  |", "pl\n  |")):
        assert text[unfinished(text, forms) :] == rest
    assert unfinished("plan\nB", forms) == 6
    assert unfinished("plan", ()) == 4


def test_overlapping_ones_are_hidden_together() -> None:
    text = "x abcdefgh-hgfedcba y"
    assert without(text, merged_spans(spans(text, ("abcdefgh-", "-hgfedcba"))), "***") == "x *** y"


@pytest.mark.parametrize(
    "unit", ["a line of a log, as they are\n", "p\n", " ", "\n", "\\n", "github_pat_11ABCDEFG0\n  "]
)
def test_long_texts_take_no_longer_than_they_are(unit: str) -> None:
    text = unit * (400_000 // len(unit))
    begin = time.process_time()
    redacted(text)
    streamed(text, 65_536)
    assert time.process_time() - begin < 5
