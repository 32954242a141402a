"""Addresses of inputs that have a login or a signature: recorded without it, and whole only in what ANALYZE gets."""

import json
import zlib
from base64 import b85decode, b85encode
from collections.abc import Iterable, Mapping

from analysis_jobs.documents import Entry, JobDocument
from analysis_jobs.redaction.addresses import open_address, secrets_of
from analysis_jobs.redaction.known import learn


def whole_addresses(locations: Iterable[str]) -> dict[str, str]:
    """Return by what is recorded of it the whole of each location that is recorded without a login or a signature."""
    return {recorded: location for location in locations if (recorded := open_address(location)) != location}


def input_locations(job: JobDocument) -> list[str]:
    """Return the locations to analyse, as they are recorded: the files where they are given, else the assets."""
    return job.get("file_location") or job["s3_location"]


def opened_inputs(job: JobDocument, whole: Mapping[str, str]) -> dict[str, str]:
    """Return what opens each input of a job, by its location as it is recorded."""
    return {location: whole.get(location, location) for location in input_locations(job)}


def packed_addresses(addresses: Mapping[str, str]) -> str:
    """Return addresses as a batch file has them: not to be seen or found by accident, though by whoever wants to."""
    return b85encode(zlib.compress(json.dumps(addresses).encode())).decode()


def addresses_of(entry: Entry) -> dict[str, str]:
    """Return the whole addresses of a job's inputs, by what is recorded of them; their secrets are known then."""
    if "addresses" not in entry:
        return {}
    addresses: dict[str, str] = json.loads(zlib.decompress(b85decode(entry["addresses"])))
    for address in addresses.values():
        learn(secrets_of(address), "the address of an input")
    return addresses
