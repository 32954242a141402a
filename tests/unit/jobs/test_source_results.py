"""The results that a job is made from, and the keys in locations."""

import pytest

from analysis_jobs.jobs.source_results import SourceResult, result_keys

KEY, OTHER = "0a" * 32, "1b" * 32


@pytest.mark.parametrize(
    ("location", "keys"),
    [
        (f"/lab/analyses/{KEY}", [KEY]),
        (f"/lab/analyses/{KEY}/plots/a.png", [KEY]),
        (f"s3://bucket/{KEY}/0123456789abcdef", [KEY]),
        (f"s3://bucket/prefix/{KEY}/0123456789abcdef/rates.json", [KEY]),
        (f"/copies/{OTHER}/{KEY}/rates.json", [KEY]),  # of two the one that holds the results
        (KEY, [KEY]),
        (f"/lab/{KEY}a/x", []),
        (f"/lab/x{KEY}", []),
        (f"/lab/{KEY.upper()}/x", []),
        ("s3://lab-data/ecephys_701001_2025-06-01_10-20-30/recording.nwb", []),
    ],
)
def test_the_key_in_a_location(location: str, keys: list[str]) -> None:
    assert result_keys([location]) == keys


def test_each_key_once_in_the_order_of_the_locations() -> None:
    assert result_keys([f"/a/{OTHER}/x", f"/a/{KEY}/x", "/b/session.nwb", f"/a/{OTHER}/y"]) == [OTHER, KEY]


def test_what_a_job_file_needs_not_say() -> None:
    source = SourceResult.model_validate({"key": KEY, "location": f"/a/{KEY}", "of the future": 1})
    assert (source.outputs, source.files, source.parameters, source.subject) == (None, None, {}, "")
