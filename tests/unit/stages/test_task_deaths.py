"""What is said of jobs whose task died: the cause, the remedy, and where its log is."""

import json
from pathlib import Path

import pytest
from support.samples import entry, write_files

from analysis_jobs.documents import JobError, TaskDeath
from analysis_jobs.stages.task_deaths import died, jobs_of_tasks, read_death

# Nextflow's own words without the name of the process, and those that AWS Batch gives it
LIMIT = "Process exceeded running time limit (1h)"
UNKNOWN = "terminated for an unknown reason -- Likely it has been terminated by the external system"
SPOT = "Host EC2 (instance i-0123456789abcdef0) terminated."
MEMORY = "Essential container in task exited - OutOfMemoryError: Container killed due to memory usage"
TIMEOUT = "Job attempt duration exceeded timeout"
PULL = "CannotPullContainerError: pull access denied for isi, repository does not exist"
START = "CannotStartContainerError: Error response from daemon: OCI runtime create failed"
KILLED = "Job killed by NF"

CAUSES: dict[str, tuple[int | None, str, str, str]] = {
    "killed": (137, "", "SIGKILL", "raise --analysis_memory"),
    "out of memory, as Batch says": (137, MEMORY, "OutOfMemory", "raise --analysis_memory"),
    "out of memory without a status": (None, MEMORY, "OutOfMemory", "raise --analysis_memory"),
    "ended": (143, "", "SIGTERM", "launch again, or raise --analysis_time"),
    "out of time, as SLURM says": (140, "", "TimeLimit", "raise --analysis_time"),
    "out of time, as Nextflow says": (None, LIMIT, "TimeLimit", "raise --analysis_time"),
    "out of time, as Batch says": (137, TIMEOUT, "TimeLimit", "raise --analysis_time"),
    "a lost node": (None, "", "NodeLost", "launch again"),
    "a lost node, as Nextflow says": (None, UNKNOWN, "NodeLost", "launch again"),
    "a spot instance": (None, SPOT, "NodeLost", "launch again"),
    "no image": (None, PULL, "NoImage", "check --analysis_image"),
    "no container": (None, START, "NoContainer", "try the image by hand"),
    "out of memory, as SLURM says": (None, "SLURM says OUT_OF_MEMORY", "OutOfMemory", "raise --analysis_memory"),
    "over its time, as SLURM says": (143, "SLURM says TIMEOUT", "TimeLimit", "raise --analysis_time"),
    "a lost node, as SLURM says": (None, "SLURM says NODE_FAIL", "NodeLost", "launch again"),
    "cancelled": (143, "SLURM says CANCELLED", "Cancelled", "it was cancelled by somebody"),
    "preempted": (143, "SLURM says PREEMPTED", "Preempted", "a job that goes first"),
    "what SLURM has no word for": (139, "SLURM says FAILED", "SIGSEGV", "crashed in native code"),
    "ended by somebody": (None, KILLED, "Ended", "launch again"),
    "no command": (127, "", "CommandNotFound", "the image lacks bash, Python or this package"),
    "a command that may not run": (126, "", "NotExecutable", "that it is for that processor"),
    "a crash": (139, "", "SIGSEGV", "crashed in native code"),
    "a full disk": (75, "", "NoRoom", "the disk of the work folder was full: free some space, and launch again"),
    "a full disk, as Nextflow found": (1, "No space left on device", "NoRoom", "the disk of the work folder was full"),
    "anything else": (1, "", "TaskDied", "see its log"),
}


def error_of(stage: str = "analyze", **death: object) -> JobError:
    known: TaskDeath = {"exit": 1, "reason": "", "work": "/scratch/ab", "executor": "local", "job": "7"}
    return died(entry("k"), stage, {**known, **death})["error"]  # type: ignore[typeddict-item]


@pytest.mark.parametrize("name", CAUSES)
def test_the_cause_and_the_remedy(name: str) -> None:
    status, reason, kind, remedy = CAUSES[name]
    error = error_of(exit=status, reason=reason)
    assert (error["stage"], error["cause"], error["type"]) == ("analyze", "infrastructure", kind)
    assert remedy in error["message"]
    assert reason.strip(".") in error["message"]


def test_what_is_said() -> None:
    assert error_of(exit=None, reason=SPOT)["message"] == (
        "the ANALYZE task of this job died before it could report, without an exit status (Host EC2 (instance "
        "i-0123456789abcdef0) terminated): its machine was lost (a node that failed, or a spot instance that was "
        "reclaimed): launch again; its log is /scratch/ab/.command.log"
    )


def test_that_others_shared_the_task_is_said(tmp_path: Path) -> None:
    write_files(tmp_path, {"1.json": json.dumps({"jobs": [entry("a"), entry("b"), entry("c")]})})
    for _, outcome in jobs_of_tasks(tmp_path, "analyze", tmp_path / "nowhere"):
        assert outcome()["error"]["message"].startswith("the ANALYZE task of this job and of 2 others died before it")
        assert outcome()["error"]["batch"] == "1"


def test_the_death_is_that_of_the_batch_whatever_its_job_is_called(tmp_path: Path) -> None:
    write_files(tmp_path / "batches", {"1234.session_1-n_2.json": json.dumps({"jobs": [entry("a")]})})
    death = {"exit": 137, "reason": "", "work": "/scratch/ab/cd", "executor": "slurm", "job": "17"}
    write_files(tmp_path / "deaths", {"analyze-1234.json": json.dumps(death)})
    ((_, outcome),) = jobs_of_tasks(tmp_path / "batches", "analyze", tmp_path / "deaths")
    assert outcome()["error"]["type"] == "SIGKILL"


def test_on_batch_the_command_that_is_missing_is_aws() -> None:
    assert "`aws`: build the images with --build-arg AWS_CLI=1" in error_of(exit=127, executor="awsbatch")["message"]


def test_others_than_analyze_have_no_parameters() -> None:
    assert "raise its memory in a configuration of yours (-c)" in error_of("upload", exit=137)["message"]
    assert "raise what the queue allows" in error_of("record", exit=143)["message"]


def test_on_batch_the_log_is_in_cloudwatch_too() -> None:
    message = error_of("upload", executor="awsbatch", work="s3://b/scratch/ab", job="a1-b2")["message"]
    assert message.startswith("the UPLOAD task of this job died")
    assert (
        "its log is s3://b/scratch/ab/.command.log, and in CloudWatch in the group /aws/batch/job (aws batch" in message
    )
    assert "describe-jobs --jobs a1-b2" in message


def test_nothing_is_known(tmp_path: Path) -> None:
    assert read_death(tmp_path / "nowhere.json") is None
    error = died(entry("k"), "analyze")["error"]
    assert error["type"] == "TaskDied"
    assert error["message"].endswith("the cause is not known; .nextflow.log has its exit status and work folder")


def test_what_a_task_waited_for_in_vain_is_in_the_reason() -> None:
    reason = "the store /spot/records.sqlite did not answer for 60 s: another program has locked it"
    error = error_of("record", exit=75, reason=reason)
    assert error["type"] == "ServiceUnavailable"
    assert f"with exit status 75 ({reason}): what it needs was not there, four times" in error["message"]


def test_what_the_task_asked_for_is_known() -> None:
    death: TaskDeath = {"exit": 137, "reason": "", "work": "/scratch/ab", "executor": "slurm", "job": "7"}
    assert "asked" not in died(entry("k"), "analyze", death)
    assert died(entry("k"), "analyze", {**death, "asked": {"memory_bytes": 5}})["asked"] == {"memory_bytes": 5}
