"""What a task asked for, in words."""

from typing import Any

import pytest

from analysis_jobs.records.asked import asked_text


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ({}, ""),
        ({"memory_bytes": 2**31}, "2 GB"),
        ({"memory_bytes": 700 * 2**20, "processors": 1}, "700 MB and 1 processor"),
        (
            {"memory_bytes": 3 * 2**29, "processors": 4, "gpus": 1, "seconds": 600.0, "attempt": 2},
            "1.5 GB, 4 processors, 1 GPU and 600 s for the job",
        ),
    ],
)
def test_text(asked: Any, text: str) -> None:
    assert asked_text(asked) == text
