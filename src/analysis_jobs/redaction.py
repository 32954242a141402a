"""Keeping secrets out of everything that is written down: messages, tracebacks and logs."""

import os
import re
from pathlib import Path

HIDDEN = "***"
_SECRET_NAME = re.compile(r"SECRET|TOKEN|PASSWORD|PASSWD|PRIVATE_KEY", re.IGNORECASE)
_PLACE_NAME = re.compile(r"_(FILE|PATH|URI|URL)$", re.IGNORECASE)
_LOGIN = re.compile(r"(?<=://)[^/\s@:]+:[^/\s@]+@")
_OPTION = re.compile(rf"""(--?[\w.-]*(?:{_SECRET_NAME.pattern})[\w.-]*(?:=|\s+))('[^']*'|"[^"]*"|\S+)""", re.IGNORECASE)
_QUERY = re.compile(r"""(://[^\s?'"]+\?)[^\s'"]+""")  # of a signed URL it is the signature
_SHORTEST = 8  # a shorter value would hide ordinary words


def known_secrets() -> list[str]:
    """Return the values of environment variables that their names call secret, the longest first."""
    secrets = {
        value
        for name, value in os.environ.items()
        if _SECRET_NAME.search(name) and not _PLACE_NAME.search(name) and len(value) >= _SHORTEST
    }
    return sorted(secrets, key=len, reverse=True)


def redacted(text: str) -> str:
    """Return a text without the secrets of this environment and without logins in URLs."""
    for secret in known_secrets():
        text = text.replace(secret, HIDDEN)
    return _LOGIN.sub(f"{HIDDEN}@", text)


def redacted_command(line: str) -> str:
    """Return a command line without secrets: as `redacted`, and without options named so and queries of URLs."""
    return _QUERY.sub(rf"\1{HIDDEN}", _OPTION.sub(rf"\1{HIDDEN}", redacted(line)))


def redact_file(path: Path) -> None:
    """Rewrite a file without the secrets of this environment, if it has any."""
    secrets = [secret.encode() for secret in known_secrets()]
    if not secrets or not path.exists():
        return
    with path.open("rb") as file:
        if not any(secret in line for line in file for secret in secrets):
            return
    unfinished = path.with_name(f"{path.name}.unfinished")
    with path.open("rb") as file, unfinished.open("wb") as clean:
        for line in file:
            for secret in secrets:
                line = line.replace(secret, HIDDEN.encode())
            clean.write(line)
    unfinished.rename(path)
