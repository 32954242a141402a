"""Values, sizes, names and errors in words."""

from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError
from support.lab import text_of_cell
from support.samples import write_files

from analysis_jobs.wording import (
    LONGEST_MESSAGE,
    cell,
    cut,
    error_text,
    is_inside,
    is_url,
    kept,
    listed,
    memory_text,
    nearest,
    plural,
    refusal_text,
    relative_name,
    seconds_text,
    shortened,
    shown,
    similar_path,
    size_text,
    to_the_second,
    visible,
    visible_in_colours,
)

ERROR = {"stage": "analyze", "cause": "analysis", "type": "KeyError", "message": "'x'"}


@pytest.mark.parametrize(
    ("name", "names", "said"),
    [
        ("cutof", ["cutoff", "other"], "; did you mean 'cutoff'?"),
        ("xyz", ["b", "a"], "; known are: a, b"),
        ("xyz", [], "; none is known here"),
    ],
)
def test_nearest(name: str, names: list[str], said: str) -> None:
    assert nearest(name, names) == said


def test_shown_is_short() -> None:
    assert shown("a" * 78) == repr("a" * 78)
    assert shown("a" * 79) == "'" + "a" * 76 + "..."
    assert len(shown(list(range(1000)))) == 80


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (1000, "1.0 kB"), (2_500_000, "2.5 MB"), (3e9, "3.0 GB")],
)
def test_size_text(size: int, text: str) -> None:
    assert size_text(size) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.25, "0.25 s"), (59.94, "59.9 s"), (61, "1 min 01 s"), (600, "10 min"), (7260, "2 h 01 min"), (7200, "2 h")],
)
def test_seconds_text(seconds: float, text: str) -> None:
    assert seconds_text(seconds) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 MB"), (700 * 2**20, "700 MB"), (2**30, "1 GB"), (3 * 2**29, "1.5 GB"), (2**44, "16384 GB")],
)
def test_memory_text(size: int, text: str) -> None:
    assert memory_text(size) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-31T14:00:00.999999+00:00", "2026-01-31T14:00:00+00:00"),
        ("2026-01-31T14:00:00.5Z", "2026-01-31T14:00:00+00:00"),
        ("2026-01-31T14:00:00+01:00", "2026-01-31T14:00:00+01:00"),
        ("", ""),
        ("no time", "no time"),
    ],
)
def test_times_to_the_second(text: str, expected: str) -> None:
    assert to_the_second(text) == expected


def test_error_text() -> None:
    assert error_text(ERROR) == "KeyError: 'x'"
    assert error_text(ERROR, with_cause=True) == "analysis: KeyError: 'x'"


@pytest.mark.parametrize("error", [{**ERROR, "type": ""}, {"cause": "analysis", "message": "'x'"}])
def test_an_error_of_no_known_type(error: dict[str, str]) -> None:
    assert error_text(error) == "'x'"
    assert error_text(error, with_cause=True) == "analysis: 'x'"


def test_relative_name() -> None:
    assert relative_name(Path("/a/b/c d.txt"), Path("/a")) == "b/c d.txt"


class Model(BaseModel):
    count: int
    names: list[int] = []


def test_what_a_model_refused_in_one_line() -> None:
    with pytest.raises(ValidationError) as caught:
        Model.model_validate({"names": ["x", 1, *"abcdef"]})
    said = refusal_text(caught.value)
    assert said.startswith("count is missing; add it; names.0 is 'x': Input should be a valid integer")
    assert said.endswith("; and 3 more")


class Unshowable:
    def __repr__(self) -> str:
        raise RuntimeError


def test_what_cannot_be_shown() -> None:
    assert shown(Unshowable()) == "<Unshowable>"


