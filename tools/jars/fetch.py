#!/usr/bin/env python3
"""Fetches the files that a list names from Maven Central, several at a time, each held against its SHA-256.

Usage: tools/jars/fetch.py LIST FOLDER    MAVEN_MIRROR may name another server of the same files

What is in the folder already stays, so that a fetch that was interrupted goes on where it was. Needs Python only.
"""

import concurrent.futures
import contextlib
import hashlib
import http.client
import os
import ssl
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import NamedTuple

# No other file of the project names it
SERVER = os.environ.get("MAVEN_MIRROR") or "https://repo.maven.apache.org/maven2"
HOST = urllib.parse.urlsplit(SERVER).hostname or SERVER  # without a password, if it has one
AT_ONCE = 8
PAUSES = (1, 3, 9)  # seconds until it is tried again
SILENCE = 30  # seconds
CHUNK = 1 << 16
REFUSALS = (401, 403, 404, 407, 410)  # HTTP: to ask again changes nothing


class FetchError(Exception):
    """A file cannot be had, or is not the one that is wanted."""


class Wanted(NamedTuple):
    """A file: its SHA-256, and its path on the server."""

    digest: str
    path: str

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


def read_list(text: str) -> list[Wanted]:
    return [Wanted(*line.split()) for line in text.splitlines() if line and not line.startswith("#")]


def fetch_all(files: list[Wanted], folder: Path) -> None:
    """Fetch what is not there yet; the first failure ends it."""
    folder.mkdir(parents=True, exist_ok=True)
    context = _context()
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        fetches = [pool.submit(_fetch, file, folder, context) for file in files]
        try:
            for fetch in concurrent.futures.as_completed(fetches):
                fetch.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _context() -> ssl.SSLContext:
    """Trust the system's certificates, and those of pip, as some Pythons do not find the system's."""
    context = ssl.create_default_context()
    with contextlib.suppress(ImportError, OSError):
        from pip._vendor import certifi

        context.load_verify_locations(certifi.where())
    return context


def _fetch(file: Wanted, folder: Path, context: ssl.SSLContext) -> None:
    target = folder / file.name
    if target.exists() and hashlib.sha256(target.read_bytes()).hexdigest() == file.digest:
        return
    for pause in (*PAUSES, None):
        try:
            return _download(file, target, context)
        except FetchError:
            if pause is None:
                raise
        except (OSError, http.client.HTTPException) as error:
            if pause is None or getattr(error, "code", None) in REFUSALS:
                raise FetchError(
                    f"{file.name} could not be fetched from {HOST} ({error}): see that this machine reaches it, "
                    "or name a mirror of Maven Central (MAVEN_MIRROR=https://...)."
                ) from error
        time.sleep(pause)


def _download(file: Wanted, target: Path, context: ssl.SSLContext) -> None:
    """Write the file under another name, and give it its own once it is what it should be."""
    part, digest = target.with_name(f"{target.name}.part"), hashlib.sha256()
    try:
        with urllib.request.urlopen(f"{SERVER}/{file.path}", timeout=SILENCE, context=context) as answer:
            with part.open("wb") as output:
                while chunk := answer.read(CHUNK):
                    output.write(chunk)
                    digest.update(chunk)
            if answer.length:  # bytes that it had announced
                raise http.client.IncompleteRead(b"", answer.length)
        if digest.hexdigest() != file.digest:
            raise FetchError(
                f"{file.name}, as {HOST} sends it, is not the expected file: its SHA-256 is "
                f"{digest.hexdigest()}, and not {file.digest}. Try again, or name a mirror of Maven Central (MAVEN_MIRROR=https://...)."
            )
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


if __name__ == "__main__":
    listing, folder = map(Path, sys.argv[1:])
    try:
        fetch_all(read_list(listing.read_text(encoding="utf-8")), folder)
    except FetchError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
