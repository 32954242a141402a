"""How a site has set up pip, for uv, which does not read that: its own index, certificates, folders of wheels.

Imports within functions are for a quick start.
"""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

# What uv calls a setting of pip's, and what separates several values there
_OF_PIP = {
    "index-url": ("UV_DEFAULT_INDEX", " "),
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "cert": ("SSL_CERT_FILE", " "),
    "client-cert": ("SSL_CLIENT_CERT", " "),
    "trusted-host": ("UV_INSECURE_HOST", " "),
    "proxy": ("ALL_PROXY", " "),
}
# Variables that hold paths, which are meant from the folder where somebody calls us, as uv runs elsewhere; and what
# separates several paths there
_PATHS = {
    "UV_FIND_LINKS": ",",
    "UV_CONSTRAINT": " ",
    "UV_BUILD_CONSTRAINT": " ",
    "UV_OVERRIDE": " ",
    **dict.fromkeys(("UV_CACHE_DIR", "UV_CONFIG_FILE", "UV_PYTHON_INSTALL_DIR", "UV_PYTHON_CACHE_DIR"), ""),
    **dict.fromkeys(("SSL_CERT_FILE", "SSL_CERT_DIR", "SSL_CLIENT_CERT", "NETRC", "XDG_CACHE_HOME", "TMPDIR"), ""),
}
# The same, where each may also be an address, or have a name before it
_INDEXES = ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL")


def site_variables() -> dict[str, str]:
    """Return the environment variables of uv that this site wants: those that are set, then what pip is set up with.

    Where a site has set up uv itself, in a ``uv.toml``, that counts and pip's is not looked at.
    """
    of_pip = {} if any(path.is_file() for path in _set_up_for_uv()) else _of_pip(tuple(_variables_of_pip()))
    found = {**of_pip, **{name: value for name in (*of_pip, *_PATHS, *_INDEXES) if (value := os.environ.get(name))}}
    return {name: _whole(name, value) for name, value in found.items()}


def _set_up_for_uv() -> Iterator[Path]:
    if named := os.environ.get("UV_CONFIG_FILE"):
        yield Path(named)
    yield Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config", "uv", "uv.toml")
    yield Path("/etc/uv/uv.toml")


def _variables_of_pip() -> Iterator[tuple[str, str]]:
    return ((name, value) for name, value in sorted(os.environ.items()) if name.startswith("PIP_"))


@cache  # as it takes a third of a second
def _of_pip(variables: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Return what pip is set up with, in variables of uv's; pip itself says it, as it merges files and variables.

    By the latter it is remembered.
    """
    del variables
    if find_spec("pip") is None:
        return {}
    words = [sys.executable, "-I", "-m", "pip", "--disable-pip-version-check", "config", "list"]
    said = subprocess.run(words, capture_output=True, text=True).stdout
    found: dict[str, str] = {}
    for line in said.splitlines():  # the nearest first
        name, _, value = line.partition("=")
        setting = _OF_PIP.get(name.rpartition(".")[2])
        if setting and setting[0] not in found and (values := _values(value, name)):
            found[setting[0]] = setting[1].join(values)
    return found


def _values(text: str, name: str) -> list[str]:
    values = str(ast.literal_eval(text)).split()
    if not name.endswith(".find-links"):
        return values
    return [one for one in values if "://" in one or os.path.isdir(one)]  # uv ends at one that is not there


def _whole(name: str, value: str) -> str:
    if name in _INDEXES:
        return " ".join(map(_whole_index, value.split()))
    if name not in _PATHS:
        return value
    separator = _PATHS[name]
    paths = value.split(separator) if separator else [value]
    return separator.join(one if not one or "://" in one else os.path.abspath(one) for one in paths)


def _whole_index(text: str) -> str:
    name, equals, place = text.rpartition("=") if "://" not in text else ("", "", text)
    return f"{name}{equals}{os.path.abspath(place)}" if os.path.isdir(place) else text
