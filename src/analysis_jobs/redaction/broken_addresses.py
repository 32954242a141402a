"""Addresses that somebody has broken over lines: logins and signatures of which no line has the whole."""

import re
from collections.abc import Iterator

from analysis_jobs.redaction.addresses import HIDDEN, LOGIN, MEMBER, QUERY, VALUE, opens
from analysis_jobs.redaction.finding import merged_spans, without
from analysis_jobs.redaction.folds import ONE_FOLD, UNFINISHED_FOLD, View, has_break, unfolded

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}\Z")
_FOLDS = rf"(?:{ONE_FOLD.pattern})?"
_NAMES = r"(?:[?&]|%3F|%26|\\u0026)"
_PART = r"(?:(?!\\n|\\r\\n)\S)"
# An address or a query up to where its word ends, which may be in a later line: the lines between are one word each
_ADDRESS = re.compile(rf"(?::{_FOLDS}\\?/{_FOLDS}\\?/|{_NAMES}){_PART}*(?:{ONE_FOLD.pattern}{_PART}+)*", re.IGNORECASE)
# What may stand before a line that begins with a mail address
_HOST = re.compile(r"(?:[\w-]+(?:\.[\w-]+)+|localhost|\[.*\])(?::\d+)?")
_ODD_PASSWORD = re.compile(r"[^:]*:(?!\d*\Z)")
_NEXT_MEMBER = re.compile(r"(?:&|%26|\\u0026)[\w.-]+(?:=|%3D|\\u003d)", re.IGNORECASE)
# Signatures that are whole: of SHA-256, or with the end of base64
_OF_SHA, _OF_BASE64 = re.compile(r"[0-9a-f]{64}", re.IGNORECASE), re.compile(r".+(?:=|%3D)", re.IGNORECASE)
_OF_SECRETS = re.compile(r"[\w%+.~-]+=*", re.ASCII)
# Words, numbers and times with which other lines begin
_WORD = r"(?:[A-Z]?[a-z]+|[A-Z]+|\d+)"
_ORDINARY = re.compile(rf"(?=.{{1,15}}\Z)[-.]*{_WORD}(?:[_.-]?{_WORD}){{0,2}}[.,:;!?=]*|\d{{4}}-\d\d-\d\d.*")
_OPEN = re.compile(
    rf""":(?:\\?/){{2}}[^\s/?\#'"<>\\@]*\Z|:(?:\\?/){{2}}[^\s/?\#'"<>\\@:\[]*:(?!\d*[/?\#])[^\s'"<>@]*\Z"""
    rf"""|{_NAMES}[^\s=&\#'"<>]*\Z|{MEMBER}{VALUE}*\Z""",
    re.IGNORECASE,
)


def hidden_in_broken_addresses(text: str) -> str:
    """Return a text without the logins and signatures of addresses that are broken over lines."""
    if not has_break(text):
        return text
    parts = merged_spans(part for begin, end in _folded(text) for part in _secrets(text, begin, end))
    return without(text, parts, HIDDEN)


def unfinished_address(text: str) -> int:
    """Return where an address begins that a text ends with, and whose secret may go on; else the text's end.

    One that is in the last line alone counts only where it may go on in the next.
    """
    fold = UNFINISHED_FOLD.search(text)
    end = fold.start() if fold else len(text)
    for found in _ADDRESS.finditer(text, 0, end):
        is_in_word = not text[-1].isspace() and has_break(found[0])
        if found.end() == end and (is_in_word or _OPEN.search(unfolded(found[0], ONE_FOLD).text)):
            return _begin(text, found.start())
    return len(text)


def _folded(text: str) -> Iterator[tuple[int, int]]:
    for found in _ADDRESS.finditer(text):
        if has_break(found[0]):
            yield _begin(text, found.start()), found.end()


def _begin(text: str, mark: int) -> int:
    scheme = _SCHEME.search(text, max(0, mark - 31), mark)
    return scheme.start() if scheme and text[mark] == ":" else mark


def _secrets(text: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
    view = unfolded(text[begin:end], ONE_FOLD)
    for start, stop in (*_logins(view), *_values(view)):
        yield begin + view.place(start), begin + view.place(stop - 1) + 1


def _logins(view: View) -> Iterator[tuple[int, int]]:
    for found in LOGIN.finditer(view.text) if "@" in view.text else ():
        start, end = found.end(1), found.end()
        login = view.text[start:end]
        if not opens(found["scheme"] or "", login):
            continue
        slashes = view.text.index(":", found.start()) + 1
        breaks = view.breaks(start, end)
        if view.breaks(slashes, start) or (breaks and _is_begun(view.text[start : breaks[0]], login)):
            yield start, end - 1


def _is_begun(head: str, login: str) -> bool:
    """Return whether a login may begin as a line ends; else that is a host, and the next line begins otherwise."""
    if ":" in head[:-1] and any(mark in login for mark in "/?#\\"):
        return _ODD_PASSWORD.match(head) is not None
    return _HOST.fullmatch(head) is None


def _values(view: View) -> Iterator[tuple[int, int]]:
    for found in QUERY.finditer(view.text):
        start, end = found.span(2)
        in_name = view.breaks(found.start() + 1, start)
        end = _end_of_value(view, start, end)
        if (in_name and found[0][0] not in ";#") or view.breaks(start, end):
            yield start, end


def _end_of_value(view: View, start: int, end: int) -> int:
    """Return where a value ends that seems to go on in other lines: there, or where one of these begins otherwise."""
    if _NEXT_MEMBER.match(view.text, end):
        return end
    breaks = [place for place in view.breaks(start, end) if place > start]
    length = 0
    for place, stop in zip(breaks, [*breaks, end][1:], strict=True):
        before, piece = view.text[start:place], view.text[place:stop]
        if not _goes_on(before, piece) and stop - place != length:
            return place
        length = stop - place
    return end


def _goes_on(before: str, piece: str) -> bool:
    """Return whether the beginning of a line seems to be of the value that the line before ends with."""
    if _OF_SHA.fullmatch(before) or _OF_BASE64.fullmatch(before):
        return False
    looks_so = _OF_SECRETS.fullmatch(piece) is not None and not _ORDINARY.fullmatch(piece)
    return looks_so or _OF_SHA.fullmatch(before + piece) is not None
