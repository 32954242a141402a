"""The identity of code by what it says to Python: what changes it, what does not, and the same in every Python."""

import pytest

from analysis_jobs.analysis.code_files import content_digest_of
from analysis_jobs.analysis.syntax import syntax_digest

# With all that versions of Python write differently: formatted texts, letters, long numbers, nested quotes
SOURCE = '''# a comment
"""About it."""
from __future__ import annotations
import os.path as path, sys

LARGE, SMALL, TEXT = 0xffff_ffff_ffff_ffff_ffff, 1e-300j, "é🜁\\u2028" 'a' f"{LARGE!r:>{4}}b" "c"

class A(dict, metaclass=type):
    """A class."""
    x: int = 1
    "an attribute"

    async def f(self, a, /, b: int = 2, *args, c, d=None, **kwargs) -> list[int]:
        """A function."""
        async with self as s:
            yield
        return

def g(*, a=1):
    global LARGE
    match a:
        case {"b": [1, *_], **rest} | None:
            pass
    try:
        del a
    except* (ValueError, TypeError) as error:
        raise error from None
    return lambda x: (x := -1) if not a else {**{}, 1: [y for y in a if y < 2 <= 3]}
'''


def digest_with(source: str, name: str = "") -> str:
    return syntax_digest([(name, source.encode())])


def test_golden_syntax_digest():
    # As with the golden keys: if this changes, whoever launches with --code_identity syntax computes everything anew
    assert digest_with(SOURCE) == "02414d22a614d6b956dadebc2d759020c60de89f3a1e0f05f7142fd36e0031d3"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# a comment", "#"),
        ("About it.", "About something else."),
        ('"""A class."""', ""),
        ("A function.", "Another text."),
        ("1, *_", "1,   *_"),
        ("0xffff_ffff", "0xffffffff"),
        ("import os.path as path, sys", "import os.path as path, sys  # for paths"),
        ("'a'", '"a"'),
        ("\n", "\r\n"),
    ],
)
def test_what_changes_nothing(old: str, new: str):
    assert old in SOURCE
    assert digest_with(SOURCE.replace(old, new)) == digest_with(SOURCE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("an attribute", "another"),
        ("b: int = 2", "b: int = 2.0"),
        ("x: int = 1", "x: int = True"),
        ("'a'", "b'a'.decode()"),
        ("return\n", "return None\n"),
        (":>{4}", ":<{4}"),
        ("2 <= 3", "2 < 3"),
        ("raise error from None", "raise error"),
        ("global LARGE", "global SMALL"),
        ('"c"', '"d"'),
    ],
)
def test_what_changes_it(old: str, new: str):
    assert old in SOURCE
    assert digest_with(SOURCE.replace(old, new)) != digest_with(SOURCE)


def test_names_of_files_count():
    assert digest_with("x = 1", "a.py") != digest_with("x = 1", "b.py")


def test_order_of_files_does_not():
    files = [("b.py", b"x = 1"), ("a.py", b"y = 1")]
    assert syntax_digest(files) == syntax_digest(reversed(files))


@pytest.mark.parametrize(
    "asks",
    [
        *("print(f.__doc__)", "getattr(f, '__doc__')", "inspect.getdoc(f)", "help(__doc__)", "'{0.__doc__}'.format(f)"),
        *("attrgetter('f.__doc__')(g)", "match f:\n  case object(__doc__=x): pass"),
    ],
)
def test_docstrings_count_for_code_that_reads_them(asks: str):
    """Whichever of the files does."""
    files = [[("a.py", f'def f(): "{text}"'.encode()), ("b.py", f"{asks}  # {text}".encode())] for text in "ab"]
    assert syntax_digest(files[0]) != syntax_digest(files[1])
    same = [*files[0][:1], ("b.py", f"{asks}  # other".encode())]
    assert syntax_digest(same) == syntax_digest(files[0])


def test_a_docstring_that_names_them_asks_for_none():
    assert digest_with("'Has a __doc__.'\nx = 1") == digest_with("'Has another.'\nx = 1")


@pytest.mark.parametrize("content", [b"x = (", b"x = '\xff'", b"\0", b"a" + b"(" * 5000])
def test_what_is_not_python_counts_as_it_is_written(content: bytes):
    with_comment = syntax_digest([("a.py", content + b"\n# comment")])
    assert with_comment != syntax_digest([("a.py", content)])
    assert syntax_digest([("a.py", content + b"\r\n# comment")]) == with_comment


def test_a_long_sum():
    assert digest_with(" + ".join(map(str, range(3_000)))) != digest_with(" + ".join(map(str, range(3_001))))


def test_never_that_of_the_files():
    assert digest_with(SOURCE) != content_digest_of([("", SOURCE.encode())])


def test_an_encoding_of_its_own():
    text = "# -*- coding: latin-1 -*-\nx = 'é'"
    assert syntax_digest([("", text.encode("latin-1"))]) == digest_with("x = 'é'")
