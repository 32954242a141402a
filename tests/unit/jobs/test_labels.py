"""Labels: the recording and the parameters that differ, for jobs that are seen together."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.samples import entry

from analysis_jobs.jobs.labels import LONGEST_LABEL, Named, code_word, labels, name_in_log


def job(*inputs: str, assets: tuple[str, ...] = (), **parameters: object) -> Named:
    return Named(inputs, assets, parameters)


@pytest.mark.parametrize(
    ("jobs", "expected"),
    [
        ([job("s3://b/session_1")], ["session_1"]),
        ([job("/data/session_1.nwb", cutoff=1)], ["session_1.nwb"]),
        ([job("/d/a", cutoff=0.002), job("/d/a", cutoff=0.004)], ["a · cutoff=0.002", "a · cutoff=0.004"]),
        ([job("/d/a", cutoff=1, n=2), job("/d/b", cutoff=1, n=2)], ["a", "b"]),
        ([job("s3://b/uuid", assets=("session_1",))], ["session_1"]),
        ([job("/d/a", "/d/b", "/d/c")], ["a + 2 more"]),
        ([job("/d/a", "/d/b"), job("/d/a", "/d/c")], ["a, b", "a, c"]),
        ([job("/x/raw.nwb"), job("/y/raw.nwb"), job("/y/z")], ["x/raw.nwb", "y/raw.nwb", "z"]),
        ([job("/x/1/raw"), job("/x/2/raw"), job("/1/raw")], ["x/1/raw", "2/raw", "/1/raw"]),
        ([job("/d/a/1.nwb", assets=("a",)), job("/d/a/2.nwb", assets=("a",))], ["1.nwb", "2.nwb"]),
        ([job("s3://b/a"), job("/a")], ["b/a", "/a"]),
        (
            [job("/d/a", filter={"order": 2}), job("/d/a", filter={"order": 4})],
            ["a · filter.order=2", "a · filter.order=4"],
        ),
        ([job("/d/a", names=["x"]), job("/d/a", names=["y"])], ['a · names=["x"]', 'a · names=["y"]']),
        ([job("/d/a", n=1), job("/d/a", n=1, extra="q")], ["a · extra=not set", "a · extra=q"]),
        ([job("/d/a", n=1), job("/d/b")], ["a", "b"]),  # b is invalid: nothing is known of its parameters
        ([job("/d/a\n\x1b[2J\u202eb", n=1)], ["a [2J b"]),
        ([job()], ["no input"]),
        ([job("/"), job("//")], ["", ""]),
    ],
)
def test_label(jobs: list[Named], expected: list[str]) -> None:
    assert labels(jobs) == expected


def coded(location: str, code: str, **parameters: object) -> Named:
    return Named([location], (), parameters, code)


def test_jobs_that_differ_in_code_alone() -> None:
    first, second = "sha256:" + "1" * 64, "sha256:" + "2" * 64
    jobs = [
        coded("/d/a", first, n=1),
        coded("/d/a", second, n=1),
        coded("/d/a", second, n=2),
        coded("/d/b", first, n=1),
    ]
    assert labels(jobs) == ["a · n=1 · code 11111111", "a · n=1 · code 22222222", "a · n=2", "b · n=1"]
    assert labels([coded("/d/a", first), coded("/d/a", first), coded("/d/b", second)]) == ["a", "a", "b"]
    assert labels([coded("/d/a", first), coded("/d/a", "version:1.0"), job("/d/a")]) == [
        "a · code 11111111", "a · code 1.0", "a",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("sha256:0123456789abcdef", "01234567"),
        ("syntax:0123456789abcdef", "01234567"),
        ("version:1.0:rc", "1.0:rc"),
        ("3f9a7b1", "3f9a7b1"),
        ("version:" + "x" * 60, "xxxxxxxxxx…xxxxxxxxxxxxxxxxxxxxxx#" + "42f2d9"),
    ],
)
def test_code_in_short(code: str, word: str) -> None:
    assert code_word(code) == word


def test_long_values_are_cut_in_the_middle() -> None:
    first, second = labels([job("/d/a", text="x" * 1000, other=1), job("/d/a", text="y" * 1000, other=2)])
    assert first == f"a · text={'x' * 10}…{'x' * 22}#44f835 · other=1"
    assert second != first


def test_names_that_only_their_middles_tell_apart() -> None:
    long = ["/data/models/" + "a" * 50 + name + "b" * 50 + ".pkl" for name in ("one", "two")]
    first, second = labels([job(f"{name}/{name}", model=name) for name in long])
    assert first != second
    assert max(len(first), len(second)) <= LONGEST_LABEL
    assert first.endswith("model=…aaaaaaaaaaaaaaonebbbbbbbbbbbbbb…#" + first[-6:])
    sweep = [job("/d/a", **{f"parameter_{number}": value for number in range(30)}) for value in (1, 2)]
    assert len(set(labels(sweep))) == 2
    assert all(label.startswith("a · parameter_0=") for label in labels(sweep))


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "null"), ("null", '"null"'), (True, "true"), ("true", '"true"'), (1, "1"), ("1", '"1"'), (1.0, "1.0"),
     ([], "[]"), ("[]", '"[]"'), ("", '""'), (" ", '" "'), ("not set", '"not set"'), ('"a"', r'"\"a\""'), ("a", "a"),
     ("a · n=1", '"a · n=1"'), ("a\nb", r'"a\nb"'), ("a\u202eb", r'"a\u202eb"'), (["é\u202e"], r'["\u00e9\u202e"]'),
     ("é", "é"), ("-5", '"-5"'), ("-a", "-a"), ("None", "None"), ("NaN", '"NaN"')],
)  # fmt: skip
def test_a_value_reads_as_no_other(value: object, text: str) -> None:
    assert labels([job("/d/a", n=value), job("/d/a", n="other")])[0] == f"a · n={text}"


def test_not_every_job_file_names_its_asset() -> None:
    assert labels([job("s3://b/uuid"), job("s3://b/uuid", assets=("session_1",))]) == ["session_1", "session_1"]


def test_a_job_in_a_log() -> None:
    assert name_in_log(entry("k")) == "in (k)"
    assert name_in_log({**entry("k"), "job": {"asset_name": ["session_1"]}}) == "session_1 (k)"
    assert name_in_log({"key": "k", "parts": {}, "job": {}}) == "no input (k)"


def test_no_jobs() -> None:
    assert labels([]) == []


locations = st.lists(st.text("ab/", min_size=1, max_size=6), min_size=1, max_size=3)


@given(st.lists(locations, max_size=6))
def test_other_inputs_have_other_labels(inputs: list[list[str]]) -> None:
    found = labels([Named(some) for some in inputs])
    for some, label in zip(inputs, found, strict=True):
        same = [other for other, called in zip(inputs, found, strict=True) if called == label]
        assert all(normal(other) == normal(some) for other in same)


def normal(inputs: list[str]) -> list[str]:
    return [location.rstrip("/") for location in inputs]


values = st.none() | st.booleans() | st.integers(-2, 2) | st.text('1n ul·=\n\u202e[]"', max_size=4) | st.just([])


@given(st.lists(st.dictionaries(st.sampled_from("ab"), values, min_size=1), max_size=4))
def test_other_parameters_have_other_labels(parameters: list[dict[str, object]]) -> None:
    found = labels([Named(["/d/a"], parameters=some) for some in parameters])
    assert len(set(found)) == len({json.dumps(some, sort_keys=True) for some in parameters})
