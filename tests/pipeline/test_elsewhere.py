"""Tasks that run where the folders of this machine are not: seen however it was said, before anything starts."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from support.lab import PROJECT, Lab
from support.samples import write_files

from analysis_jobs import __version__

pytestmark = pytest.mark.nextflow

SCOPES: dict[str, tuple[dict[str, Any], str | None]] = {
    "local": ({"executor": "local", "cpus": 2}, None),
    "a cluster": ({"executor": "slurm"}, None),
    "for all": ({"executor": "awsbatch"}, "the executor is awsbatch"),
    "for one by name": ({"withName:ANALYZE": {"executor": "google-batch"}}, "the executor is google-batch"),
    "for one by its whole name": ({"withName:.*:UPLOAD": {"executor": "tes"}}, "the executor is tes"),
    "for one by label": ({"withLabel:runs_analysis": {"executor": "awsbatch"}}, "the executor is awsbatch"),
    "for one of another pipeline": ({"withName:SORT": {"executor": "awsbatch"}, "executor": "local"}, None),
}
IMAGES = ["aind:1", None, "isi:1"]
QUEUE = "AWS Batch takes jobs from a queue: give --queue, the name of the job queue."
REGION = "AWS Batch is in a region: give --region, such as us-west-2."
REGISTRY = (
    "AWS Batch fetches images from a registry, and aind:1 and isi:1 name none: push them there, and give --base_image "
    "and --analysis_image with the registry."
)
PUSHED = ["123.dkr.ecr.us-west-2.amazonaws.com/aind:1", "job-definition://of-the-analysis:3"]
BATCH: dict[str, tuple[dict[str, Any], list[str | None], dict[str, str], list[str]]] = {
    "not on Batch": ({"process": {"executor": "slurm"}}, IMAGES, {}, []),
    "nothing given": ({"process": {"executor": "awsbatch"}}, IMAGES, {}, [QUEUE, REGION, REGISTRY]),
    "all given": ({"process": {"executor": "awsbatch", "queue": "q"}, "aws": {"region": "x"}}, PUSHED, {}, []),
    "the region by a variable": (
        {"process": {"withLabel:runs_analysis": {"executor": "awsbatch", "queue": "q"}}},
        PUSHED,
        {"AWS_REGION": "us-west-2"},
        [],
    ),
}
NO_BUCKET = "--head_stages has two work folders: give -bucket-dir s3://..., for AWS Batch."
HEAD: dict[str, tuple[str, str | None, str | None]] = {
    "both": ("work", "http://far/bucket", None),
    "no bucket": ("work", None, NO_BUCKET),
    "a bucket on this machine": ("work", "bucket", NO_BUCKET),
    "no folder here": (
        "http://far/work",
        "http://far/bucket",
        "--head_stages has two work folders: give -work-dir, a folder of this machine, and -bucket-dir s3://... for "
        "AWS Batch.",
    ),
}
SEEN: dict[str, tuple[dict[str, Any], str | None, str | None, list[str] | None]] = {
    "all here": ({"executor": "local"}, None, None, None),
    "a cluster": ({"withName:ANALYZE": {"executor": "slurm"}}, None, None, ["/shared/work"]),
    "images": ({}, "docker", "/data/a,/data/b", ["/shared/work", "/data/a", "/data/b"]),
    "far": ({"executor": "awsbatch"}, None, None, []),
}
SCRIPT = """
include {{ elsewhere; missingForBatch; missingForHeadStages; seenByAll }} from '{functions}/elsewhere'

// The configuration of -profile awsbatch, with or without --head_stages
def onBatch(given) {{
    def options = new nextflow.cli.CliOptions()
    def launcher = new nextflow.cli.Launcher(options: options)
    def run = new nextflow.cli.CmdRun(profile: 'awsbatch', params: given, launcher: launcher)
    def builder = new nextflow.config.ConfigBuilder().setOptions(options).setCmdRun(run)
    builder.setBaseDir(file('{project}')).build().process['withLabel:publishes']
}}

