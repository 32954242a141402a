"""Code Ocean's pipeline without Code Ocean, in containers of a real engine: `make test-docker`.

Capsules come from a git host over HTTPS with a token, in the image of `codeocean/capsule`; results go to S3 and DocDB.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path

import pytest
from fakes.docdb import DocDBServer
from fakes.git import GitServer
from fakes.s3 import S3Server
from support.backends import Remote
from support.lab import PROJECT, Lab, lines_of, table_rows, words, write_json

from .test_images import build

pytestmark = [pytest.mark.nextflow, pytest.mark.place("docker")]
PLATFORM, CODEOCEAN = Path(__file__).parent / "platform", PROJECT / "codeocean"
TOKEN = "cop_dG9rZW4tdGhhdC1ub2JvZHktbWF5LXNlZQ"
REGISTRY = "registry.example.org"
ID, HASH = "1f2e3d4c-0000-4000-8000-a1b2c3d4e5f6", "d41d8cd98f00b204e9800998ecf8427e"
IMAGE = f"{REGISTRY}/capsule/{ID}:{HASH}"
# By the worker of the dispatcher; `twice` is in two of them
DISPATCHED = {"0": ["a", "twice"], "1": ["twice", "broken"]}


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Build the environment of the capsule to copy, as it is: only where it finds what it installs is another place."""
    context = tmp_path_factory.mktemp("base") / "context"
    shutil.copytree(PLATFORM / "base", context)
    shutil.copytree("/usr/local/share/ca-certificates", context / "certificates")
    _clone(context / "project.git")
    base = build("capsule-base", context)
    return build(IMAGE, CODEOCEAN / "capsule" / "environment", "--build-arg", f"BASE_IMAGE={base}")


def _clone(bare: Path) -> None:
    """Make a bare repository of what lies here, with the tag of the release."""

    def git(*words: str, at: Path = PROJECT) -> str:
        return subprocess.run(["git", "-C", at, *words], check=True, capture_output=True, text=True).stdout.strip()

    someone = ("-c", "user.name=tests", "-c", "user.email=tests@example.org")
    # With what is edited and not committed
    commit = git(*someone, "stash", "create") or git("rev-parse", "HEAD")
    (version,) = re.findall(r'^version = "(.*)"', (PROJECT / "pyproject.toml").read_text(), re.MULTILINE)
    subprocess.run(["git", "init", "--quiet", "--bare", bare], check=True)
    git("push", "--quiet", "--force", str(bare), f"{commit}:refs/tags/v{version}")


@pytest.fixture(scope="module")
def git(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitServer]:
    server = GitServer(tmp_path_factory.mktemp("git"), TOKEN)
    yield server
    server.close()


@dataclass(frozen=True)
class Box:
    """A capsule of the pipeline: its number is in the address of its repository."""

    number: str
    commit: str
    arguments: str = ""
    id: str = ID
    hash: str = HASH


class Platform:
    """Code Ocean: a git host with capsules, a folder for results, and services that its boxes reach."""

    def __init__(self, lab: Lab, git: GitServer, remote: Remote) -> None:
        self.lab, self.git, self.remote = lab, git, remote
        certificates = lab.folder / "certificates"
        certificates.mkdir()
        told = {**git.environment, **remote.environment, "REGISTRY_HOST": REGISTRY}
        for name in ("GIT_SSL_CAINFO", "REQUESTS_CA_BUNDLE"):
            told[name] = str(shutil.copyfile(told[name], certificates / f"{name}.pem"))
        # Not of the services: Code Ocean's own, and set there in the pipeline's configuration
        told.pop("CODEOCEAN_EMAIL")
        self.environment = {**told, "CERTIFICATES": str(certificates), "TOLD": ",".join(told)}
        run = (CODEOCEAN / "capsule" / "code" / "run").read_text()
        analysis = (PLATFORM / "analysis.py").read_text()
        dispatch = {"code/run": 'python3 dispatch.py "$@"', "code/dispatch.py": (PLATFORM / "dispatch.py").read_text()}
        assets = " ".join(",".join(names) for names in DISPATCHED.values())
        gather = (CODEOCEAN / "gather" / "code" / "run").read_text()
        panel = "--dry_run=0 --analysis_tag= --retry_failed 1"
        self.boxes = {
            "dispatcher": Box("11", git.publish("capsule-11", dispatch), assets),
            "wrapper": Box("12", git.publish("capsule-12", {"code/run": run, "code/analysis.py": analysis}), panel),
            "collector": Box("13", git.publish("capsule-13", {"code/run": gather}), "--failed_jobs report --outdir="),
        }

    def launch(self, name: str, strategy: str, **changes: Box) -> "Launched":
        """Run the pipeline as the platform does, and wait for its end."""
        folder = self.lab.folder / name
        parameters = write_json(folder / "data" / "analysis_parameters.json", {"value": 4})
        boxes = {box: vars(about) for box, about in {**self.boxes, **changes}.items()}
        options = write_json(folder / "boxes.json", {**boxes, "analysis_parameters": str(parameters)})
        return self.run(folder, PLATFORM, "-params-file", str(options), STRATEGY=strategy)

    def run(self, folder: Path, pipeline: Path, *arguments: str, **more: str) -> "Launched":
        folder.mkdir(exist_ok=True)
        ended = subprocess.run(
            ["nextflow", "run", str(pipeline), *arguments],
            cwd=folder,
            env={**self.lab.environment, **self.environment, "RESULTS_PATH": str(folder / "results"), **more},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
        )
        return Launched(folder, ended.returncode, ended.stdout)


