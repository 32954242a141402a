"""The assets of a CSV, and those that share a column."""

from pathlib import Path

import pytest
from support.dispatched import of_csv, written


def test_one_job_for_each_asset_of_a_csv(here: Path):
    assert of_csv()[:2] == [
        {"s3_location": ["s3://b/one"], "asset_name": ["First"], "docdb_record_id": ["r1"]},
        {"s3_location": ["s3://b/two"], "asset_name": ["two"], "docdb_record_id": ["r2"]},
    ]
    assert [name.partition("/")[0] for name in sorted(written())] == ["0", "1", "2", "3"]


def test_group_by_a_column(here: Path, caplog: pytest.LogCaptureFixture):
    mice, rats = of_csv(group_by=["subject"])
    assert mice["s3_location"] == ["s3://b/one", "s3://b/two"]
    assert mice["group_metadata"] == {"subject": "mouse"}
    assert rats["docdb_record_id"] == ["r3"]
    assert "left out of the jobs: 1 asset without a value of subject: s3://b/four" in caplog.text


def test_rows_of_a_csv_without_an_asset_are_named(here: Path, caplog: pytest.LogCaptureFixture):
    Path("assets.csv").write_text("s3_location,asset_id,subject\ns3://b/one,,mouse\n,,rat\n,,\n\n , ,cat\n")
    (only,) = of_csv()
    assert only["s3_location"] == ["s3://b/one"]
    assert "left out 2 rows of assets.csv without s3_location and asset_id: line 3, 6" in caplog.text
