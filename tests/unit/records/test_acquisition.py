"""Subject and date of a recording, by AIND's rule for the names of assets, or as a job's group has them."""

import re
from typing import Any

import pytest
from aind_data_schema_models.data_name_patterns import DataRegex, DataRegexLegacy
from hypothesis import given
from hypothesis import strategies as st

from analysis_jobs.records.acquisition import Acquisition, acquisition_in, recording_details

WHEN = "2025-02-04T10:20:30"
NAMES = [
    "690494_2025-02-04_10-20-30",
    "ecephys_690494_2025-02-04_10-20-30",
    "multiplane-ophys_690494_2025-02-04_10-20-30",
    "690494_2025-02-04_10-20-30_processed_2025-03-01_00-00-00",
    "ecephys_690494_2025-02-04_10-20-30_sorted-ks4_2025-03-01_00-00-00",
    "690494_2025-02-04_10-20-30_sorted",
    "690494_2025-02-04_10-20-30.nwb",
    "690494_2025-02-04_10-20-30.nwb.zarr",
]


@pytest.mark.parametrize("name", NAMES)
def test_names_of_assets(name: str) -> None:
    assert acquisition_in([name], []) == Acquisition("690494", WHEN)
    assert acquisition_in([], [f"s3://bucket/{name}"]) == Acquisition("690494", WHEN)
    assert acquisition_in(["asset"], [f"/data/{name}/nwb/experiment1.nwb"]) == Acquisition("690494", WHEN)


@pytest.mark.parametrize(
    "name", ["", "session_1", "690494", "2025-02-04_10-20-30", "690494_2025-02-04", "a_2025-99-04_10-20-30", "a_\n"]
)
def test_other_names_tell_nothing(name: str) -> None:
    assert acquisition_in([name], [f"s3://bucket/{name}"]) == Acquisition()


def test_several_recordings() -> None:
    names = ["2_2025-02-05_10-20-30", "1_2025-02-04_10-20-30", "2_2025-02-06_10-20-30"]
    assert acquisition_in(names, []) == Acquisition("2, 1", WHEN)
    assert acquisition_in([f"{number}" * 150 + names[0] for number in range(3)], []).subject.endswith("…")


parts = st.text("ab1-_.", min_size=1, max_size=6)
whens = st.sampled_from(["2025-02-04_10-20-30", "2024-12-31_23-59-59"])


@given(
    st.one_of(
        st.builds("{}_{}".format, parts, whens),
        st.builds("{}_{}_{}".format, parts, parts, whens),
        st.builds("{}_{}_{}_{}".format, parts, whens, parts, whens),
    )
)
def test_the_rule_is_that_of_the_library(name: str) -> None:
    """The subject is what it says, of what is derived that of its input."""
    derived = re.match(DataRegex.DERIVED, name)
    raw = derived["input"] if derived else name
    legacy, new = re.match(DataRegexLegacy.RAW, raw), re.match(DataRegex.RAW, raw)
    assert new
    subject = (legacy or new)["subject_id"]
    assert acquisition_in([name], []).subject == subject


def details(**more: Any) -> dict[str, Any]:
    return dict(recording_details({"s3_location": ["s3://bucket/session_1"], **more}))


@pytest.mark.parametrize(
    ("group", "subject", "acquired"),
    [
        ({"subject_id": "690494", "session_date": "2025-02-04"}, "690494", "2025-02-04"),
        ({"subject__subject_id": 690494}, "690494", None),
        ({"subject": {"subject_id": "690494"}}, "690494", None),
        ({"subject": " mouse 7 "}, "mouse 7", None),
        ({"subject_id": "", "subject": "a\n\u202e\x1b[31m; \udcff=1+1"}, "a [31m =1+1", None),
        ({"acquisition__acquisition_start_time": "2025-02-04T10:20:30Z"}, None, f"{WHEN}+00:00"),
        ({"acquisition": {"acquisition_start_time": "2025-02-04 10:20:30"}}, None, WHEN),
        ({"session_time": "10:20", "session_date": "2025-02-04_10-20-30"}, None, WHEN),
        ({"subject_id": ["1"], "session_date": ["2025-02-04"]}, None, None),
        ({"subject_id": None, "session_date": "soon", "other": 1}, None, None),
        ({}, None, None),
        (None, None, None),
    ],
)
def test_the_group_of_a_job(group: Any, subject: str | None, acquired: str | None) -> None:
    expected = {"subject": subject, "acquired": acquired}
    assert details(group_metadata=group) == {name: value for name, value in expected.items() if value}


def test_names_count_more_than_the_group() -> None:
    group = {"subject_id": "other", "session_date": "2020-01-01"}
    found = details(asset_name=["690494_2025-02-04_10-20-30"], group_metadata=group)
    assert found == {"assets": ["690494_2025-02-04_10-20-30"], "subject": "690494", "acquired": WHEN}


def test_the_assets_of_files_count() -> None:
    found = recording_details(
        {"s3_location": ["s3://b/690494_2025-02-04_10-20-30"], "file_location": ["s3://b/x.nwb", "s3://b/y.nwb"]}
    )
    assert found == {"subject": "690494", "acquired": WHEN}
