"""What an environment holds, as its folders say."""

import sys
from pathlib import Path

import pytest
from support.samples import write_files

from analysis_jobs.environments.inventory import digest_of, inventory


def test_the_names_of_folders_tell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vcs = '{"url": "https://host/x", "vcs_info": {"vcs": "git", "commit_id": "c0de"}}'
    part = vcs.replace('"url"', '"subdirectory": "a/b", "url"')
    files = {
        "A_lab.X-2.0.dist-info/x": "",
        "git-1.dist-info/direct_url.json": vcs,
        "part-1.dist-info/direct_url.json": part,
        "aind_analysis_jobs-9.dist-info/x": "",
    }
    files |= {"local-1.dist-info/direct_url.json": '{"url": "file:///w.whl", "archive_info": {}}'}
    write_files(tmp_path / "first", files)
    write_files(tmp_path / "second", {"A_lab.X-1.0.dist-info/x": ""})
    monkeypatch.setattr(sys, "path", [str(tmp_path / "first"), str(tmp_path / "second"), "nowhere"])
    held = inventory()
    assert held["python"] == sys.version.split()[0]
    assert held["packages"] == [
        "a-lab-x==2.0",
        "git @ git+https://host/x@c0de",
        "local @ file:///w.whl",
        "part @ git+https://host/x@c0de#subdirectory=a/b",
    ]


def test_a_patch_of_python_makes_no_other_digest() -> None:
    packages = ["numpy==1.26.4"]
    first = digest_of({"python": "3.11.7", "packages": packages})
    assert len(first) == 64
    assert digest_of({"python": "3.11.9", "packages": packages}) == first
    assert digest_of({"python": "3.12.0", "packages": packages}) != first
    assert digest_of({"python": "3.11.7", "packages": ["numpy==2.0"]}) != first