@dataclass(frozen=True)
class Launched:
    """A pipeline that has ended."""

    folder: Path
    returncode: int
    said: str

    @property
    def results(self) -> Path:
        return self.folder / "results"

    @cached_property
    def instances(self) -> dict[str, dict[str, str]]:
        """The state of each job of an instance by its recording, by the name of what the instance left."""
        return {left.name: dict(_states(left)) for left in (self.results / "stage").iterdir()}


def _states(folder: Path) -> list[tuple[str, str]]:
    """Return the recording and the state of each job, in the order of the recordings."""
    states = {row["file"]: row["state"] for row in table_rows(folder / "jobs.tsv")}
    decisions = lines_of(folder / "decisions.jsonl")
    return sorted((Path(decision["inputs"][0]).name, states[decision["file"]]) for decision in decisions)


@pytest.fixture(scope="module")
def platform(new_lab, git: GitServer, s3: S3Server, docdb: DocDBServer, image: str) -> Iterator[Platform]:
    lab = new_lab("platform")
    recordings = s3.make_bucket("recordings")  # as dispatch.py names it
    for name in {"alone", *chain.from_iterable(DISPATCHED.values())}:
        s3.client().put_object(Bucket=recordings, Key=f"{name}/session.nwb", Body=b"a recording")
    yield Platform(lab, git, Remote(lab, s3, docdb))
    # Containers of Code Ocean run as root, and so do these: whoever tests may not be allowed to remove what they left
    clean = ["docker", "run", "--rm", "--volume", f"{lab.folder}:/lab", image, "chown", "-R", f"{os.getuid()}", "/lab"]
    subprocess.run(clean, check=True)


@pytest.fixture(scope="module")
def first(platform: Platform) -> Launched:
    return platform.launch("first", "terminate")


def test_a_failed_job_stops_no_other_instance(first: Launched) -> None:
    assert first.returncode == 0, first.said
    found = dict(first.instances)
    (alone,) = (found.pop(name) for name in list(found) if name.endswith(".json"))
    assert alone == {"alone": "done"}
    assert {name: set(jobs) for name, jobs in found.items()} == {name: set(jobs) for name, jobs in DISPATCHED.items()}
    assert (found["0"]["a"], found["1"]["broken"]) == ("done", "failed")
    assert "done" in (found["0"]["twice"], found["1"]["twice"])


def test_what_is_computed_is_published_and_recorded_once(platform: Platform, first: Launched) -> None:
    published, records = platform.remote.published(), platform.remote.records()
    recordings = sorted(Path(manifest["parts"]["inputs"][0]).name for manifest in published.values())
    assert recordings == ["a", "alone", "twice"]
    assert len(records) == 3
    for manifest in published.values():
        assert manifest["outputs"] == {"value": 4, "tokens": []}


def test_records_say_what_ran(platform: Platform, first: Launched) -> None:
    commit = platform.boxes["wrapper"].commit
    for manifest in platform.remote.published().values():
        told = manifest["run"]["code_ocean"]
        assert (told["capsule"], told["commit"], told["image"]) == (ID, commit, IMAGE)
        assert told["pipeline"].endswith("4") and told["computation"].endswith("3")
        assert told["user"] == "scientist@example.org"
    for record in platform.remote.records().values():
        (process,) = record["processing"]["data_processes"]
        assert process["experimenters"] == ["scientist@example.org"]
        assert process["code"]["version"] == process["code"]["commit_hash"] == commit
        assert process["code"]["url"] == f"https://{platform.git.host}/capsule-12.git"
        container = process["code"]["container"]
        assert (container["uri"], container["tag"]) == tuple(IMAGE.rsplit(":", 1))


