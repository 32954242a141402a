"""What a job file has of a result: all that is small."""

from support.shelf import RATES, Shelf

from analysis_jobs.results.as_source import MOST_OF_OUTPUTS, MOST_TOGETHER, as_source, within_bounds
from analysis_jobs.results.listing import labelled_lines, line_of


def test_what_is_known_of_a_result(shelf: Shelf) -> None:
    inputs = ["s3://in/ecephys_701001_2025-06-01_10-20-30/x.nwb"]
    key = shelf.done(inputs, RATES, {"rate": 1.5})
    (record,) = shelf.store.records([key]).values()
    (line,) = labelled_lines([line_of(key, record, None)])
    source = as_source(line, record, files=["rates.csv"])
    assert source.model_dump() == {
        "key": key,
        "location": record["location"],
        "label": "x.nwb",
        "name": "rates",
        "inputs": inputs,
        "assets": [],
        "subject": "701001",
        "acquired": "2025-06-01T10:20:30",
        "parameters": RATES,
        "outputs": {"rate": 1.5},
        "files": ["rates.csv"],
    }
    assert as_source(line, record, "/moved").location == f"/moved/{key}"


def test_no_login_is_in_it(shelf: Shelf) -> None:
    key = shelf.done(["in"], RATES)
    (record,) = shelf.store.records([key]).values()
    record["location"] = f"s3://lab:Tr0ub4dor-and-3@b/{key}"
    assert "Tr0ub4dor" not in as_source(line_of(key, record, None), record).model_dump_json()


def test_outputs_that_are_too_large_are_left_to_be_read(shelf: Shelf) -> None:
    small, large = (
        shelf.done([name], RATES, {"text": "x" * size})
        for name, size in (("a", MOST_OF_OUTPUTS - 11), ("b", MOST_OF_OUTPUTS))
    )
    records = shelf.store.records([small, large])
    sources = [as_source(line_of(key, records[key], None), records[key]) for key in (small, large)]
    assert [source.outputs is None for source in sources] == [False, True]
    many = within_bounds([sources[1], *sources[:1] * 150])
    kept = [source for source in many if source.outputs is not None]
    assert len(many) == 151
    assert len(kept) == MOST_TOGETHER // MOST_OF_OUTPUTS and kept == many[1 : len(kept) + 1]
