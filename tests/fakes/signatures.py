"""Checks requests that are signed as AWS wants it (Signature Version 4), as API Gateway does."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from .keys import READER, REGION, WRITER, Keys

_SERVICE = "execute-api"
_MAY_DIFFER = timedelta(minutes=5)
_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/,]+)/(?P<day>\d{8})/(?P<region>[^/,]+)/(?P<service>[^/,]+)/aws4_request, ?"
    r"SignedHeaders=(?P<headers>[^,]+), ?Signature=(?P<signature>[0-9a-f]{64})"
)


def refusal(method: str, url: str, headers: Mapping[str, str], body: bytes) -> str | None:
    """Return why this request may not write, in the words of API Gateway, or None if it may."""
    if "authorization" not in headers:
        return "Missing Authentication Token"
    claims = _AUTHORIZATION.fullmatch(headers["authorization"])
    if not claims or "host" not in claims["headers"].split(";"):
        return "Authorization header is not in the form that Signature Version 4 wants"
    keys = next((keys for keys in (WRITER, READER) if keys.access_key == claims["key"]), None)
    if keys is None:
        return "The security token included in the request is invalid."
    if (claims["region"], claims["service"]) != (REGION, _SERVICE):
        return f"Credential should be scoped to region {REGION!r} and service {_SERVICE!r}, not {claims[0]!r}"
    date = headers.get("x-amz-date", "")
    if not _is_now(date, claims["day"]):
        return f"Signature expired: {date}"
    signature = _signature(keys, method, url, headers, body, claims["headers"])
    if not hmac.compare_digest(signature, claims["signature"]) or not _is_of(body, headers):
        return (
            "The request signature we calculated does not match the signature you provided. "
            "Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
        )
    if keys != WRITER:
        return f"User: {keys.access_key} is not authorized to perform: execute-api:Invoke on resource: {url}"
    return None


def _is_now(date: str, day: str) -> bool:
    try:
        signed = datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return False
    return date.startswith(day) and abs(datetime.now(UTC) - signed) < _MAY_DIFFER


def _is_of(body: bytes, headers: Mapping[str, str]) -> bool:
    """Whether the body is the one whose digest was signed, if that was sent: botocore believes it."""
    digest = hashlib.sha256(body).hexdigest()
    return headers.get("x-amz-content-sha256", digest) == digest


def _signature(keys: Keys, method: str, url: str, headers: Mapping[str, str], body: bytes, signed: str) -> str:
    """Sign what came, with the secret that it ought to have been signed with."""
    request = AWSRequest(method, url, {name: headers.get(name, "") for name in signed.split(";")}, body)
    request.context["timestamp"] = headers["x-amz-date"]
    auth = SigV4Auth(Credentials(*keys), _SERVICE, REGION)
    return auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
