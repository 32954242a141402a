"""Who is let in, and what every answer says."""

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from analysis_jobs.browse.gate import HEADERS, Gate, names_of

TOKEN = "s3cret"
COOKIE = "analysis-jobs-1"


def client(names: tuple[str, ...] = ("testserver", "127.0.0.1", "::1"), **more) -> TestClient:
    app = Starlette(routes=[Route("/{path:path}", lambda request: PlainTextResponse("inside"))])
    return TestClient(Gate(app, TOKEN, names, COOKIE), follow_redirects=False, **more)


@pytest.mark.parametrize("query", ["", "?token=", "?token=wrong", f"?token={TOKEN[:-1]}", "?token=%80ü"])
def test_without_the_token(query: str) -> None:
    answer = client().get(f"/jobs{query}")
    assert answer.status_code == 403
    assert "open the address that it has printed" in answer.text
    assert "set-cookie" not in answer.headers


def test_the_token_in_the_address_becomes_a_cookie() -> None:
    visitor = client()
    answer = visitor.get("/jobs", params=[("is:state", "done"), ("token", TOKEN), ("is:state", "failed")])
    assert (answer.status_code, answer.headers["location"]) == (303, "/jobs?is%3Astate=done&is%3Astate=failed")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert {"HttpOnly", "SameSite=lax"} <= set(cookie.split("; "))
    assert visitor.get("/jobs").text == "inside"
    assert client(cookies={COOKIE: "wrong"}).get("/jobs").status_code == 403


@pytest.mark.parametrize("scheme", ["Bearer", "token"])
def test_programs_give_it_in_a_header(scheme: str) -> None:
    assert client().get("/", headers={"authorization": f"{scheme} {TOKEN}"}).text == "inside"
    for wrong in (f"{scheme} x", f"Basic {TOKEN}", TOKEN, scheme):
        assert client().get("/", headers={"authorization": wrong}).status_code == 403


def test_the_way_from_the_token_leads_nowhere_else() -> None:
    for path in ("//evil.example/x", "/\\evil.example", "///evil.example"):
        location = client().get(f"http://testserver{path}", params={"token": TOKEN}).headers["location"]
        assert location.startswith("/")
        assert not location.startswith(("//", "/\\"))


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("testserver", 200),
        ("TESTSERVER:8765", 200),
        ("127.0.0.1:1", 200),
        ("[::1]:8765", 200),
        ("[::1]", 200),
        ("evil.example", 403),
        ("evil.example:8765", 403),
        ("127.0.0.1.evil.example", 403),
        ("testserver@evil.example", 403),
        ("", 403),
    ],
)
def test_other_names_of_this_machine_are_refused(host: str, status: int) -> None:
    """A page elsewhere may let its own name lead here; what it then asks has that name, and the cookie if it can."""
    visitor = client()
    visitor.get("/", params={"token": TOKEN})
    cookie = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    answer = visitor.get("/jobs", headers={"host": host, "cookie": cookie})
    assert answer.status_code == status


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_nothing_is_changed(method: str) -> None:
    answer = client().request(method, "/jobs", params={"token": TOKEN})
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


def test_every_answer_has_the_headers() -> None:
    visitor = client()
    answers = [visitor.get("/"), visitor.get("/", headers={"host": "evil.example"}), visitor.post("/")]
    answers += [visitor.get("/", params={"token": TOKEN}), visitor.get("/")]
    for answer in answers:
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    policy = HEADERS["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


def test_the_names_of_a_machine() -> None:
    assert names_of("127.0.0.1") == {"127.0.0.1", "localhost", "::1"}
    assert {"localhost", "0.0.0.0"} < names_of("0.0.0.0")
    assert "evil.example" not in names_of("0.0.0.0")
