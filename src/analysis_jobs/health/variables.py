"""Variables of the environment that are half set, contradict each other, or name files that are not there.

Their values are secrets or may hold some: only names are told, and paths.
"""

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from analysis_jobs.health.diagnosis import Said, broken, doubtful, fine
from analysis_jobs.health.given import Given
from analysis_jobs.wording import listed

# Of which one is no use without the others
_TOGETHER = (
    ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
    ("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN"),
    ("PGSSLCERT", "PGSSLKEY"),
)
_FILES = (
    "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CA_BUNDLE", "AWS_WEB_IDENTITY_TOKEN_FILE",
    "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE",
    "PGPASSFILE", "PGSERVICEFILE", "PGSSLROOTCERT", "PGSSLCERT", "PGSSLKEY",
)  # fmt: skip
_NUMBERS = {"ANALYSIS_RETRY_SECONDS": float, "ANALYSIS_MAX_REQUESTS": int}
_DOCDB = ("DOCDB_HOST", "DOCDB_VERSION", "DOCDB_DATABASE", "DOCDB_COLLECTION")
_CODE_OCEAN = ("ANALYSIS_BUCKET", "DOCDB_COLLECTION", "CODEOCEAN_EMAIL")


def look_at_variables(given: Given, variables: Mapping[str, str] = os.environ) -> Iterator[Said]:
    """Say what of the environment cannot be meant so."""
    found = [
        *_half_set(variables),
        *_of_docdb(given, variables),
        *_of_aws(variables),
        *_files(variables),
        *_numbers(variables),
        *_of_code_ocean(given, variables),
    ]
    yield from found or [fine("no variable is half set, or names what is not there")]


def _half_set(variables: Mapping[str, str]) -> Iterator[Said]:
    for together in _TOGETHER:
        lacking = [name for name in together if not variables.get(name)]
        if lacking and len(lacking) < len(together):
            there = [name for name in together if name not in lacking]
            yield broken(f"{listed(there)} is set without {listed(lacking)}; set both, or neither")
    if variables.get("AWS_SESSION_TOKEN") and not variables.get("AWS_ACCESS_KEY_ID"):
        yield doubtful("AWS_SESSION_TOKEN is set without keys, and is not used; set all three, or unset it")


def _of_docdb(given: Given, variables: Mapping[str, str]) -> Iterator[Said]:
    is_used = given.store_place == "docdb"
    there = [name for name in _DOCDB if variables.get(name)]
    if there and "DOCDB_COLLECTION" not in there and not is_used:  # else the store says so itself
        yield doubtful(f"{listed(there)} is set without DOCDB_COLLECTION; --store docdb needs that, too")
    if "://" in variables.get("DOCDB_HOST", ""):
        yield broken("DOCDB_HOST begins with a scheme, such as https://; give the name of the host alone")


def _of_aws(variables: Mapping[str, str]) -> Iterator[Said]:
    if variables.get("AWS_PROFILE") and variables.get("AWS_ACCESS_KEY_ID"):
        yield doubtful(
            "AWS_PROFILE and AWS_ACCESS_KEY_ID are both set, and the key counts; unset the one that is not meant"
        )
    regions = {variables.get(name) for name in ("AWS_REGION", "AWS_DEFAULT_REGION")} - {None, ""}
    if len(regions) > 1:
        yield doubtful("AWS_REGION and AWS_DEFAULT_REGION differ, and the first counts; unset one of them")
    if variables.get("ANALYSIS_BUCKET") == "":
        yield broken("ANALYSIS_BUCKET is set and empty, so that the bucket has no name; set it, or unset it")


def _files(variables: Mapping[str, str]) -> Iterator[Said]:
    for name in _FILES:
        if (path := variables.get(name)) and not os.access(os.path.expanduser(path), os.R_OK):
            what = "may not be read" if os.path.exists(os.path.expanduser(path)) else "is not there"
            yield broken(f"{name} names {path}, which {what}; change it, or unset {name}")
    passwords = Path(variables.get("PGPASSFILE") or Path(variables.get("HOME") or "/", ".pgpass"))
    if passwords.is_file() and stat.S_IMODE(passwords.stat().st_mode) & 0o077:
        yield doubtful(f"{passwords} may be read by others, so PostgreSQL does not use it; chmod 600 {passwords}")


def _numbers(variables: Mapping[str, str]) -> Iterator[Said]:
    for name, kind in _NUMBERS.items():
        try:
            kind(variables.get(name) or 1)
        except ValueError:
            yield broken(f"{name} is not a number; give one, or unset it")


def _of_code_ocean(given: Given, variables: Mapping[str, str]) -> Iterator[Said]:
    if "codeocean" in given.profiles and (lacking := [name for name in _CODE_OCEAN if not variables.get(name)]):
        yield broken(
            f"the environment lacks {listed(lacking)}, which -profile codeocean needs; set it in the environment of "
            "the capsule"
        )
