"""The files that a job wrote: listed by ANALYZE when it has ended, and published by UPLOAD just as they are listed."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from analysis_jobs.bucket.manifests import manifest_line
from analysis_jobs.bucket.names import LOG
from analysis_jobs.bucket.protocol import ResultFile
from analysis_jobs.documents import ManifestLine
from analysis_jobs.wording import listed, relative_name


class ChangedResults(Exception):
    """The files of a job are not those that it wrote; says which."""


def result_files(folder: Path) -> Iterator[ResultFile]:
    """Yield what is published of a job: every file of its results, and its log."""
    results = folder / "results"
    # Also what is no file any more, such as a link to what another host has: copying it says so.
    for path in sorted(path for path in results.rglob("*") if not path.is_dir()):
        yield ResultFile(relative_name(path, results), path)
    yield ResultFile(LOG, folder / LOG)


def written_lines(folder: Path) -> list[ManifestLine]:
    """Return what a manifest will say of each file of a job that has ended."""
    return [manifest_line(file) for file in result_files(folder)]


def files_as_written(folder: Path, lines: Sequence[ManifestLine]) -> list[ResultFile]:
    """Return the files of a job with their lines, having seen that they are those that it wrote.

    Their content is compared when it is copied.

    Raises
    ------
    ChangedResults
        If a file is missing, of another size, or new.
    """
    known = {line["path"]: line for line in lines}
    files = [ResultFile(file.name, file.path, known.get(file.name)) for file in result_files(folder)]
    there = {file.name: file for file in files}
    changed = {
        "missing": [name for name in known if name not in there or not there[name].path.is_file()],
        "changed": [file.name for file in files if file.path.is_file() and _is_changed(file)],
        "new": [name for name in there if name not in known],
    }
    if differences := [f"{word}: {listed(names)}" for word, names in changed.items() if names]:
        raise ChangedResults(f"the results are not as the analysis left them ({'; '.join(differences)})")
    return files


def _is_changed(file: ResultFile) -> bool:
    return file.line is not None and file.path.stat().st_size != file.line["size"]
