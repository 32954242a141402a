"""uv is set up as pip is, where nobody has set up uv."""

from pathlib import Path

import pytest
from support.samples import write_files

from analysis_jobs.environments.site import site_variables


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_CERT", "UV_DEFAULT_INDEX"):
        monkeypatch.delenv(name, raising=False)
    for name in (
        "ALL_PROXY",
        "SSL_CLIENT_CERT",
        "UV_INSECURE_HOST",
        "TMPDIR",
        "XDG_CACHE_HOME",
        "SSL_CERT_DIR",
        "NETRC",
    ):
        monkeypatch.delenv(name, raising=False)
    for name in ("UV_INDEX", "UV_FIND_LINKS", "UV_CACHE_DIR", "UV_CONFIG_FILE", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)


def test_what_pip_is_set_up_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "wheels").mkdir()
    conf = "[global]\nindex-url = https://host/simple\nextra-index-url =\n    https://a/simple\n    https://b/simple\n"
    write_files(tmp_path, {"pip.conf": f"{conf}find-links = {tmp_path}/wheels /not/there https://host/wheels\n"})
    found = site_variables()
    assert found["UV_DEFAULT_INDEX"] == "https://host/simple"
    assert found["UV_INDEX"] == "https://a/simple https://b/simple"
    assert found["UV_FIND_LINKS"] == f"{tmp_path}/wheels,https://host/wheels"
    # A variable of pip's before its files, and one of uv's before both
    monkeypatch.setenv("PIP_INDEX_URL", "https://nearer/simple")
    assert site_variables()["UV_DEFAULT_INDEX"] == "https://nearer/simple"
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://nearest/simple")
    assert site_variables()["UV_DEFAULT_INDEX"] == "https://nearest/simple"


def test_how_pip_reaches_an_index(tmp_path: Path) -> None:
    conf = "[global]\nproxy = http://proxy:3128\ntrusted-host =\n    a\n    b\nclient-cert = /etc/mine.pem\n"
    write_files(tmp_path, {"pip.conf": conf})
    found = site_variables()
    assert found["ALL_PROXY"] == "http://proxy:3128"
    assert found["UV_INSECURE_HOST"] == "a b"
    assert found["SSL_CLIENT_CERT"] == "/etc/mine.pem"


def test_who_has_set_up_uv_is_not_told_of_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://host/other")
    write_files(tmp_path, {"uv/uv.toml": ""})
    assert site_variables() == {}


def test_paths_are_meant_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_FIND_LINKS", "wheels,./more,/opt/w,https://host/wheels")
    monkeypatch.setenv("UV_CACHE_DIR", "a,b")
    monkeypatch.setenv("UV_CONSTRAINT", "one.txt two.txt")
    (tmp_path / "simple").mkdir()
    monkeypatch.setenv("UV_INDEX", "simple ours=./simple https://host/simple gone")
    found = site_variables()
    assert found["UV_FIND_LINKS"] == f"{tmp_path}/wheels,{tmp_path}/more,/opt/w,https://host/wheels"
    assert found["UV_CACHE_DIR"] == f"{tmp_path}/a,b"
    assert found["UV_CONSTRAINT"] == f"{tmp_path}/one.txt {tmp_path}/two.txt"
    assert found["UV_INDEX"] == f"{tmp_path}/simple ours={tmp_path}/simple https://host/simple gone"