def test_shortened_so_that_no_two_are_alike() -> None:
    texts = ["a" * 50 + name + "b" * 50 for name in ("x", "y")]
    first, second = (shortened(text, 40) for text in texts)
    assert first == f"{'a' * 10}…{'b' * 22}#{first[-6:]}"
    assert (len(first), len(second)) == (40, 40)
    assert first != second
    assert shortened("a" * 40, 40) == "a" * 40
    for before, after, text in (
        (0, 99, f"x{'b' * 30}…"),
        (50, 49, f"…{'a' * 15}x{'b' * 15}…"),
        (99, 0, f"…{'a' * 30}x"),
    ):
        whole = f"{'a' * before}x{'b' * after}"
        assert shortened(whole, 40, slice(before, before + 1))[:-7] == text
    assert shortened("a" * 100, 40, slice(10, 60)) == shortened("a" * 100, 40)


def test_kept_to_a_length() -> None:
    assert kept("a" * LONGEST_MESSAGE) == "a" * LONGEST_MESSAGE
    found = kept("a" * 1000 + "b" * 5_000_000)
    assert len(found) == LONGEST_MESSAGE
    assert found.startswith("a" * 1000 + "b")
    assert found.endswith("b" * 600)
    assert " … (5,001,000 characters, whole in the job's log) … " in found
    assert len(kept("x" * 100, 10)) == 10


def test_kept_so_that_it_can_be_stored() -> None:
    assert kept("caf\udce9 \0 日本") == "caf\\udce9 \\x00 日本"


def test_small_words() -> None:
    assert (plural(1, "job"), plural(2000, "job")) == ("1 job", "2,000 jobs")
    assert (plural(1, "launch"), plural(2, "launch")) == ("1 launch", "2 launches")
    assert (cut("12345", 5), cut("123456", 5)) == ("12345", "1234…")
    assert (listed("abc", 3), listed("abcd", 3), listed([])) == ("a, b, c", "a, b, c and 1 more", "")


def test_places_and_names() -> None:
    assert [is_url(place) for place in ("s3://b", "gs://b/x", "/a/b", "c:b", "")] == [True, True, False, False, False]
    assert all(map(is_inside, ["a", "a/b.txt", "..a", "a..", "./a"]))
    assert not any(map(is_inside, ["", "/a", "..", "a/../b", "a\0b"]))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        *(
            (text, f"'{text}")
            for text in ("=1+1", "+cmd|x", "-2+3", "@SUM(A1)", "\tx", "\r=1", " =1", "-", "-1,5", "＝1")
        ),
        *((text, f"'{text}") for text in ("'=1", "''-x")),  # or whoever reads it would take one away
        *((text, text) for text in ("-1.5", "+3", "-.5e-7", "12.", "a=1", "'quoted'", "", "done", "s3://b/-x")),
        (-1.5, "-1.5"),
        (None, "None"),
    ],
)
def test_a_cell_that_a_spreadsheet_would_run_is_a_text(value: object, shown: str) -> None:
    assert cell(value) == shown
    assert text_of_cell(shown) == str(value)


def test_control_characters_are_visible() -> None:
    odd = "a\tb\n10%\r20%\r\n\x1b[31mred\x1b[0m \x1b]0;title\x07 \x9b \u202e \x00 \udcff ü"
    line = "a\tb\n10%\n20%\n\\x1b[31mred\\x1b[0m \\x1b]0;title\\x07 \\x9b \\u202e \\x00 \udcff ü"
    assert visible(odd) == line
    assert visible_in_colours(odd) == line.replace("\\x1b[31mred\\x1b[0m", "\x1b[31mred\x1b[0m")
    assert visible_in_colours("plain") == visible("plain") == "plain"


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("joob.json", "job.json"),
        ("none.json", None),  # like the other in its ending only
        ("job.jsn", "job.json"),
        ("gone/job.json", None),
        ("jobs.txt", "job.json"),
    ],
)
def test_a_path_that_is_almost_the_one(tmp_path: Path, name: str, found: str | None) -> None:
    write_files(tmp_path, {"job.json": "{}", "jobs.tsv": ""})
    near = similar_path(str(tmp_path / name), lambda path: path.endswith(".json"))
    assert near == (str(tmp_path / found) if found else None)
