"""Logins and signatures of addresses that are broken over lines; lines that begin otherwise stay."""

import json
import re
import textwrap
import time
from collections.abc import Callable

import pytest

from analysis_jobs.redaction.broken_addresses import hidden_in_broken_addresses, unfinished_address
from analysis_jobs.redaction.streams import StreamRedactor
from analysis_jobs.redaction.text import redacted, secret_in

SIGNED = (
    "https://lab-data.s3.us-west-2.amazonaws.com/ecephys_713655/session.nwb?X-Amz-Algorithm=AWS4-HMAC-SHA256"
    "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20261130%2Fus-west-2%2Fs3%2Faws4_request&X-Amz-Date=20261130T053000Z"
    "&X-Amz-Expires=3600&X-Amz-SignedHeaders=host"
    "&X-Amz-Signature=6f1c0a9b7d35e2488c6a0f13b9d7e5542a1f8c3d6b90e7f4a5c2d1b08e9f7a63"
)
# With what nobody is to see of each
ADDRESSES = {
    SIGNED: ["AKIAIOSFODNN7EXAMPLE", SIGNED[-64:]],
    "postgres://reader:sW0rdf1sh-Tr0ut-9x@db.allen.org:5432/lims?sslmode=require": ["sW0rdf1sh-Tr0ut-9x"],
    "postgres://reader:sW0rd/f1sh#Tr0ut@db.allen.org:5432/lims": ["sW0rd/f1sh#Tr0ut"],
    "git+https://ghp_16C7e42F292c6912E7710c838347Ae178B4a@github.com/lab/code": [
        "16C7e42F292c6912E7710c838347Ae178B4a"
    ],
    "https://lab.blob.core.windows.net/c/x?sv=2022-11-02&sig=q0Xv%2BT7c9Rf2Ld8aZb1Yk4%2Fh6Wm3Ns5Pj0Gt7Ue%3D&se=x": [
        "q0Xv%2BT7c9Rf2Ld8aZb1Yk4%2Fh6Wm3Ns5Pj0Gt7Ue%3D"
    ],
    "https://h.org/x?access_token=eyJhbGciOi.J9eyJzdWIiOiIx.MjM0NTY3": ["eyJhbGciOi.J9eyJzdWIiOiIx.MjM0NTY3"],
}


def fold(text: str, width: int) -> str:
    return "\n".join(text[start : start + width] for start in range(0, len(text), width))


FOLDINGS: dict[str, Callable[[str, int], str]] = {
    "alone": fold,
    "with carriage returns": lambda address, width: fold(address, width).replace("\n", "\r\n"),
    "indented": lambda address, width: textwrap.indent(fold(address, width), "    "),
    "in a sentence": lambda address, width: textwrap.fill(f"could not open {address} (403), try later", width),
    "of a shell": lambda address, width: fold(address, width).replace("\n", "\\\n"),
    "as Python has it": lambda address, width: repr(fold(address, width)),
    "as JSON has it": lambda address, width: json.dumps([fold(address, width)]),
    "a comment": lambda address, width: textwrap.indent(fold(address, width), "# "),
}


def streamed(text: str, size: int) -> str:
    redactor = StreamRedactor()
    pieces = [redactor.feed(text[start : start + size]) for start in range(0, len(text), size)]
    return "".join(pieces) + redactor.end()


@pytest.mark.parametrize("how", FOLDINGS)
@pytest.mark.parametrize("address", ADDRESSES, ids=range(len(ADDRESSES)))
def test_what_opens_a_broken_address_is_hidden(address: str, how: str) -> None:
    for width in (12, 14, 17, 18, 24, 25, 31, 40, 57, 77, 99):
        text = f"begin\n{FOLDINGS[how](address, width)}\nend of it"
        said = redacted(text)
        assert said.startswith("begin\n")
        assert said.endswith("end of it")
        left = re.sub(r"\\+r?n|[\s\\#'\"\[\]]", "", said)
        for secret in ADDRESSES[address]:
            assert not any(secret[at : at + 6] in left for at in range(len(secret) - 5)), said


@pytest.mark.parametrize("size", [3, 7, 1_000])
def test_broken_and_in_pieces(size: int) -> None:
    for how, folded in FOLDINGS.items():
        for address in ADDRESSES:
            for width in (14, 30, 77):
                text = f"begin\nat {folded(address, width)}\nend\nof it\nhttps://h.org\nbob@x.org\nis it\nsig=5?\nx"
                assert streamed(text, size) == redacted(text), how


ORDINARY = [
    "see https://lab.org\nbob@lab.org, or http://localhost:8080\nann@lab.org",
    "https://h/x?page=3\nsecret=5",
    "at https://h/a\nb@c",
    "http://localhost:8080\n/data/x@y\nhttps://h:443\ns3://b/a@b",
    "what is it?\nx; sig = 5;\nauth=3#1\nauth=4",
    "https://me@h.org/x?\nyes&\nno",
    "ssh://git\n@h.org/x",
]


@pytest.mark.parametrize("text", ORDINARY)
def test_other_lines_stay(text: str) -> None:
    assert hidden_in_broken_addresses(text) == text


LINES = """\
done
Done.
2026-11-30 12:00 INFO
2026-11-30T12:00:00Z x
session_1 read
unit12: 5
[INFO] x
ValueError: x
403 No
/data/session_1/a
spike-counts
key='x'
f(x)
12.5 s
--jobs 3
"""


@pytest.mark.parametrize("line", LINES.splitlines())
def test_a_line_after_a_signature_stays(line: str) -> None:
    for value in (SIGNED[-64:], SIGNED[-30:], "aB3%3D"):
        assert redacted(f"GET https://h/x?X-Amz-Signature={value}\n{line}") == (
            f"GET https://h/x?X-Amz-Signature=***\n{line}"
        )


def test_a_line_that_ends_before_a_name() -> None:
    assert redacted("https://h/x?\nsig=abc&\r\n  token=def") == "https://h/x?\nsig=***&\r\n  token=***"
    assert redacted("https://h/x?X-Amz-Sig\n  nature=6f1c&x=1") == "https://h/x?X-Amz-Sig\n  nature=***&x=1"
    assert redacted("https://h/x?sig=\nthat&x=1") == "https://h/x?sig=\n***&x=1"


def test_a_login_over_lines_is_one_text() -> None:
    assert redacted("at https://me:hunt\n  er2@h.org/x, https://\nme:hunter2@h.org") == (
        "at https://***@h.org/x, https://\n***@h.org"
    )


def test_what_is_broken_counts_in_outputs() -> None:
    assert secret_in({"a": fold(SIGNED, 40)}) == ("a", "an address with a login or a signature")


def test_what_may_go_on_waits() -> None:
    for text in ("https://me:hunt", "https://me:hunt\n", "https://h/x?sig=1f", "https://h/x?sig=1f\n  ", "?X-Amz\n"):
        assert unfinished_address(f"say {text}") == 4, text
    for text in ("https://h/x\n", "https://h/x?a=1\n", "https://h/x?sig=1f\nthen it", "https://me:hunt er"):
        assert unfinished_address(text) == len(text)


@pytest.mark.parametrize("unit", ["https://h", "https://h\n", "a?\n", "?&", "&sig=a\n", "https://a:b\n  ", "a.b.c"])
def test_long_texts_take_no_longer_than_they_are(unit: str) -> None:
    text = unit * (200_000 // len(unit))
    begin = time.process_time()
    redacted(text)
    streamed(text, 65_536)
    assert time.process_time() - begin < 5
