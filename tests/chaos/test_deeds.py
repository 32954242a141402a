"""Each deed is done at its moment, to the one that it is meant for, and taken back."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fakes.processes import wait_until

from chaos.agenda import Agenda
from chaos.deeds import Deeds
from chaos.launches import Started
from chaos.plan import Action
from chaos.processes import LAUNCH, MARK, end_all_of
from chaos.story import Story


class Scene:
    """A launch that is a process which does nothing, and all that deeds look at, as a test sets it."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(["sleep", "100"], start_new_session=True)
        self.agenda, self.story = Agenda(), Story()
        self.runs: list[dict[str, Any]] = []
        self.records = dict[str, int]()
        self.failing: list[str] = []
        place = SimpleNamespace(
            published=lambda: len(self.records), backend=SimpleNamespace(records=lambda: self.records)
        )
        self.folder = folder
        launches = SimpleNamespace(
            lab=self, story=self.story, place=place, runs=self.runs, start_command=lambda *words: words
        )
        self.deeds = Deeds(self.agenda, launches, SimpleNamespace(begin=self.begin))
        self.launch = Started(7, SimpleNamespace(process=self.process))

    def begin(self, service: str, outage: str) -> Any:
        if service in self.failing:
            return None
        self.failing.append(service)
        return lambda: self.failing.remove(service)

    def expect(
        self, do: str, to: str, moment: str = "seconds", count: float = 0, seconds: float = 0, dies: int | None = None
    ) -> None:
        self.deeds.expect(Action(do, to, 0, moment, count, seconds, dies), self.launch)

    @property
    def state(self) -> str:
        """The letter that the system has for what the process does."""
        return Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()[0]

    @property
    def said(self) -> list[str]:
        return [line.partition("s  ")[2] for line in self.story.lines]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    scene = Scene(tmp_path)
    yield scene
    scene.process.kill()
    scene.process.wait()


@pytest.mark.parametrize("to", ["head", "head and tasks"])
@pytest.mark.parametrize("do", ["SIGKILL", "SIGTERM", "SIGINT"])
def test_nextflow_gets_a_signal(scene: Scene, do: str, to: str) -> None:
    scene.expect(do, to)
    scene.agenda.look()
    assert scene.process.wait(10) == -signal.Signals[do]
    assert scene.said == [f"launch 7: {to}: {do} 0 s after it began"]


def test_it_is_stopped_and_goes_on(scene: Scene) -> None:
    scene.expect("SIGSTOP", "head", seconds=1000)
    scene.agenda.look()
    wait_until(lambda: scene.state == "T", "it is stopped")
    assert not scene.agenda.is_empty
    scene.agenda.finish()
    wait_until(lambda: scene.state == "S", "it goes on")
    assert scene.said[-1] == "taken back: head: SIGSTOP"


@pytest.mark.parametrize("moment", ["started", "published", "recorded"])
def test_so_many_more_jobs_as_there_are_to_be(scene: Scene, moment: str) -> None:
    def add(name: str) -> None:
        scene.runs.append({"name": name})
        scene.records[name] = 1

    add("before")
    scene.expect("SIGKILL", "head", moment, 2)
    for name in ("before", "a"):
        add(name)
        scene.agenda.look()
        assert scene.process.poll() is None
    add("b")
    scene.agenda.look()
    assert scene.process.wait(10) == -signal.SIGKILL


def test_a_task_is_awaited(scene: Scene) -> None:
    scene.expect("hangs", "S3", "UPLOAD", seconds=1000)
    scene.expect("SIGKILL", "UPLOAD", "UPLOAD")
    scene.agenda.look()
    assert scene.said == scene.failing == []
    script = scene.folder / "upload.py"
    script.write_text("import time; time.sleep(100)")
    command = [sys.executable, script, "--flag"]
    other, task = (subprocess.Popen(command, env={MARK: str(scene.folder), LAUNCH: number}) for number in ("6", "7"))
    try:
        assert scene.agenda.run_until(lambda: task.poll() is not None, 30)
        assert task.returncode == -signal.SIGKILL
        assert scene.failing == ["S3"]
        assert other.poll() is scene.process.poll() is None
    finally:
        end_all_of(scene.folder)
        other.wait()
        task.wait()


def test_a_service_fails_for_a_while(scene: Scene) -> None:
    scene.expect("hangs", "S3", seconds=1000)
    scene.expect("is stopped", "S3", seconds=1000)
    scene.agenda.look()
    assert scene.failing == ["S3"]
    assert scene.said[-1].endswith("is stopped 0 s after it began, for 1000 s: it fails already")
    scene.agenda.finish()
    assert scene.failing == []


def test_a_repair_and_a_removal_beside(scene: Scene) -> None:
    scene.expect("fsck --repair", "store")
    scene.expect("collect", "store", dies=3)
    scene.agenda.look()
    assert scene.deeds.commands == [("fsck --repair", None), ("collect", 3)]
    assert scene.said[-1] == "launch 7: store: collect 0 s after it began, killed before step 3"


def test_what_comes_too_late_is_said(scene: Scene) -> None:
    scene.expect("SIGKILL", "head", count=1000)
    scene.process.kill()
    scene.process.wait()
    scene.agenda.look()
    assert scene.said == ["launch 7: head: SIGKILL 1000 s after it began: came too late"]
    assert scene.agenda.is_empty
