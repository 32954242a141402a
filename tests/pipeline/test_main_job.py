"""New jobs, from the files to the results, the records, the table and the report."""

import hashlib
import json
import os
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aind_data_schema.core.metadata import Metadata
from aind_data_schema.core.processing import Processing
from support.lab import Ended, Lab, outputs_of, published, records, write_json

from analysis_jobs.analysis.archive import read_archive

pytestmark = pytest.mark.nextflow
LABELS = ["a", "file.nwb", "two"]
COLUMNS = ["file", "key", "state", "reason", "attempt", "seconds", "location"]
FILES = ["<script>alert(1).json", "together/one.json", "together/two.json"]


@pytest.fixture(scope="module")
def lab(new_lab) -> Lab:
    lab = new_lab("main_job")
    lab.use("looking.py", "my lab/code/looking.py")
    make_checkout(lab.folder / "my lab", lab.environment)
    lab.usual["check_inputs"] = "none"  # they are nowhere
    lab.job("<script>alert(1)", "s3://in/a", asset_id=["1"], query='{"subject": 7}')
    lab.job("together/one", ["s3://in/one"], file_location=["s3://in/one/file.nwb"])
    lab.job("together/two")
    write_json(lab.folder / "parameters.json", {"analysis_tag": "v1", "value": 2.5})
    return lab


def make_checkout(folder: Path, environment: dict[str, str]) -> None:
    if shutil.which("git"):
        mail = ["-c", "user.name=Lab", "-c", "user.email=lab@example.org", "-c", "commit.gpgsign=false"]
        for arguments in (
            ["init", "--quiet"],
            ["remote", "add", "origin", "https://me:secret@example.org/lab/code.git"],
            ["add", "."],
            [*mail, "commit", "--quiet", "-m", "Add the analysis"],
        ):
            subprocess.run(["git", "-C", folder, *arguments], env=environment, check=True)


@pytest.fixture(scope="module")
def ended(lab: Lab) -> Ended:
    return lab.run(analysis="my lab/code/looking.py", parameters="parameters.json")


def test_a_parser_that_loses_the_command_line_is_refused(lab: Lab):
    """That of Nextflow 25.04, if it is asked for; older ones pass over the variable."""
    said = lab.run(analysis="my lab/code/looking.py", plan=True, env={"NXF_SYNTAX_PARSER": "v2"}).said
    assert ("does not tell the configuration what the command line says" in said) == ("version 25.04" in said)


def test_the_code_stays(lab: Lab, ended: Ended):
    """Where it is found by the digest that each manifest says."""
    digests = {manifest["run"]["source"]["digest"] for manifest in published(lab.bucket).values()}
    (archive,) = (lab.bucket / "_code").iterdir()
    assert digests == {archive.name.removesuffix(".tar.gz")}
    code = read_archive(archive.read_bytes(), *digests)
    assert (code.kind, code.entry) == ("file", "looking.py")


@pytest.fixture(scope="module")
def manifests(lab: Lab, ended: Ended) -> dict[str, dict[str, Any]]:
    """By file: of the job, what was published."""
    manifests = published(lab.bucket)
    return {row["file"]: manifests[row["key"]] for row in ended.rows}


@pytest.fixture(scope="module")
def found(lab: Lab, ended: Ended) -> dict[str, dict[str, Any]]:
    """By file: the record of the job."""
    found = records(lab.store)
    return {row["file"]: found[row["key"]] for row in ended.rows}


def process_of(record: dict[str, Any]) -> dict[str, Any]:
    (process,) = record["processing"]["data_processes"]
    return process


def test_the_launch_ends_well_with_one_task_for_each_batch(ended: Ended):
    assert ended.returncode == 0, ended.said
    # The folder `together` shares a task
    assert ended.tasks == {"DEDUPE": 1, "ANALYZE": 2, "UPLOAD": 1, "RECORD": 1, "SUMMARIZE": 1}
    assert "\n3 jobs: 3 done\nsee OUT/report.html\n" in ended.said


def test_the_table_has_a_row_for_each_file(lab: Lab, ended: Ended):
    known = ["label", "subject", "acquired", "inputs", "outputs.in_results", "outputs.value"]
    assert list(ended.rows[0]) == [*COLUMNS, *known]
    assert [row["file"] for row in ended.rows] == FILES
    for row in ended.rows:
        assert (row["state"], row["reason"], row["attempt"]) == ("done", "computed", "1")
        assert row["location"] == str(lab.bucket / row["key"])
        assert 0.1 <= float(row["seconds"]) < 60
        assert (row["outputs.in_results"], row["outputs.value"]) == ("true", "2.5")
    assert [row["label"] for row in ended.rows] == LABELS
    assert [row["inputs"] for row in ended.rows] == ["s3://in/a", "s3://in/one/file.nwb", "together/two"]


def test_a_task_with_one_job_has_its_label_for_a_tag(ended: Ended):
    tags = {line.rpartition("(")[2].rstrip(")") for line in ended.said.splitlines() if ":ANALYZE (" in line}
    (batch,) = tags - {"a"}
    assert re.fullmatch("[0-9a-f]{16}", batch)


