"""Our own package as a wheel that was not built."""

import hashlib
import zipfile
from base64 import urlsafe_b64encode
from pathlib import Path
from types import SimpleNamespace

import pytest
from support.samples import write_files

from analysis_jobs.environments import own_package
from analysis_jobs.environments.own_package import extras_by_url, own_digest, own_requirement, write_wheel
from analysis_jobs.pipeline import __version__


def test_it_has_our_files_and_says_what_it_needs(tmp_path: Path) -> None:
    with zipfile.ZipFile(write_wheel(tmp_path)) as wheel:
        names = wheel.namelist()
        assert {"analysis_jobs/__init__.py", "analysis_jobs/report/templates/report.html"} <= set(names)
        (record,) = (name for name in names if name.endswith("/RECORD"))
        lines = [line.split(",") for line in wheel.read(record).decode().splitlines()]
        assert [line[0] for line in lines] == names
        for name, digest, size in lines[:-1]:
            content = wheel.read(name)
            known = urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            assert (digest, size) == (f"sha256={known}", str(len(content)))
        about = wheel.read(record.replace("RECORD", "METADATA")).decode()
    assert "Requires-Dist: pydantic>=2.10\n" in about
    assert "extra == 'nwb'" in about


def test_the_same_gives_the_same(tmp_path: Path) -> None:
    assert own_digest() == own_digest()
    (tmp_path / "again").mkdir()
    assert write_wheel(tmp_path).read_bytes() == write_wheel(tmp_path / "again").read_bytes()


def test_of_an_installed_package_the_pipeline_does_not_go_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"__init__.py": "", "project/main.nf": "", "project/bin/dedupe.py": "", "projects.py": ""}
    monkeypatch.setattr(own_package, "_PACKAGE", write_files(tmp_path / "analysis_jobs", files))
    with zipfile.ZipFile(write_wheel(tmp_path)) as wheel:
        ours = [name for name in wheel.namelist() if ".dist-info" not in name]
    assert ours == ["analysis_jobs/__init__.py", "analysis_jobs/projects.py"]


def test_it_can_be_installed_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Path(own_requirement(), "pyproject.toml").is_file()  # as it is installed from a checkout here
    for origin, said in (
        (None, f"aind-analysis-jobs=={__version__}"),
        ('{"url": "https://host/a.whl"}', "aind-analysis-jobs @ https://host/a.whl"),
        ('{"url": "file:///a%20b/c", "dir_info": {"editable": true}}', "/a b/c"),
    ):
        told = SimpleNamespace(read_text={"direct_url.json": origin}.get)
        monkeypatch.setattr("analysis_jobs.environments.own_package.distribution", lambda name, told=told: told)
        assert own_requirement() == said


@pytest.mark.parametrize(
    ("text", "extras"),
    [
        ("numpy\naind-analysis-jobs[nwb]>=0.1\n", None),
        ("x @ git+https://host/aind-analysis-jobs-more@main\n", None),
        ("aind_analysis_jobs @ git+https://host/x\n", set()),
        ("AIND-analysis.jobs[nwb, s3]@git+https://host/x\n", {"nwb", "s3"}),
        ('["aind-analysis-jobs[s3]"]\n[tool.uv.sources]\naind-analysis-jobs = { git = "https://host" }', {"s3"}),
    ],
)
def test_where_it_is_declared_by_a_url(text: str, extras: set[str] | None) -> None:
    assert extras_by_url(["numpy", text]) == extras
