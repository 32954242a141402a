"""The files of a jobs folder, at any depth: which of them are jobs, and which share a task."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from analysis_jobs.errors import InvalidInput
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


def find_job_files(jobs: Path) -> tuple[list[JobFile], list[str]]:
    """Find the job files of a folder, at any depth, in the order of their names.

    Returns
    -------
    files : list of JobFile
        Everything named ``*.json`` but the distributed parameters. Links and folders of such a name are
        among them, unless the folder holds job files: reading them says what is wrong.
    ignored : list of str
        Names of the other files.

    Raises
    ------
    InvalidInput
        If there is no such folder.
    """
    if not jobs.is_dir():
        raise InvalidInput(f"{jobs} is not a folder; give --jobs the folder that the dispatcher wrote to")
    files: list[JobFile] = []
    ignored: list[str] = []
    for path in _walk(jobs):
        name = relative_name(path, jobs)
        if path.suffix != ".json" or path.name.startswith("."):
            ignored.append(name)
        elif name not in DISTRIBUTED_FILES:
            files.append(JobFile(path, name, "" if path.parent == jobs else relative_name(path.parent, jobs)))
    return files, ignored


def _walk(folder: Path, above: tuple[Path, ...] = ()) -> Iterator[Path]:
    above = (*above, folder)
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except PermissionError:
        yield folder / "*.json"  # nobody knows which; reading it says what is wrong
        return
    for entry in entries:
        path = Path(entry.path)
        if not _is_folder_below(entry, above):
            yield path
        elif not path.name.startswith("."):
            inside = list(_walk(path, above))
            # A folder named like a job file, with no job in it, is a mistake that deserves a line of its own.
            yield from inside if inside or path.suffix != ".json" else [path]


def _is_folder_below(entry: os.DirEntry[str], above: tuple[Path, ...]) -> bool:
    # A link may lead to itself, or to a folder that it lies in.
    if entry.is_symlink():
        return os.path.isdir(entry) and not any(os.path.samefile(entry, folder) for folder in above)
    return entry.is_dir()
