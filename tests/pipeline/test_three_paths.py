"""Code, jobs and work folder on unrelated paths: no task reads what was not staged, as a work folder in S3 needs."""

import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.lab import Ended, Lab, published

pytestmark = pytest.mark.nextflow


@pytest.fixture(scope="module")
def places() -> Iterator[list[Path]]:
    tops = [top for top in (Path("/var/tmp"), Path("/dev/shm"), Path(tempfile.gettempdir())) if top.is_dir()]
    folders = [Path(tempfile.mkdtemp(prefix="three-paths-", dir=tops[number % len(tops)])) for number in range(3)]
    yield folders
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def lab(new_lab, places: list[Path]) -> Lab:
    lab = new_lab("three_paths")
    lab.use("plain.py")
    code, jobs, _ = places
    shutil.move(lab.folder / "analysis.py", code / "analysis.py")
    (code / "analysis.py").chmod(0o444)
    lab.jobs = jobs / "jobs"
    lab.jobs.mkdir()
    for name in "ab":
        lab.job(name)
    (jobs / "parameters.json").write_text('{"value": 7}')
    return lab


@pytest.fixture(scope="module")
def ended(lab: Lab, places: list[Path]) -> Ended:
    code, jobs, work = places
    given = {"analysis": code / "analysis.py", "jobs": lab.jobs, "parameters": jobs / "parameters.json"}
    return lab.run("-work-dir", str(work), **given)


def test_everything_is_found(lab: Lab, ended: Ended):
    assert ended.returncode == 0, ended.said
    assert set(ended.states.values()) == {"done"}
    assert len(published(lab.bucket)) == 2


def test_no_script_names_a_path_outside_its_folder(lab: Lab, ended: Ended, places: list[Path]):
    """But the places that results go to, which are to be URLs where tasks are far away, and what messages quote."""
    scripts = {path: path.read_text() for path in places[2].glob("*/*/.command.sh")}
    assert len(scripts) == 6
    told = ("bucket", "store", "outdir", "analysis", "parameters-name", "command-line", r"\w+-place")
    told += ("launched-in", "inputs-seen", "said", "report")  # compared with; written for who waits here; remembered
    for path, script in scripts.items():
        flags = re.sub(rf"--({'|'.join(told)})[= ]'[^']*'", "", script)
        named = [str(folder) for folder in (lab.folder, *places) if str(folder) in flags]
        assert named == [], path
