"""The examples' `run_analysis`, called as in a notebook, and what generates their sessions and the demo."""

import importlib
import importlib.util
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hdmf_zarr import NWBZarrIO
from pydantic import ValidationError
from pynwb import NWBHDF5IO, NWBFile, TimeSeries

from analysis_jobs import GenericModel, Job, NothingToReport

EXAMPLES = Path(__file__).parents[2] / "examples"


def analysis(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"{name}_example", EXAMPLES / name / "analysis.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


isi = analysis("isi_violations")
reaction = analysis("reaction_time")


def job(*inputs: Path) -> Job:
    return Job(s3_location=["s3://somewhere"], file_location=[str(path) for path in inputs])


def run(module: ModuleType, results: Path, *inputs: Path, **parameters) -> GenericModel:
    return module.run_analysis(job(*inputs), module.AnalysisSpecification(**parameters), results)


def empty_recording() -> NWBFile:
    return NWBFile(session_description="test", identifier="test", session_start_time=datetime(2024, 3, 1, tzinfo=UTC))


def write(nwb: NWBFile, path: Path) -> Path:
    with NWBHDF5IO(path, "w") as io:
        io.write(nwb)
    return path


@pytest.fixture(scope="session")
def generated(tmp_path_factory) -> list[Path]:
    """Three generated sessions; read only."""
    folder = tmp_path_factory.mktemp("generated sessions")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(EXAMPLES)
        module = importlib.import_module("generate_sessions")
    return [path for path, _ in module.generate_sessions(folder, 3)]


def assert_is_figure(path: Path) -> None:
    assert path.read_bytes().startswith(b"\x89PNG")
    assert path.stat().st_size > 10_000


# ISI violations


@pytest.fixture
def units(tmp_path) -> Path:
    """Spike times that are exact in binary, so that an interval can be as long as the cutoff."""
    nwb = empty_recording()
    nwb.add_unit(id=6, spike_times=[0.0, 0.25, 0.75, 1.75])  # intervals 0.25, 0.5, 1
    nwb.add_unit(id=191, spike_times=[0.5])
    nwb.add_unit(id=206, spike_times=[])
    nwb.add_unit(id=300, spike_times=[2.0, 2.25, 3.0, 2.5])  # in order: 0.25, 0.25, 0.5
    nwb.add_unit(id=301, spike_times=[0.0, 10.0])  # starts before the unit before it ends
    return write(nwb, tmp_path / "units.nwb")


def test_isi_violations_by_hand(units, tmp_path):
    outputs = run(isi, tmp_path, units, isi_violations_cutoff=0.5)
    assert outputs.isi_violations == {"0": 1 / 3, "3": 2 / 3, "4": 0}
    assert outputs.units_without_intervals == ["1", "2"]
    assert outputs.unit_ids == {"0": 6, "1": 191, "2": 206, "3": 300, "4": 301}


def test_isi_violations_writes_its_files(units, tmp_path):
    run(isi, tmp_path, units, isi_violations_cutoff=0.5)
    written = json.loads((tmp_path / "isi_violations.json").read_text())
    assert written["isi_violations_cutoff_s"] == 0.5
    assert written["isi_violations"] == {"0": 1 / 3, "3": 2 / 3, "4": 0}
    assert written["units"][:2] == [
        {"unit": "0", "unit_id": 6, "n_intervals": 3, "n_violations": 1},
        {"unit": "1", "unit_id": 191, "n_intervals": 0, "n_violations": 0},
    ]
    assert_is_figure(tmp_path / "isi_histogram.png")


def test_units_of_several_inputs_do_not_collide(units, generated, tmp_path):
    outputs = run(isi, tmp_path, units, *generated, isi_violations_cutoff=0.5)
    assert outputs.isi_violations["units.nwb:0"] == 1 / 3
    assert len(outputs.unit_ids) == 5 + 3 * 5
    assert {name.partition(":")[0] for name in outputs.unit_ids} == {"units.nwb", *(p.name for p in generated)}
    assert_is_figure(tmp_path / "isi_histogram.png")


def test_units_of_inputs_of_the_same_name_do_not_collide(units, tmp_path):
    (tmp_path / "other").mkdir()
    other = tmp_path / "other" / units.name
    other.write_bytes(units.read_bytes())
    outputs = run(isi, tmp_path, units, other, isi_violations_cutoff=0.5)
    assert outputs.isi_violations[f"{units}:0"] == outputs.isi_violations[f"{other}:0"] == 1 / 3
    assert len(outputs.unit_ids) == 10


def test_an_input_without_units_adds_nothing(units, tmp_path):
    without = write(empty_recording(), tmp_path / "without.nwb")
    outputs = run(isi, tmp_path, units, without, isi_violations_cutoff=0.5)
    assert set(outputs.isi_violations) == {"units.nwb:0", "units.nwb:3", "units.nwb:4"}


def test_without_units_there_is_nothing_to_report(tmp_path):
    without = write(empty_recording(), tmp_path / "without.nwb")
    with pytest.raises(NothingToReport, match=r"no units .*without\.nwb"):
        run(isi, tmp_path, without)


def test_units_without_spike_times_are_no_units(tmp_path):
    nwb = empty_recording()
    nwb.add_unit_column("quality", "how good")
    nwb.add_unit(quality=1.0)
    with pytest.raises(NothingToReport):
        run(isi, tmp_path, write(nwb, tmp_path / "unsorted.nwb"))


def test_single_spikes_are_reported_as_such(tmp_path):
    nwb = empty_recording()
    nwb.add_unit(spike_times=[1.0])
    outputs = run(isi, tmp_path, write(nwb, tmp_path / "single.nwb"))
    assert (outputs.isi_violations, outputs.units_without_intervals) == ({}, ["0"])
    assert (tmp_path / "isi_histogram.png").exists()


@pytest.mark.parametrize("cutoff", [0, -0.001, float("nan"), float("inf")])
def test_a_cutoff_is_positive(cutoff):
    with pytest.raises(ValidationError, match="isi_violations_cutoff"):
        isi.AnalysisSpecification(isi_violations_cutoff=cutoff)


def test_isi_violations_of_generated_sessions_differ(generated, tmp_path):
    fractions = run(isi, tmp_path, generated[0]).isi_violations
    assert fractions["0"] == 0
    assert 0.001 < fractions["1"] < 0.01 < fractions["2"] < 0.03 < fractions["3"] < 0.15
    assert_is_figure(tmp_path / "isi_histogram.png")


@pytest.mark.real_data
def test_isi_violations_of_a_real_recording(real_data, tmp_path):
    outputs = run(isi, tmp_path, real_data / "ephys" / "A8604-211122.nwb")
    expected = {"0": 0, "1": 0.01962, "2": 0.00195}
    assert outputs.isi_violations == pytest.approx(expected, abs=5e-6)
    assert outputs.units_without_intervals == []
    assert outputs.unit_ids == {"0": 6, "1": 191, "2": 206}


# Reaction time


def trials(responses: list[float]) -> NWBFile:
    """Trials with go cues at 10, 20, 30, ... seconds."""
    nwb = empty_recording()
    nwb.add_trial_column("goCue_start_time", "seconds")
    nwb.add_trial_column("animal_response", "0 left, 1 right, 2 none")
    for number, response in enumerate(responses, start=1):
        cue = 10.0 * number
        nwb.add_trial(start_time=cue - 1, stop_time=cue + 5, goCue_start_time=cue, animal_response=response)
    return nwb


def add_licks(nwb: NWBFile, left: list[float], right: list[float]) -> NWBFile:
    for side, times in (("left", left), ("right", right)):
        series = TimeSeries(name=f"{side}_lick_time", data=np.ones(len(times)), unit="s", timestamps=times)
        nwb.add_acquisition(series)
    return nwb


@pytest.fixture
def licks(tmp_path) -> Path:
    """Left, right, no response (but a lick), NaN response, right before left, and no lick at all."""
    nwb = trials([0.0, 1.0, 2.0, float("nan"), 0.0, 1.0])
    add_licks(nwb, left=[9.75, 10.25, 30.5, 40.5, 50.75], right=[19.0, 20.0, 20.5, 50.25])
    return write(nwb, tmp_path / "licks.nwb")


def test_reaction_times_by_hand(licks, tmp_path):
    outputs = run(reaction, tmp_path, licks)
    assert outputs.model_dump() == {"n_trials": 6, "n_responded": 3, "median_reaction_time_s": 0.25}
    written = json.loads((tmp_path / "reaction_times.json").read_text())
    assert written["reaction_time_s_by_trial"] == [0.25, 0.5, None, None, 0.25, None]
    assert written["n_responded"] == 3
    assert_is_figure(tmp_path / "reaction_times.png")


def test_slow_licks_are_no_response(licks, tmp_path):
    outputs = run(reaction, tmp_path, licks, max_reaction_time_s=0.25)
    assert outputs.model_dump() == {"n_trials": 6, "n_responded": 2, "median_reaction_time_s": 0.25}


def test_without_a_response_there_is_no_median(tmp_path):
    path = write(add_licks(trials([2.0, 2.0]), left=[10.5], right=[]), tmp_path / "asleep.nwb")
    outputs = run(reaction, tmp_path, path)
    assert outputs.model_dump() == {"n_trials": 2, "n_responded": 0, "median_reaction_time_s": None}
    assert (tmp_path / "reaction_times.png").exists()


def test_without_trials_there_is_nothing_to_report(tmp_path):
    with pytest.raises(NothingToReport, match=r"no trials in .*without\.nwb"):
        run(reaction, tmp_path, write(empty_recording(), tmp_path / "without.nwb"))


def test_trials_of_another_task_are_an_error(tmp_path):
    nwb = empty_recording()
    nwb.add_trial(start_time=0.0, stop_time=1.0)
    with pytest.raises(ValueError, match=r"other\.nwb lacks the .*goCue_start_time.*left_lick_time"):
        run(reaction, tmp_path, write(nwb, tmp_path / "other.nwb"))


def test_several_inputs_are_an_error(licks, tmp_path):
    with pytest.raises(ValueError, match="one input, not 2; split it"):
        run(reaction, tmp_path, licks, licks)


def test_reaction_times_of_generated_sessions(generated, tmp_path):
    outputs = run(reaction, tmp_path, generated[0])
    assert outputs.n_trials == 60
    assert 40 <= outputs.n_responded < 60
    assert 0.15 < outputs.median_reaction_time_s < 0.4
    assert_is_figure(tmp_path / "reaction_times.png")


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("session", "n_trials", "n_responded", "median"),
    [
        ("703548_2024-03-01_08-51-32.nwb", 555, 505, 0.296),
        ("717121_2024-06-15_10-58-01.nwb", 571, 506, 0.164),  # Zarr
    ],
)
def test_reaction_times_of_real_recordings(real_data, tmp_path, session, n_trials, n_responded, median):
    outputs = run(reaction, tmp_path, real_data / "behavior" / session)
    assert (outputs.n_trials, outputs.n_responded) == (n_trials, n_responded)
    assert outputs.median_reaction_time_s == pytest.approx(median, abs=5e-4)


