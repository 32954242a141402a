"""Failures by cause: messages that differ in a number, a key or a path are one."""

import pytest
from support.reports import failure, invalid, job

from analysis_jobs.report.failures import failure_groups, normalized


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("unit 5 has 10.5 spikes", "unit 12 has 1e-3 spikes"),
        ("/data/a/b.nwb is not there", "/other/place/c.nwb is not there"),
        ("s3://a/b 'x' is not there", "s3://c/d 'x' is not there"),
        ("see 0a1b2c3d4e5f6789 first", "see ffffffffffffff00 first"),
        ("object at 0x7f8a9b0c1d2e", "object at 0x7f8a9b0c1d2f"),
        ("one.json: broken", "one.json: broken"),
    ],
)
def test_messages_that_differ_in_a_number_a_key_or_a_path_are_one(one: str, other: str) -> None:
    assert normalized(one, "one.json") == normalized(other, "one.json")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("'spike_times'", "'waveforms'"),
        ("and/or", "or"),
        ("deadbeef", "facade"),
        ("a/b", "c/d"),
        ("too few", "too many"),
    ],
)
def test_other_messages_are_not_one(one: str, other: str) -> None:
    assert normalized(one, "f.json") != normalized(other, "f.json")


def test_the_file_is_no_difference() -> None:
    assert normalized("a+b.json: no inputs", "a+b.json") == normalized("c.json: no inputs", "c.json")


def test_failures_by_cause_the_largest_first() -> None:
    rows = [
        failure(0, "'x'", "KeyError"),
        job(1),
        *(failure(n, f"unit {n} is bad") for n in (2, 3, 4)),
        failure(5, "'x'", "ValueError"),
        *(invalid(n) for n in (6, 7)),
        {**failure(8, "unit 8 is bad"), "state": "gave_up", "reason": "failed 3 times"},
    ]
    groups = failure_groups(rows)
    assert [(group.type, group.rows) for group in groups] == [
        ("ValueError", [2, 3, 4, 8]),
        ("", [6, 7]),
        ("KeyError", [0]),
        ("ValueError", [5]),
    ]
    assert groups[0].states == {"failed": 3, "gave_up": 1}
    assert groups[0].names == [f"session_{n:03}" for n in (2, 3, 4, 8)]
    assert groups[0].title == "ValueError: unit 2 is bad"
    assert (groups[1].title, groups[1].where) == (
        "'s3_location' is missing; write the list of the inputs",
        "in the job file or its parameters",
    )


def test_the_example_of_a_cause_is_one_that_tells_why() -> None:
    rows = [failure(1, "oh 1"), failure(2, "oh 2", traceback="the traceback"), failure(3, "oh 3", traceback="another")]
    (group,) = failure_groups(rows)
    assert (group.example["file"], group.error["traceback"]) == ("session_002.json", "the traceback")
