"""A capsule's run script, among folders that stand for Code Ocean's /data, /results and /scratch."""

import json
import os
import runpy
import subprocess
from pathlib import Path
from typing import Any

import pytest
from support.lab import PROJECT, Lab, lines_of, outputs_of, published, records, table_rows, write_json
from support.samples import write_files

pytestmark = pytest.mark.nextflow


class Capsule:
    """The folders and variables of a capsule, with one job."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.data, self.results = lab.folder / "data", lab.folder / "results"
        write_json(self.data / "job_dict" / "job.json", {"s3_location": ["test"], "asset_id": ["test"]})
        write_json(self.data / "analysis_parameters.json", {"value": 4})
        self.variables = {
            "DATA_PATH": str(self.data),
            "RESULTS_PATH": str(self.results),
            "SCRATCH_PATH": str(lab.folder / "scratch"),
            "ANALYSIS": str(lab.use("plain.py")),
            "ANALYSIS_BUCKET": "lab-results",
            "DOCDB_COLLECTION": "ephys",
            "CODEOCEAN_EMAIL": "me@example.org",
            "CO_CAPSULE_ID": "c4p5u1e",
            "CO_COMPUTATION_ID": "c0mp",
            "CO_CPUS": "2",
            "CO_MEMORY": "3000000000",
        }

    def run(self, *arguments: str, **changes: str) -> "subprocess.CompletedProcess[str]":
        environment = {**self.lab.environment, **self.variables, **changes}
        return subprocess.run(
            [PROJECT / "codeocean" / "run", *arguments],
            env={name: value for name, value in environment.items() if value},
            capture_output=True,
            text=True,
            timeout=120,
        )


@pytest.fixture
def capsule(new_lab) -> Capsule:
    return Capsule(new_lab("capsule"))


def test_a_capsule_takes_its_jobs_and_parameters_from_data(capsule: Capsule):
    bucket, store = capsule.lab.folder / "bucket", capsule.lab.folder / "records.sqlite"
    ended = capsule.run("--bucket", str(bucket), "--store", str(store))
    assert ended.returncode == 0, ended.stdout
    (row,) = table_rows(capsule.results / "jobs.tsv")
    assert row["state"] == "done"  # and no dry run, as it silently was in the original
    (record,) = records(store).values()
    assert outputs_of(record)["value"] == 4
    (process,) = record["processing"]["data_processes"]
    assert process["experimenters"] == ["me@example.org"]
    said = "Code Ocean capsule c4p5u1e; Code Ocean computation c0mp; Code Ocean user me@example.org"
    assert process["notes"].endswith(said)
    (manifest,) = published(bucket).values()
    assert manifest["run"]["code_ocean"] == {"capsule": "c4p5u1e", "computation": "c0mp", "user": "me@example.org"}
    assert sorted(os.listdir(capsule.results)) == [".launch", "decisions.jsonl", "jobs.tsv", "report.html"]


@pytest.mark.parametrize("name", ["ANALYSIS_BUCKET", "DOCDB_COLLECTION", "CODEOCEAN_EMAIL"])
def test_a_missing_variable_is_named_before_anything_starts(capsule: Capsule, name: str):
    ended = capsule.run(**{name: ""})
    assert ended.returncode == 1
    assert f"The environment lacks {name}: set it" in ended.stdout
    assert "Submitted process" not in ended.stdout
    assert not capsule.results.exists()


def test_tasks_ask_for_no_more_than_the_capsule_has(capsule: Capsule):
    bucket, store = capsule.lab.folder / "bucket", capsule.lab.folder / "records.sqlite"
    ended = capsule.run("--bucket", str(bucket), "--store", str(store), "--analysis_memory", "8 GB")
    assert ended.returncode == 0, ended.stdout


def test_without_a_parameters_file_defaults_hold(capsule: Capsule):
    (capsule.data / "analysis_parameters.json").unlink()
    store = capsule.lab.folder / "records.sqlite"
    ended = capsule.run("--bucket", str(capsule.lab.folder / "bucket"), "--store", str(store), "--plan")
    assert ended.returncode == 0, ended.stdout
    (decision,) = lines_of(capsule.results / "decisions.jsonl")
    assert decision["decision"] == "run"
    assert not store.exists()


def test_no_api_of_code_ocean_is_called() -> None:
    ours = (path for path in Path(PROJECT, "codeocean").rglob("*") if path.is_file())
    code = [*PROJECT.glob("src/**/*.py"), *PROJECT.glob("bin/*.py"), *ours]
    assert not [path for path in code if "import codeocean" in path.read_text() or "from codeocean" in path.read_text()]


SCRIPT = """#!/usr/bin/env bash
git clone "https://$GIT_ACCESS_TOKEN@$GIT_HOST/capsule-0412345.git" capsule-repo
git -C capsule-repo checkout 0123456789abcdef0123456789abcdef01234567 --quiet
"""
WRAPPER = "docker run -i --name nf '$REGISTRY_HOST/capsule/1f2e3d4c-0000-4000-8000-a1b2c3d4e5f6:d41d8cd98f00' /bin/bash"
TOKEN = "cop_dG9rZW4tdGhhdC1ub2JvZHktbWF5LXNlZQ"


class Instance(Capsule):
    """A task of Code Ocean's pipeline: one instance of the second box, with one entry of the dispatcher's results."""

    def __init__(self, lab: Lab, entry: Path) -> None:
        super().__init__(lab)
        self.task = lab.folder / "task"
        capsule = self.task / "capsule"
        for name in ("data", "results", "scratch", "code"):
            (capsule / name).mkdir(parents=True)
        (capsule / "data" / "job_dict").symlink_to(entry)
        write_json(capsule / "data" / "analysis_parameters.json", {"value": 4})
        write_files(self.task, {".command.sh": SCRIPT, ".command.run": WRAPPER})
        for name in ("data", "results", "scratch", "code"):
            (lab.folder / f"root-{name}").symlink_to(capsule / name)
            self.variables[f"{name.upper()}_PATH"] = str(lab.folder / f"root-{name}")
        self.results = capsule / "results"
        del self.variables["ANALYSIS"]
        (capsule / "code" / "analysis.py").write_text(lab.use("plain.py").read_text())
        self.variables |= {
            "CO_PIPELINE_ID": "p1p3",
            "GIT_ACCESS_TOKEN": TOKEN,
            "GIT_HOST": "git.example.org",
            "REGISTRY_HOST": "registry.example.org",
        }
        self.places = ["--bucket", str(lab.folder / "bucket"), "--store", str(lab.folder / "records.sqlite")]

    def everything(self) -> bytes:
        """Return all that was written."""
        files = [path for path in self.lab.folder.rglob("*") if path.is_file() and not path.is_symlink()]
        return b"".join(path.read_bytes() for path in files)


@pytest.fixture(params=["a folder", "one file"])
def instance(new_lab, request: pytest.FixtureRequest) -> Instance:
    lab = new_lab("instance")
    left = lab.folder / "dispatcher" / "job_dict"
    write_json(left / "7" / "3a007a50.json", {"s3_location": ["a"], "asset_id": ["a"]})
    write_json(left / "3a007a50.json", {"s3_location": ["a"], "asset_id": ["a"]})
    return Instance(lab, left / ("7" if request.param == "a folder" else "3a007a50.json"))


def test_a_stage_leaves_a_folder_of_its_own(instance: Instance):
    ended = instance.run(*instance.places, "--dry_run=0", "--retry_failed", "1", "--analysis_tag=", "--plan", "false")
    assert ended.returncode == 0, ended.stdout
    (left,) = instance.results.iterdir()
    assert left.name in ("7", "3a007a50.json")
    names = [".launch", "account", "decisions.jsonl", "jobs.tsv", "log.txt", "report.html"]
    assert sorted(os.listdir(left)) == names
    assert (left / "log.txt").read_text() == ended.stdout
    (row,) = table_rows(left / "jobs.tsv")
    assert (row["file"], row["state"]) == ("3a007a50.json", "done")
    (manifest,) = published(instance.lab.folder / "bucket").values()
    assert manifest["run"]["code_ocean"] == {
        "capsule": "c4p5u1e",
        "pipeline": "p1p3",
        "computation": "c0mp",
        "user": "me@example.org",
        "commit": "0123456789abcdef0123456789abcdef01234567",
        "image": "registry.example.org/capsule/1f2e3d4c-0000-4000-8000-a1b2c3d4e5f6:d41d8cd98f00",
    }
    ran_in = manifest["environment"]
    assert ran_in["container"] == manifest["run"]["code_ocean"]["image"]
    assert ran_in["code_version"] == manifest["run"]["code_ocean"]["commit"]
    assert ran_in["code_url"] == "https://git.example.org/capsule-0412345.git"
    assert TOKEN.encode() not in instance.everything()


def test_a_failed_job_is_reported_and_stops_no_other_instance(new_lab):
    lab = new_lab("failing")
    write_json(lab.folder / "job_dict" / "x.json", {"s3_location": ["fail"], "wrong": 1, "s3_loc": []})
    instance = Instance(lab, lab.folder / "job_dict")
    ended = instance.run(*instance.places)
    assert ended.returncode == 0, ended.stdout
    assert "jobs without a result: 1, only reported" in ended.stdout.splitlines()[-1]
    (left,) = instance.results.iterdir()
    assert table_rows(left / "jobs.tsv")[0]["state"] == "invalid"
    ended = instance.run(*instance.places, "--failed_jobs", "fail")
    assert ended.returncode == 1


def test_an_option_that_is_none_is_named_and_the_log_is_left(new_lab):
    lab = new_lab("misspelt")
    write_json(lab.folder / "job_dict" / "x.json", {"s3_location": ["a"]})
    instance = Instance(lab, lab.folder / "job_dict")
    ended = instance.run(*instance.places, "--dryrun=1")
    assert ended.returncode == 1
    assert "There is no parameter --dryrun; did you mean --dry_run?" in ended.stdout
    (left,) = instance.results.iterdir()
    assert sorted(os.listdir(left)) == ["account", "log.txt"]
    ended = instance.run(*instance.places, "stray")
    assert (
        ended.stdout == (left / "log.txt").read_text() == "'stray' is no option: write --NAME VALUE or --NAME=VALUE\n"
    )


@pytest.fixture(scope="module")
def script() -> dict[str, Any]:
    return runpy.run_path(str(PROJECT / "codeocean" / "run"))


TARGETS = {
    "/node/ab/capsule/results/job_dict/0": "0",
    "/node/ab/capsule/results/job_dict/3a007a50.json": "3a007a50.json",
    "/node/ab/capsule/results/job_dict/1/a.json": "1-a.json",
    "/node/ab/capsule/results/job_dict": "job_dict",
    "/node/ab/capsule/results/job_dict/.json": "json",
}


@pytest.mark.parametrize("target", TARGETS)
def test_an_instance_is_called_as_its_input(script: dict[str, Any], tmp_path: Path, target: str) -> None:
    (tmp_path / "job_dict").symlink_to(target)
    assert script["input_name"](tmp_path / "job_dict") == TARGETS[target]


def test_no_two_instances_are_called_alike(script: dict[str, Any], tmp_path: Path) -> None:
    for name in ("0/jobs", "1/jobs"):
        write_files(tmp_path / "batches" / name, {"a.json": name, "b.json": name})
    for number in ("0", "1"):
        (tmp_path / f"link-{number}").symlink_to(tmp_path / "batches" / number / "jobs")
        write_files(tmp_path / f"copy-{number}", {"b.json": number, "c.json": ""})
        (tmp_path / f"copy-{number}" / "linked").symlink_to(tmp_path / "batches" / number / "jobs")
    write_files(tmp_path, {"one/0/a.json": "", "nothing/.keep": ""})
    names = [script["input_name"](tmp_path / name) for name in ("link-0", "link-1", "copy-0", "copy-1", "nowhere")]
    assert len(set(names)) == len(names)
    assert script["input_name"](tmp_path / "one") == "0"


SHA = "0123456789abcdef0123456789abcdef01234567"
ADDRESS = "https://$GIT_ACCESS_TOKEN@$GIT_HOST/capsule-12.git"
URL = "https://git.example.org/capsule-12.git"
SCRIPTS = {
    f'git clone "{ADDRESS}" capsule-repo\ngit -C capsule-repo checkout {SHA} --quiet': (SHA, SHA, URL),
    f'git -c credential.helper= clone --filter=tree:0 "{ADDRESS}" r\ngit -C r checkout -q {SHA}': (SHA, SHA, URL),
    f'git clone --branch main "{ADDRESS}" r\ngit -C r -c core.fileMode=false checkout "{SHA}"': (SHA, SHA, URL),
    f'git -c credential.helper= clone --filter=tree:0 --branch v3.0 "{ADDRESS}" r': (None, "v3.0", URL),
    f"git clone --branch='v1' '{ADDRESS}' r": (None, "v1", URL),
    f"git clone \\\n  -b v2 \\\n  {ADDRESS} r": (None, "v2", URL),
    f"git clone https://{TOKEN}@git.example.org/capsule-12.git": (None, None, URL),
    "git clone https://$GIT_HOST/$GIT_ACCESS_TOKEN/capsule-12.git": (None, None, None),
    f"git clone https://$GIT_HOST/{TOKEN}/capsule-12.git": (None, None, None),
    "echo nothing is cloned": (None, None, None),
}


STARTED = ["{image} ", "'{image}' ", '"{image}" ', "{image}\n"]
OF_A_CAPSULE = "registry.example.org/capsule/1f2e3d4c-0000-4000-8000-a1b2c3d4e5f6:d41d8cd98f00"
RELEASED = "registry.example.org/published/1f2e3d4c-0000-4000-8000-a1b2c3d4e5f6:v3"


@pytest.mark.parametrize("image", [OF_A_CAPSULE, RELEASED])
@pytest.mark.parametrize("text", STARTED)
def test_the_image_of_the_capsule(script: dict[str, Any], tmp_path: Path, text: str, image: str) -> None:
    write_files(
        tmp_path, {".command.run": f"docker run -i {text.format(image=image)}/bin/bash", "capsule/code/run": ""}
    )
    assert script["provenance"](tmp_path / "capsule" / "code")["CO_CAPSULE_IMAGE"] == image


@pytest.mark.parametrize("text", SCRIPTS)
def test_where_the_code_of_the_capsule_is_from(
    script: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    write_files(tmp_path, {".command.sh": text, "capsule/code/run": ""})
    monkeypatch.setenv("GIT_HOST", "git.example.org")
    monkeypatch.setenv("GIT_ACCESS_TOKEN", TOKEN)
    found = script["provenance"](tmp_path / "capsule" / "code")
    names = ("CO_CAPSULE_COMMIT", "ANALYSIS_CODE_VERSION", "ANALYSIS_CODE_URL")
    assert tuple(found.get(name) for name in names) == SCRIPTS[text]


PANELS = {
    ("--dry_run=1", "--plan=0"): {"dry_run": "true", "plan": "false"},
    ("--dry_run", "True", "--plan", "FALSE"): {"dry_run": "true", "plan": "false"},
    ("--dry_run", "--plan="): {"dry_run": "true"},
    ("--analysis_tag=a b", "--code_version", ""): {"set.analysis_tag": "a b"},
    ("--analysis_tag=", "--max_attempts=3"): {"max_attempts": "3"},
    ("--unknown=7",): {"unknown": "7"},
}


@pytest.mark.parametrize("words", PANELS)
def test_what_an_app_panel_gives(script: dict[str, Any], words: tuple[str, ...]) -> None:
    assert script["given"](list(words)) == PANELS[words]


def test_the_panel_of_the_capsule_has_options_that_there_are() -> None:
    panel = json.loads((PROJECT / "codeocean" / "capsule" / ".codeocean" / "app-panel.json").read_text())
    names = {parameter["param_name"] for parameter in panel["parameters"]}
    groups = json.loads((PROJECT / "nextflow_schema.json").read_text())["$defs"].values()
    assert names - {"analysis_tag"} <= {name for group in groups for name in group["properties"]}
