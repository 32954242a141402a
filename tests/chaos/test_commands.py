"""Commands end as they may, and one that removes something is killed before its step."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest
from support.shelf import Shelf

from analysis_jobs.bucket.opening import open_bucket
from analysis_jobs.store.opening import open_store
from chaos.commands import KILLED, Command, start_command
from chaos.story import BrokenPromise


class Place:
    """A store and a bucket, with a job that is done."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.store, self.bucket = folder, str(folder / "records.sqlite"), str(folder / "analyses")
        self.key = Shelf(open_store(self.store), open_bucket(self.bucket), folder / "results").done(["in"], {})

    def start(self, words: str, dies: int | None = None) -> Command:
        places = f"--store {self.store} --bucket {self.bucket}"
        paths = os.pathsep.join(filter(None, sys.path))
        return start_command(f"{words} {places}", dies, self.folder, {**os.environ, "PYTHONPATH": paths})

    @property
    def documents(self) -> tuple[int, int]:
        store = open_store(self.store)
        return len(store.recorded([self.key])), len(store.job_states([self.key]))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_a_removal_is_killed_before_its_step_and_ended_by_the_next(place: Place) -> None:
    killed = place.start("forget --state done --yes", dies=3)
    killed.end()
    assert killed.process.returncode == KILLED
    assert place.documents == (0, 1)  # claim, note, record
    assert place.start("fsck --json").end().count("half forgotten") == 1
    assert place.start(f"forget {place.key} --yes").end().endswith("1 of 1 job forgotten")
    assert place.documents == (0, 0)
    assert not list((place.folder / "analyses").glob("[0-9a-f]*"))


def test_what_is_in_a_lab_is_old_for_collect(place: Place) -> None:
    open_store(place.store).remove("record", [place.key])
    assert "1 of 1 removed" in place.start("collect --yes").end()
    assert place.start("fsck --json").end() == ""


@pytest.mark.parametrize(("status", "beside", "dies"), [(2, True, None), (75, False, 1), (-9, True, None)])
def test_a_command_that_broke_down(status: int, beside: bool, dies: int | None) -> None:
    class Ended:
        returncode = status

        def communicate(self, timeout: float) -> tuple[str, str]:
            return "", "error: oh"

    process: Any = Ended()
    with pytest.raises(BrokenPromise, match=f"x ended with {status}: error: oh"):
        Command("x", process, dies).end(beside=beside)
