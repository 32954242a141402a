"""Finding records and loading their outputs as a table, in either store."""

from pathlib import Path

import numpy
import pytest
from support.samples import RUN
from support.shelf import RATES

from analysis_jobs import compare, get_docdb_records_partial, load_outputs
from analysis_jobs.errors import InvalidInput
from analysis_jobs.pipeline import PIPELINE_NAME
from analysis_jobs.results.table import FIXED

UNIT = {"name": "outputs.n", "unit": "Hz"}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ["new", "other", "spikes", "old"]),
        ({"analysis_name": "rates"}, ["new", "other", "old"]),
        ({"analysis_name": "rates", "latest_only": True}, ["new", "other"]),
        ({"analysis_name": "firing_rates"}, []),
        ({"code_version": "2"}, ["new"]),
        ({"code_url": ""}, ["new", "other", "spikes", "old"]),
        ({"code_url": "https://elsewhere"}, []),
        ({"input_data_locations": ["s3://in/a/"]}, ["new", "other", "old"]),
        ({"input_data_locations": ["s3://in/a", "s3://in/b"]}, ["other"]),
        ({"parameters": {"cutoff": 1.0}}, ["other"]),
        ({"parameters": {"cutoff": True}}, []),
        ({"parameters": {"flag": True}}, ["spikes"]),
        ({"parameters": {"flag": 1}}, []),
        ({"parameters": {"more": {"order": 3.0}, "cutoff": 0.5}}, ["new", "old"]),
    ],
)
def test_records_are_found_by(rates, shelf, options, expected):
    found = [one["_id"] for one in get_docdb_records_partial(store=shelf.store, **options)]
    names = {key: name for name, key in rates.items()}
    expected_keys = [rates[name] for name in expected]
    assert sorted(found) == sorted(expected_keys)
    ended = {"new": 3, "old": 1}
    assert [ended.get(names[key], 2) for key in found] == [ended.get(name, 2) for name in expected]


def test_latest_only_may_be_the_first_argument(rates, shelf):
    assert len(get_docdb_records_partial(True, store=shelf.store)) == 3


def test_outputs_as_a_table(rates, shelf):
    table = load_outputs(True, analysis_name="rates", store=shelf.store).set_index("key")
    assert list(table.columns) == [
        *FIXED[1:], "parameters.analysis_name", "parameters.cutoff", "parameters.more.order", "outputs.n",
        "outputs.0.5.$x",
    ]  # fmt: skip
    assert set(table.index) == {rates["new"], rates["other"]}
    other = table.loc[rates["other"]]
    assert (other["inputs"], other["outputs.0.5.$x"], other["parameters.cutoff"]) == (
        ["s3://in/b", "s3://in/a/"],
        [1],
        1,
    )
    assert table["outputs.n"].dtype == "int64"
    assert table["ended"].max().isoformat() == "2026-01-03T00:00:00+00:00"
    assert table.loc[rates["new"], "code_version"] == "2"


def test_replaced_results_are_left_out_and_counted(rates, shelf, caplog):
    table = load_outputs(store=shelf.store)
    assert set(table["key"]) == {rates[name] for name in ("new", "other", "spikes")}
    assert table.attrs["replaced"] == 1
    said = "1 result left out, because newer ones replaced them; all_versions=True has them"
    assert [record.getMessage() for record in caplog.records] == [said]
    caplog.clear()
    for table in (load_outputs(False, store=shelf.store), load_outputs(all_versions=True, store=shelf.store)):
        assert (set(table["key"]), table.attrs["replaced"]) == (set(rates.values()), 0)
        assert list(table["key"][table["replaced"]]) == [rates["old"]]
    assert len(load_outputs(True, all_versions=True, store=shelf.store)) == 4
    table = load_outputs(all_versions=True, long=True, store=shelf.store)
    assert set(table["code_version"][table["replaced"]]) == {"sha256:c0de"}
    assert not caplog.records


def test_a_row_for_each_value(rates, shelf):
    table = load_outputs(analysis_name="spikes", long=True, store=shelf.store)
    assert list(table.columns) == [
        "key", "label", "name", "code_version", "subject", "acquired", "adopted", "replaced",
        "parameters.analysis_name", "parameters.flag",
        "output", "item", "field", "value", "number", "unit",
    ]  # fmt: skip
    (row,) = table.to_dict("records")
    assert (row["label"], row["parameters.flag"], row["output"]) == ("b", True, "n")
    assert table["value"].isna().all()


def test_units_of_a_row_for_each_value(shelf, caplog):
    described = {**RUN, "pipeline": {**RUN["pipeline"], "name": PIPELINE_NAME}, "described": [UNIT]}
    key = shelf.done(["in"], RATES, {"n": 1}, run=described)
    assert list(load_outputs(long=True, store=shelf.store)["unit"]) == ["Hz"]
    assert not caplog.records
    (Path(shelf.bucket.location(key)) / "manifest.json").unlink()
    assert load_outputs(long=True, store=shelf.store)["unit"].isna().all()
    assert "there is no manifest.json in " in caplog.text


@pytest.mark.parametrize(
    "value", [numpy.int64(2), numpy.float32(0.5), numpy.bool_(True), numpy.array([1, 2]), numpy.float64(1e-12)]
)
def test_values_of_notebooks(value, shelf):
    key, _ = (shelf.done(["in"], {**RATES, "x": some}, {"n": 1}) for some in (value.tolist(), "other"))
    assert list(load_outputs(parameters={"x": value}, store=shelf.store)["key"]) == [key]
    assert [one["_id"] for one in get_docdb_records_partial(parameters={"x": value}, store=shelf.store)] == [key]
    assert list(compare({"parameter.x": value}, {"parameter.x": "other"}, store=shelf.store)["a_key"]) == [key]


def test_no_records(shelf):
    table = load_outputs(store=shelf.store)
    assert (list(table.columns), len(table)) == (list(FIXED), 0)
    assert str(table["ended"].dtype).startswith("datetime64")


def test_a_path_opens_a_store(shelf, place):
    key = shelf.done(["in"], RATES, {"n": 1})
    assert list(load_outputs(store=place[1])["key"]) == [key]


def test_a_store_that_cannot_be_opened(tmp_path: Path):
    (tmp_path / "x.sqlite").write_text("no database " * 20)
    with pytest.raises(InvalidInput, match="cannot be opened"):
        load_outputs(store=str(tmp_path / "x.sqlite"))


def test_a_store_that_is_not_there(tmp_path: Path):
    with pytest.raises(
        InvalidInput, match=r"^there is no store typo.sqlite; give store= the SQLite file of a launch, as seen from /"
    ):
        load_outputs(store="typo.sqlite")
    with pytest.raises(
        InvalidInput, match=r"^there is no store docbd. Did you mean docdb, .*\? Otherwise give store= the "
    ):
        load_outputs(store="docbd")
    with pytest.raises(InvalidInput, match=r"is a folder; give --store a SQLite file"):
        load_outputs(store=str(tmp_path))


def test_without_a_collection_the_other_way_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("DOCDB_COLLECTION", raising=False)
    with pytest.raises(InvalidInput, match=r"^DOCDB_COLLECTION, .* is not set; set it, or give store= the SQLite file"):
        load_outputs()
