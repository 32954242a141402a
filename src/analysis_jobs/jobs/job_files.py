"""The files of a jobs folder, at any depth: which of them are jobs, and which share a task."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn
from zipfile import is_zipfile

from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.packed import NAME_ONLY, WRITTEN_BY_US, PackedFile, packed_files
from analysis_jobs.pipeline import is_result, is_written_by_us
from analysis_jobs.wording import relative_name

# Lies in a folder while `analysis-jobs dispatch` replaces its job files: some are then of before, others new
HALF_DISPATCHED = ".dispatching"
# Parameter sets that a dispatcher leaves beside its jobs; the second is the original's spelling.
DISTRIBUTED_FILES = ("distributed_parameters.json", "distributed_paramters.json")


@dataclass(frozen=True, slots=True)
class JobFile:
    """A job file found in the jobs folder, or in the pack of one.

    `name` is its path within the folder.
    """

    path: Path | PackedFile
    name: str

    @property
    def folder(self) -> str:
        """The subfolder whose jobs share one task, or an empty text."""
        return self.name.rpartition("/")[0]


@dataclass(frozen=True)
class FoundFiles:
    """What is in a jobs folder.

    Attributes
    ----------
    files
        Everything named ``*.json`` but the distributed parameters. Links and folders of such a name are
        among them, unless the folder holds job files: reading them says what is wrong.
    distributed
        Parameter sets that lie beside the jobs.
    ignored
        Names of the other files.
    left_out
        Names of folders that the pipeline wrote, and of the launch's own parameters file.
    """

    files: list[JobFile] = field(default_factory=list)
    distributed: list[JobFile] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def find_job_files(
    jobs: Path, parameters: Path | None = None, place: str = "", *, even_mixed: bool = False
) -> FoundFiles:
    """Find the job files of a folder, at any depth, in the order of their names.

    Parameters
    ----------
    jobs
        The folder, or one job file; or the file that a launch packed them into.
    parameters
        The parameters file, which is no job where it lies there. A pack has it marked.
    place
        What messages call the folder, if not by its path.
    even_mixed
        Also while the job files are being replaced, or after that was ended halfway.

    Raises
    ------
    InvalidInput
        If there is no such folder, it is the results of a job, or its job files are being replaced.
    """
    found = FoundFiles()
    top = set()
    for path, name, remark in _packed(jobs) if jobs.is_file() and is_zipfile(jobs) else _in_folder(jobs, parameters):
        top.add(name.partition("/")[0])
        if name.rpartition("/")[2] == HALF_DISPATCHED and not even_mixed:
            _refuse_half_dispatched(place or jobs, name)
        if remark == WRITTEN_BY_US:
            found.left_out.append(name)
        elif remark == NAME_ONLY:
            found.ignored.append(name)
        else:
            (found.distributed if name in DISTRIBUTED_FILES else found.files).append(JobFile(path, name))
    if is_result(top):
        raise InvalidInput(
            f"{place or jobs} holds the results of a job; give --jobs the folder that the dispatcher wrote to"
        )
    return found


def _refuse_half_dispatched(place: Path | str, name: str) -> NoReturn:
    raise InvalidInput(
        f"{place} has {name}: `analysis-jobs dispatch` is replacing the job files there, or was killed while it did, "
        "so old and new files are mixed; wait until it has ended, or run it again"
    )


def distributed_in(folder: Path) -> list[JobFile]:
    """Return the files of parameter sets that lie in a folder of jobs; a broken link as well."""
    return [JobFile(folder / name, name) for name in DISTRIBUTED_FILES if os.path.lexists(folder / name)]


_Found = tuple[Path | PackedFile, str, str]  # a file, its name, and what PackedFile calls its remark


def _packed(pack: Path) -> Iterator[_Found]:
    for file in packed_files(pack):
        yield file, file.name, file.remark


def _in_folder(jobs: Path, parameters: Path | None) -> Iterator[_Found]:
    if jobs.is_file():
        yield jobs, jobs.name, ""
        return
    if not jobs.is_dir():
        raise InvalidInput(f"{jobs} is not a folder; give --jobs the folder that the dispatcher wrote to")
    own = parameters and _name_below(parameters, jobs)
    left_out: list[Path] = []
    for path in _walk(jobs, left_out.append):
        name = relative_name(path, jobs)
        is_json = path.suffix == ".json" and not path.name.startswith(".")
        yield path, name, NAME_ONLY if not is_json else WRITTEN_BY_US if name == own else ""
    for folder in left_out:
        yield folder, relative_name(folder, jobs), WRITTEN_BY_US


def _name_below(path: Path, folder: Path) -> str | None:
    path, folder = path.resolve(), folder.resolve()
    return relative_name(path, folder) if path.is_relative_to(folder) else None


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
