"""Limits that are asked for limit on this machine too; what would have no effect, or is not there, is said at once."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.lab import Lab, outputs_of, records, write_json

pytestmark = pytest.mark.nextflow


@pytest.fixture(scope="module")
def lab(new_lab: Callable[[str], Lab]) -> Lab:
    lab = new_lab("limits")
    lab.use("using.py")
    return lab


def use(lab: Lab, *jobs: dict[str, Any]) -> None:
    for path in lab.jobs.iterdir():
        path.unlink()
    for number, parameters in enumerate(jobs):
        lab.job(f"{number}", distributed_parameters=parameters)


def fake_gpus(lab: Lab, count: int) -> dict[str, str]:
    """Put an nvidia-smi on PATH that tells of so many GPUs."""
    folder = lab.folder / f"{count} gpus"
    folder.mkdir(exist_ok=True)
    lines = "".join(f"echo 'GPU {number}: NVIDIA (UUID: GPU-{number})'\n" for number in range(count))
    (folder / "nvidia-smi").write_text(f"#!/bin/sh\n{lines}")
    (folder / "nvidia-smi").chmod(0o755)
    return {"PATH": str(folder)}


def test_memory_and_processors_are_limited_and_the_cache_does_not_mind(lab: Lab):
    use(lab, {"megabytes": 300}, {"megabytes": 1500})
    ended = lab.run(analysis_memory="900 MB", analysis_cpus=1, max_memory="1000 MB")
    assert ended.returncode == 1
    assert (ended.row("0.json")["state"], ended.row("1.json")["state"]) == ("done", "failed")
    reason = ended.row("1.json")["reason"]
    assert "there was not enough memory: Unable to allocate 1.40 GiB" in reason
    assert "raise --analysis_memory" in reason
    assert ended.tasks["ANALYZE"] == 3  # once more, with more
    (record,) = records(lab.store).values()
    assert len(outputs_of(record)["processors"]) == 1
    again = lab.run(resume=True, analysis_memory="auto", analysis_time="auto", analysis_cpus=2, outdir="ELSEWHERE")
    assert again.cached["ANALYZE"] == 2


def test_more_memory_for_the_next_attempt_may_be_enough(lab: Lab):
    use(lab, {"megabytes": 1100})
    ended = lab.run(analysis_memory="900 MB")
    assert ended.returncode == 0, ended.said
    assert ended.tasks["ANALYZE"] == 2


def test_each_task_has_gpus_of_its_own(lab: Lab):
    use(lab, *({"seconds": second} for second in (1.0, 1.1, 1.2)))
    env = {**fake_gpus(lab, 2), "NVIDIA": "none"}
    ended = lab.run(*lab.wide(), analysis_gpus=1, analysis_time="1 min", env=env, outdir="GPUS")
    assert ended.returncode == 0, ended.said
    found = [outputs_of(record)["gpus"] for record in records(lab.folder / "GPUS" / "records.sqlite").values()]
    assert sorted(set(found)) == ["0", "1"]
    assert len(found) == 3
    assert "WARN" not in ended.said


ROLE = "arn:aws:iam::123456789012:role/analysis"
PROCESSORS = os.cpu_count() or 1
REFUSED: dict[str, tuple[dict[str, Any], tuple[str, ...], str]] = {
    "processors": ({"analysis_cpus": 64_000}, (), f"--analysis_cpus is 64000, and this machine has {PROCESSORS}: "),
    "memory": ({"max_memory": "900 TB"}, (), "--max_memory is 900 TB, and this machine has "),
    "gpus": ({"analysis_gpus": 3}, (), "--analysis_gpus is 3, and this machine has 2: "),
    "the most": ({"analysis_memory": "auto"}, ("-profile", "slurm"), "auto needs --max_memory on slurm: "),
    "queue": ({"queue": "compute"}, (), "--queue has no effect here: it is for -profile slurm or -profile awsbatch."),
    "mount": ({"mount": "/data"}, (), "--mount has no effect here: it is for -profile docker, or -profile slurm with"),
    "role": ({"job_role": ROLE}, (), "--job_role has no effect here: it is for -profile awsbatch."),
    "image": ({"analysis_image": "x:1"}, (), "--analysis_image has no effect here: it is for -profile docker, "),
    "head": ({"head_stages": True}, (), "--head_stages has no effect here: it is for -profile awsbatch."),
    "slurm": ({"analysis_image": "x:1"}, ("-profile", "slurm"), "--analysis_image has no effect here: "),
    "slurm's": ({"job_role": ROLE}, ("-profile", "slurm"), "--job_role has no effect here: "),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_effect_or_is_not_there_is_one_sentence(lab: Lab, name: str):
    use(lab, {})
    parameters, arguments, said = REFUSED[name]
    ended = lab.run(*arguments, env=fake_gpus(lab, 2), **parameters)
    assert ended.returncode == 1
    assert said in ended.said
    assert not ended.tasks
    assert "Check script" not in ended.said
    assert len([line for line in ended.said.splitlines() if "--" in line]) == 1


def test_what_is_not_limited_or_not_given_is_said(lab: Lab):
    use(lab, {})
    ended = lab.run(
        analysis_memory="900 TB", analysis_gpus=1, env={"CUDA_VISIBLE_DEVICES": "", "PATH": "/bin"}, plan=None
    )
    assert "--analysis_memory is 900 TB, and this machine has " in ended.said
    assert ended.returncode == 1
    assert "--analysis_gpus is 1, and this machine has 0" in ended.said


def test_a_plan_needs_no_profile(lab: Lab):
    use(lab, {})
    ended = lab.run(plan=True, queue="compute", job_role=ROLE, analysis_image="x:1", outdir="PLANNED")
    assert ended.returncode == 0, ended.said


def test_a_configuration_of_ones_own_may_use_them(lab: Lab, tmp_path: Path):
    use(lab, {})
    config = tmp_path / "own.config"
    config.write_text("process { withName: ANALYZE { executor = 'slurm'; queue = params.queue } }\n")
    folder = tmp_path / "no slurm"
    folder.mkdir()
    given = write_json(tmp_path / "given.json", {"queue": "compute"})
    ended = lab.run("-c", str(config), "-params-file", str(given), env={"PATH": str(folder)}, outdir="OWN")
    assert "has no effect" not in ended.said
    assert ended.tasks["DEDUPE"] == 1
