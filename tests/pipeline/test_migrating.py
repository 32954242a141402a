"""Analyses of the original wrapper, moved over by the very steps of docs/migrating.md."""

import difflib
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from support.lab import PROJECT, Ended, Lab, outputs_of, published, records
from support.samples import write_files

from analysis_jobs.authoring.check import check_analysis

pytestmark = pytest.mark.nextflow

ANY = "…"
# What the original's README leaves out of its examples.
IMPORTS = """import json
import logging

from analysis_pipeline_utils.analysis_dispatch_model import AnalysisDispatchModel
from analysis_pipeline_utils.metadata import construct_processing_record, write_results_and_metadata
from analysis_wrapper.analysis_model import AnalysisOutputs, AnalysisSpecification
from calculations import *

logger = logging.getLogger(__name__)


"""
MODEL_IMPORTS = """
from typing import Dict, List

from aind_data_schema.base import GenericModel
from pydantic import Field
"""
CALCULATIONS = '''
import numpy as np


def calculate_isi_violations(spike_times, cutoff):
    """The fraction of short intervals of each unit."""
    return [float(np.mean(np.diff(times) < cutoff)) if len(times) > 1 else 0.0 for times in spike_times]


def analyze_behavior(reaction_times, method):
    return {"score": float(getattr(np, method)(reaction_times)), "reaction_times": reaction_times}


def create_behavior_plot(metrics, path):
    from matplotlib.figure import Figure

    figure = Figure()
    figure.subplots().hist(metrics["reaction_times"])
    figure.savefig(path)


def run_quality_filtering(nwbfile, threshold, method):
    return [str(row) for row in range(len(nwbfile.units)) if len(nwbfile.units["spike_times"][row]) > threshold]


def create_quality_plots(results, path):
    create_behavior_plot({"reaction_times": [len(units) for units in results.values()]}, path)
'''
# Written where the README's models say "Add your custom ... here".
SPIKES = ("isi_violations_cutoff: float = Field(...)", "isi_violations: List[List[float]]\n    additional_info: str")
BEHAVIOR = ("analysis_method: str = Field(...)", "performance_score: float\n    plot_files: List[str]")
NAMED = {"analysis_name": "Moved over", "analysis_tag": "v1"}


@pytest.fixture(scope="module")
def original() -> str:
    """The README of aind-analysis-wrapper, which lies beside the recordings."""
    folder = os.environ.get("REAL_DATA")
    path = Path(folder or ".").absolute().parent / "original" / "aind-analysis-wrapper-README.md"
    if not folder or not path.is_file():
        pytest.skip("the original's README is not in ../original, seen from REAL_DATA")
    return path.read_text()


def code_below(text: str, heading: str) -> str:
    """Return the first block of Python below a heading."""
    return re.search(r"```python\n(.*?)```", text[text.index(heading) :], re.DOTALL)[1]


def model_of(original: str, fields: tuple[str, str] | None = None) -> str:
    """Return the README's models, with other fields where it tells to add one's own."""
    code = code_below(original, "### Step 1: Define Your Analysis Schema")
    if fields:
        own = iter(fields)
        code, count = re.subn(
            r"(# Add your custom .*\n)(?:    \w+: .*\n)+", lambda one: f"{one[1]}    {next(own)}\n", code
        )
        assert count == len(fields)
    return MODEL_IMPORTS + code


# The steps


PAGE = (PROJECT / "docs" / "migrating.md").read_text()
OLDER, NEWER = "construct_processing_record", "run_analysis_jobs"  # the two kinds, as the headings call them


def steps(kind: str) -> list[tuple[list[str], list[str]]]:
    """Return what to find and what to write instead, of each block of docs/migrating.md for a kind of wrapper."""
    (section,) = re.findall(rf"^## With {kind}$(.*?)^## ", PAGE, re.DOTALL | re.MULTILINE)
    blocks = re.findall(r"```diff\n(.*?)```", section, re.DOTALL)
    lines = [block.splitlines() for block in blocks]
    return [
        ([line[2:] for line in one if line[0] == "-"], [line[2:] for line in one if line[0] == "+"]) for one in lines
    ]


