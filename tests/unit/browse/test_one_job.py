"""Pages about one job, and the files of its results."""

import json
from pathlib import Path

import pytest
from fakes.s3 import S3Server
from starlette.testclient import TestClient
from support.browsing import TOKEN, app_of, desk_of, sweep
from support.shelf import Shelf

from analysis_jobs.bucket.opening import open_bucket
from analysis_jobs.store.opening import open_store

from .conftest import Browsed

DONE, FAILED = "701001 0.001", "701003 0.004"


def address(browsed: Browsed, name: str, rest: str = "") -> str:
    return f"/job/{browsed.keys[name]}{rest}"


def test_a_job_that_is_done(client: TestClient, browsed: Browsed) -> None:
    text = client.get(address(browsed, DONE)).text
    assert "recording.nwb · isi_violations_cutoff=0.001" in text
    for said in ("good_units", "0.9", "filter.order", "s3://lab-data/", "rates.png", "log of s3://lab-data", "slurm"):
        assert said in text.replace("<wbr>", "")
    assert f"analysis-jobs rerun {browsed.keys[DONE][:12]} --into again-{browsed.keys[DONE][:12]} --store" in text
    assert "unit,rate" in text  # a small file
    for other in ("701001 0.002", "701001 0.004"):
        assert address(browsed, other) in text


def test_a_job_that_failed(client: TestClient, browsed: Browsed) -> None:
    text = client.get(address(browsed, FAILED)).text
    assert "Traceback (most recent call last)" in text
    assert "reading units" in text
    assert f"analysis-jobs try ANALYSIS --job {browsed.keys[FAILED][:12]}.json" in text
    job = client.get(address(browsed, FAILED, "/job.json"))
    assert "attachment" in job.headers["content-disposition"]
    assert json.loads(job.content)["distributed_parameters"]["isi_violations_cutoff"] == 0.004


@pytest.mark.parametrize("rest", ["", "/job.json", "/file/rates.png", "/text/analysis.log", "/small/rates.png"])
def test_a_job_that_is_not_there(client: TestClient, rest: str) -> None:
    assert client.get(f"/job/{'0' * 64}{rest}").status_code == 404
    assert client.get(f"/job/x' OR 1=1{rest}").status_code == 404


def test_files_are_pictures_or_to_be_saved(client: TestClient, browsed: Browsed) -> None:
    picture = client.get(address(browsed, DONE, "/file/plots/waveform.png"))
    assert (picture.headers["content-type"], picture.content[:4]) == ("image/png", b"\x89PNG")
    assert "content-disposition" not in picture.headers
    table = client.get(address(browsed, DONE, "/file/units.csv"))
    assert table.headers["content-type"] == "application/octet-stream"
    assert table.headers["content-disposition"] == "attachment; filename*=UTF-8''units.csv"
    for answer in (picture, table):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]
        assert int(answer.headers["content-length"]) == len(answer.content)


@pytest.mark.parametrize("kind", ["file", "small", "text"])
@pytest.mark.parametrize(
    "name",
    [
        "nothing.png",
        "../../records.sqlite",
        "%2e%2e/%2e%2e/records.sqlite",
        "..%2f..%2frecords.sqlite",
        "/etc/passwd",
        "//etc/passwd",
        "%2fetc%2fpasswd",
        "manifest.json",
        "metadata.nd.json",
        "rates.png%00.txt",
        "plots",
    ],
)
def test_only_files_of_the_manifest(client: TestClient, browsed: Browsed, kind: str, name: str) -> None:
    assert client.get(address(browsed, DONE, f"/{kind}/{name}")).status_code == 404


def test_a_file_that_became_a_link_is_refused(client: TestClient, browsed: Browsed) -> None:
    folder = browsed.folder / "analyses" / browsed.keys["701002 0.001"]
    (folder / "summary.json").unlink()
    (folder / "summary.json").symlink_to("/etc/passwd")
    answer = client.get(address(browsed, "701002 0.001", "/file/summary.json"))
    assert answer.status_code == 400
    assert "leads out of" in answer.text
    assert "root:" not in answer.text
    assert "root:" not in client.get(address(browsed, "701002 0.001")).text


def test_small_pictures(client: TestClient, browsed: Browsed) -> None:
    small = client.get(address(browsed, DONE, "/small/rates.png"))
    assert (small.headers["content-type"], small.content[:4]) == ("image/webp", b"RIFF")
    other = client.get(address(browsed, DONE, "/small/units.csv"))
    assert (other.status_code, other.headers["location"]) == (307, address(browsed, DONE, "/file/units.csv"))


def test_a_text_by_itself(client: TestClient, browsed: Browsed) -> None:
    answer = client.get(address(browsed, DONE, "/text/analysis.log"))
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "log of s3://lab-data" in answer.text


def test_results_in_s3(s3: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    store = str(tmp_path / "records.sqlite")
    bucket = open_bucket(f"s3://{s3.make_bucket('browsed')}/some/prefix")
    key = sweep(Shelf(open_store(store), bucket, tmp_path / "jobs"))[DONE]
    desk = desk_of(store, tmp_path)
    visitor = TestClient(app_of(desk), headers={"authorization": f"token {TOKEN}"}, follow_redirects=False)
    page = visitor.get(f"/job/{key}").text
    assert "unit,rate" in page
    assert "log of s3://lab-data" in page
    assert visitor.get(f"/job/{key}/file/plots/waveform.png").content[:4] == b"\x89PNG"
    assert visitor.get(f"/job/{key}/small/rates.png").content[:4] == b"RIFF"
    assert visitor.get("/gallery").text.count("/small/") == 7
    for name in ("../manifest.json", "%2e%2e/manifest.json", "manifest.json"):
        assert visitor.get(f"/job/{key}/file/{name}").status_code == 404
    desk.catalog.close()


def test_links_to_what_a_result_is_made_from_and_used_by(tmp_path: Path) -> None:
    shelf = Shelf(open_store(str(tmp_path / "records.sqlite")), open_bucket(str(tmp_path / "analyses")), tmp_path / "r")
    source = shelf.done(["s3://in/a<b>"], {"analysis_name": "rates"})
    over = shelf.done([shelf.bucket.location(source), f"/elsewhere/{'0' * 64}"], {"analysis_name": "over"})
    newer = shelf.done(
        ["s3://in/a<b>"], {"analysis_name": "rates"}, code="version:2", ended="2026-02-02T00:00:00+00:00"
    )
    desk = desk_of(str(tmp_path / "records.sqlite"), tmp_path)
    client = TestClient(app_of(desk), headers={"authorization": f"Bearer {TOKEN}"})
    text = client.get(f"/job/{over}").text
    assert f'<a href="/job/{source}"><bdi>rates: a&lt;b&gt;</bdi></a>' in text
    assert f'<a class="warning" href="/job/{newer}">replaced by a newer one</a>' in text
    assert "not in this store" in text
    assert f'<h2 id="used-by">Used by</h2>\n<ul><li><a href="/job/{over}">' in client.get(f"/job/{source}").text
