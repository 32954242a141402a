"""The sweep of docs/sweep.md, by the page's own code."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from support.lab import PROJECT, Lab, records, table_rows

pytestmark = pytest.mark.nextflow

PAGE = PROJECT / "docs" / "sweep.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)


@pytest.fixture(scope="module")
def swept(new_lab) -> Lab:
    """Three recordings, and what the page's commands make of them."""
    sys.path.insert(0, str(PROJECT / "examples"))
    from demo import write_jobs
    from generate_sessions import generate_sessions

    lab = new_lab("sweep")
    write_jobs([path for path, _ in generate_sessions(lab.folder / "sessions", 3)], lab.jobs)
    for path in PROJECT.glob("[a-z]*"):  # as in a checkout
        if not (lab.folder / path.name).exists():
            (lab.folder / path.name).symlink_to(path)
    for block in blocks("bash"):
        command = ["bash", "-e", "-c", block.replace("JOBS", "jobs")]
        ended = subprocess.run(command, cwd=lab.folder, env=lab.environment, capture_output=True, text=True)
        assert ended.returncode == 0, ended.stdout + ended.stderr
    return lab


@pytest.fixture(scope="module")
def read(swept: Lab) -> dict[str, Any]:
    """The names that the page's Python defines."""
    names: dict[str, Any] = {}
    here = Path.cwd()
    os.chdir(swept.folder)
    try:
        for block in blocks("python"):
            exec(block, names)
    finally:
        os.chdir(here)
    return names


def test_twelve_jobs_are_done(swept: Lab) -> None:
    assert [row["state"] for row in table_rows(swept.folder / "sweep" / "jobs.tsv")] == ["done"] * 12


def test_the_table_holds_what_the_records_do(swept: Lab, read: dict[str, Any]) -> None:
    found = records(swept.folder / "sweep" / "records.sqlite")
    table = read["table"].set_index("key")
    assert sorted(table.index) == sorted(found)
    for key, record in found.items():
        (process,) = record["processing"]["data_processes"]
        row = table.loc[key]
        assert row["parameters.isi_violations_cutoff"] == process["code"]["parameters"]["isi_violations_cutoff"]
        for unit, fraction in process["output_parameters"]["isi_violations"].items():
            assert row[f"outputs.isi_violations.{unit}"] == fraction


def test_the_plot_shows_them(read: dict[str, Any]) -> None:
    titles = [axes.get_title() for axes in read["panels"]]
    assert titles == [f"session_{number:03d}_seed_0" for number in range(3)]
    for axes in read["panels"]:
        assert len(axes.lines) == 4
        for line in axes.lines:
            assert list(line.get_xdata()) == pytest.approx([1, 1.5, 2, 3])
            assert (np.diff(line.get_ydata()) >= 0).all()
        assert axes.lines[3].get_ydata()[0] > 1


def test_the_picture_in_the_page_is_that_plot(swept: Lab, read: dict[str, Any]) -> None:
    committed = PROJECT / "docs" / "sweep.png"
    assert committed.stat().st_size < 80_000
    ours, theirs = (
        np.asarray(Image.open(path).convert("L"), float) for path in (committed, swept.folder / "sweep.png")
    )
    assert ours.shape == theirs.shape
    assert abs(ours - theirs).mean() < 1  # of 255; another matplotlib may draw a little otherwise


def test_a_grid_of_sets(swept: Lab, read: dict[str, Any]) -> None:
    grid = json.loads((swept.folder / "grid.json").read_text())["grid"]
    assert [len(values) for values in grid.values()] == [2, 2]
