"""Results of the real pipeline, queried: the demo's by the notebook and the command, and a failed job's."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode
from support.lab import PROJECT

pytestmark = pytest.mark.nextflow
NOTEBOOK = PROJECT / "examples" / "querying_results.ipynb"
EXAMPLE = PROJECT / "examples" / "isi_violations"
CELLS = 3 * 2  # sessions, and cutoffs


@pytest.fixture(scope="module")
def demo(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the demo, once for all."""
    folder = tmp_path_factory.mktemp("demo")
    command = [sys.executable, PROJECT / "examples" / "demo.py", folder]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def executed(demo: Path) -> Iterator[NotebookNode]:
    """The notebook, executed; after it a cell of ours that tells of the figures."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(TELL))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RESULTS", str(demo / "results"))
        patch.setenv("MPLCONFIGDIR", str(demo / "matplotlib"))
        patch.setenv("IPYTHONDIR", str(demo / "ipython"))
        NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(NOTEBOOK.parent)}}).execute()
    yield notebook


TELL = """
curves = {
    line.get_label(): (list(map(float, line.get_xdata())), list(map(float, line.get_ydata())))
    for line in plot.axes[0].get_lines()
}
print(json.dumps({"curves": curves, "picture": picture.shape, "written": written, "rows": len(outputs)}))
"""


def told(notebook: NotebookNode) -> dict[str, Any]:
    (output,) = notebook.cells[-1].outputs
    found: dict[str, Any] = json.loads(output.text)
    return found


def test_the_notebook_is_stored_without_outputs():
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [(cell.outputs, cell.execution_count) for cell in cells] == [([], None)] * len(cells)


def test_the_figure_shows_what_was_computed(executed: NotebookNode, demo: Path):
    """Each unit's mean over the sessions, from the files that the jobs wrote."""
    found = told(executed)
    written = [json.loads(path.read_text()) for path in demo.glob("results/analyses/*/isi_violations.json")]
    assert found["rows"] == len(written) == CELLS
    cutoffs = sorted({one["isi_violations_cutoff_s"] for one in written})
    units = sorted(written[0]["isi_violations"])
    assert found["curves"].keys() == {f"unit {unit}" for unit in units}
    for unit in units:
        x, y = found["curves"][f"unit {unit}"]
        of_cutoff = [
            [one["isi_violations"][unit] for one in written if one["isi_violations_cutoff_s"] == each]
            for each in cutoffs
        ]
        assert x == pytest.approx([1000 * each for each in cutoffs])
        assert y == pytest.approx([100 * sum(some) / len(some) for some in of_cutoff])


def test_the_notebook_shows_its_figures_and_files(executed: NotebookNode):
    shown = [output for cell in executed.cells if cell.cell_type == "code" for output in cell.outputs]
    assert sum("image/png" in output.get("data", {}) for output in shown) == 2
    printed = "".join(output.get("text", "") for output in shown)
    assert "isi_histogram.png\nisi_violations.json\n" in printed
    height, width, _ = told(executed)["picture"]
    assert min(height, width) > 100


# The command


def command(demo: Path, *words: object, code: int = 0) -> str:
    program = Path(sys.executable).with_name("analysis-jobs")
    words = (*words, "--outdir", "results")
    done = subprocess.run(
        [program, *map(str, words)],
        cwd=demo,
        env={**os.environ, "PYTHONWARNINGS": "error"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr if not code else "") == (code, ""), done.stderr
    return done.stdout


def lines(demo: Path, *words: object) -> list[dict[str, Any]]:
    return [json.loads(line) for line in command(demo, *words, "--json").splitlines()]


def test_list_and_show(demo: Path):
    listed = lines(demo, "list", "--parameter", "isi_violations_cutoff=0.003", "--since", "2020-01-01")
    assert len(listed) == CELLS // 2
    assert all(Path(one["inputs"][0]).is_relative_to(demo) for one in listed)
    shown = command(demo, "show", listed[0]["key"][:10])
    assert "parameters:    analysis_name = isi violations\n" in shown
    assert command(demo, "state") == f"{CELLS} jobs: {CELLS} done\n"


def test_get(demo: Path):
    key = lines(demo, "list", "--limit", 1)[0]["key"]
    command(demo, "get", key, "copy", "--only", "*.json")
    published = demo / "results" / "analyses" / key / "isi_violations.json"
    assert (demo / "copy" / "isi_violations.json").read_bytes() == published.read_bytes()
    assert {one["path"] for one in lines(demo, "files", key)} == {
        "analysis.log", "isi_histogram.png", "isi_violations.json",
    }  # fmt: skip


def test_export(demo: Path):
    import pandas as pd

    command(demo, "export", "outputs.parquet")
    command(demo, "export", "outputs.csv", "--latest")
    table = pd.read_parquet(demo / "outputs.parquet")
    assert (len(table), table["outputs.isi_violations.0"].dtype) == (CELLS, "float64")
    assert len(pd.read_csv(demo / "outputs.csv")) == CELLS


def test_explain_the_jobs_of_the_launch(demo: Path):
    """With the launch's options every job file is found done, under its very key."""
    options = ["--analysis", EXAMPLE / "analysis.py", "--parameters", EXAMPLE / "parameters.json"]
    keys = {one["key"] for one in lines(demo, "list")}
    found = [one for file in sorted((demo / "jobs").glob("*.json")) for one in lines(demo, "explain", file, *options)]
    assert {one["key"] for one in found} == keys
    assert {one["known"]["state"] for one in found} == {"done"}
    said = command(
        demo, "explain", next((demo / "jobs").glob("*.json")), *options, "--set", "analysis_tag=other", "--number", 1
    )
    assert "not the same job: parameters.analysis_tag differs" in said
