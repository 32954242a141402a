"""What a record says of what ran, and what can be made of it: costs, crates, and the same job again."""

import json
import platform
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support.crates import problems
from support.lab import PROJECT, Ended, Lab, published, records

from analysis_jobs.stages.analyze.environment import installed_packages

pytestmark = [
    pytest.mark.nextflow,
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning"),  # of the crates' checker
]

SECRET = "planted+secret/0123456789"
LABEL = "a label, of two words"


@dataclass
class Done:
    """A job that was done from a clean and pushed checkout, at a price."""

    lab: Lab
    commit: str
    ended: Ended

    @property
    def key(self) -> str:
        return self.ended.row("a.json")["key"]

    @property
    def manifest(self) -> dict[str, Any]:
        return published(self.lab.bucket)[self.key]

    @property
    def process(self) -> dict[str, Any]:
        (process,) = records(self.lab.store)[self.key]["processing"]["data_processes"]
        return dict(process)

    def command(self, *arguments: object, **environment: str) -> "subprocess.CompletedProcess[str]":
        command = [Path(sys.executable).with_name("analysis-jobs"), *arguments, "--outdir", self.lab.out]
        return subprocess.run(
            list(map(str, command)),
            cwd=self.lab.folder,
            env={**self.lab.environment, **environment},
            capture_output=True,
            text=True,
        )