def moved(code: str, kind: str = OLDER, **names: str) -> str:
    """Apply every step to an analysis of the wrapper, as somebody does with an editor; `names` are its models'."""
    for find, replacement in steps(kind):
        find, replacement = ([called(line, names) for line in lines] for lines in (find, replacement))
        if len(find) == len(replacement) == 1:
            code = replaced_within_lines(code, find[0], replacement[0])
        else:
            code = replaced_lines(code, find, replacement)
    return code


def called(line: str, names: dict[str, str]) -> str:
    return re.sub("|".join(names) or "$.", lambda found: names[found[0]], line)


def pattern_of(text: str) -> str:
    return re.escape(text).replace(ANY, "([^\n]*?)")


def filled(text: str, found: list[str]) -> str:
    return text.replace(ANY, "{}").format(*found) if ANY in text else text


def replaced_within_lines(code: str, find: str, replacement: str) -> str:
    return re.sub(pattern_of(find), lambda match: filled(replacement, list(match.groups())), code)


def replaced_lines(code: str, find: list[str], replacement: list[str]) -> str:
    return "\n".join(_replaced_lines(code.splitlines(), find, replacement)) + "\n"


def _replaced_lines(lines: list[str], find: list[str], replacement: list[str]) -> Iterator[str]:
    while lines:
        if match := _match(lines, find):
            indent, found, rest, length = match
            for text in replacement:
                if text.strip() == ANY:
                    more = text.removesuffix(ANY)
                    yield from (f"{more}{line}" if line.strip() else line for line in rest)
                else:
                    here = [found.pop(0) for _ in range(text.count(ANY))]
                    yield indent + filled(text, here)
            lines = lines[length:]
        else:
            yield lines[0]
            lines = lines[1:]


def _match(lines: list[str], find: list[str]) -> tuple[str, list[str], list[str], int] | None:
    """Return indentation, what each … of a line stands for, the lines that a lone … stands for, and how many match."""
    indent = lines[0][: len(lines[0]) - len(lines[0].lstrip())]
    found: list[str] = []
    for number, text in enumerate(find):
        if text.strip() == ANY:
            rest = _block(lines[number:], indent + text.removesuffix(ANY))
            return indent, found, rest, number + len(rest)
        match = re.fullmatch(re.escape(indent) + pattern_of(text), lines[number]) if number < len(lines) else None
        if match is None:
            return None
        found += match.groups()
    return indent, found, [], len(find)


def _block(lines: list[str], indent: str) -> list[str]:
    inside = [not line.strip() or line.startswith(indent) for line in lines]
    length = inside.index(False) if False in inside else len(lines)
    while length and not lines[length - 1].strip():
        length -= 1
    return lines[:length]


# The recordings


