"""One account of many launches, as of the instances of a stage: their jobs in one table and one report."""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from analysis_jobs.documents import Decision, LaunchDocument, LeftJobs, Outcome
from analysis_jobs.errors import InvalidInput
from analysis_jobs.report.links import Links
from analysis_jobs.stages.decision_labels import labelled_decisions
from analysis_jobs.stages.files import LEFT, checked_decisions, read_launch, read_left, read_outcomes, write_lines
from analysis_jobs.stages.summarize import Account, Told, write_account
from analysis_jobs.wording import listed, plural

_DECISIONS = "decisions.jsonl"
# In --outdir, what a launch keeps for an account
_ACCOUNT, _SETTLED, _RUN = "account", "settled.jsonl", "run.json"
# There, what codeocean/run leaves of a launch in any case
_STARTED = "started.txt"
# Folders below those given: what lies deeper are data assets, or results
_DEEPEST = 3
# What tells most of a job that several launches had, first
_RANKS = ("done", "empty", "failed", "gave_up", "run", "claimed")


@dataclass(frozen=True)
class _Launch:
    """What a launch left, and kept for an account."""

    name: str
    decisions: list[Decision]
    outcomes: dict[str, Outcome]  # by key
    about: LaunchDocument
    left: LeftJobs

    def rank(self, decision: Decision) -> int:
        """Return how much it tells of a job: the less, the more."""
        outcome = self.outcomes.get(decision["key"])
        state = outcome["state"] if outcome else decision.get("state", decision["decision"])
        computed = 0 if outcome else 1  # and not by an earlier launch
        return 2 * _RANKS.index(state) + computed if state in _RANKS else 2 * len(_RANKS)


def keep_account(folder: Path, settled: Path, run: Path) -> None:
    """Keep of a launch, into a folder made here, what `gather` needs beside its decisions.

    Parameters
    ----------
    folder
        Is to lie beside ``decisions.jsonl``.
    settled
        Folder of the files that RECORD wrote; beside it may be what was not started.
    run
        ``run.json``.
    """
    folder.mkdir()
    if (left := settled.with_name(LEFT)).is_file():
        shutil.copyfile(left, folder / LEFT)
    write_lines(folder / _SETTLED, (outcome for path in sorted(settled.glob("*")) for outcome in read_outcomes(path)))
    shutil.copyfile(run, folder / _RUN)


def gather(folders: Sequence[Path], outdir: Path) -> Account:
    """Write ``jobs.tsv`` and ``report.html`` of all jobs of some launches.

    A job that several of them had counts once, for the one that computed it, or knows most of it; for the others it
    is a repeat. A launch without an account, as it ended before, was a plan, or is damaged, is named, and counts as
    one without a result.

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
    places = dict(_named(place for folder in folders for place in _places(folder)))
    read = {name: _read(name, place) for name, place in places.items()}
    launches = [launch for launch in read.values() if launch]
    published = [launch for launch in launches if not launch.about.get("dry_run")]
    dry_run = bool(launches) and not published
    launches = launches if dry_run else published
    owners = _owners(launches)
    told = Told(
        labelled_decisions([decision for launch in launches for decision in _decisions(launch, owners)]),
        [
            outcome
            for launch in launches
            for key, outcome in launch.outcomes.items()
            if owners[key].launch == launch.name
        ],
        launches[0].about if launches else cast(LaunchDocument, {}),
        left=_left_of(launches, owners),
    )
    outdir.mkdir(parents=True, exist_ok=True)
    account = write_account(told, outdir, Links(str(outdir.absolute()), None), dry_run=dry_run)
    left_out = sorted(places.keys() - {launch.name for launch in launches})
    if not left_out:
        return account
    text = f"{account.text}\nno account of {len(left_out)} of {plural(len(places), 'launch')}: {listed(left_out)}"
    return replace(account, text=text, without_result=account.without_result + len(left_out))


def _left_of(launches: Sequence[_Launch], owners: Mapping[str, "_Owner"]) -> LeftJobs:
    """Return what was not started of the jobs that count for the launch which left them."""
    keys = [key for launch in launches for key in launch.left["keys"] if owners[key].launch == launch.name]
    return {"reason": next((launch.left["reason"] for launch in launches if launch.left["keys"]), ""), "keys": keys}


def _places(folder: Path) -> list[Path]:
    found = []
    for parent, folders, files in os.walk(folder, followlinks=True):
        place = Path(parent)
        if _DECISIONS in files or (place / _ACCOUNT / _STARTED).is_file():
            found.append(place)
            folders.clear()
        if len(place.relative_to(folder).parts) == _DEEPEST:
            folders.clear()
        folders.sort()
    if not found:
        raise InvalidInput(
            f"{folder} has no account of a launch; give what launches with --keep_account left, or a folder of them"
        )
    return found


def _named(places: Iterator[Path]) -> Iterator[tuple[str, Path]]:
    """Yield each place once, with a name that no other has: its last, or as much of the path as that takes."""
    once = {place.resolve(): place for place in places}
    names: set[str] = set()
    for resolved, place in once.items():
        parts = resolved.parts
        name = next(name for count in range(1, len(parts) + 1) if (name := "/".join(parts[-count:])) not in names)
        names.add(name)
        yield name, place


def _read(name: str, place: Path) -> _Launch | None:
    account = place / _ACCOUNT
    try:
        decisions = list(checked_decisions(place / _DECISIONS))
        outcomes = {outcome["key"]: outcome for outcome in read_outcomes(account / _SETTLED)}
        return _Launch(name, decisions, outcomes, read_launch(account / _RUN), read_left(account / LEFT))
    except (InvalidInput, OSError, ValueError, LookupError, TypeError):
        return None


@dataclass(frozen=True)
class _Owner:
    """For which launch, and which file in it, a job counts."""

    launch: str
    file: str

    @property
    def name(self) -> str:
        """The file as an account of many launches has it."""
        return f"{self.launch}/{self.file}"


def _owners(launches: Sequence[_Launch]) -> dict[str, _Owner]:
    best: dict[str, tuple[int, _Owner]] = {}
    for launch in launches:
        for decision in launch.decisions:
            if decision.get("key") and decision["decision"] != "repeat":
                found = launch.rank(decision), _Owner(launch.name, decision["file"])
                best[decision["key"]] = min(best.get(decision["key"], found), found, key=lambda one: one[0])
    return {key: owner for key, (_, owner) in best.items()}


def _decisions(launch: _Launch, owners: Mapping[str, _Owner]) -> Iterator[Decision]:
    """Yield the decisions of a launch, with the name of the launch before those of files."""
    for decision in launch.decisions:
        named: Decision = {**decision, "file": f"{launch.name}/{decision['file']}"}
        owner = owners.get(decision.get("key", ""))
        if owner and decision["decision"] != "repeat" and owner.launch != launch.name:
            named |= {"decision": "repeat", "reason": f"the same job as in {owner.name}"}
            named.pop("state", None)
            named.pop("outputs", None)
        yield named
