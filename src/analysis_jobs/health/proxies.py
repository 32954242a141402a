"""Proxies: which are named, whether they answer, and what goes past them."""

import os
import socket
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]  # not in the stubs

from analysis_jobs.health.diagnosis import Said, broken, doubtful, fine
from analysis_jobs.wording import listed

_NAMES = ("http_proxy", "https_proxy", "all_proxy")
_SECONDS = 5.0
_PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}
_ADDRESSES = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3")


def look_at_proxies(variables: Mapping[str, str] = os.environ) -> Iterator[Said]:
    """Say which proxies are named, and what is wrong with them."""
    named = {name: value for name in _NAMES if (value := variables.get(name) or variables.get(name.upper()))}
    for name in (*_NAMES, "no_proxy"):
        small, large = variables.get(name), variables.get(name.upper())
        if small and large and small != large:
            yield doubtful(f"{name} and {name.upper()} differ, and programs take one or the other; set both alike")
    if not named:
        yield fine("no proxy is named")
        return
    broken_ones = [said for name, value in named.items() for said in _answers(name, value)]
    yield from broken_ones
    if not broken_ones:
        yield fine(
            f"{listed(sorted(named))} {'is' if len(named) == 1 else 'are'} set, and answer{'s' * (len(named) == 1)}"
        )
    yield from _past(variables)


def _answers(name: str, value: str) -> Iterator[Said]:
    try:
        parts = urlsplit(value if "://" in value else f"http://{value}")
        host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 80)
    except ValueError:
        host, port = "", 0
    if not host:
        yield broken(f"{name} is not the address of a proxy; give http://HOST:PORT, or unset it")
        return
    try:
        socket.create_connection((host, port), timeout=_SECONDS).close()
    except OSError as error:
        yield broken(
            f"the proxy {host}:{port}, which {name} names, does not answer ({error.strerror or error}); change "
            f"{name}, or unset it"
        )


def _past(variables: Mapping[str, str]) -> Iterator[Said]:
    """Say which services of this machine or network would be asked through a proxy."""
    bypass = {"no": variables.get("no_proxy") or variables.get("NO_PROXY") or ""}
    for name in _ADDRESSES:
        host = urlsplit(variables.get(name) or "").hostname or ""
        if host in ("localhost", "127.0.0.1", "::1") and not proxy_bypass_environment(host, bypass):
            yield doubtful(f"{name} is on this machine, and a proxy would be asked for it; add {host} to no_proxy")
