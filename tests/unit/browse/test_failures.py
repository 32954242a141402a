"""Failures that differ in nothing but a number, a key, a path or the recording are one."""

from analysis_jobs.browse.failures import by_cause, failures
from analysis_jobs.browse.index import Index

from .test_index import brief


def failed(key: str, message: str, cause: str = "analysis", kind: str = "ValueError"):
    known = {"recorded": False, "state": "failed", "changed": f"2026-01-0{key}T00:00:00Z"}
    return brief(key, inputs=[f"s3://in/session_{key}"], cause=cause, type=kind, message=message, **known)


def test_groups() -> None:
    briefs = [
        failed("1", "unit 3 of session_1 is bad"),
        failed("2", "unit 14 of session_2 is bad"),
        failed("3", "unit 14 of session_3 is bad", cause="infrastructure"),
        failed("4", "'spike_times'", kind="KeyError"),
        brief("5"),
    ]
    index = Index(briefs)
    groups = failures(index, index.newest_first)
    assert [(group.title, [index.briefs[row].key for row in group.rows]) for group in groups] == [
        ("ValueError: unit 14 of session_2 is bad", ["2", "1"]),
        ("KeyError: 'spike_times'", ["4"]),
        ("ValueError: unit 14 of session_3 is bad", ["3"]),
    ]
    assert by_cause(groups) == {"in the analysis": 3, "not by the analysis": 1}


def test_without_failures() -> None:
    assert failures(Index([brief("1")]), [0]) == []
