"""What `nextflow config` resolves for each profile: all that can be seen here of the places that are not here."""

import re
import subprocess
from collections.abc import Callable, Mapping

import pytest
from support.lab import PROJECT

from analysis_jobs import __version__

pytestmark = pytest.mark.nextflow
Configuration = dict[str, str]


@pytest.fixture(scope="module")
def resolved(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Configuration]:
    """Return the resolved configuration of profiles, as `name = value` lines."""
    folder = tmp_path_factory.mktemp("config")

    def resolve(profile: str, env: Mapping[str, str] | None = None, parameters: str = "") -> Configuration:
        (folder / "given.config").write_text(parameters)
        command = ["nextflow", "-c", folder / "given.config", "config", "-flat", "-profile", profile, PROJECT]
        told = subprocess.run(
            command, cwd=folder, env={**environment, **(env or {})}, capture_output=True, text=True, check=True
        )
        return dict(re.findall(r"^(\S+(?: \S+)*?) = (.*)$", told.stdout, re.MULTILINE))

    return resolve


def test_awsbatch(resolved):
    found = resolved("awsbatch", {"AWS_REGION": "us-west-2", "CODEOCEAN_EMAIL": "me@example.org"})
    wanted = {
        "process.executor": "'awsbatch'",
        "process.container": f"'aind-analysis-jobs:{__version__}'",
        "process.'withLabel:runs_analysis'.array": "1000",
        "aws.region": "'us-west-2'",
        "aws.batch.maxSpotAttempts": "5",
        "aws.batch.maxTransferAttempts": "5",
        "aws.client.maxErrorRetry": "10",
        "workflow.failOnIgnore": "true",
    }
    assert found | wanted == found
    assert "launch: workflow.runName" in found["process.resourceLabels"]
    assert "docker.enabled" not in found  # it would hand the launch host's settings to containers elsewhere


@pytest.mark.parametrize("profile", ["standard", "docker", "slurm", "codeocean", "awsbatch"])
def test_no_profile_takes_the_place_of_what_holds_everywhere(resolved, profile: str):
    """Nextflow replaces a block of the same selector, instead of adding to it."""
    found, base = resolved(profile), resolved("standard")
    kept = {name: value for name, value in base.items() if name.startswith(("process.'withName", "workflow"))}
    assert len(kept) > 10
    assert found | kept == found


def test_what_analyzes_is_handed_no_credentials_and_what_publishes_is(resolved):
    found = resolved("docker")
    assert "SECRET" not in found["process.'withName:ANALYZE'.ext.environment"]
    assert "AWS_SECRET_ACCESS_KEY" in found["process.'withName:DEDUPE|SIZE|UPLOAD|RECORD|SUMMARIZE'.ext.environment"]
    assert not any(name.endswith("envWhitelist") for name in found)  # it would go to all
    assert found["env.ANALYSIS_LOG_LEVEL"] == "'info'"  # Nextflow hands that to all, whatever the engine


def test_on_slurm_only_analyze_goes_to_the_nodes(resolved):
    found = resolved("slurm")
    assert [name for name, value in found.items() if value == "'slurm'"] == [
        "process.'withLabel:runs_analysis'.executor"
    ]
    assert found["apptainer.enabled"] == "false"
    assert found["process.container"] == "null"  # or records would name an image that nothing ran in


def test_on_code_ocean_paths_are_the_platforms_unless_the_environment_says_otherwise(resolved):
    found = resolved("codeocean")
    assert (found["params.jobs"], found["params.outdir"]) == ("'/data/job_dict'", "'/results'")
    assert (found["params.store"], found["params.dry_run"]) == ("'docdb'", "false")
    found = resolved("codeocean", {"DATA_PATH": "/elsewhere/data", "RESULTS_PATH": "/elsewhere/results"})
    assert (found["params.jobs"], found["params.outdir"]) == ("'/elsewhere/data/job_dict'", "'/elsewhere/results'")
