"""What AWS Batch asks of an image: a folder that every user may write to, and the tools of Nextflow's launcher.

Docker and Apptainer are told the folder by Nextflow; Batch is not, and runs what is submitted where the image says.
"""

import json
import os
import re
import shlex
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fakes.s3 import S3Server
from support.samples import ANALYSIS, PROJECT

from analysis_jobs import __version__
from analysis_jobs.pipeline import PIPELINE_URL

pytestmark = pytest.mark.place("docker")

IMAGES = [f"aind-analysis-jobs:{__version__}", f"isi-violations:{__version__}", "five-lines"]
USERS = ["", "4711:4711", "4711:0", "0:0"]
# As Nextflow's executor submits it: the script of the task comes from S3, and its log goes there, whatever the end.
SUBMITTED = (
    'trap "{{ ret=\\$?; {aws} cp --only-show-errors .command.log {work}/.command.log || true; exit \\$ret; }}" EXIT; '
    "{aws} cp --only-show-errors {work}/.command.run - | bash 2>&1 | tee .command.log"
)
TASK = """
set -e
mkdir nextflow-bin && cp /bin/true nextflow-bin/ && export PATH=$PWD/nextflow-bin:$PATH
for tool in bash tar ps tee grep; do command -v $tool >/dev/null || { echo "no $tool"; exit 9; }; done
python -c 'import analysis_jobs, numpy, sys; print("läuft", sys.stdout.encoding)'
exit 7
"""


def run(image: str, command: str, *options: str, said: str = "") -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["docker", "run", "--rm", "-i", *options, image, "bash", "-o", "pipefail", "-c", command],
        input=said,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("image", IMAGES)
def test_a_task_runs_where_the_image_says_and_as_any_user(five_lines: None, image: str, user: str) -> None:
    ended = run(image, "bash 2>&1 | tee .command.log; code=$?; cat .command.log; exit $code", *_as(user), said=TASK)
    assert ended.returncode == 7, ended.stdout + ended.stderr
    assert ended.stdout.count("läuft utf-8") == 2  # and its log is kept


@pytest.mark.parametrize("image", IMAGES[:2])
def test_an_image_says_what_it_is(image: str) -> None:
    asked = ["docker", "image", "inspect", "-f", "{{json .Config.Labels}}", image]
    labels = json.loads(subprocess.run(asked, capture_output=True, text=True, check=True).stdout)
    git = ["git", "-C", str(PROJECT), "rev-parse", "HEAD"]
    commit = subprocess.run(git, capture_output=True, text=True, check=True).stdout.strip()
    name, _, version = image.partition(":")
    said = {"title": name, "version": version, "revision": commit, "licenses": "MIT", "source": PIPELINE_URL}
    wanted = {f"org.opencontainers.image.{label}": value for label, value in said.items()}
    assert labels | wanted == labels
    assert datetime.fromisoformat(labels["org.opencontainers.image.created"]) < datetime.now(UTC)


def _as(user: str) -> list[str]:
    return ["--user", user] if user else []


def build(name: str, folder: Path, *more: str) -> str:
    """Build an image with the options of `make test-docker`, and return its name."""
    options = shlex.split(os.environ.get("DOCKER_BUILD", ""))
    subprocess.run(["docker", "build", "--quiet", "-t", name, *options, *more, "."], cwd=folder, check=True)
    return name


def build_five_lines(name: str, folder: Path, base: str) -> str:
    """Build the image of five lines that the documents show, from this base."""
    (text,) = re.findall(r"```dockerfile\n(.*?)```", (PROJECT / "docs" / "places.md").read_text(), re.DOTALL)
    assert len(text.splitlines()) == 5
    (folder / "Dockerfile").write_text(text.replace(IMAGES[0], base))
    (folder / "requirements.txt").write_text("colorama\n")
    return build(name, folder)


@pytest.fixture(scope="module")
def five_lines(tmp_path_factory: pytest.TempPathFactory) -> None:
    build_five_lines("five-lines", tmp_path_factory.mktemp("five-lines"), IMAGES[0])


