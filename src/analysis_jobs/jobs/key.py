"""The identity of a job: what makes two jobs the same."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from analysis_jobs.json_values import canonical_json

KEY_VERSION = 1


def normalized_inputs(inputs: Iterable[str]) -> list[str]:
    """Return the locations sorted and without trailing slashes: the order of inputs is not part of a job."""
    return sorted(location.rstrip("/") or location for location in inputs)


def key_parts(inputs: Iterable[str], parameters: Mapping[str, Any], code: str) -> dict[str, Any]:
    """Return exactly what the key is computed from.

    Parameters
    ----------
    inputs
        Locations of the input data.
    parameters
        The parameters as the specification typed and completed them, as JSON values.
    code
        ``sha256:<digest>`` of the analysis' source files, or ``version:<text>`` in the user's own words.

    Returns
    -------
    dict
        `key_version`, `inputs`, `parameters` and `code`; stored beside the key, so that two can be compared.
    """
    return {
        "key_version": KEY_VERSION,
        "inputs": normalized_inputs(inputs),
        "parameters": dict(parameters),
        "code": code,
    }


def job_key(parts: Mapping[str, Any]) -> str:
    """Return the key of a job: the SHA-256, in hexadecimal, of the canonical JSON of its parts.

    Numbers count by their value: 1 and 1.0 are the same, as they are in JSON.
    """
    return hashlib.sha256(canonical_json(_by_value(parts)).encode()).hexdigest()


def same_value(one: Any, other: Any) -> bool:
    """Return whether two JSON values are the same for a key: 1 and 1.0 are, 1 and true are not."""
    return canonical_json(_by_value(one)) == canonical_json(_by_value(other))


def _by_value(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, Mapping):
        return {name: _by_value(item) for name, item in value.items()}
    return [_by_value(item) for item in value] if isinstance(value, list) else value
