"""The application as a whole: what is where, and what is shown where something is wrong."""

import logging
from concurrent.futures import Future

import pytest
from starlette.testclient import TestClient
from support.browsing import TOKEN, app_of

from analysis_jobs.browse.catalog import Reading
from analysis_jobs.browse.desk import Desk
from analysis_jobs.browse.gate import HEADERS
from analysis_jobs.errors import ServiceUnavailable

from .conftest import Browsed

PAGES = (
    "/", "/jobs", "/gallery", "/failures", "/compare", "/launches", "/export/outputs.csv", "/static/browse.css",
    "/static/browse.js", "/no",
)  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_shown_without_the_token(browsed: Browsed, path: str) -> None:
    assert TestClient(app_of(browsed.desk)).get(path).status_code == 403


def test_what_is_where(client: TestClient) -> None:
    answers = {path: client.get(path) for path in PAGES}
    assert {path: answer.status_code for path, answer in answers.items()} == {
        **dict.fromkeys(PAGES, 200),
        "/": 307,
        "/no": 404,
    }
    assert "There is no such page." in answers["/no"].text
    assert "javascript" in answers["/static/browse.js"].headers["content-type"]
    for answer in answers.values():
        assert answer.headers["content-security-policy"] == HEADERS["content-security-policy"]


def test_pages_load_only_what_is_here(client: TestClient) -> None:
    text = client.get("/jobs").text
    assert "http://" not in text
    assert "https://" not in text
    assert "style=" not in text
    assert "<script>" not in text


def test_assets_lead_out_of_nothing(client: TestClient) -> None:
    for path in ("/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static//etc/passwd"):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (ServiceUnavailable("the store did not answer"), 503, "the store did not answer"),
        (RuntimeError("secret of the machine"), 500, "the terminal that runs"),
    ],
)
def test_what_went_wrong(browsed: Browsed, monkeypatch, caplog, error: Exception, status: int, said: str) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(Desk, "chosen", fail)
    monkeypatch.setattr(logging.getLogger("analysis_jobs"), "propagate", True)
    visitor = TestClient(
        app_of(browsed.desk), headers={"authorization": f"token {TOKEN}"}, raise_server_exceptions=False
    )
    answer = visitor.get("/jobs")
    assert answer.status_code == status
    assert said in answer.text
    assert answer.headers["content-security-policy"] == HEADERS["content-security-policy"]
    assert "secret of the machine" not in answer.text
    assert ("secret of the machine" in caplog.text) == (status == 500)


def test_jobs_that_cannot_be_read(browsed: Browsed, client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = Future[Reading]()
    failed.set_exception(ServiceUnavailable("the store did not answer"))
    monkeypatch.setattr(browsed.desk.catalog, "reading", failed)
    for path in ("/jobs", "/no"):
        answer = client.get(path)
        assert (answer.status_code, answer.text) == (503, "the store did not answer")
