"""A published job of which everything is known that a record can say, and the paths of what is in a document."""

from collections.abc import Iterator, Mapping
from typing import Any

from analysis_jobs.pipeline import PIPELINE_NAME, PIPELINE_URL
from support.samples import ENVIRONMENT, RUN, outcome

KEY = "3f9a7b1c" * 8
DIGEST = "2f2cc5b4" * 8
COMMIT = "0123456789abcdef0123456789abcdef01234567"
SOURCE = "9c1e55d0" * 8
# Whose names are the user's own
OF_USERS = ("output_parameters", "parameters")


def everything() -> dict[str, Any]:
    """Return what UPLOAD says of a job that has all that a job can have."""
    location = "s3://recordings/ecephys_774659_2026-10-05_14-03-22"
    parts = {"key_version": 1, "inputs": [location], "parameters": {"analysis_name": "rates", "min_spikes": 10}}
    job = {"s3_location": [location], "query": '{"data_level": "derived"}'}
    sources = [{"key": SOURCE, "location": f"s3://results/{SOURCE}/5d41402abc4b2a76"}]
    used = {"kind": "auto", "python": "3.12.11", "digest": DIGEST, "declared": "requirements.txt"}
    image = "registry.example.org/lab/rates:1.2@sha256:" + "ab12" * 16
    return {
        **outcome(KEY),
        "manifest_version": 1,
        "parts": {**parts, "code": "version:rates 1"},
        "job": {**job, "asset_name": [location.rpartition("/")[2]], "sources": sources},
        "outputs": {"rate_hz": {"0": 7.25}},
        "asked": {"memory_bytes": 2**31, "processors": 1, "attempt": 2},
        "inputs_read": [
            {"location": location, "size": 250_000, "etag": "0a1b", "modified": "2026-10-06T08:00:00+00:00"}
        ],
        "storage_bytes_written": 4096,
        "fetched_bytes": 250_000,
        "location": f"s3://results/{KEY}/5d41402abc4b2a76",
        "environment": {**ENVIRONMENT, "container_engine": "docker", "container": image},
        "run": {
            **RUN,
            "pipeline": {**RUN["pipeline"], "name": PIPELINE_NAME, "url": PIPELINE_URL},
            "analysis": "rates",
            "entry": "rates.py",
            "experimenter": "a.scientist@example.org",
            "price_per_hour": 0.5,
            "source": {"kind": "file", "path": "/lab/rates.py", "digest": DIGEST},
            "code": {
                "url": "https://example.org/lab/code.git", "commit": COMMIT, "dirty": True, "pushed": False,
                "run_script": "lab/rates.py",
            },
            "launch": {"started": "2026-01-02T03:00:00+00:00", "jobs": "jobs", "parameters": None, "set": [],
                       "allow_pickle": True},
            "environment": {**used, "packages": ["numpy==2.3.4", "pynwb==3.1.2"]},
            "code_ocean": {"capsule": "7739912"},
        },
    }  # fmt: skip


def paths(document: Any, path: str = "") -> Iterator[str]:
    """Yield the path of each value in a JSON document, with [] for lists, and * for names of the user's own."""
    if isinstance(document, Mapping) and document:
        for name, value in document.items():
            inner = f"{path}.{name}" if path else name
            yield from [f"{inner}.*"] if name in OF_USERS and value else paths(value, inner)
    elif isinstance(document, list) and document:
        for value in document:
            yield from paths(value, f"{path}[]")
    else:
        yield path
