"""The command `compare`: pairs of jobs for people and for programs, and its exit status."""

from pathlib import Path

import pytest
from support.shelf import ERROR, Shelf, command

BASE = {"analysis_name": "rates"}
SIDES = ["--a", "tag=v1", "--b", "tag=v2"]


@pytest.fixture
def tags(shelf: Shelf) -> dict[str, tuple[str, str]]:
    """Keys of jobs of two tags, by the recording: one equal, one different, one that failed, and one alone."""
    outputs = {"same": (1.5, 1.5), "more": (1.5, 2.0), "less": (4, 3)}
    keys = {
        name: tuple(
            shelf.done([name], {**BASE, "analysis_tag": tag}, {"rate": value, "kind": "x"})
            for tag, value in zip(("v1", "v2"), both, strict=True)
        )
        for name, both in outputs.items()
    }
    failed = shelf.settled("failed", ["failed"], {**BASE, "analysis_tag": "v2"}, error=ERROR)
    keys["failed"] = (shelf.done(["failed"], {**BASE, "analysis_tag": "v1"}, {"rate": 1.0}), failed)
    return keys  # type: ignore[return-value]


def test_for_people(tags, place, capsys):
    said = command(capsys, "compare", *SIDES, *place)
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines() == [
        "A: tag=v1: 4 jobs",
        "B: tag=v2: 4 jobs",
        "3 pairs: 1 equal in all outputs, 2 different",
        "not compared: 1 job without a result on one side or both, named below",
        "output\tpairs\tequal\tdifferent\tmedian difference\tlargest difference\tof",
        "rate\t3\t1\t2\t0\t-1\tless",
        "kind\t3\t3\t0\t\t\t",
        "the largest differences, at most 5 of each output; --out FILE.csv has all pairs",
        "output\tlabel\tA\tB\tdifference\tnote",
        "rate\tless\t4\t3\t-1\t",
        "rate\tmore\t1.5\t2.0\t0.5\t",
        "no result\twhy\tkey in A\tkey in B",
        "failed\tfailed in B: ValueError: oh [red]no[/red]\\x1b[31m\t" + "\t".join(tags["failed"]),
    ]


def test_for_programs(tags, place, capsys):
    (told,) = command(capsys, "compare", *SIDES, "--rtol", "0.34", "--json", *place).lines
    assert {name: told[name] for name in ("a", "b", "pairs", "different", "same", "older", "rtol", "atol")} == {
        "a": {"said": "tag=v1", "jobs": 4, "adopted": 0}, "b": {"said": "tag=v2", "jobs": 4, "adopted": 0},
        "pairs": 3, "different": 0, "same": 0, "older": 0, "rtol": 0.34, "atol": 0.0,
    }  # fmt: skip
    (told,) = command(capsys, "compare", *SIDES, "--json", *place).lines
    assert told["outputs"]["rate"] == {
        "pairs": 3, "equal": 1, "only_a": 0, "only_b": 0, "median_difference": 0,
        "largest": {
            "label": "less", "subject": "", "acquired": "",
            "inputs": ["less"], "a_key": tags["less"][0], "b_key": tags["less"][1], "output": "rate",
            "a": 4, "b": 3, "difference": -1, "relative": -0.25, "equal": False, "note": "",
        },
    }  # fmt: skip
    assert told["outputs"]["kind"]["largest"] is None
    assert [(pair["label"], pair["a_key"], pair["b_key"]) for pair in told["missing"]] == [("failed", *tags["failed"])]
    assert len(told["values"]) == 6


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ([], 1),
        (["--input", "same"], 0),
        (["--input", "more"], 1),
        (["--input", "more", "--rtol", "0.5"], 0),
        (["--input", "more", "--atol", "100"], 0),
        (["--input", "more", "--atol", "1e-9"], 1),
        (["--input", "failed"], 1),
        (["--input", "same", "--tag", "v1"], 2),
    ],
)
def test_the_status(tags, place, capsys, options, code):
    assert command(capsys, "compare", *SIDES, "--fail-if-different", *options, *place).code == code
    assert command(capsys, "compare", *SIDES, *options, *place).code == (2 if code == 2 else 0)


def test_one_result_on_both_sides_is_not_taken_for_equal(tags, place, capsys):
    words = ("--a", "tag=v1", "--b", "name=rates", "--parameter", "analysis_tag=v1", "--input", "same")
    said = command(capsys, "compare", *words, "--fail-if-different", *place)
    assert said.code == 1
    assert "0 pairs: 0 equal in all outputs, 0 different\nleft out: 1 pair whose two jobs have the same" in said.out


