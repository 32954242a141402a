"""Links from the report to results, which follow when both are moved."""

from pathlib import Path

import pytest

from analysis_jobs.report.links import Links


@pytest.mark.parametrize(
    ("outdir", "location", "link"),
    [
        ("/out", "/out/analyses/k", "./analyses/k/"),
        ("/out/deep", "/out/analyses/k", "../analyses/k/"),
        ("/out", "/out/javascript:alert(1)/k", "./javascript%3Aalert%281%29/k/"),
        ("/out", "/out/a b#?%/k", "./a%20b%23%3F%25/k/"),
        ("s3://bucket/out", "/here/k", "file:///here/k/"),
        (None, "/here/k", "file:///here/k/"),
        ("/out", "s3://b/a key", "https://console.aws.amazon.com/s3/buckets/b?prefix=a%20key%2F"),
        ("/out", "javascript:alert(1)", None),
        ("/out", "", None),
    ],
)
def test_links(outdir: str | None, location: str, link: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(name, raising=False)
    assert Links(outdir).folder(location) == link


def test_links_to_files() -> None:
    assert Links("/out").file("/out/k", "deep/a b.png") == "./k/deep/a%20b.png"
    assert Links("/out").file("s3://bucket/k", "a.png") is None


def test_no_console_of_what_is_not_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1")
    assert Links("/out").folder("s3://bucket/k") is None


def test_links_follow_a_bucket_that_was_moved(tmp_path: Path) -> None:
    (tmp_path / "bucket" / "k").mkdir(parents=True)
    links = Links(str(tmp_path), str(tmp_path / "bucket"))
    assert links.folder("/where/it/was/k") == "./bucket/k/"
    assert links.folder("/where/it/was/other") is not None  # in neither place: as the record says