def test_each_instance_leaves_its_own_table_report_and_log(first: Launched) -> None:
    for name in first.instances:
        left = {path.name for path in (first.results / "stage" / name).iterdir()}
        assert left == {".launch", "account", "decisions.jsonl", "jobs.tsv", "log.txt", "report.html"}
    said = (first.results / "stage" / "1" / "log.txt").read_text().splitlines()[-1]
    assert "jobs without a result: " in said and "which is only reported" in said


def test_a_third_box_makes_one_table_of_all(first: Launched) -> None:
    states = sorted(row["state"] for row in table_rows(first.results / "jobs.tsv"))
    assert states == ["done", "done", "done", "failed", "repeat"]
    assert (first.results / "report.html").stat().st_size > 10_000


def test_the_token_is_nowhere(platform: Platform, first: Launched) -> None:
    files = [path for path in platform.lab.folder.rglob("*") if path.is_file() and not path.is_symlink()]
    assert any(path.name == ".command.sh" for path in files)
    assert [path for path in files if TOKEN.encode() in path.read_bytes()] == []
    assert not [kept for kept in platform.remote.everything() if TOKEN.encode() in kept]


def test_another_day_computes_nothing_but_what_failed(platform: Platform, first: Launched) -> None:
    before = platform.remote.records()
    again = platform.launch("again", "finish")
    assert again.returncode == 0, again.said
    assert platform.remote.records() == before
    rows = table_rows(again.results / "jobs.tsv")
    assert sorted(row["state"] for row in rows) == ["done", "done", "done", "failed", "repeat"]
    assert [row["attempt"] for row in rows if row["state"] == "failed"] == ["2"]


def test_a_pipeline_of_its_own(platform: Platform, first: Launched) -> None:
    """The files to copy, in a collection of its own; the jobs are those that the stage has done."""
    repository = platform.lab.folder / "repository"
    shutil.copytree(CODEOCEAN / "pipeline", repository)
    settings = repository / "nextflow.config"
    remote, text = platform.remote, settings.read_text()
    yours = {"my-bucket/analyses": f"{remote.bucket}/{remote.prefix}", "my_project": remote.collection}
    for before, after in yours.items():
        assert before in text
        text = text.replace(before, after)
    settings.write_text(text)
    tracked = subprocess.run(["git", "-C", PROJECT, "ls-files", "-z"], check=True, capture_output=True, text=True)
    # As a subtree is, but without the tests, which know the token
    for name in (name for name in tracked.stdout.split("\0") if name and not name.startswith("tests/")):
        target = repository / "aind-analysis-jobs" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT / name, target, follow_symlinks=False)
    (repository / "bin").symlink_to("aind-analysis-jobs/bin")
    dispatcher, wrapper = platform.boxes["dispatcher"], platform.boxes["wrapper"]
    data = platform.lab.folder / "data"
    parameters = write_json(data / "analysis_parameters.json", {"value": 5})
    given = {
        "dispatcher_capsule": dispatcher.number,
        "dispatcher_commit": dispatcher.commit,
        "dispatcher_image": IMAGE,
        "dispatcher_arguments": dispatcher.arguments,
        "data": data,
        "parameters": parameters,
        "analysis": f"capsule-{wrapper.number}@{wrapper.commit}",
        "base_image": IMAGE,
    }
    contained = ("-c", str(PLATFORM / "nextflow.config"))
    launched = platform.run(platform.lab.folder / "own", repository, *contained, *words(given), STRATEGY="finish")
    assert launched.returncode == 0, launched.said
    done = [("a", "done"), ("alone", "done")]
    assert _states(launched.results) == [*done, ("broken", "failed"), ("twice", "done"), ("twice", "repeat")]
    published = [manifest for manifest in platform.remote.published().values() if manifest["outputs"]["value"] == 5]
    assert len(published) == 3
    for manifest in published:
        assert manifest["outputs"]["tokens"] == []
        assert manifest["environment"]["container"].startswith(IMAGE)
        assert manifest["run"]["code"]["commit"] == wrapper.commit
    test_the_token_is_nowhere(platform, launched)