def git(folder: Path, *arguments: str) -> str:
    someone = ["-c", "user.name=Someone", "-c", "user.email=someone@example.com", "-c", "init.defaultBranch=main"]
    done = subprocess.run(["git", "-C", str(folder), *someone, *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture(scope="module")
def done(new_lab) -> Done:
    lab = new_lab("provenance")
    recording = lab.folder / "session_1.nwb"
    recording.touch()
    lab.job("a", str(recording))
    analysis = lab.use("plain.py", "lab/plain.py")
    remote = lab.folder / "remote.git"
    remote.mkdir()
    git(remote, "init", "--quiet", "--bare", ".")
    git(analysis.parent, "init", "--quiet", ".")
    git(analysis.parent, "add", ".")
    git(analysis.parent, "commit", "--quiet", "--message", "plain")
    git(analysis.parent, "remote", "add", "origin", str(remote))
    git(analysis.parent, "push", "--quiet", "origin", "HEAD:main")
    parameters = {"value": 0.5, "label": LABEL}
    environment = {"MY_TOKEN": SECRET, "SLURM_JOB_ID": "7"}
    option = f"-process.ext.word={SECRET}"  # of Nextflow's own, which none of ours sees but in the command line
    ended = lab.run(option, analysis="lab/plain.py", set=parameters, price_per_hour=3600, env=environment)
    assert ended.returncode == 0, ended.said
    return Done(lab, git(analysis.parent, "rev-parse", "HEAD"), ended)


def test_the_manifest_says_what_ran(done: Done):
    manifest = done.manifest
    environment, run = manifest["environment"], manifest["run"]
    assert environment["host"] == platform.node()
    assert environment["python"] == platform.python_version()
    assert environment["packages"]["pydantic"] == installed_packages()["pydantic"]
    assert (environment["executor"], environment["scheduler_job"]) == ("local", "slurm 7")  # that it was launched in
    assert run["nextflow"] in done.ended.said
    assert (run["profile"], run["resumed"], run["price_per_hour"]) == ("standard", False, 3600)
    code = {name: run["code"][name] for name in ("commit", "dirty", "pushed", "run_script")}
    assert code == {"commit": done.commit, "dirty": False, "pushed": True, "run_script": "plain.py"}
    assert run["source"]["path"] == str(done.lab.folder / "lab" / "plain.py")
    assert f"sha256:{run['source']['digest']}" == manifest["parts"]["code"]
    assert manifest["given"]["value"] == 0.5
    assert run["described"] == [{"name": "outputs.value", "description": "The parameter", "unit": "V"}]
    assert manifest["bytes_written"] is None or manifest["bytes_written"] > 0


def fields(manifest: dict[str, Any]) -> set[str]:
    """Return the names of a manifest's fields, with those in parts, environment and run."""
    inside = ("parts", "environment", "run")
    found = {name for name in manifest if name not in inside}
    return found | {f"{part}.{name}" for part in inside for name in manifest[part]}


def test_the_documents_name_every_field(done: Done):
    """And no other, but for what only Code Ocean, --key_environment and `auto` tell."""
    rows = [line for line in (PROJECT / "docs" / "provenance.md").read_text().splitlines() if line.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`([\w.]+)`", row.split("|")[1])} - {"0", "1", "2"}
    assert named == fields(done.manifest) | {"run.code_ocean", "run.learnt", "parts.environment"}


def test_the_command_line_is_kept_without_secrets(done: Done):
    line = done.manifest["run"]["command_line"]
    assert line.startswith("nextflow run ")
    assert "--set.value 0.5" in line
    assert "-process.ext.word=***" in line
    assert SECRET not in line


def test_the_record_says_it_too(done: Done):
    (pipeline,) = records(done.lab.store)[done.key]["processing"]["pipelines"]
    assert (pipeline["language"], pipeline["language_version"]) == ("Nextflow", done.manifest["run"]["nextflow"])
    notes = done.process["notes"]
    assert f"; host {platform.node()}; executor local, job slurm 7; " in notes
    assert f"; git commit {done.commit}; pushed; " in notes


def test_the_cost(done: Done):
    """At a price of 3600 per hour, what the seconds were."""
    assert f"; cost {done.manifest['seconds']:g} at 3600 per hour" in done.process["notes"]


def test_another_price_is_no_other_task(done: Done, tmp_path: Path):
    """What was computed is used again, by a launch that has everything else to do once more."""
    lab = done.lab
    kept = tmp_path / "kept"
    shutil.move(lab.out, kept)
    try:
        arguments = {"analysis": "lab/plain.py", "set": {"value": 0.5, "label": LABEL}, "price_per_hour": 1}
        again = lab.run(resume=True, env={"MY_TOKEN": SECRET}, **arguments)
        assert again.cached["ANALYZE"] == 1, again.said
        (manifest,) = published(lab.bucket).values()
    finally:
        shutil.rmtree(lab.out)
        shutil.move(kept, lab.out)
    assert manifest["key"] == done.key
    assert (manifest["run"]["price_per_hour"], manifest["run"]["resumed"]) == (1, True)
    assert manifest["started"] == done.manifest["started"]


def test_the_same_job_again(done: Done, tmp_path: Path):
    again = done.command("rerun", done.key[:10], "--into", tmp_path / "again", "--json")
    assert again.returncode == 0, again.stderr
    found = json.loads(again.stdout)
    assert (found["same"], found["files"]["same"], found["environment"]) == (True, ["value.txt"], {})
    assert (tmp_path / "again" / "results" / "value.txt").read_text() == f"0.5 {LABEL}\n"


def test_the_same_job_again_from_its_commit(done: Done, tmp_path: Path):
    analysis = done.lab.folder / "lab" / "plain.py"
    text = analysis.read_text()
    analysis.write_text(f"{text}\n# more\n")
    try:
        again = done.command("rerun", done.key, "--into", tmp_path / "again", "--json")
    finally:
        analysis.write_text(text)
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["code"]["from"] == str(tmp_path / "again" / "checkout" / "plain.py")


def test_a_crate(done: Done, tmp_path: Path):
    exported = done.command("export", done.key[:10], "--crate", tmp_path / "crate")
    assert exported.returncode == 0, exported.stderr
    assert (tmp_path / "crate" / "results" / "value.txt").read_text() == f"0.5 {LABEL}\n"
    assert problems(tmp_path / "crate", "workflow-run-crate", tmp_path / "cache") == []