@pytest.fixture(scope="module")
def sessions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A generated session with reaction times, as Zarr and as HDF5."""
    sys.path.insert(0, str(PROJECT / "examples"))
    from generate_sessions import FIRST_DAY, N_TRIALS, make_session, write
    from pynwb import NWBHDF5IO

    folder = tmp_path_factory.mktemp("sessions")
    paths = {"zarr": folder / "zarr.nwb", "hdf5": folder / "hdf5.nwb"}
    for name, path in paths.items():
        nwb = make_session(name, FIRST_DAY, np.random.default_rng(0))
        nwb.add_trial_column("reaction_time", "seconds", data=list(np.linspace(0.1, 0.7, N_TRIALS)))
        if name == "zarr":
            write(path, nwb)
        else:
            with NWBHDF5IO(path, "w") as io:
                io.write(nwb)
    return paths


def run_moved(lab: Lab, function: str, model: str, parameters: dict, sessions: dict[str, Path]) -> Ended:
    folder = lab.folder / "my_analysis"
    folder.mkdir()
    (folder / "analysis.py").write_text(moved(IMPORTS + function))
    (folder / "analysis_model.py").write_text(model)
    (folder / "calculations.py").write_text(CALCULATIONS)
    (lab.folder / "p.json").write_text(json.dumps([{**NAMED, **parameters}]))
    for name, path in sessions.items():
        lab.job(name, f"s3://bucket/{name}", asset_id=[f"asset-{name}"], file_location=[str(path)])
    ended = lab.run(analysis="my_analysis", parameters="p.json")
    assert ended.returncode == 0, ended.said
    assert ended.states == {"zarr.json": "done", "hdf5.json": "done"}
    return ended


def results(lab: Lab, ended: Ended, name: str) -> tuple[dict, dict[str, bytes]]:
    """Return the outputs in the record of a job, and its published files but the log."""
    key = ended.row(f"{name}.json")["key"]
    files = [file["path"] for file in published(lab.bucket)[key]["files"] if file["path"] != "analysis.log"]
    return outputs_of(records(lab.store)[key]), {file: (lab.bucket / key / file).read_bytes() for file in files}


def test_electrophysiology(new_lab, original: str, sessions: dict[str, Path]) -> None:
    lab = new_lab("electrophysiology")
    function = code_below(original, "### Electrophysiology Analysis")
    ended = run_moved(lab, function, model_of(original, SPIKES), {"isi_violations_cutoff": 0.0015}, sessions)
    for name in sessions:
        outputs, files = results(lab, ended, name)
        [violations] = outputs["isi_violations"]
        assert violations[0] == 0 < violations[1] < violations[2] < violations[3] < 0.15
        assert outputs["additional_info"] == "Processed 1 datasets"
        assert list(files) == ["spike_analysis.json"]
        written = json.loads(files["spike_analysis.json"])
        assert written == [{"asset_id": f"asset-{name}", "isi_violations": violations}]


def test_behavior(new_lab, original: str, sessions: dict[str, Path]) -> None:
    lab = new_lab("behavior")
    function = code_below(original, "### Behavioral Analysis")
    ended = run_moved(lab, function, model_of(original, BEHAVIOR), {"analysis_method": "median"}, sessions)
    for name in sessions:
        outputs, files = results(lab, ended, name)
        assert outputs["performance_score"] == pytest.approx(0.4)
        assert outputs["plot_files"] == [f"behavior_asset-{name}.png"] == list(files)
        assert files[f"behavior_asset-{name}.png"].startswith(b"\x89PNG")


def test_the_whole_of_the_usage(new_lab, original: str, sessions: dict[str, Path]) -> None:
    """The README's steps 1 to 3, whose models and function are complete."""
    lab = new_lab("usage")
    function = code_below(original, "### Step 3: Implement Your Analysis Logic")
    ended = run_moved(lab, function, model_of(original), {"threshold": 10, "method": "isolation_distance"}, sessions)
    for name, path in sessions.items():
        outputs, files = results(lab, ended, name)
        assert outputs["filtered_units"] == [str(path)]
        assert outputs["quality_metrics"] == {"mean_threshold": 10.0}
        assert sorted(files) == ["filtered_units.json", "quality_plots.png"]
        assert json.loads(files["filtered_units.json"]) == {str(path): ["0", "1", "2", "3"]}


@pytest.mark.parametrize("heading", ["### Electrophysiology", "### Behavioral", "### Step 3: Implement"])
def test_nothing_of_the_original_is_left(original: str, heading: str) -> None:
    code = moved(code_below(original, heading))
    assert "/results/" not in code
    assert not re.search(r"processing|docdb|NWBZarrIO|write_results|AnalysisDispatchModel", code.partition("logger")[0])


