"""One account of many launches, as of the instances of a stage: their jobs in one table and one report."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from analysis_jobs.documents import Decision, LaunchDocument
from analysis_jobs.errors import InvalidInput
from analysis_jobs.report.links import Links
from analysis_jobs.stages.files import checked_decisions, read_launch, read_outcomes
from analysis_jobs.stages.summarize import Told, write_account
from analysis_jobs.wording import listed

_DECISIONS = "decisions.jsonl"
# What codeocean/run leaves in any case
_LOG = "log.txt"
# Folders below those given: what lies deeper are data assets, or results
_DEEPEST = 3


@dataclass(frozen=True)
class Collected:
    """What came of some launches: the counts in words, and how many jobs and launches are without a result."""

    text: str
    without_result: int


@dataclass(frozen=True)
class _Launch:
    """What a launch left."""

    name: str
    place: Path

    @property
    def settled(self) -> list[Path]:
        path = self.place / "account" / "settled.jsonl"
        return [path] if path.is_file() else []

    @property
    def about(self) -> LaunchDocument | None:
        path = self.place / "account" / "run.json"
        return read_launch(path) if path.is_file() else None


def collect(folders: Sequence[Path], outdir: Path) -> Collected:
    """Write ``jobs.tsv`` and ``report.html`` of all jobs of some launches.

    A job that one of them computed and another found running elsewhere, or had as well, counts once, for the one that
    computed it; for the others it is a repeat. A launch that ended before it decided on its jobs is named.

    Parameters
    ----------
    folders
        What the launches left (``--outdir`` with ``--keep_account``), or folders in which that lies.
    outdir
        Where to write; made here.

    Raises
    ------
    InvalidInput
        If nothing of a launch is in a folder.
    """
    found = [launch for folder in folders for launch in _launches(folder)]
    launches = [launch for launch in found if (launch.place / _DECISIONS).is_file()]
    undecided = [launch.name for launch in found if launch not in launches]
    computed = {
        outcome["key"]: launch.name for launch in launches for path in launch.settled for outcome in read_outcomes(path)
    }
    decisions = [decision for launch in launches for decision in _decisions(launch, computed)]
    about = next((launch.about for launch in launches if launch.about), cast(LaunchDocument, {}))
    outdir.mkdir(parents=True, exist_ok=True)
    told = Told(decisions, [path for launch in launches for path in launch.settled], about)
    text = write_account(told, outdir, Links(str(outdir.absolute()), None))
    counted = outdir / "failed.txt"
    without = int(counted.read_text()) + len(undecided)
    counted.unlink()
    if undecided:
        text += f"\nno account of {len(undecided)} of {len(found)} launches, see {_LOG} there: {listed(undecided)}"
    return Collected(text, without)


def _launches(folder: Path) -> list[_Launch]:
    found = list(_below(folder))
    if not found:
        raise InvalidInput(
            f"{folder} has no account of a launch; give what launches with --keep_account left, or a folder of them"
        )
    return found


def _below(folder: Path) -> Iterator[_Launch]:
    for parent, folders, files in os.walk(folder, followlinks=True):
        place = Path(parent)
        inside = place.relative_to(folder)
        if _DECISIONS in files or _LOG in files:
            yield _Launch(inside.as_posix() if inside.parts else folder.name, place)
            folders.clear()
        if len(inside.parts) == _DEEPEST:
            folders.clear()
        folders.sort()


def _decisions(launch: _Launch, computed: Mapping[str, str]) -> Iterator[Decision]:
    """Yield the decisions of a launch, with the name of the launch before those of files."""
    for decision in checked_decisions(launch.place / _DECISIONS):
        named: Decision = {**decision, "file": f"{launch.name}/{decision['file']}"}
        where = computed.get(decision.get("key", ""))
        if where and where != launch.name and decision["decision"] in ("run", "claimed"):
            named |= {"decision": "repeat", "reason": f"computed by the launch {where}"}
        yield named
