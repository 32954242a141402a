"""The names that a job file has: which are known, which are likely meant, and which belong elsewhere."""

import re
from collections.abc import Collection, Iterable, Mapping
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any

from analysis_jobs.errors import InvalidInput
from analysis_jobs.wording import shown

# Fields that decide on what is computed; the others only tell about it.
DECISIVE = ("s3_location", "file_location", "distributed_parameters")
# How alike a name must be to be taken for a misspelt one: names that decide nothing may resemble others.
_NEAR, _VERY_NEAR = 0.75, 0.85
_SAME_MEANING = {
    "s3_location": ("location", "locations", "input", "inputs", "path", "paths", "s3_path", "s3_url", "s3_uri"),
    "file_location": ("file", "files", "file_path", "file_paths", "file_extension_locations"),
}
_PARAMETERS = re.compile(r".*(parameters?|params?)")
_CODE_FIELDS = ("url", "name", "version", "commit_hash", "container", "run_script", "language", "input_data")


def unknown_fields(job: Mapping[str, Any], known: Collection[str]) -> list[str]:
    """Return the names of a job file that no job has.

    Parameters
    ----------
    job
        What the file holds.
    known
        The fields of a job.

    Raises
    ------
    InvalidInput
        If one of them is likely a known one, misspelt, or belongs elsewhere: what it says would be lost.
    """
    unknown = [name for name in job if name not in known]
    meant = [name for name in known if name != "sources"]  # which is written by our dispatch, and near to `resources`
    for name in unknown:
        if job[name] is None:
            continue
        if nearest := likely_meant(name, meant, DECISIVE):
            raise InvalidInput(f"{name!r} is not a field of a job file; did you mean {nearest!r}?")
        if _PARAMETERS.fullmatch(plain(name)):
            raise InvalidInput(
                f"{name!r} is not a field of a job file; write this job's parameters into "
                "'distributed_parameters', and those of all jobs into the parameters file"
            )
    return unknown


def check_code(code: object) -> None:
    """Check the parameters that a dispatcher noted in ``analysis_code``.

    Raises
    ------
    InvalidInput
        If they are no object, or their name is misspelt.
    """
    if not isinstance(code, dict):
        return
    for name in code.keys() - {"parameters", *_CODE_FIELDS}:
        if likely_meant(name, ("parameters", *_CODE_FIELDS), ("parameters",)) == "parameters":
            raise InvalidInput(f"{name!r} is not a field of analysis_code; did you mean 'parameters'?")
    if (parameters := code.get("parameters")) and not isinstance(parameters, dict):
        raise InvalidInput(f"analysis_code.parameters is {shown(parameters)}; write an object of parameters")


def likely_meant(name: str, known: Iterable[str], decisive: Collection[str]) -> str | None:
    """Return the known name that an unknown one is likely meant for, or None if it is near none."""
    bare = plain(name)
    for field, names in _SAME_MEANING.items():
        if field in decisive and bare in map(plain, names):
            return field
    alike = {field: _likeness(name, field) for field in known}
    near = [field for field in alike if alike[field] >= (_NEAR if field in decisive else _VERY_NEAR)]
    begun = [field for field in decisive if plain(field).startswith(bare) and 2 * len(bare) >= len(plain(field))]
    return max(near, key=alike.__getitem__) if near else begun[0] if begun else None


@lru_cache(10_000)  # files of one dispatcher have the same names
def _likeness(name: str, field: str) -> float:
    pairs = ((name.lower(), field), (plain(name), plain(field)))
    return max(SequenceMatcher(None, *pair).ratio() for pair in pairs)


def plain(name: str) -> str:
    """Return a name without what differs between ways to write it: case, blanks, dashes and underscores."""
    return re.sub(r"[\W_]+", "", name).lower()
