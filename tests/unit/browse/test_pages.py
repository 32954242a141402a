"""Texts on pages: as text, without secrets, and with what cannot be seen written out."""

from analysis_jobs.browse.index import Index
from analysis_jobs.browse.pages import page
from analysis_jobs.browse.selection import Selection


def text_of(message: str) -> str:
    answer = page("error.html", message=message, selection=Selection(), index=Index([]), store="s", here="error")
    return bytes(answer.body).decode()


def test_nothing_is_markup() -> None:
    text = text_of("<script>alert(1)</script>\"'&")
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&#34;&#39;&amp;" in text


def test_control_characters_are_seen() -> None:
    assert "\\u202eevil\\x1b[31m" in text_of("\u202eevil\x1b[31m")
    assert "half \\udc80" in text_of("half \udc80")


def test_secrets_are_left_out() -> None:
    text = text_of("s3://x/y?X-Amz-Signature=0123456789abcdef and https://me:hunter2@host/x")
    assert "hunter2" not in text
    assert "0123456789abcdef" not in text
