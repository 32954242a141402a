"""Assets in S3: their files, by a query and by a glob."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from fakes.s3 import PUBLIC, S3Server
from support.dispatched import asset, in_order

from analysis_jobs.dispatch.dispatch import Options, dispatch
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.job import read_job
from analysis_jobs.jobs.job_files import find_job_files


@pytest.fixture(scope="module")
def data(s3: S3Server) -> S3Server:
    s3.make_bucket("data")
    for key in ("a/1.nwb", "a/nwb/2.nwb", "b/3.nwb/x/0.0", "b/3.nwb/.zattrs", "c/notes.txt"):
        s3.client().put_object(Bucket="data", Key=key, Body=b"")
    return s3


@pytest.mark.parametrize("who", ["environment", "reader_environment"])
def test_files_of_assets_in_s3(index: Any, data: S3Server, monkeypatch: pytest.MonkeyPatch, who: str):
    for name, value in getattr(data, who).items():
        monkeypatch.setenv(name, value)
    index.insert_many([asset(name) for name in "abc"])
    dispatch(Options(docdb_query="{}", file_extension=".nwb"))
    found = [job["file_location"] for job in in_order()]
    assert found == [["s3://data/a/1.nwb"], ["s3://data/a/nwb/2.nwb"], ["s3://data/b/3.nwb"]]
    dispatch(Options(docdb_query="{}", file_extension=".nwb", split_files=False))
    assert [len(job["file_location"]) for job in in_order()] == [2, 1]


def test_glob_in_s3(data: S3Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.chdir(tmp_path)
    for name, value in data.environment.items():
        monkeypatch.setenv(name, value)

    def of(pattern: str) -> list[str]:
        dispatch(Options(glob=pattern))
        return sorted(read_job(file.path, file.name).inputs[0] for file in find_job_files(Path("jobs")).files)

    assert of("s3://data/*/") == ["s3://data/a", "s3://data/b", "s3://data/c"]
    assert of("s3://data/a/**/*.nwb") == ["s3://data/a/1.nwb", "s3://data/a/nwb/2.nwb"]
    with pytest.raises(InvalidInput, match="nothing matches"):
        of("s3://data/x*")
    with pytest.raises(InvalidInput, match=r"nothing (at|matches)"):
        of("s3://no-such-bucket/*")


def test_a_public_bucket_needs_no_credentials(s3: S3Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    s3.client().put_object(Bucket=PUBLIC, Key="dispatched/a/1.nwb", Body=b"")
    nobody = {name: value for name, value in s3.environment.items() if "_KEY" not in name}
    nobody["PATH"] = os.environ["PATH"]
    command = ["analysis-jobs", "dispatch", f"--glob=s3://{PUBLIC}/dispatched/*", "--file-extension=.nwb"]
    ended = subprocess.run(command, cwd=tmp_path, env=nobody, capture_output=True, text=True)
    assert (ended.returncode, ended.stdout) == (0, "1 job file of 1 asset is in jobs\n"), ended.stderr