def test_results_that_a_newer_one_has_replaced_are_told(tags, shelf, place, capsys):
    shelf.done(["same"], {**BASE, "analysis_tag": "v1"}, {"rate": 9.0}, code="version:9", ended="2027-01-01T00:00:00Z")
    said = command(capsys, "compare", *SIDES, "--input", "same", *place).out
    assert "left out: 1 result that a newer one of the same side has replaced\n" in said
    assert "rate\tsame\t9.0\t1.5\t-7.5\t" in said


def test_a_text_is_told_from_a_number(shelf, place, capsys):
    for tag, value in (("v1", "1"), ("v2", 1)):
        shelf.done(["in"], {**BASE, "analysis_tag": tag}, {"x": value})
    assert 'x\tin\t"1"\t1\t\t' in command(capsys, "compare", *SIDES, *place).out


def test_what_differs_without_a_number_comes_after_the_largest_differences(shelf, place, capsys):
    both = {"a": (1, "none"), "b": (1, 2), "c": (1, 4), "d": ("one", "two")}
    for name, values in both.items():
        for tag, value in zip(("v1", "v2"), values, strict=True):
            shelf.done([name], {**BASE, "analysis_tag": tag}, {"x": value})
    said = command(capsys, "compare", *SIDES, "--most", "1", *place).out.splitlines()
    assert said[3:] == [
        "output\tpairs\tequal\tdifferent\tmedian difference\tlargest difference\tof",
        "x\t4\t0\t4\t2\t3\tc",
        "the largest differences, at most 1 of each output, then at most 1 without a number; --out FILE.csv has "
        "all pairs",
        "output\tlabel\tA\tB\tdifference\tnote",
        "x\tc\t1\t4\t3\t",
        "x\ta\t1\tnone\t\t",
    ]


def test_how_to_pair_what_differs_in_a_parameter(shelf, place, capsys):
    for tag, cutoff in (("v1", 1), ("v2", 2)):
        shelf.done(["in"], {**BASE, "analysis_tag": tag, "cutoff": cutoff}, {"x": 1})
    hint = "--may-differ NAME pairs jobs that differ in that parameter too"
    assert hint in command(capsys, "compare", *SIDES, *place).out
    assert hint not in command(capsys, "compare", *SIDES, "--may-differ", "cutoff", *place).out


@pytest.mark.parametrize("name", ["out.csv", "out.parquet"])
def test_a_file_of_all_pairs(tags, place, capsys, tmp_path: Path, name):
    import duckdb

    said = command(capsys, "compare", *SIDES, "--out", tmp_path / name, *place)
    assert said.err == f"7 rows in {tmp_path / name}\n"
    found = duckdb.sql(f"SELECT label, output, difference FROM '{tmp_path / name}' WHERE NOT equal").fetchall()
    assert found == [("less", "rate", -1), ("more", "rate", 0.5)]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--a", "tag", "--b", "tag=v2"], "--a is 'tag'; write TERM=VALUE, such as tag=v1"),
        (["--a", "tga=v1", "--b", "tag=v2"], "--a says 'tga'; did you mean 'tag'?"),
        (["--a", "tag=v1", "--b", "tag=v3"], "no job is in B (tag=v3)"),
        (["--a", "tag=v1", "--b", "tag=v1"], "both sides are tag=v1"),
        (["--a", "launch=", "--b", "tag=v2"], "--a says launch without a value, which matches every job"),
        ([*SIDES, "--tag", "v1"], "--a says tag more than once; give it once"),
        ([*SIDES, "--parameter", "x"], "--parameter is 'x'; write NAME=VALUE"),
        ([*SIDES, "--out", "out.xlsx"], "out.xlsx is of an unknown kind"),
    ],
)
def test_what_is_refused(tags, place, capsys, words, said):
    ended = command(capsys, "compare", *words, *place)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"error: {said}"), ended.err


def test_hostile_texts_are_shown_as_text(shelf, place, capsys):
    for tag, text in (("v1", "=cmd()"), ("v2", "\u202eevil\x1b[2J")):
        shelf.done(["<b>"], {**BASE, "analysis_tag": tag}, {"=x\t\n": text})
    said = command(capsys, "compare", *SIDES, *place).out
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert "'=cmd()" in said
