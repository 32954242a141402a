"""What a record tells of how its job ran."""

from typing import Any

import pytest

from analysis_jobs.results.facts import facts_of_record


def record(**process: Any) -> dict[str, Any]:
    return {"processing": {"data_processes": [process], "pipelines": [{"name": "p", "version": "1", "url": "u"}]}}


def test_all_that_is_known() -> None:
    code = {"name": "rates", "run_script": "rates.py", "version": "2", "commit_hash": "c0ffee", "language_version": "3"}
    resources = {"os": "Linux", "cpu": "fast", "ram": 1.5, "ram_unit": "Gigabyte"}
    facts = dict(
        facts_of_record(
            record(
                code={**code, "container": {"uri": "image", "tag": "1"}},
                resources=resources,
                experimenters=["A", "B"],
                notes="host here; environment auto, sha256:1; asked 2 GB and 1 processor",
            )
        )
    )
    assert facts == {
        "source": "rates rates.py",
        "code version": "2",
        "commit": "c0ffee",
        "image": "image:1",
        "python": "3",
        "environment": "auto, sha256:1",
        "ran on": "Linux, fast",
        "peak memory": "1.5 GB",
        "asked for": "2 GB and 1 processor",
        "run by": "A, B",
        "pipeline": "p 1 u",
        "notes": ["host here"],
    }


@pytest.mark.parametrize(
    ("ram", "unit", "text"),
    [
        (0.193589, "Gigabyte", "193.6 MB"),
        (16, "Gigabyte", "16.0 GB"),
        (512, "Megabyte", "512 Megabyte"),
        ("x", None, "x"),
    ],
)
def test_peak_memory_is_a_size_where_its_unit_is_known(ram: object, unit: str | None, text: str) -> None:
    assert dict(facts_of_record(record(resources={"ram": ram, "ram_unit": unit})))["peak memory"] == text


def test_a_record_that_says_nothing() -> None:
    facts = dict(facts_of_record({}))
    assert not any(value for name, value in facts.items() if name != "notes")
    assert facts["notes"] == [""]