def test_everything_written_is_published_with_its_checksum(manifests: dict[str, dict[str, Any]]):
    for manifest in manifests.values():
        files = {file["path"]: file["size"] for file in manifest["files"]}
        assert files.keys() == {"analysis.log", "input.txt", "deep/er/bytes.bin", "link.bin"}
        assert files["deep/er/bytes.bin"] == files["link.bin"] == 256_000


def test_the_key_is_the_digest_of_its_parts(manifests: dict[str, dict[str, Any]]):
    parts = manifests["together/one.json"]["parts"]
    assert parts == {
        "key_version": 1,
        "inputs": ["s3://in/one/file.nwb"],
        "parameters": {"analysis_name": "looking", "analysis_tag": "v1", "value": 2.5},
        "code": parts["code"],
    }
    for manifest in manifests.values():
        text = json.dumps(manifest["parts"], sort_keys=True, separators=(",", ":"))
        assert manifest["key"] == hashlib.sha256(text.encode()).hexdigest()


def test_every_job_has_a_fresh_folder_and_a_log_of_its_own(lab: Lab, ended: Ended, found):
    inputs = ["s3://in/a", "s3://in/one/file.nwb", "together/two"]
    for file, location in zip(FILES, inputs, strict=True):
        assert outputs_of(found[file]) == {"found": [], "in_results": True, "value": 2.5}
        folder = Path(ended.row(file)["location"])
        assert (folder / "analysis.log").read_text() == f"looking at {location}\na warning\nfrom a program\n"
        assert (folder / "input.txt").read_text() == location


def test_the_record_lies_beside_the_results(lab: Lab, ended: Ended, found):
    for file, record in found.items():
        row = ended.row(file)
        assert json.loads(Path(row["location"], "metadata.nd.json").read_text()) == record
        assert record["_id"] == record["name"] == row["key"]
        assert record["location"] == row["location"]


@pytest.mark.filterwarnings("ignore:Metadata missing required file")
def test_the_record_is_what_aind_data_schema_wants(found):
    for record in found.values():
        metadata = Metadata.model_validate(record)
        assert metadata.processing == Processing.model_validate(record["processing"])
        # Nothing is left out of it, and nothing is there that the schema does not know
        assert json.loads(metadata.model_dump_json()) == {k: v for k, v in record.items() if k != "_id"}


def test_the_record_says_what_ran(found):
    process = process_of(found["together/one.json"])
    assert (process["name"], process["process_type"], process["stage"]) == ("looking", "Analysis", "Analysis")
    assert process["code"]["language"] == "Python"
    assert process["code"]["parameters"] == {"analysis_name": "looking", "analysis_tag": "v1", "value": 2.5}
    assert process["code"]["container"] is None
    assert [data["url"] for data in process["code"]["input_data"]] == ["s3://in/one", "s3://in/one/file.nwb"]
    assert process["output_path"] == "."
    assert process["experimenters"]
    assert process["resources"]["cpu_cores"] == os.cpu_count()
    assert 0 < process["resources"]["ram"] < 10
    assert "attempt 1" in process["notes"]
    assert 'query used to find the data assets: {"subject": 7}' in process_of(found[FILES[0]])["notes"]


def test_the_record_names_the_pipeline(found):
    processing = found["together/one.json"]["processing"]
    (pipeline,) = processing["pipelines"]
    assert pipeline["name"] == process_of(found["together/one.json"])["pipeline_name"] == "aind-analysis-jobs"
    assert pipeline["url"].endswith("/aind-analysis-jobs")
    assert pipeline["version"]


@pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")
def test_the_record_says_which_commit_ran_and_no_secret(lab: Lab, found):
    command = ["git", "-C", lab.folder / "my lab", "rev-parse", "HEAD"]
    commit = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    process = process_of(found["together/one.json"])
    assert process["code"]["url"] == "https://example.org/lab/code.git"
    assert process["code"]["version"] == process["code"]["commit_hash"] == commit
    assert process["code"]["run_script"] == "code/looking.py"
    assert f"git commit {commit}; not pushed to any known remote" in process["notes"]
    assert "secret" not in json.dumps(found)


def test_times_are_those_of_the_job(lab: Lab, ended: Ended, found):
    def times(file: str) -> tuple[datetime, datetime]:
        process = process_of(found[file])
        return tuple(datetime.fromisoformat(process[f"{end}_date_time"]) for end in ("start", "end"))

    one, two = sorted(times(file) for file in FILES[1:])
    assert one[0] < one[1] <= two[0] < two[1]  # one after the other in their task, not both the task's times
    launched = datetime.fromtimestamp((lab.folder / "parameters.json").stat().st_mtime, UTC)
    assert launched < one[0]
    assert two[1] < datetime.now(UTC)
    for file in FILES:
        start, end = times(file)
        assert (end - start).total_seconds() == pytest.approx(float(ended.row(file)["seconds"]), abs=0.05)


def test_the_report_shows_names_as_text(lab: Lab, ended: Ended):
    report = (lab.out / "report.html").read_text().replace("<wbr>", "")
    assert "<script>alert" not in report
    assert "&lt;script&gt;alert(1).json" in report
    assert "3 jobs: 3 done" in report
