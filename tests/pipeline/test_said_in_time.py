"""What whoever launched reads on the screen: what is waited for, what was left out, and where the account is."""

import shlex
import sqlite3
import stat
from pathlib import Path

import pytest
from support.lab import Ended, Lab

pytestmark = pytest.mark.nextflow

LOCKED = "did not answer for 1 s: another program has locked it: end that (`fuser FILE` names it)"


@pytest.fixture(scope="module")
def lab(new_lab) -> Lab:
    lab = new_lab("said")
    lab.use("plain.py")
    lab.job("a")
    (lab.jobs / "session.JSON").write_text("{}")
    return lab


def locked(store: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(store, isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    return connection


def one_sentence(ended: Ended, said: str) -> None:
    """See that the launch ended with a sentence, and without what Nextflow says of a task that failed."""
    assert ended.returncode == 1
    assert said in ended.said
    for wall in ("Command executed", "Caused by", "Work dir:", "Exception", "analysis-jobs doctor"):
        assert wall not in ended.said


def test_a_store_that_is_locked_is_told_while_it_is_tried_again(lab: Lab):
    lab.out.mkdir()
    connection = locked(lab.store)
    running = lab.start(env={"ANALYSIS_RETRY_SECONDS": "6"})
    running.wait_until(lambda: LOCKED in running.log.read_text(), "it says what it waits for")
    assert f"DEDUPE: the store {lab.store} {LOCKED}; it is tried again in 1 s (2 of 4)" in running.log.read_text()
    connection.close()
    ended = running.wait()
    assert ended.returncode == 0, ended.said
    assert ended.states == {"a.json": "done"}
    assert ended.said.count(LOCKED) == 1
    assert "WARN: DEDUPE: ignored 1 file not called *.json: session.JSON" in ended.said


def test_a_store_that_stays_locked_ends_it_in_a_sentence(lab: Lab):
    lab.use("plain.py", "other.py").write_text((lab.folder / "analysis.py").read_text() + "# other code\n")
    connection = locked(lab.store)
    ended = lab.run(env={"ANALYSIS_RETRY_SECONDS": "0.3"}, analysis="other.py")
    connection.close()
    one_sentence(ended, f"the store {lab.store} did not answer for 0.3 s: another program has locked it")
    assert ended.tasks == {"DEDUPE": 4}


def test_an_account_that_cannot_be_written_is_told_with_its_place(lab: Lab):
    obstacle = lab.folder / "taken" / "report.html" / "file"
    obstacle.parent.mkdir(parents=True)
    obstacle.write_text("")
    ended = lab.run(outdir="taken")
    assert ended.returncode == 1
    (sentence,) = (line for line in ended.said.splitlines() if line.startswith("The account of this launch could not"))
    place = Path(sentence.partition("it is in ")[2].partition(". Free")[0])
    assert sentence.startswith("The account of this launch could not be written to taken: it is in ")
    assert f"\nsee {place}/report.html\n" in ended.said
    assert "\tdone\t" in (place / "jobs.tsv").read_text()
    assert (place / "report.html").stat().st_size > 1_000
    assert obstacle.exists()


def test_an_environment_that_a_configuration_brings_may_lack_the_package(lab: Lab):
    """Which is seen in the task alone, as in an image."""
    python = lab.folder / "other" / "python"
    python.parent.mkdir()
    python.write_text("#!/bin/sh\necho no module of that name >&2\nexit 1\n")
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    brings = f"beforeScript = 'export PATH={python.parent}:$PATH'"
    (lab.folder / "lab.config").write_text(f"process {{ withName: DEDUPE {{ {brings} }} }}\n")
    ended = lab.run("-c", str(lab.folder / "lab.config"))
    one_sentence(ended, f"The tasks found no Python with this package (they found: {python}): activate its environment")


def test_a_dollar_in_the_launch_folder_is_told_before_anything_runs(lab: Lab):
    ended = lab.run(cwd=lab.folder / "a$b", jobs=lab.jobs, analysis=lab.folder / "analysis.py")
    one_sentence(ended, "has a $ in its name, which a shell takes for a variable in the scripts of Nextflow")
    assert not ended.tasks
    elsewhere = ("-work-dir", str(lab.folder / "elsewhere"))
    well = lab.run(*elsewhere, cwd=lab.folder / "a$b", jobs=lab.jobs, analysis=lab.folder / "analysis.py", plan=True)
    assert well.returncode == 0, well.said


@pytest.mark.parametrize(
    ("given", "variables", "said"),
    [
        (
            {"store": "docdb"},
            {"DOCDB_COLLECTION": "a/b"},
            "DOCDB_COLLECTION is 'a/b', which is not a name that the document",
        ),
        ({"bucket": "s3://"}, {}, "the bucket s3:// has no name; give --bucket s3://NAME"),
        ({"store": "jobs"}, {}, "jobs is a folder; give --store a SQLite file, such as"),
    ],
)
def test_names_that_a_service_would_refuse_are_refused_also_in_a_plan(lab: Lab, given, variables, said: str):
    ended = lab.run(env=variables, outdir="PLAN", plan=True, **given)
    one_sentence(ended, said)
    assert ended.tasks == {"DEDUPE": 1}
    assert not (lab.folder / "PLAN").exists()


def test_where_no_message_says_the_cause_the_doctor_is_asked(lab: Lab):
    config = lab.folder / "three.config"
    config.write_text("process { withName: SUMMARIZE { beforeScript = 'exit 3' } }")
    ended = lab.run("-c", str(config), outdir="it's", env={"AWS_SECRET_ACCESS_KEY": "a-secret-without-its-key"})
    assert ended.returncode == 1
    assert "terminated with an error exit status (3)" in ended.said
    assert "What `analysis-jobs doctor` finds here may be the cause:\n" in ended.said
    said = "wrong    variables: AWS_SECRET_ACCESS_KEY is set without AWS_ACCESS_KEY_ID; set both, or neither\n"
    assert said in ended.said
    assert "a-secret-without" not in ended.said
    (line,) = (line for line in ended.said.splitlines() if line.endswith("says what this machine lacks."))
    words = shlex.split(line.strip("`").partition("`")[0])
    assert words[:4] == ["analysis-jobs", "doctor", "--outdir", "it's"]
    assert words[words.index("--work-dir") + 1] == str(lab.folder / "work")


def test_a_doctor_that_is_not_there_is_only_named(lab: Lab):
    config = lab.folder / "three.config"
    config.write_text("process { withName: SUMMARIZE { beforeScript = 'exit 3' } }")
    other = lab.folder / "without" / "analysis-jobs"
    other.parent.mkdir()
    other.write_text("#!/bin/sh\nexit 127\n")
    other.chmod(0o755)
    ended = lab.run("-c", str(config), env={"PATH": str(other.parent)})
    assert "`analysis-jobs doctor --outdir OUT --work-dir" in ended.said
    assert "may be the cause" not in ended.said


def test_whoever_ends_a_launch_knows_why(lab: Lab):
    lab.use("waiting.py", "waiting.py")
    running = lab.start(analysis="waiting.py", outdir="ENDED")
    running.wait_until(lambda: "process > ANALYSIS:DEDUPE" in running.log.read_text(), "it runs")
    running.process.terminate()
    ended = running.wait()
    assert ended.returncode != 0
    assert "analysis-jobs doctor" not in ended.said
