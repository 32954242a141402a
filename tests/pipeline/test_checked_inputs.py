"""Inputs that are missing stop their job before anything starts; one that has changed lets it run again."""

import pytest
from support.lab import Lab, checked_manifest, job_states, outputs_of, published, records

from analysis_jobs.store.opening import open_store

pytestmark = pytest.mark.nextflow


def test_a_missing_input_and_one_that_has_changed(new_lab):
    lab: Lab = new_lab("checked")
    lab.use("plain.py")
    recording = lab.folder / "a.nwb"
    recording.write_text("12345")
    lab.job("a", str(recording))
    lab.job("gone", "/none/b.nwb")
    lab.job("c", "test")
    ended = lab.run()
    assert ended.returncode == 1
    assert ended.tasks["ANALYZE"] == 2
    assert ended.states == {"a.json": "done", "c.json": "done", "gone.json": "invalid"}
    assert ended.row("gone.json")["reason"].startswith("gone.json: the input /none/b.nwb is missing: nothing is there;")
    assert "whether test can be read is not known before the jobs run: it is not an absolute path" in ended.said
    key = ended.row("a.json")["key"]
    (read,) = published(lab.bucket)[key]["inputs_read"]
    assert read == job_states(lab.store)[key]["inputs_read"][0]
    assert (read["location"], read["size"]) == (str(recording), 5)
    (process,) = records(lab.store)[key]["processing"]["data_processes"]
    assert f"; input {recording}: 5 bytes, modified {read['modified']}; " in process["notes"]

    recording.write_text("1234567")
    (lab.jobs / "gone.json").unlink()
    again = lab.run(check_inputs="identity", changed_inputs="rerun", resume=True)
    assert again.returncode == 0, again.said
    assert (again.tasks["ANALYZE"], again.cached["ANALYZE"]) == (1, 0)
    assert again.states == {"a.json": "done", "c.json": "done"}
    assert again.row("a.json")["attempt"] == "1"  # with all attempts before it
    (read,) = checked_manifest(lab.bucket / key)["inputs_read"]
    assert read["size"] == 7
    assert "7 bytes" in records(lab.store)[key]["processing"]["data_processes"][0]["notes"]
    assert outputs_of(records(lab.store)[key])
    kept = {path.name.partition(".")[2] for path in (lab.bucket / ".set-aside" / key).iterdir()}
    assert kept == {"", "manifest.json"}
    (note,) = open_store(str(lab.store), read_only=True).history(key)
    assert note["act"] == "opened again"
