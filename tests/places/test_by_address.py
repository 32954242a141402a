"""A launch of a tag in containers, without a checkout: `make test-docker` has built the images of this version."""

from collections.abc import Callable

import pytest
from support.lab import Lab, records
from support.repositories import ProjectRepository
from support.samples import ANALYSIS, write_files

from analysis_jobs import __version__

from .conftest import give

pytestmark = [pytest.mark.nextflow, pytest.mark.place("docker")]


def test_the_image_of_a_tag_is_the_one_that_runs(someones_lab: Callable[[str], Lab]) -> None:
    lab = someones_lab("by_address")
    repository = ProjectRepository(lab.folder / "server")
    commit = repository.release(__version__)
    write_files(lab.folder, {"analysis.py": ANALYSIS})
    lab.job("a")
    (lab.folder / "empty").mkdir()
    given = {"jobs": lab.jobs, "analysis": lab.folder / "analysis.py", "outdir": lab.out}
    give(lab)
    ended = lab.run(
        *("-r", f"v{__version__}", "-profile", "docker"),
        pipeline=f"file:{repository.bare}",
        cwd=lab.folder / "empty",
        env={"NXF_OFFLINE": "false"},
        **given,
    )
    assert ended.returncode == 0, ended.said
    assert ended.states == {"a.json": "done"}
    (record,) = records(lab.store).values()
    (process,) = record["processing"]["data_processes"]
    container = process["code"]["container"]
    assert (container["uri"], container["tag"].partition("@")[0]) == ("aind-analysis-jobs", __version__)
    (pipeline,) = record["processing"]["pipelines"]
    assert (pipeline["version"], pipeline["commit_hash"]) == (__version__, commit)
