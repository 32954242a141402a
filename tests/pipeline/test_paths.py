"""Launches from anywhere, on files of any name, from a project folder that cannot be written to."""

import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.lab import PROJECT, Ended, Lab, outputs_of, published, records, write_json

pytestmark = pytest.mark.nextflow

# All that a shell could take for something else. A `$` in the launch folder is too much for Nextflow 24.10 itself.
AWKWARD = 'it\'s a "folder" ;& (1) [a-z]* ?'
DOLLAR = f"{AWKWARD} $HOME $(touch broken) `touch broken`"
TEXT = 'it\'s "$HOME" $(touch broken) `touch broken`; touch broken & \\n * {a,b} #é'


@dataclass(frozen=True)
class Project:
    """A checkout, and what was in it."""

    folder: Path
    paths: list[Path]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A copy of the pipeline that is read-only, as far as it can be: the administrator may write anywhere."""
    folder = tmp_path_factory.mktemp("project") / "its own 'folder'"
    shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns(".*", "tests", "work", "results", "demo"))
    paths = [folder, *folder.rglob("*")]
    for path in paths:
        path.chmod(path.stat().st_mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))
    yield Project(folder, paths)
    for path in paths:
        path.chmod(path.stat().st_mode | stat.S_IWUSR)


@pytest.fixture(scope="module")
def lab(new_lab) -> Lab:
    lab = new_lab("paths")
    code = lab.use("plain.py", f"{DOLLAR} code/my code's.py")
    code.write_text(code.read_text().replace("import os\n", "import os\n\nimport sibling\n"))
    (code.parent / "sibling.py").write_text("")
    lab.jobs = lab.folder / f"jobs {DOLLAR}"
    lab.job("plain")
    lab.job(DOLLAR)
    lab.job(f"{DOLLAR}/{DOLLAR}", "in a folder")
    write_json(lab.folder / f"parameters {DOLLAR}.json", {"value": 3})
    return lab


@pytest.fixture(scope="module")
def ended(lab: Lab, project: Project) -> Ended:
    """Launched two folders down, with relative paths."""
    launch = lab.folder / AWKWARD / "launched here"
    launch.mkdir(parents=True)
    lab.out = launch / f"OUT {DOLLAR}"
    lab.bucket, lab.store = lab.out / "analyses", lab.out / "records.sqlite"
    return lab.run(
        pipeline=os.path.relpath(project.folder, launch),
        cwd=launch,
        jobs=f"../../jobs {DOLLAR}",
        analysis=f"../../{DOLLAR} code/my code's.py",
        parameters=f"../../parameters {DOLLAR}.json",
        outdir=f"OUT {DOLLAR}",
        set={"label": TEXT},
    )


def test_names_of_any_kind_are_only_names(lab: Lab, ended: Ended):
    assert ended.returncode == 0, ended.said
    assert ended.states == {f"{name}.json": "done" for name in ("plain", DOLLAR, f"{DOLLAR}/{DOLLAR}")}
    assert ended.tasks["ANALYZE"] == 3
    found = records(lab.store)
    for row in ended.rows:
        assert outputs_of(found[row["key"]]) == {"value": 3, "label": TEXT}
        assert row["location"] == str(lab.bucket / row["key"])
    assert published(lab.bucket).keys() == found.keys()


def test_nothing_in_a_name_was_run(lab: Lab, ended: Ended):
    assert [path for path in lab.folder.rglob("broken*") if path.name == "broken"] == []


def test_the_project_folder_stays_as_it_is(project: Project, ended: Ended):
    """Nextflow and the tasks write to the launch folder alone."""
    assert sorted([project.folder, *project.folder.rglob("*")]) == sorted(project.paths)
    assert not [path for path in project.paths if path.stat().st_mode & stat.S_IWUSR]


def test_the_next_launch_finds_everything_again(lab: Lab, ended: Ended):
    """By absolute paths, from another folder, with a bucket and a store of their own names."""
    again = lab.run(
        cwd=lab.folder / "elsewhere",
        jobs=lab.jobs,
        analysis=lab.folder / f"{DOLLAR} code" / "my code's.py",
        parameters=lab.folder / f"parameters {DOLLAR}.json",
        bucket=lab.bucket,
        store=lab.store,
        set={"label": TEXT},
    )
    assert again.returncode == 0, again.said
    assert again.tasks == {"DEDUPE": 1, "SUMMARIZE": 1}
    assert again.states == ended.states
