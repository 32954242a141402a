"""Proxies that are named: whether they answer, and what goes past them."""

import socket
from collections.abc import Iterator

import pytest
from fakes.processes import free_ports

from analysis_jobs.health.proxies import look_at_proxies


@pytest.fixture
def proxy() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def test_none() -> None:
    assert [said.message for said in look_at_proxies({})] == ["no proxy is named"]


def test_one_that_answers(proxy: str) -> None:
    assert [said.message for said in look_at_proxies({"HTTPS_PROXY": proxy})] == ["https_proxy is set, and answers"]
    both = {"https_proxy": proxy, "http_proxy": proxy}
    assert [said.message for said in look_at_proxies(both)] == ["http_proxy, https_proxy are set, and answer"]


def test_one_that_does_not_answer_is_told_without_its_password() -> None:
    (port,) = free_ports(1)
    (said,) = look_at_proxies({"http_proxy": f"http://me:hidden@127.0.0.1:{port}"})
    assert said.level == "wrong"
    assert said.message.startswith(f"the proxy 127.0.0.1:{port}, which http_proxy names, does not answer (Connection")


@pytest.mark.parametrize("value", ["http://", "http://host:port", "http://[::"])
def test_no_address(value: str) -> None:
    assert [said.message[:27] for said in look_at_proxies({"http_proxy": value})] == ["http_proxy is not the addre"]


def test_two_spellings_that_differ(proxy: str) -> None:
    first, _ = look_at_proxies({"http_proxy": proxy, "HTTP_PROXY": "http://other"})
    assert (first.level, first.message.startswith("http_proxy and HTTP_PROXY differ")) == ("warning", True)


def test_a_service_of_this_machine_goes_past(proxy: str) -> None:
    variables = {"http_proxy": proxy, "AWS_ENDPOINT_URL": "http://localhost:8333"}
    assert [said.level for said in look_at_proxies(variables)] == ["ok", "warning"]
    assert [said.level for said in look_at_proxies({**variables, "no_proxy": "localhost"})] == ["ok"]
