"""Job files that take the place of others: all or none, whenever the process is ended."""

import errno
import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from support.samples import write_files

from analysis_jobs.dispatch.replacing import alone_in, replace_files
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.job_files import HALF_DISPATCHED, find_job_files

OLD = {"0/a.json": "old a", "0/b.json": "old b", "1/c.json": "old c"}
NEW = {"0/a.json": "new a", "2/d.json": "new d"}


class Killed(BaseException):
    """Takes the place of a kill."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_files(tmp_path / "jobs", OLD | {"0/mine.txt": "mine"})


def texts(folder: Path) -> dict[str, str]:
    """Return what a launch would take."""
    return {file.name: (folder / file.name).read_text() for file in find_job_files(folder).files}


def test_new_files_take_the_place_of_old_ones(folder: Path) -> None:
    replace_files(folder, OLD, NEW.items())
    assert texts(folder) == NEW
    assert sorted(path.name for path in folder.iterdir()) == ["0", "2"]
    assert (folder / "0" / "mine.txt").read_text() == "mine"


def test_what_stays_the_same_is_not_written_again(folder: Path) -> None:
    os.utime(folder / "0" / "a.json", (0, 0))
    replace_files(folder, OLD, {"0/a.json": "old a", "0/b.json": "new b"}.items())
    assert texts(folder) == {"0/a.json": "old a", "0/b.json": "new b"}
    assert (folder / "0" / "a.json").stat().st_mtime == 0


def test_a_link_in_the_place_of_a_file_is_replaced_and_what_it_leads_to_stays(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("new a")
    (folder / "0" / "a.json").unlink()
    (folder / "0" / "a.json").symlink_to(tmp_path / "elsewhere")
    replace_files(folder, OLD, {"0/a.json": "new a"}.items())
    assert not (folder / "0" / "a.json").is_symlink()
    assert (tmp_path / "elsewhere").read_text() == "new a"


def test_nothing_is_removed_before_all_are_written(folder: Path) -> None:
    def failing() -> Iterator[tuple[str, str]]:
        yield "2/d.json", "new d"
        raise InvalidInput("too large")

    with pytest.raises(InvalidInput):
        replace_files(folder, OLD, failing())
    assert texts(folder) == OLD
    assert sorted(path.name for path in folder.iterdir()) == ["0", "1"]


def killed_at(step: int, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let the process end before the given one of its changes of files; return what counts them."""
    done = [0]

    def ending(change: Callable[..., Any]) -> Callable[..., Any]:
        def changed(*arguments: Any, **more: Any) -> Any:
            if done[0] >= step:
                raise Killed
            done[0] += 1
            return change(*arguments, **more)

        return changed

    for name in ("mkdir", "touch", "replace", "unlink", "rmdir", "write_text"):
        monkeypatch.setattr(Path, name, ending(getattr(Path, name)))
    monkeypatch.setattr("shutil.rmtree", ending(__import__("shutil").rmtree))
    return done


def test_a_kill_at_any_step_leaves_old_or_new_or_what_no_launch_takes(tmp_path: Path) -> None:
    seen = set()
    for step in range(100):
        folder = write_files(tmp_path / str(step), OLD)
        with pytest.MonkeyPatch.context() as patch, suppress(Killed):
            done = killed_at(step, patch)
            replace_files(folder, OLD, NEW.items())
        try:
            taken = texts(folder)
        except InvalidInput as error:
            assert f"{folder} has {HALF_DISPATCHED}: `analysis-jobs dispatch` is replacing the job files" in str(error)
            seen.add("refused")
        else:
            assert taken in (OLD, NEW)
            seen.add("old" if taken == OLD else "new")
        there = [file.name for file in find_job_files(folder, even_mixed=True).files]
        replace_files(folder, there, NEW.items())
        assert texts(folder) == NEW
        assert {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} == NEW.keys()
        if done[0] < step:
            break
    assert seen == {"old", "refused", "new"}


@pytest.mark.parametrize("name", ["0/b.json", "3/e.json"])
def test_a_folder_in_the_place_of_a_new_file(folder: Path, name: str) -> None:
    (folder / name).unlink(missing_ok=True)
    (folder / name).mkdir(parents=True)
    with pytest.raises(OSError) as refused:
        replace_files(folder, ["0/a.json"], {"0/a.json": "new", name: "new"}.items())
    assert refused.value.strerror == f"{folder / name} is a folder"
    assert (folder / "0" / "a.json").read_text() == "old a"
    assert not (folder / HALF_DISPATCHED).exists()


def test_one_after_the_other(tmp_path: Path) -> None:
    with alone_in(tmp_path / "a" / "jobs"):
        descriptor = os.open(tmp_path / "a" / "jobs", os.O_RDONLY)
        with pytest.raises(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(descriptor)


def test_where_there_are_no_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refused)
    with alone_in(tmp_path / "jobs"):
        assert (tmp_path / "jobs").is_dir()