# What the examples have in common


@pytest.mark.parametrize("module", [isi, reaction], ids=["isi_violations", "reaction_time"])
def test_the_parameter_files_fit_the_specifications(module):
    parameters = json.loads(Path(module.__file__).with_name("parameters.json").read_text())
    for values in parameters.get("distributed_parameters", [{}]):
        module.AnalysisSpecification(**parameters["fixed_parameters"], **values)


@pytest.mark.parametrize("module", [isi, reaction], ids=["isi_violations", "reaction_time"])
def test_a_misspelt_parameter_is_refused(module):
    with pytest.raises(ValidationError, match="analysis_nam"):
        module.AnalysisSpecification(analysis_nam="x")


@pytest.mark.parametrize("name", ["isi_violations", "reaction_time"])
def test_to_check_parameters_takes_no_heavy_import(name):
    code = f"import sys; sys.path.insert(0, {str(EXAMPLES / name)!r}); import analysis; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert not {"matplotlib", "pynwb", "hdmf", "h5py", "zarr"} & set(loaded.split())


# The generator


def generate(*arguments: object) -> str:
    command = [sys.executable, str(EXAMPLES / "generate_sessions.py"), *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def stamps(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


def spike_times(path: Path) -> np.ndarray:
    with NWBZarrIO(str(path), "r", load_namespaces=False) as io:
        return io.read().units.spike_times.data[:]


def test_generated_sessions_are_the_same_for_a_seed(generated, tmp_path):
    said = generate(tmp_path / "a b", "--sessions", 1, "--seed", 0)
    again = tmp_path / "a b" / generated[0].name
    assert said == f"wrote {again}\n"
    assert np.array_equal(spike_times(again), spike_times(generated[0]))
    assert not np.array_equal(spike_times(again), spike_times(generated[1]))


def test_generated_sessions_are_left_alone(generated):
    folder = generated[0].parent
    before = stamps(folder)
    said = generate(folder, "--sessions", 2)
    assert said == "".join(f"kept {path}\n" for path in generated[:2])
    assert stamps(folder) == before


def test_generated_sessions_are_small(generated):
    for session in generated:
        assert sum(path.stat().st_size for path in session.rglob("*")) < 700_000
    assert sorted(generated[0].parent.iterdir()) == generated


# The demo


@pytest.fixture
def demo(monkeypatch) -> ModuleType:
    monkeypatch.syspath_prepend(EXAMPLES)
    return importlib.import_module("demo")


def fake_nextflow(folder: Path, status: int) -> Path:
    path = folder / "nextflow"
    path.write_text(f'#!/bin/sh\nprintf "%s\\n" "$PWD" "$PATH" "$@" > called.txt\nexit {status}\n')
    path.chmod(0o755)
    return path


def test_the_demo_writes_a_job_for_each_session(demo, generated, tmp_path):
    demo.write_jobs(generated, tmp_path / "jobs")
    files = sorted((tmp_path / "jobs").iterdir())
    jobs = [Job.model_validate_json(file.read_text()) for file in files]
    assert [one.inputs for one in jobs] == [[str(path)] for path in generated]
    assert len({one.asset_id[0] for one in jobs}) == 3


def test_the_demo_calls_nextflow_in_its_folder(demo, tmp_path):
    demo.run_pipeline(str(fake_nextflow(tmp_path, 0)), tmp_path)
    folder, path, *arguments = (tmp_path / "called.txt").read_text().splitlines()
    assert Path(folder) == tmp_path
    assert path.startswith(f"{Path(sys.executable).parent}{os.pathsep}")
    assert arguments[:2] == ["run", str(EXAMPLES.parent / "main.nf")]
    options = dict(zip(arguments[2::2], arguments[3::2], strict=True))
    assert options.pop("--environment") == "active"  # what setup has installed
    assert set(options) == {"--jobs", "--analysis", "--parameters", "--outdir"}
    assert all(Path(value).is_absolute() for value in options.values())
    assert Path(options["--analysis"]).exists()
    assert Path(options["--parameters"]).exists()


def test_the_demo_passes_a_failure_on(demo, tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        demo.run_pipeline(str(fake_nextflow(tmp_path, 3)), tmp_path)
    assert ended.value.code == 3
    said = capsys.readouterr().err.strip()
    assert "status 3" in said
    assert ".nextflow.log" in said
    assert "\n" not in said


COLUMNS = ("file", "key", "state", "reason", "attempt", "seconds", "location")


def write_table(results: Path, reasons: list[str]) -> Path:
    location = results / "analyses" / "k0"
    location.mkdir(parents=True)
    (location / "isi_histogram.png").touch()
    rows = [["a.json", f"k{i}", "done", reason, "1", "2.0", str(location)] for i, reason in enumerate(reasons)]
    text = "".join("\t".join(row) + "\n" for row in [COLUMNS, *rows])
    (results / "jobs.tsv").write_text(text)
    return location


def test_the_demo_tells_what_was_done_and_what_to_open(demo, tmp_path):
    location = write_table(tmp_path, ["computed"] * 6)
    said = demo.summary(tmp_path)
    assert "6 of 6 analyses are done" in said
    assert "6 in this run" in said
    for path in (tmp_path / "report.html", location / "isi_histogram.png", location / "metadata.nd.json"):
        assert str(path) in said


def test_the_demo_says_that_all_is_done_already(demo, tmp_path):
    write_table(tmp_path, ["done before, on 2024-03-01"] * 6)
    assert "all of them before, so nothing was computed" in demo.summary(tmp_path)


def test_the_demo_without_nextflow_says_what_to_do(demo, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit, match="run `make setup`"):
        demo.find_nextflow()
