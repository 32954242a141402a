"""All jobs as columns."""

import gc
import json
import weakref

import pytest
from support.browsing import CUTOFFS, SUBJECTS

from analysis_jobs.browse.index import OF_EVERY_JOB, Index
from analysis_jobs.store.briefs import Brief

from .conftest import Browsed

NOTHING = Brief(*[None] * len(Brief._fields))  # type: ignore[arg-type]


def brief(key: str = "k", **known: object) -> Brief:
    values = {name: json.dumps(known.pop(name)) for name in ("inputs", "parameters", "outputs") if name in known}
    return NOTHING._replace(**{"key": key, "recorded": True, **values, **known})  # type: ignore[arg-type]


def test_columns(browsed: Browsed) -> None:
    index = browsed.index
    assert index.columns[: len(OF_EVERY_JOB)] == list(OF_EVERY_JOB)
    assert index.varying == ["parameters.isi_violations_cutoff"]
    assert set(index.parameters) > {"parameters.analysis_name", "parameters.filter.order", *index.varying}
    assert list(index.outputs) == ["outputs.good_units", "outputs.fraction"]
    assert set(index.column("parameters.isi_violations_cutoff")) == set(CUTOFFS)
    row = index.rows[browsed.keys["701002 0.002"]]
    assert index.column("outputs.good_units")[row] == 42
    assert index.column("recording")[row] == "ecephys_701002_2025-06-02_10-20-30/recording.nwb"
    assert (index.column("name")[row], index.column("tag")[row]) == ("unit quality", "v1")
    failed = index.rows[browsed.keys["701003 0.004"]]
    assert index.column("message")[failed] == "ValueError: unit 6 of 701003 has 2 spikes, and at least 10 are needed"
    assert index.column("subject")[failed] == SUBJECTS[2]
    assert index.column("outputs.good_units")[failed] is None
    assert index.column("no such column") == index.column("outputs.none") == [None] * 9


def test_names_tell_of_subjects_where_states_do_not() -> None:
    told = brief(inputs=["s3://b/ecephys_701001_2025-06-01_10-20-30"])
    index = Index([told, told._replace(key="other", subject="1"), brief("neither", inputs=["/in/a"])])
    assert index.column("subject") == ["701001", "1", None]
    assert index.column("acquired") == ["2025-06-01T10:20:30", "2025-06-01T10:20:30", None]


@pytest.mark.parametrize(
    ("known", "state"),
    [
        ({"state": "done"}, "done"),
        ({"state": None}, "done"),
        ({"state": "done", "recorded": False}, "removed"),
        ({"state": "failed", "recorded": False}, "failed"),
        ({"state": "failed", "recorded": False, "adopted": "other"}, "done"),
        ({"state": "failed", "recorded": False, "adopted": "gone"}, "failed"),
        ({"state": "pending", "recorded": False, "expires": "2999-01-01T00:00:00+00:00"}, "pending"),
        ({"state": "pending", "recorded": False, "expires": "2001-01-01T00:00:00+00:00"}, "expired"),
    ],
)
def test_states(known: dict[str, object], state: str) -> None:
    assert Index([brief(**known), brief("other")]).column("state")[0] == state


def test_the_newest_is_first_whatever_the_zone() -> None:
    times = ["2026-01-02T00:00:00Z", "2026-01-02T00:00:00.5+00:00", "2026-01-02T00:30:00+01:00", ""]
    index = Index(brief(str(number), changed=time) for number, time in enumerate(times))
    assert index.newest_first == [1, 0, 2, 3]
    assert Index(brief(key, changed=times[0]) for key in ("b", "a")).newest_first == [1, 0]


def test_the_latest_result_of_each_inputs_and_parameters() -> None:
    same = {"inputs": ["a"], "changed": "2026-01-01T00:00:00Z"}
    index = Index(
        [
            brief("old", parameters={"x": 1, "y": 2}, **same),
            brief("new", parameters={"y": 2, "x": 1}, **{**same, "changed": "2026-01-02T00:00:00Z"}),
            brief("failed", parameters={"x": 1, "y": 2}, recorded=False, state="failed", **same),
            brief("other", parameters={"x": 2, "y": 2}, **same),
            brief("of another analysis", parameters={"x": 1, "y": 2}, name="another", **same),
            *(brief(f"without inputs {number}", parameters={}) for number in range(2)),
        ]
    )
    assert {index.briefs[row].key for row in index.latest} == {
        "new", "other", "of another analysis", "without inputs 0", "without inputs 1",
    }  # fmt: skip


def test_values_of_all_kinds() -> None:
    outputs = {"list": [1, 2], "yes": True, "none": None, "in": {"a.b": {"c": 1.5}}, "text": "t"}
    index = Index([brief(outputs=outputs), brief("without")])
    cells = {name: index.column(name)[0] for name in index.outputs}
    assert cells == {
        "outputs.list": "[1, 2]",
        "outputs.yes": "true",
        "outputs.none": None,
        "outputs.in.a.b.c": 1.5,
        "outputs.text": "t",
    }
    assert index.is_number("outputs.in.a.b.c")
    assert not any(map(index.is_number, ("outputs.list", "outputs.yes", "outputs.none", "outputs.text")))


def test_it_goes_when_nobody_has_it() -> None:
    index = Index([brief(inputs=["a"], parameters={"x": 1}, outputs={"y": 2})])
    for name in index.columns:
        index.counts(name)
    _ = index.latest_keys, index.newest_first, index.adopted, index.named(0)
    there = weakref.ref(index)
    gc.disable()  # what leads round to itself would stay
    try:
        del index
        assert there() is None
    finally:
        gc.enable()


def test_an_empty_store() -> None:
    index = Index([])
    assert (len(index), index.columns, index.newest_first, index.latest) == (0, list(OF_EVERY_JOB), [], set())
