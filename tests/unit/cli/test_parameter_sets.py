"""A job file with several parameter sets: a line for each job that it makes."""

import json
from pathlib import Path

from support.samples import write_files
from support.shelf import ERROR, Shelf, command


def grid(folder: Path, **axes: list[object]) -> Path:
    return write_files(folder, {"grid.json": json.dumps({"grid": axes})}) / "grid.json"


def test_a_line_for_each(job, same, shelf: Shelf, tmp_path: Path, place, capsys) -> None:
    parameters = grid(tmp_path, cutoff=[0.5, 0.7], tag=["a", "ü b"])
    said = command(capsys, "explain", *job, "--parameters", parameters, *place)
    assert said.code == 0, said.err
    assert [row["number"] for row in said.rows] == ["0", "1", "2", "3"]
    assert [row["state"] for row in said.rows] == ["done", "new", "new", "new"]
    assert said.rows[0]["key"] == same
    assert said.rows[3]["job"].endswith("tag=ü b · cutoff=0.7")
    assert said.err == f"{job[0]} makes 4 jobs, one for each parameter set; --number N explains one of them\n"


def test_one_of_them_is_chosen(job, same, tmp_path: Path, place, capsys) -> None:
    chosen = [*job, "--parameters", grid(tmp_path, cutoff=[0.7, 0.5]), "--number"]
    assert command(capsys, "explain", *chosen, 1, *place).out.splitlines()[0] == f"A {same} ({job[0]})"
    said = command(capsys, "explain", *chosen, 0, *place).out
    assert f"B {same} (the nearest record)" in said and "0.7 in A, 0.5 in B" in said
    (found,) = command(capsys, "explain", *chosen, 1, "--json", *place).lines
    assert found["key"] == same
    none = command(capsys, "explain", *chosen, 2, *place)
    assert (none.code, none.out) == (2, "")
    assert none.err == f"error: --number is 2, and {job[0]} makes 2 jobs: numbers begin with 0\n"


def test_what_the_store_knows_of_them(job, same, shelf: Shelf, tmp_path: Path, place, capsys) -> None:
    (one,) = shelf.store.job_states([same], whole=True).values()
    found = command(capsys, "explain", *job, "--set", "cutoff=0.9", "--json", *place).lines
    parts, key = found[0]["parts"], found[0]["key"]
    shelf.store.settle([{**one, "_id": key, "key": key, "parts": parts, "state": "failed", "error": ERROR}], "this-run")
    rows = command(capsys, "explain", *job, "--parameters", grid(tmp_path, cutoff=[0.9, 0.5]), *place).rows
    assert [row["state"] for row in rows] == ["failed", "done"]
    assert rows[0]["message"].startswith("ValueError: oh [red]no")


def test_what_is_given_twice_is_said(job, tmp_path: Path, place, capsys) -> None:
    parameters = grid(tmp_path, cutoff=[0.5, 0.7])
    said = command(capsys, "explain", *job, "--parameters", parameters, "--set", "cutoff=0.1", *place)
    assert (said.code, len(said.rows)) == (0, 2)
    assert said.err.startswith("note: --set cutoff has no effect if the job or the grid sets it\n")
    assert "note:" not in command(capsys, "explain", *job, "--set", "cutoff=0.1", *place).err


def test_more_sets_than_a_launch_takes(job, same, tmp_path: Path, place, capsys) -> None:
    said = command(
        capsys, "explain", *job, "--parameters", grid(tmp_path, cutoff=[*range(101)], tag=["x"] * 100), *place
    )
    assert said.code == 2
    assert "the grid makes 101 x 100 = 10,100 sets, and 10,000 are the most" in said.err
