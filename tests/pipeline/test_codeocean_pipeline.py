"""A pipeline of Code Ocean of our own: codeocean/pipeline, with capsules from a git host and a stand-in dispatcher."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.git import GitServer
from support.lab import HERE, PROJECT, Ended, Lab, published, records
from support.samples import write_files

pytestmark = pytest.mark.nextflow
TOKEN = "cop_dG9rZW4tdGhhdC1ub2JvZHktbWF5LXNlZQ"
# As today's dispatcher leaves them: <n>/<uuid>.json
DISPATCHER = """
import json, os, sys, uuid
from pathlib import Path

data, results = Path(os.environ["DATA_PATH"]), Path(os.environ["RESULTS_PATH"])
per_folder = int(sys.argv[sys.argv.index("--tasks_per_job") + 1])
for number, asset in enumerate((data / "assets.txt").read_text().split()):
    folder = results / str(number // per_folder)
    folder.mkdir(parents=True, exist_ok=True)
    job = {"s3_location": [asset], "asset_id": [asset], "query": "{}"}
    (folder / f"{uuid.uuid4()}.json").write_text(json.dumps(job))
"""


@pytest.fixture(scope="module")
def git(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitServer]:
    server = GitServer(tmp_path_factory.mktemp("git"), TOKEN)
    yield server
    server.close()


class Pipeline:
    """The repository of a pipeline, made from the files to copy."""

    def __init__(self, lab: Lab, git: GitServer) -> None:
        self.lab, self.git = lab, git
        self.folder = lab.folder / "pipeline"
        shutil.copytree(PROJECT / "codeocean" / "pipeline", self.folder)
        (self.folder / "aind-analysis-jobs").symlink_to(PROJECT)
        (self.folder / "bin").symlink_to(PROJECT / "bin")
        write_files(lab.folder, {"data/assets.txt": "a\nb\nc\n"})
        self.dispatcher = git.publish(
            "capsule-11", {"code/run": 'python dispatch.py "$@"', "code/dispatch.py": DISPATCHER}
        )
        analysis = (HERE / "analyses" / "plain.py").read_text()
        self.analysis = git.publish("capsule-12", {"code/analysis.py": analysis, "code/run": ""})

    def run(self, **more: object) -> Ended:
        given = {
            "dispatcher_capsule": "11",
            "dispatcher_commit": self.dispatcher,
            "dispatcher_arguments": "--tasks_per_job 2",
            "data": str(self.lab.folder / "data"),
            "analysis": f"capsule-12@{self.analysis}",
            "store": str(self.lab.store),
            "bucket": str(self.lab.bucket),
            "jobs": None,
        }
        return self.lab.run(pipeline=self.folder, env=self.git.environment, **{**given, **more})


@pytest.fixture(scope="module")
def pipeline(new_lab, git: GitServer) -> Pipeline:
    return Pipeline(new_lab("codeocean-pipeline"), git)


@pytest.fixture(scope="module")
def first(pipeline: Pipeline) -> Ended:
    return pipeline.run()


def test_what_is_dispatched_is_analyzed(pipeline: Pipeline, first: Ended) -> None:
    assert first.returncode == 0, first.said
    assert first.tasks == {"DISPATCH": 1, "DEDUPE": 1, "ANALYZE": 2, "UPLOAD": 1, "RECORD": 1, "SUMMARIZE": 1}
    assert set(first.states.values()) == {"done"}
    assert {Path(name).parent.name for name in first.states} == {"0", "1"}


def test_the_record_names_the_capsule_and_its_commit(pipeline: Pipeline, first: Ended) -> None:
    for record in records(pipeline.lab.store).values():
        (process,) = record["processing"]["data_processes"]
        assert process["code"]["version"] == pipeline.analysis
        assert process["code"]["url"] == f"https://{pipeline.git.host}/capsule-12.git"
        assert process["experimenters"] == ["me@example.org"]  # of the env scope
    for manifest in published(pipeline.lab.bucket).values():
        assert manifest["run"]["code_ocean"]["pipeline"].endswith("0002")


def test_the_token_is_nowhere(pipeline: Pipeline, first: Ended) -> None:
    files = [path for path in pipeline.lab.folder.rglob("*") if path.is_file() and not path.is_symlink()]
    assert [path for path in files if TOKEN.encode() in path.read_bytes()] == []


def test_another_launch_computes_nothing(pipeline: Pipeline, first: Ended) -> None:
    again = pipeline.run()
    assert again.returncode == 0, again.said
    assert "ANALYZE" not in again.tasks


def test_a_commit_that_is_not_there_is_named(pipeline: Pipeline) -> None:
    ended = pipeline.run(analysis="capsule-12@0123456789")
    assert ended.returncode == 1
    assert "git checkout of a capsule's repository failed" in ended.said or "pathspec" in ended.said
    assert TOKEN not in ended.said