@pytest.fixture(scope="module", params=["base", "five lines"])
def with_aws(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An image with the command that Batch copies files with: ours, and one of a user's made from it."""
    of_base = ["-f", "containers/Dockerfile", "--target", "base", "--build-arg", "AWS_CLI=1"]
    base = build("aind-analysis-jobs:with-aws", PROJECT, *of_base)
    if request.param == "base":
        return base
    return build_five_lines("five-lines:with-aws", tmp_path_factory.mktemp("with-aws"), base)


class Remote:
    """A work folder in S3, and containers that share nothing else."""

    def __init__(self, s3: S3Server, image: str) -> None:
        self.s3, self.image = s3, image
        self.bucket = s3.make_bucket(f"batch-{image.partition(':')[0]}")
        self.url = f"s3://{self.bucket}"

    def put(self, name: str, content: bytes) -> None:
        self.s3.client().put_object(Bucket=self.bucket, Key=name, Body=content)

    def put_folder(self, folder: Path, name: str) -> None:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                self.put(f"{name}/{path.relative_to(folder).as_posix()}", path.read_bytes())

    def names(self, prefix: str) -> list[str]:
        return sorted(self.s3.objects(self.bucket, prefix))

    def task(self, name: str, script: str, user: str = "") -> "subprocess.CompletedProcess[str]":
        """Run a script as a task of Batch, with what is in S3 under its name, and put there what it leaves."""
        work = f"{self.url}/tasks/{name}"
        text = f"""
set -e
mkdir nextflow-bin && aws s3 cp --only-show-errors --recursive {self.url}/bin nextflow-bin && chmod +x nextflow-bin/*
export PATH=$PWD/nextflow-bin:$PATH
aws s3 cp --only-show-errors --recursive {work}/in .
set +e
({script})
code=$?
aws s3 cp --only-show-errors --recursive out {work}/out
exit $code
"""
        self.put(f"tasks/{name}/.command.run", text.encode())
        environment = [f"--env={key}={value}" for key, value in self.s3.environment.items()]
        command = SUBMITTED.format(aws="aws s3", work=work)
        return run(self.image, command, "--network", "host", *environment, *_as(user))


@pytest.fixture(scope="module")
def remote(s3: S3Server, with_aws: str) -> Remote:
    remote = Remote(s3, with_aws)
    remote.put_folder(PROJECT / "bin", "bin")
    return remote


@pytest.mark.parametrize("user", ["", "4711:4711"])
def test_the_status_and_the_log_of_a_task_come_to_s3(remote: Remote, user: str) -> None:
    ended = remote.task(f"status{user[:1]}", "mkdir out; echo said; echo left > out/a.txt; exit 3", user)
    assert ended.returncode == 3, ended.stderr
    assert remote.s3.read(remote.bucket, f"tasks/status{user[:1]}/.command.log").decode() == "said\n"
    assert remote.names(f"tasks/status{user[:1]}/out") == [f"tasks/status{user[:1]}/out/a.txt"]


WRITING = ANALYSIS.replace("    return", '    (results / "rates.csv").write_text("1,2")\n    return')


def test_a_launch_walks_through_containers_that_share_nothing_but_s3(remote: Remote) -> None:
    """Each process' script in a container of its own, as Batch runs them; results and records come out at the end."""
    place = f"--bucket {remote.url}/results"
    remote.put("tasks/dedupe/in/units.py", WRITING.encode())
    remote.put("tasks/dedupe/in/jobs/a.json", b'{"s3_location": ["s3://data/a"]}')
    script = f"dedupe.py --jobs jobs --analysis units.py --store store.sqlite --session one {place}"
    assert _well(
        remote, "dedupe", f"{script} && mkdir out && mv code.tar batches run.json decisions.jsonl store.sqlite out/"
    )
    (batch,) = (name for name in remote.names("tasks/dedupe/out/batches") if name.endswith(".json"))

    _hand_on(remote, "analyze", {"code.tar": "tasks/dedupe/out/code.tar", "batch.json": batch})
    script = "tar -xf code.tar && analyze.py --analysis code --batch batch.json && mkdir out && mv jobs failed.txt out/"
    assert _well(remote, "analyze", script)

    attempt = {name.removeprefix("tasks/analyze/out/"): name for name in remote.names("tasks/analyze/out/jobs")}
    run_json = {"run.json": "tasks/dedupe/out/run.json"}
    _hand_on(remote, "upload", {**attempt, "batches/1.json": batch, **run_json})
    script = f"upload.py --batches batches --jobs jobs --run run.json {place} && mkdir out && mv uploaded.jsonl out/"
    assert _well(remote, "upload", script)
    assert any(name.endswith("/rates.csv") for name in remote.names("results/"))

    uploaded = {"uploaded.jsonl": "tasks/upload/out/uploaded.jsonl", "store.sqlite": "tasks/dedupe/out/store.sqlite"}
    _hand_on(remote, "record", {**uploaded, "batches/1.json": batch, **run_json})
    script = f"record.py --batches batches --uploaded uploaded.jsonl --run run.json --store store.sqlite {place}"
    assert _well(remote, "record", f"{script} && mkdir out && mv settled.jsonl out/")

    _hand_on(
        remote,
        "summarize",
        {"decisions.jsonl": "tasks/dedupe/out/decisions.jsonl", "settled/1.jsonl": "tasks/record/out/settled.jsonl"},
    )
    script = "summarize.py --decisions decisions.jsonl --settled settled && mkdir out && mv jobs.tsv report.html out/"
    assert _well(remote, "summarize", script)
    table = remote.s3.read(remote.bucket, "tasks/summarize/out/jobs.tsv").decode().splitlines()
    assert "\tdone\t" in table[1]


def _hand_on(remote: Remote, task: str, files: dict[str, str]) -> None:
    for name, source in files.items():
        remote.put(f"tasks/{task}/in/{name}", remote.s3.read(remote.bucket, source))


def _well(remote: Remote, name: str, script: str) -> bool:
    ended = remote.task(name, script)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return True