workflow {{
    def asked = new groovy.json.JsonSlurper().parse(file('asked.json'))
    def told = [
        scopes: asked.scopes.collect {{ scope -> elsewhere(scope, [file('.'), null]) }},
        batch: asked.batch.collect {{ config, images, variables -> missingForBatch(config, images, variables) }},
        head: asked.head.collect {{ work, bucket -> missingForHeadStages(file(work), bucket ? file(bucket) : null) }},
        seen: asked.seen.collect {{ scope, engine, mounted ->
            seenByAll(scope, engine, [file('/shared/work'), null], mounted)
        }},
        publishes: [onBatch([:]), onBatch([head_stages: 'true'])],
    ]
    println groovy.json.JsonOutput.toJson(told)
}}
"""


@pytest.fixture(scope="module")
def told(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("elsewhere")
    asked = {
        "scopes": [scope for scope, _ in SCOPES.values()],
        "batch": [[config, images, {"HOME": str(folder), **more}] for config, images, more, _ in BATCH.values()],
        "seen": [[scope, engine, mounted] for scope, engine, mounted, _ in SEEN.values()],
        "head": [[work, bucket] for work, bucket, _ in HEAD.values()],
    }
    script = SCRIPT.format(functions=PROJECT / "functions", project=PROJECT)
    write_files(folder, {"asked.json": json.dumps(asked), "main.nf": script})
    ended = subprocess.run(
        ["nextflow", "-q", "run", "main.nf"], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


@pytest.mark.parametrize("name", SCOPES)
def test_an_executor_says_whether_tasks_see_this_machine(told: dict[str, Any], name: str) -> None:
    assert told["scopes"][list(SCOPES).index(name)] == SCOPES[name][1]


@pytest.mark.parametrize("name", BATCH)
def test_what_batch_needs_is_said_at_once(told: dict[str, Any], name: str) -> None:
    assert told["batch"][list(BATCH).index(name)] == BATCH[name][3]


@pytest.mark.parametrize("name", HEAD)
def test_what_stages_on_the_head_need_is_said_at_once(told: dict[str, Any], name: str) -> None:
    assert told["head"][list(HEAD).index(name)] == HEAD[name][2]


@pytest.mark.parametrize("name", SEEN)
def test_where_dedupe_sees_what_jobs_do(told: dict[str, Any], name: str) -> None:
    assert told["seen"][list(SEEN).index(name)] == SEEN[name][3]


def test_with_stages_on_the_head_only_analyze_goes_to_batch(told: dict[str, Any]) -> None:
    assert told["publishes"] == [
        {"executor": "awsbatch", "container": f"aind-analysis-jobs:{__version__}"},
        {"executor": "local", "container": None},
    ]


SBATCH = """#!/usr/bin/env bash
# Takes a job as SLURM does, and runs it here
cd "$(sed -n 's/^#SBATCH -D //p' "${@: -1}")" 2>/dev/null || true
setsid bash "${@: -1}" >/dev/null 2>&1 &
echo "Submitted batch job $!"
"""
LIMITED = """
process { withName: ANALYZE { executor = 'slurm' } }
executor.$slurm.pollInterval = '1 sec'
trace { enabled = true; overwrite = true; file = 'trace.txt'; fields = 'name,memory' }
"""


def test_the_memory_of_this_machine_limits_what_runs_on_it_alone(new_lab: Any, tmp_path: Path) -> None:
    """A capsule with 500 MB may well submit tasks of 2 GB to a cluster."""
    lab: Lab = new_lab("limits")
    lab.use("plain.py")
    lab.job("a")
    write_files(tmp_path, {"limited.config": LIMITED, "bin/sbatch": SBATCH, "bin/squeue": "#!/bin/sh\n"})
    for name in ("sbatch", "squeue"):
        (tmp_path / "bin" / name).chmod(0o755)
    env = {"PATH": str(tmp_path / "bin"), "CO_MEMORY": "500000000"}
    ended = lab.run("-c", str(tmp_path / "limited.config"), env=env)
    assert ended.returncode == 0, ended.said
    lines = (lab.folder / "trace.txt").read_text().splitlines()[1:]
    memory = {name.split(":")[1].split()[0]: size for name, size in (line.split("\t") for line in lines)}
    assert memory.pop("ANALYZE") == "2 GB"
    assert set(memory.values()) == {"476.8 MB"}


def test_a_launch_with_a_local_bucket_is_refused_before_anything_starts(new_lab: Any, tmp_path: Path) -> None:
    lab: Lab = new_lab("far")
    lab.use("plain.py")
    lab.job("a")
    config = write_files(tmp_path, {"far.config": "process { withLabel: runs_analysis { executor = 'awsbatch' } }"})
    ended = lab.run("-c", str(config / "far.config"))
    assert ended.returncode == 1
    assert (
        f"--bucket is {lab.bucket}, on this machine, but tasks run elsewhere (the executor is awsbatch): "
        "give --bucket s3://... and --store docdb or postgresql://HOST/DATABASE."
    ) in ended.said
    assert not ended.tasks
    assert not lab.out.exists()
