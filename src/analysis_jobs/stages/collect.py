"""One account of many launches, as of the instances of a stage: their jobs in one table and one report."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

from analysis_jobs.documents import Decision, LaunchDocument
from analysis_jobs.errors import InvalidInput
from analysis_jobs.report.links import Links
from analysis_jobs.stages.files import checked_decisions, read_launch, read_outcomes
from analysis_jobs.stages.summarize import Told, write_account

ACCOUNT = "account"


def collect(folders: Sequence[Path], outdir: Path) -> tuple[str, int]:
    """Write ``jobs.tsv`` and ``report.html`` of all jobs of some launches.

    A job that one of them computed and another found running elsewhere, or had as well, counts once, for the one that
    computed it; for the others it is a repeat.

    Parameters
    ----------
    folders
        What the launches left (``--outdir`` with ``--keep_account``), or folders of such folders.
    outdir
        Where to write; made here.

    Returns
    -------
    counts : str
        In words, as at the end of a launch.
    without : int
        How many jobs have no result.

    Raises
    ------
    InvalidInput
        If a folder has no account of a launch.
    """
    launches = {name: place for folder in folders for name, place in _launches(folder)}
    settled = [place / ACCOUNT / "settled.jsonl" for place in launches.values()]
    computed = {
        outcome["key"]: name
        for name, path in zip(launches, settled, strict=True)
        for outcome in (read_outcomes(path) if path.is_file() else ())
    }
    about = next(map(_about, launches.values()), cast(LaunchDocument, {}))
    decisions = [each for name, place in launches.items() for each in _decisions(name, place, computed)]
    outdir.mkdir(parents=True, exist_ok=True)
    links = Links(str(outdir.absolute()), None)
    told = Told(decisions, [path for path in settled if path.is_file()], about)
    counts = write_account(told, outdir, links)
    failed = outdir / "failed.txt"
    without = int(failed.read_text())
    failed.unlink()
    return counts, without


def _launches(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield name and place of each launch in a folder, which may be one itself."""
    if (folder / "decisions.jsonl").is_file():
        yield folder.name, folder
        return
    inside = sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    found = [path for path in inside if (path / "decisions.jsonl").is_file()]
    if not found:
        raise InvalidInput(
            f"{folder} has no account of a launch; give what launches with --keep_account left, or a folder of them"
        )
    yield from ((path.name, path) for path in found)


def _about(place: Path) -> LaunchDocument:
    path = place / ACCOUNT / "run.json"
    return read_launch(path) if path.is_file() else cast(LaunchDocument, {})


def _decisions(name: str, place: Path, computed: dict[str, str]) -> Iterator[Decision]:
    """Yield the decisions of a launch, with the name of the launch before those of files."""
    for decision in checked_decisions(place / "decisions.jsonl"):
        named: Decision = {**decision, "file": f"{name}/{decision['file']}"}
        where = computed.get(decision.get("key", ""))
        if where and where != name and decision["decision"] in ("run", "claimed"):
            named |= {"decision": "repeat", "reason": f"computed by the launch {where}"}
        yield named
