"""The files of a jobs folder, at any depth: which of them are jobs, and which share a task."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.own_folders import is_result, is_written_by_us
from analysis_jobs.wording import relative_name

# Parameter sets that a dispatcher leaves beside its jobs; the second is the original's spelling.
DISTRIBUTED_FILES = ("distributed_parameters.json", "distributed_paramters.json")


@dataclass(frozen=True)
class JobFile:
    """A job file found in the jobs folder.

    `name` is its path within the folder; `folder` is the subfolder whose jobs share one task, or "".
    """

    path: Path
    name: str
    folder: str


@dataclass(frozen=True)
class FoundFiles:
    """What is in a jobs folder.

    Attributes
    ----------
    files
        Everything named ``*.json`` but the distributed parameters. Links and folders of such a name are
        among them, unless the folder holds job files: reading them says what is wrong.
    ignored
        Names of the other files.
    left_out
        Names of folders that the pipeline wrote, and of the launch's own parameters file.
    """

    files: list[JobFile] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def find_job_files(jobs: Path, parameters: Path | None = None) -> FoundFiles:
    """Find the job files of a folder, at any depth, in the order of their names.

    Parameters
    ----------
    jobs
        The folder.
    parameters
        The parameters file, which is no job where it lies there.

    Raises
    ------
    InvalidInput
        If there is no such folder, or it is the results of a job.
    """
    if not jobs.is_dir():
        raise InvalidInput(f"{jobs} is not a folder; give --jobs the folder that the dispatcher wrote to")
    if is_result(_names_in(jobs)):
        raise InvalidInput(f"{jobs} holds the results of a job; give --jobs the folder that the dispatcher wrote to")
    contents = FoundFiles()
    own = parameters and _name_below(parameters, jobs)
    for path in _walk(jobs, lambda folder: contents.left_out.append(relative_name(folder, jobs))):
        name = relative_name(path, jobs)
        if path.suffix != ".json" or path.name.startswith("."):
            contents.ignored.append(name)
        elif name == own:
            contents.left_out.append(name)
        elif name not in DISTRIBUTED_FILES:
            contents.files.append(JobFile(path, name, "" if path.parent == jobs else relative_name(path.parent, jobs)))
    return contents


def _name_below(path: Path, folder: Path) -> str | None:
    path, folder = path.resolve(), folder.resolve()
    return relative_name(path, folder) if path.is_relative_to(folder) else None


def _names_in(folder: Path) -> set[str]:
    try:
        return set(os.listdir(folder))
    except OSError:
        return set()


def _walk(folder: Path, leave_out: Callable[[Path], object], above: tuple[Path, ...] = ()) -> Iterator[Path]:
    above = (*above, folder)
    try:
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except PermissionError:
        yield folder / "*.json"  # nobody knows which; reading it says what is wrong
        return
    if len(above) > 1 and is_written_by_us(folder, {entry.name for entry in entries}):
        leave_out(folder)
        return
    for entry in entries:
        path = Path(entry.path)
        if not _is_folder_below(entry, above):
            yield path
        elif not path.name.startswith("."):
            inside = list(_walk(path, leave_out, above))
            # A folder named like a job file, with no job in it, is a mistake that deserves a line of its own.
            yield from inside if inside or path.suffix != ".json" else [path]


def _is_folder_below(entry: os.DirEntry[str], above: tuple[Path, ...]) -> bool:
    # A link may lead to itself, or to a folder that it lies in.
    if entry.is_symlink():
        return os.path.isdir(entry) and not any(os.path.samefile(entry, folder) for folder in above)
    return entry.is_dir()