def test_before_the_steps_check_points_to_them(original: str, tmp_path: Path) -> None:
    function = code_below(original, "### Behavioral Analysis").replace(": AnalysisDispatchModel", "")
    (tmp_path / "analysis_model.py").write_text(model_of(original, BEHAVIOR))
    (tmp_path / "old_analysis.py").write_text(f"from analysis_model import *\n{function}")
    said = [finding.message for finding in check_analysis(str(tmp_path / "old_analysis.py")).findings]
    assert any(message.endswith("docs/migrating.md says how to move it here") for message in said)
    assert any("'/results/behavior_' is not where results are kept" in message for message in said)


# Three of the wrapper's style, moved with the fewest lines

WRAPPED = Path(__file__).parent / "wrapped"
OWN_NAMES = {
    "spike_counts": (
        OLDER,
        {"AnalysisSpecification": "SpikeCountSpecification", "AnalysisOutputs": "SpikeCountOutputs"},
    ),
    "threshold": (NEWER, {}),
    "unit_rates": (NEWER, {"AnalysisOutputModel": "RateOutputs"}),
}


def wrapped(name: str) -> str:
    path = WRAPPED / name
    return (path / "analysis.py" if path.is_dir() else path.with_suffix(".py")).read_text()


def moved_to(lab: Lab, name: str) -> str:
    """Move an analysis over into a folder of the lab, and see that nothing is wrong with it."""
    kind, names = OWN_NAMES[name]
    write_files(lab.folder / name, {"analysis.py": moved(wrapped(name), kind, **names)})
    if (WRAPPED / name).is_dir():
        shutil.copyfile(WRAPPED / name / "analysis_model.py", lab.folder / name / "analysis_model.py")
    assert check_analysis(str(lab.folder / name)).wrong == []
    return name


def changed_lines(before: str, after: str) -> tuple[int, int]:
    """Return how many lines were deleted and how many were written, of those that are not blank."""
    lines = list(difflib.ndiff(*([line for line in code.splitlines() if line.strip()] for code in (before, after))))
    return sum(line[0] == "-" for line in lines), sum(line[0] == "+" for line in lines)


@pytest.mark.parametrize("name", OWN_NAMES)
def test_the_page_says_how_many_lines_change(name: str) -> None:
    kind, names = OWN_NAMES[name]
    code = wrapped(name)
    (row,) = (line for line in PAGE.splitlines() if line.startswith(f"| `{name}`, with `{kind}`"))
    said = tuple(int(number) for number in re.findall(r"\d+", row))
    assert said == (len(code.splitlines()), *changed_lines(code, moved(code, kind, **names)))


@pytest.mark.parametrize("name", ["spike_counts", "threshold"])
def test_one_with_names_of_its_own(new_lab, name: str) -> None:
    lab = new_lab(name)
    moved_to(lab, name)
    write_files(lab.folder, {"p.json": '{"analysis_name": "moved", "threshold": 1}', "values.json": "[0, 1, 2, 3]"})
    lab.job("one", "s3://b/a", asset_name=["a"], file_location=[str(lab.folder / "values.json")])
    ended = lab.run(analysis=name, parameters="p.json")
    assert ended.returncode == 0, ended.said
    outputs, files = results(lab, ended, "one")
    if name == "spike_counts":
        assert (outputs, files) == ({"n_large": {"a": 2}}, {"n_large.json": b'{"a": 2}'})
    else:
        assert (outputs, files) == ({"fraction": 0.5}, {})


def test_one_without_outputs(new_lab, sessions: dict[str, Path]) -> None:
    lab = new_lab("unit_rates")
    moved_to(lab, "unit_rates")
    write_files(lab.folder, {"p.json": '{"analysis_name": "moved"}'})
    lab.job("one", "s3://b/a", file_location=[str(sessions["zarr"])])
    ended = lab.run(analysis="unit_rates", parameters="p.json")
    assert ended.returncode == 0, ended.said
    outputs, files = results(lab, ended, "one")
    assert outputs == {}
    assert sorted(files) == [f"rates/{row}.txt" for row in range(len(files))]
    assert float(files["rates/1.txt"]) > 0
