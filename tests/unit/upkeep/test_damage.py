"""What fsck says of what it looked at, and when that is nothing."""

from collections import Counter

from analysis_jobs.upkeep.damage import LookedAt


def test_what_was_looked_at() -> None:
    looked = LookedAt("/b", records=12, found=11, results=11, files=65, size=1_200_000)
    assert str(looked) == ("looked at 11 results (65 files, 1.2 MB) in /b; 11 of 12 records are in this bucket")
    assert looked.problem == ""


def test_one_of_each() -> None:
    looked = LookedAt("/b", records=1, found=1, results=1, files=1, size=1)
    assert str(looked).endswith("looked at 1 result (1 file, 1 byte) in /b; 1 of 1 record is in this bucket")


def test_nothing_of_what_the_store_names() -> None:
    looked = LookedAt("/empty", records=12, elsewhere=Counter({"/out/analyses": 9, "s3://b": 3}))
    assert str(looked).endswith("0 of 12 records are in this bucket, 9 in /out/analyses, 3 in s3://b")
    assert looked.problem == "none of the results that the store names is in /empty; give --bucket as in the launch"


def test_nothing_at_all() -> None:
    assert LookedAt("/b").problem.startswith("there is nothing to compare: the store has no record, and the bucket /b")


def test_results_that_are_gone_were_looked_for() -> None:
    assert LookedAt("/b", records=3).problem == ""
