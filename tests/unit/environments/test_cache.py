"""Environments are made once, by one process, and are whole or not there, however the making ends."""

import errno
import json
import multiprocessing
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from fakes.processes import wait_until
from support.environments import running_in

from analysis_jobs.environments.cache import (
    folder_of,
    found_or_made,
    last_used,
    leftovers,
    made_in,
    remove,
    remove_leftover,
)
from analysis_jobs.errors import InvalidInput

NAME = "0123456789abcdef" * 4


def make(folder: Path) -> dict[str, Any]:
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(sys.executable)
    return {
        "declared": "x",
        "ours": "0f",
        "python": "3.11.7",
        "packages": [],
        "made": "2026-01-01T00:00:00+00:00",
        "seconds": 1.0,
    }


def make_slowly(folder: Path) -> dict[str, Any]:
    made = make(folder)
    with (folder.parent / "makings").open("a") as counted:
        counted.write(f"{os.getpid()}\n")
    time.sleep(0.3)  # so that others come meanwhile
    return made


def take(cache: Path) -> None:
    found_or_made(cache, NAME, make_slowly)


def test_it_is_made_once(tmp_path: Path) -> None:
    made, new = found_or_made(tmp_path / "cache", NAME, make)
    assert (new, folder_of(tmp_path / "cache", made).is_dir()) == (True, True)
    assert found_or_made(tmp_path / "cache", NAME, make) == (made, False)
    assert list(made_in(tmp_path / "cache")) == [NAME]


def test_of_several_processes_one_makes_it_and_the_others_wait(tmp_path: Path) -> None:
    processes = [multiprocessing.get_context("fork").Process(target=take, args=(tmp_path,)) for _ in range(6)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(30)
    assert [process.exitcode for process in processes] == [0] * 6
    assert len((tmp_path / "makings").read_text().splitlines()) == 1
    assert len(made_in(tmp_path)) == 1
    assert not list(tmp_path.glob("*.lock"))


def test_a_killed_making_leaves_nothing_that_looks_whole(tmp_path: Path) -> None:
    started = tmp_path / "started"

    def hang(folder: Path) -> dict[str, Any]:
        made = make(folder)
        started.touch()
        signal.pause()
        return made

    def take_and_hang() -> None:
        found_or_made(tmp_path, NAME, hang)

    process = multiprocessing.get_context("fork").Process(target=take_and_hang)
    process.start()
    wait_until(started.exists, "the making")
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join(10)
    (left,) = tmp_path.glob(f"{NAME[:16]}-*")
    assert made_in(tmp_path) == {}
    made, new = found_or_made(tmp_path, NAME, make)
    assert new
    assert not left.exists()
    assert folder_of(tmp_path, made) != left


def test_what_is_left_and_cannot_be_removed_is_in_the_way_of_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = tmp_path / f"{NAME[:16]}-00000000"
    left.mkdir()

    def fail(path: Path) -> None:
        raise OSError(errno.ENOTEMPTY, os.strerror(errno.ENOTEMPTY), str(path))

    with monkeypatch.context() as patched:
        patched.setattr("shutil.rmtree", fail)
        made, new = found_or_made(tmp_path, NAME, make)
        assert new
        with pytest.raises(InvalidInput, match=rf"{left.name} cannot be removed: Directory not empty"):
            remove_leftover(tmp_path, left)
    assert leftovers(tmp_path) == [left]
    remove_leftover(tmp_path, left)
    assert leftovers(tmp_path) == []
    assert list(made_in(tmp_path).values()) == [made]


def test_what_is_being_made_is_no_leftover(tmp_path: Path) -> None:
    def look(folder: Path) -> dict[str, Any]:
        made = make(folder)
        assert folder.is_dir()
        assert leftovers(tmp_path) == []
        return made

    found_or_made(tmp_path, NAME, look)
    assert leftovers(tmp_path) == []


def test_a_making_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def fail(folder: Path) -> dict[str, Any]:
        make(folder)
        raise InvalidInput("no")

    with pytest.raises(InvalidInput):
        found_or_made(tmp_path / "cache", NAME, fail)
    assert list((tmp_path / "cache").iterdir()) == []


def test_one_whose_python_is_gone_is_made_anew(tmp_path: Path) -> None:
    made, _ = found_or_made(tmp_path, NAME, make)
    python = folder_of(tmp_path, made) / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python")
    assert found_or_made(tmp_path, NAME, make)[1] is True


def test_one_that_has_lost_files_is_made_anew(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """As where old files are cleaned up; bytecode may come and go."""

    def make_of_files(folder: Path) -> dict[str, Any]:
        for name in ("a.py", "b.py", "__pycache__/a.pyc"):
            path = folder / "lib" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        return make(folder)

    made, _ = found_or_made(tmp_path, NAME, make_of_files)
    (folder_of(tmp_path, made) / "lib" / "__pycache__" / "a.pyc").unlink()
    assert found_or_made(tmp_path, NAME, make_of_files) == (made, False)
    assert not caplog.messages
    (folder_of(tmp_path, made) / "lib" / "b.py").unlink()
    other, new = found_or_made(tmp_path, NAME, make_of_files)
    assert new
    assert folder_of(tmp_path, other) != folder_of(tmp_path, made)
    assert not folder_of(tmp_path, made).exists()
    (said,) = caplog.messages
    assert said.startswith(f"the environment {NAME[:16]} is damaged")


def test_one_of_before_files_were_counted_is_whole(tmp_path: Path) -> None:
    made, _ = found_or_made(tmp_path, NAME, make)
    told = {name: value for name, value in made.items() if name != "files"}
    (tmp_path / f"{NAME}.json").write_text(json.dumps(told))
    assert found_or_made(tmp_path, NAME, make) == (told, False)


def test_a_damaged_one_stays_while_something_runs_in_it(tmp_path: Path) -> None:
    made, _ = found_or_made(tmp_path, NAME, make)
    (tmp_path / f"{NAME}.json").unlink()
    with running_in(folder_of(tmp_path, made)):
        assert found_or_made(tmp_path, NAME, make)[1]
        assert leftovers(tmp_path) == [folder_of(tmp_path, made)]


def test_other_files_of_the_folder_are_none_of_ours(tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text("[1]")
    assert made_in(tmp_path) == {}


def test_a_cache_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InvalidInput, match="give --environment_cache another folder"):
        found_or_made(tmp_path / "file" / "cache", NAME, make)


def test_it_is_removed(tmp_path: Path) -> None:
    made, _ = found_or_made(tmp_path, NAME, make)
    assert last_used(tmp_path, NAME).year > 2025
    remove(tmp_path, NAME)
    assert list(tmp_path.iterdir()) == []
    assert not folder_of(tmp_path, made).exists()


def test_what_is_told_of_it_is_written_last(tmp_path: Path) -> None:
    made, _ = found_or_made(tmp_path, NAME, make)
    assert json.loads((tmp_path / f"{NAME}.json").read_text()) == made
    assert not list(tmp_path.glob("*.part"))
