"""The checker of RO-Crate profiles, without a network."""

import io
import json
import logging
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from requests_cache import CachedSession
from rocrate import vocabs
from rocrate_validator.models import Severity, ValidationSettings
from rocrate_validator.services import validate
from rocrate_validator.utils.log import basicConfig
from urllib3 import HTTPResponse

basicConfig(logging.ERROR)  # it would warn at the end of all tests that it cannot look into S3
CONTEXT = "https://w3id.org/ro/crate/1.1/context"


_BIOSCHEMAS = "https://bioschemas.org/ComputationalWorkflow"
# What 1.1 calls otherwise than 1.3, of the words in our crates.
_OF_1_1 = {
    "ComputationalWorkflow": _BIOSCHEMAS,
    "FormalParameter": "https://bioschemas.org/FormalParameter",
    "input": f"{_BIOSCHEMAS}#input",
    "output": f"{_BIOSCHEMAS}#output",
}


class _Bundled(HTTPAdapter):
    """Answers with the context of RO-Crate 1.1, made of that of 1.3, which rocrate bundles."""

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:
        context = {"@context": {**vocabs.RO_CRATE["@context"], **_OF_1_1}}
        body = io.BytesIO(json.dumps(context).encode())
        headers = {"Content-Type": "application/ld+json"}
        answer = HTTPResponse(body, headers, 200, preload_content=False, request_url=request.url)
        return self.build_response(request, answer)


def problems(crate: Path, profile: str, cache: Path, severity: Severity = Severity.REQUIRED) -> list[str]:
    """Return what the checker says against a crate, by a profile and all that it builds on."""
    with CachedSession(str(cache), backend="sqlite") as session:
        session.mount("https://", _Bundled())
        session.get(CONTEXT)
    settings = ValidationSettings(
        rocrate_uri=str(crate),
        profile_identifier=profile,
        requirement_severity=severity,
        cache_path=cache,
        offline=True,
        skip_availability_check=True,
    )
    return [f"{issue.check.identifier}: {issue.message}" for issue in validate(settings).get_issues()]


pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")  # of the checker


def graph(crate: Path) -> dict[str, dict[str, Any]]:
    found = json.loads((crate / "ro-crate-metadata.json").read_text())["@graph"]
    return {entity["@id"]: entity for entity in found}


def names(references: Any) -> list[str]:
    return [one["@id"] for one in references]
