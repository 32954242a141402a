"""Logins and signatures in addresses."""

import pytest

from analysis_jobs.redaction.addresses import hidden_in_addresses, open_address, secrets_of

# Of an address, what is recorded of it, and what nobody is to see
ADDRESSES = {
    "https://u:p%40ss@host/x": ("https://host/x", ["p%40ss", "p@ss"]),
    "https://ghp_token@host/x": ("https://host/x", ["ghp_token"]),
    "https://u:p@ss@host/x": ("https://host/x", ["p@ss"]),
    "https://u:p/w@host/x": ("https://host/x", ["p/w"]),
    "s3://KEY:word@bucket/a": ("s3://bucket/a", ["word"]),
    "sftp://jane@host/a": ("sftp://host/a", []),
    "https://h/x?versionId=3&X-Amz-Algorithm=A&X-Amz-Credential=C&X-Amz-Date=D&X-Amz-Signature=S&part=2": (
        "https://h/x?versionId=3&part=2",
        ["C", "S"],
    ),
    "https://h/x?AWSAccessKeyId=A&Expires=1&Signature=S": ("https://h/x", ["A", "S"]),
    "https://h/x?X-Goog-Signature=S&X-Goog-Date=D": ("https://h/x", ["S"]),
    "https://h/x?sv=2&sr=b&se=3&sig=S%2F&comp=1": ("https://h/x?comp=1", ["S%2F", "S/"]),
    "https://h/x?Policy=P&Signature=S&Key-Pair-Id=K": ("https://h/x", ["S"]),
    "https://h/x?access_token=T#part": ("https://h/x#part", ["T"]),
    "https://h/x#access_token=T": ("https://h/x", ["T"]),
    "https://h/x?refresh_token=T": ("https://h/x", ["T"]),
    "https://h/x?token=T": ("https://h/x", ["T"]),
}
OPEN = [
    "test",
    "/data/a:b@c/d?x=1",
    "s3://bucket/a@b?x",
    "https://host:8080/a@b",
    "http://[::1]:80/a@b",
    "https://h/x?",
    "https://h/x?expires=3&sv=1",
    "https://h/x?pageToken=3&key=session1&code=7",
    "https://h/x?versionId=3#a",
    "file:///C:/x@y",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_what_opens_an_address_is_not_recorded(address: str) -> None:
    recorded, secrets = ADDRESSES[address]
    assert open_address(address) == recorded
    assert sorted(set(secrets_of(address))) == sorted(secrets)
    assert open_address(recorded) == recorded


@pytest.mark.parametrize("address", OPEN)
def test_an_address_without_either_stays_as_it_is(address: str) -> None:
    assert open_address(address) == address
    assert list(secrets_of(address)) == []


TEXTS = {
    "at https://me:pass@host/x and https://host/a@b": "at https://***@host/x and https://host/a@b",
    "('https://me:p@ss@host/x',)": "('https://***@host/x',)",
    "git+https://ghp_x@github.com/a": "git+https://***@github.com/a",
    "ssh://git@github.com/a, sftp://jane@h": "ssh://git@github.com/a, sftp://jane@h",
    "postgres://bob:p/w#d@db/x": "postgres://***@db/x",
    '"https:\\/\\/me:pass@host\\/x"': '"https:\\/\\/***@host\\/x"',
    "GET /a?X-Amz-Signature=1f&x=2 HTTP": "GET /a?X-Amz-Signature=***&x=2 HTTP",
    "?a=1\\u0026sig=abc\\u0026b=2": "?a=1\\u0026sig=***\\u0026b=2",
    "https%3A%2F%2Fh%2Fx%3FX-Amz-Signature%3Dabc%26x%3D2": "https%3A%2F%2Fh%2Fx%3FX-Amz-Signature%3D***%26x%3D2",
    "<https://h/x?access_token=abc>": "<https://h/x?access_token=***>",
    "http://localhost:8080/a@b, mail bob@x.org": "http://localhost:8080/a@b, mail bob@x.org",
    "design?signal=1&designer=x": "design?signal=1&designer=x",
}


@pytest.mark.parametrize("text", TEXTS)
def test_addresses_in_texts(text: str) -> None:
    assert hidden_in_addresses(text) == TEXTS[text]
    assert hidden_in_addresses(TEXTS[text]) == TEXTS[text]
