"""The forms that jobs and parameters come in, and which parameter wins."""

import shutil
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from support.lab import PROJECT, Ended, Lab, outputs_of, published, records, write_json

pytestmark = pytest.mark.nextflow


def outputs(lab: Lab, ended: Ended) -> list[tuple[str, dict[str, Any]]]:
    """Of each row: the file, and what its job returned."""
    found = records(lab.store)
    return [(row["file"], outputs_of(found[row["key"]])) for row in ended.rows]


@pytest.mark.real_data
def test_jobs_of_both_generations(new_lab, real_data: Path):
    """Three jobs on one asset; the second generation also says for itself what the analysis is called."""
    lab = new_lab("generations")
    lab.usual["check_inputs"] = "none"  # they are nowhere
    lab.use("layered.py")
    for sample in sorted((real_data / "aind").glob("sample_job*.json")):
        shutil.copyfile(sample, lab.jobs / sample.name.removeprefix("sample_job_"))
    ended = lab.run()
    assert ended.returncode == 0, ended.said
    assert ended.tasks["ANALYZE"] == 2
    assert ended.states == {"dispatched_gen2.json": "done", "gen1.json": "done", "gen2.json": "repeat"}
    dispatched = {"analysis_name": "Unit Filtering", "analysis_tag": "V1", "isi_violations_cutoff": 0.05}
    defaults = dict.fromkeys(("analysis_name", "analysis_tag", "fixed", "line", "own"), "default")
    by_file = dict(outputs(lab, ended))
    assert by_file["dispatched_gen2.json"] == by_file["gen2.json"] == {**defaults, **dispatched}
    assert by_file["gen1.json"] == {**defaults, "isi_violations_cutoff": 0.05}
    (parts,) = [one["parts"] for key, one in published(lab.bucket).items() if key == ended.rows[1]["key"]]
    assert parts["inputs"] == ["s3://in-bucket/asset_000"]


def test_the_last_word_on_a_parameter(new_lab):
    """Defaults, then fixed, then the command line, then distributed; a folder of jobs shares a task.

    The analysis is an installed module.
    """
    lab = new_lab("precedence")
    lab.use("layered.py", "packages/my_lab/layered.py").with_name("__init__.py").touch()
    lab.job("minimal", ["test"], asset_id=["test"])
    for number in range(4):
        lab.job(f"{number % 2}/{UUID(int=number)}", f"n{number}", distributed_parameters={"own": "job's"})
    # For jobs without their own: a set each
    write_json(lab.jobs / "distributed_parameters.json", [{"own": "set 1"}, {"own": "set 2", "line": "set"}])
    fixed = {"analysis_name": "test", "fixed": "fixed", "line": "fixed", "own": "fixed"}
    write_json(lab.folder / "p.json", {"fixed_parameters": fixed})
    ended = lab.run(
        analysis="my_lab.layered",
        parameters="p.json",
        set={"line": "line"},
        env={"PYTHONPATH": str(lab.folder / "packages")},
    )
    assert ended.returncode == 0, ended.said
    assert ended.tasks["ANALYZE"] == 4  # two folders, and the two of minimal.json
    said = {"analysis_name": "test", "analysis_tag": "default", "isi_violations_cutoff": 0.0015}
    assert outputs(lab, ended) == [
        *(
            (f"{number % 2}/{UUID(int=number)}.json", said | {"fixed": "fixed", "line": "line", "own": "job's"})
            for number in (0, 2, 1, 3)
        ),
        ("minimal.json", said | {"fixed": "fixed", "line": "line", "own": "set 1"}),
        ("minimal.json", said | {"fixed": "fixed", "line": "set", "own": "set 2"}),
    ]
    assert lab.runs == {f"n{n} job's": 1 for n in range(4)} | {"test set 1": 1, "test set 2": 1}


def test_jobs_that_share_tasks(new_lab):
    """The original's spelling of distributed parameters; twelve jobs in about three tasks; a folder of code."""
    lab = new_lab("sharing")
    lab.use("layered.py", "code/analysis.py")
    sets = [{"own": text} for text in "abc"]
    write_json(lab.jobs / "distributed_paramters.json", sets)
    for number in range(4):
        lab.job(str(number))
    ended = lab.run(analysis="code", jobs_per_task=4, group_size=100)
    assert ended.returncode == 0, ended.said
    assert 1 < ended.tasks["ANALYZE"] <= 3
    assert ended.tasks["UPLOAD"] == ended.tasks["RECORD"] == 1
    assert len(ended.rows) == 12
    assert {row["state"] for row in ended.rows} == {"done"}
    assert lab.runs == {f"{number} {text}": 1 for number in range(4) for text in "abc"}
    assert [(f"{n}.json", t) for n in range(4) for t in "abc"] == [
        (file, returned["own"]) for file, returned in outputs(lab, ended)
    ]


def test_jobs_beside_the_results_and_the_work_folder(new_lab):
    """`--jobs .`, twice; the parameters file lies there as well, and a job has fields that nobody knows."""
    lab = new_lab("here")
    lab.use("layered.py")
    for number in range(3):
        write_json(lab.folder / f"{number}.json", {"s3_location": [f"session_{number}"], "dispatched_by": "me"})
    write_json(lab.folder / "p.json", {"own": "p"})
    states = []
    for _ in range(2):
        ended = lab.run(jobs=".", parameters="p.json")
        assert ended.returncode == 0, ended.said
        states.append(ended.states)
        assert {row["reason"].partition("; ")[2] for row in ended.rows} == {
            "ignored 'dispatched_by', not a field of a job file"
        }
    assert states == [{f"{number}.json": "done" for number in range(3)}] * 2
    left_out = "; left out of --jobs: what this pipeline wrote or was given as parameters (OUT, p.json, work)"
    assert f"DEDUPE: 3 jobs: 3 done before{left_out}" in ended.said


def test_jobs_of_todays_dispatcher(new_lab):
    """Single and grouped, with what the library and the wrapper's panel add to the parameters."""
    lab = new_lab("todays")
    lab.usual["check_inputs"] = "none"  # they are nowhere
    for number, names in enumerate((["a"], ["a", "b"])):
        for cutoff in (0.05, 0.5):
            files = [f"s3://rec/{name}/nwb/session.nwb" for name in names]
            parameters = {"dry_run": "0", "isi_violations_cutoff": cutoff, "analysis_tag": "V1", "file_location": files}
            lab.job(
                f"{number}/{UUID(int=int(100 * cutoff))}",
                [f"s3://rec/{name}" for name in names],
                asset_name=names,
                docdb_record_id=names,
                file_location=files,
                distributed_parameters={"isi_violations_cutoff": cutoff},
                group_metadata=None,
                query=None,
                analysis_code={"object_type": "Code", "url": "https://host/capsule", "parameters": parameters},
            )
    ended = lab.run(analysis=str(PROJECT / "examples" / "isi_violations"), plan=True)
    assert ended.returncode == 0, ended.said
    assert "plan, nothing is run or claimed: 4 run" in ended.said
    said = "new; left out 'dry_run', 'file_location' of the dispatcher, not a parameter of the analysis"
    assert ended.said.count(said) == 4
