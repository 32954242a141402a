"""No secret of the environment in messages, tracebacks and logs."""

import sys
from pathlib import Path

import pytest

from analysis_jobs.errors import InvalidInput
from analysis_jobs.process import run_script
from analysis_jobs.redaction import redact_file, redacted, redacted_command

SECRET = "planted+secret/0123456789"


@pytest.fixture(autouse=True)
def planted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("SOME_API_TOKEN", f"{SECRET}-and-more")
    monkeypatch.setenv("SHORT_TOKEN", "abc")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "/var/run/token")


def test_values_are_hidden() -> None:
    assert (
        redacted(f"key {SECRET}, token {SECRET}-and-more, abc, /var/run/token")
        == "key ***, token ***, abc, /var/run/token"
    )


def test_logins_in_urls_are_hidden() -> None:
    assert (
        redacted("https://me:pass@host/x and https://host/a@b and s3://b/c")
        == "https://***@host/x and https://host/a@b and s3://b/c"
    )


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("nextflow run main.nf --set.cutoff 0.8", "nextflow run main.nf --set.cutoff 0.8"),
        ("run --set.api_token abc --x 1", "run --set.api_token *** --x 1"),
        ("run --set.api_token=abc --x 1", "run --set.api_token=*** --x 1"),
        ("run --set.dbPassword 'two words' --x", "run --set.dbPassword *** --x"),
        ("run --jobs https://me:pass@host/x", "run --jobs https://***@host/x"),
        ("run --jobs 'https://host/x?X-Amz-Signature=1f&a=b'", "run --jobs 'https://host/x?***'"),
        (f"run --name {SECRET}", "run --name ***"),
    ],
)
def test_command_lines(line: str, kept: str) -> None:
    assert redacted_command(line) == kept


def test_messages(capsys: pytest.CaptureFixture[str]) -> None:
    def main() -> None:
        raise InvalidInput(f"wrong: {SECRET}")

    with pytest.raises(SystemExit):
        run_script(main)
    assert capsys.readouterr().err == "error: wrong: ***\n"


def test_tracebacks(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)

    def main() -> None:
        raise KeyError(SECRET)

    try:
        run_script(main)
    except KeyError:
        sys.excepthook(*sys.exc_info())
    said = capsys.readouterr().err
    assert said.endswith("KeyError: '***'\n")
    assert SECRET not in said


def test_files(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"before\n\xff" + SECRET.encode() + b" after\n" + b"x" * 100_000)
    redact_file(log)
    assert log.read_bytes() == b"before\n\xff*** after\n" + b"x" * 100_000
    inode = log.stat().st_ino
    redact_file(log)
    assert log.stat().st_ino == inode, "nothing to hide, nothing written"
    redact_file(tmp_path / "not there")
    assert [path.name for path in tmp_path.iterdir()] == ["log"]
