"""Secrets of a fixed environment."""

import os

import pytest

from analysis_jobs.redaction import known

PLAIN = "planted+secret/0123456789"
PEM = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQ\nAb3=\n-----END PRIVATE KEY-----"


@pytest.fixture(autouse=True)
def planted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the environment have these secrets and no others, and nothing be learned yet."""
    for name in os.environ:
        if name not in ("PATH", "HOME", "PYTHONPATH"):
            monkeypatch.delenv(name)
    settings = {
        "AWS_SECRET_ACCESS_KEY": PLAIN,
        "SOME_API_TOKEN": f"{PLAIN}-and-more",
        "MY_PRIVATE_KEY": f"{PEM}\n",
        "DATABASE_URL": "postgres://bob:hunter2secret@db/x",
        "SHORT_TOKEN": "abc",
        "AWS_WEB_IDENTITY_TOKEN_FILE": "/var/run/token",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(known, "_learned", {})
