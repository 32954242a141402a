"""What the page of a job is made of."""

from support.samples import Connect
from support.shelf import ERROR, Shelf

from analysis_jobs.browse.catalog import Catalog
from analysis_jobs.browse.files import Files
from analysis_jobs.browse.job import JobPage, job_file, job_page, sources_of
from analysis_jobs.jobs.job import read_job
from analysis_jobs.results.listing import line_of

from .conftest import Browsed


def shown(browsed: Browsed, name: str) -> JobPage:
    page = job_page(browsed.keys[name], browsed.desk.catalog, browsed.desk.files, ["--outdir", "my results"])
    assert page is not None
    return page


def test_a_done_job(browsed: Browsed) -> None:
    page = shown(browsed, "701002 0.001")
    assert page.outputs == {"good_units": "47", "fraction": "0.9"}
    assert page.parameters["filter.order"] == "3"
    assert page.label == "ecephys_701002_2025-06-02_10-20-30/recording.nwb · isi_violations_cutoff=0.001"
    assert page.command.endswith("--outdir 'my results'")
    assert set(page.others) == {browsed.keys["701002 0.002"], browsed.keys["701002 0.004"]}
    facts = dict(page.facts)
    assert facts["took"] == ["10 s"]
    assert facts["run by"] == ["A Scientist"]
    assert '"parts"' in page.state
    assert '"object_type": "Metadata"' in page.record


def test_a_failed_job(browsed: Browsed) -> None:
    page = shown(browsed, "701002 0.004")
    assert (page.record, page.outputs, page.files.lines) == ("", {}, ())
    assert dict(page.facts)["subject"] == ["701002"]
    assert page.log == "reading units\n"
    assert "ValueError" in page.traceback


def test_jobs_in_every_state(shelf: Shelf, connect: Connect, jobs: dict[str, str], tmp_path) -> None:
    catalog = Catalog(connect)
    pages = {name: job_page(key, catalog, Files(tmp_path, None), []) for name, key in jobs.items()}
    assert {name: page.line.state for name, page in pages.items() if page} == {
        "old": "done", "new": "done", "nested": "done", "failed": "failed", "empty": "empty", "removed": "removed",
        "pending": "pending", "expired": "expired",
    }  # fmt: skip
    assert job_page("0" * 64, catalog, Files(tmp_path, None), []) is None


def test_what_it_cost(shelf: Shelf, connect: Connect, tmp_path) -> None:
    from support.samples import RUN

    key = shelf.done(["s3://in/a"], {"analysis_name": "a"}, run={**RUN, "price_per_hour": 36.0})
    page = job_page(key, Catalog(connect), Files(tmp_path, None), [])
    assert page is not None
    assert dict(page.facts)["cost"] == ["0.1 at 36 per hour"]


def test_what_a_result_is_made_from_and_used_by(shelf: Shelf, connect: Connect, tmp_path) -> None:
    old, other = (shelf.done([f"s3://in/{name}"], {"analysis_name": "rates"}) for name in "ab")
    places = [shelf.bucket.location(key) for key in (old, other)]
    over = shelf.done(places, {"analysis_name": "over"})
    newer = shelf.done(["s3://in/a"], {"analysis_name": "rates"}, code="version:2", ended="2026-02-02T00:00:00+00:00")
    catalog = Catalog(connect)
    pages = [job_page(key, catalog, Files(tmp_path, None), []) for key in (over, old)]
    assert all(pages)
    assert pages[0].made_from == {old: "rates: a", other: "rates: b"}
    assert (pages[0].used_by, pages[0].replaced) == ({}, {old: newer})
    assert (pages[1].made_from, pages[1].used_by.keys()) == ({}, {over})


def test_the_file_of_a_job_that_is_made_from_results(shelf: Shelf, connect: Connect, tmp_path) -> None:
    source = shelf.done(["s3://in/a"], {"analysis_name": "rates"}, {"n": 1})
    place = shelf.bucket.location(source)
    catalog = Catalog(connect)
    for inputs in ([place], [f"{place}/rates.csv", "s3://in/b"]):
        key = shelf.settled("failed", inputs, {"analysis_name": "over"}, error=ERROR)
        line = line_of(key, *catalog.documents(key))
        (tmp_path / "job.json").write_text(job_file(line, sources_of(line, catalog)))
        job = read_job(tmp_path / "job.json", "job.json")
        assert [one.key for one in job.sources] == [source]
        assert job.sources[0].outputs == {"n": 1}
        assert sorted(job.inputs) == sorted(inputs)
