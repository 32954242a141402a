"""The source files of an analysis: which they are, their digest, and copies of them.

Imports within functions are for a quick start.
"""

import ast
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from analysis_jobs.analysis.script_block import without_blocks
from analysis_jobs.errors import InvalidInput
from analysis_jobs.pipeline import is_written_by_us
from analysis_jobs.wording import relative_name, shown, size_text

# What lies in a checkout beside the code, and is never code of the analysis.
SKIPPED_FOLDERS = {"__pycache__", "node_modules", "venv"}
LARGEST_FOLDER = 100_000_000


def digest(files: Iterable[tuple[str, Path]]) -> str:
    """Return the SHA-256, in hexadecimal, of named source files.

    Parameters
    ----------
    files
        Name within the analysis and path of each. Order and line ends make no difference, and neither do the comments
        that declare packages: as of a requirements.txt, they are no code.
    """
    return content_digest_of((name, path.read_bytes()) for name, path in files)


def content_digest_of(files: Iterable[tuple[str, bytes]]) -> str:
    """Return the same of the names and contents of source files.

    Raises
    ------
    InvalidInput
        If a name is not UTF-8.
    """
    whole = hashlib.sha256()
    for name, content in sorted(files):
        try:
            whole.update(f"{name}\n{hashlib.sha256(as_code(content)).hexdigest()}\n".encode())
        except UnicodeEncodeError:
            raise InvalidInput(f"the name of the source file {shown(name)} is not UTF-8; rename it") from None
    return whole.hexdigest()


def as_code(content: bytes) -> bytes:
    """Return what of a source file is code: with the line ends of Unix, and without comments that declare packages."""
    content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if b"# /// script\n" in content:
        content = without_blocks(content.decode(errors="surrogateescape")).encode(errors="surrogateescape")
    return content


def python_files(folder: Path) -> list[Path]:
    """Return every Python file of a folder, without hidden ones and folders that hold no code."""
    return [path for path in folder_files(folder) if path.suffix == ".py"]


def code_files(entry: Path, folder: Path) -> list[Path]:
    """Return every Python file of a folder but those of pytest, unless the analysis imports them.

    Parameters
    ----------
    entry
        The file that defines the analysis.
    folder
        The folder, which may be a package.

    Raises
    ------
    InvalidInput
        If a file is not valid Python that must be read to know.
    """
    files = python_files(folder)
    if not any(map(_is_of_pytest, files)):
        return files
    roots = [folder, folder.parent] if (folder / "__init__.py").is_file() else [folder]
    used = {path for root in roots for path in imported_files(entry, root)}
    return [path for path in files if path in used or not _is_of_pytest(path)]


def _is_of_pytest(path: Path) -> bool:
    return path.name.startswith("test_") or path.name == "conftest.py"


def folder_files(folder: Path) -> Iterator[Path]:
    """Yield every file of a folder, without what is hidden, environments, caches, and what the pipeline wrote.

    Links to nothing are left out: editors mark a file that is open by such a one. Links to folders, too: they
    mostly lead to data.
    """
    for parent, folders, files in os.walk(folder):
        if parent != str(folder) and is_written_by_us(Path(parent), [*folders, *files]):
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in SKIPPED_FOLDERS)
        shown = sorted(name for name in files if not name.startswith("."))
        yield from (path for name in shown if (path := Path(parent, name)).is_file())


def imported_files(entry: Path, root: Path) -> list[Path]:
    """Return a source file and the local modules that it imports, directly or through others.

    Parameters
    ----------
    entry
        The file to start at.
    root
        The folder that its absolute imports are looked up in; what is not found in it is not local.

    Raises
    ------
    InvalidInput
        If one of them is not valid Python.
    """
    files: dict[Path, None] = {}
    waiting = [entry]
    while waiting:
        path = waiting.pop()
        if path not in files and path.is_relative_to(root):
            files[path] = None
            waiting.extend(_imports_of(path, root))
    return list(files)


def _imports_of(path: Path, root: Path) -> Iterator[Path]:
    packages = (folder / "__init__.py" for folder in path.parents if folder != root)
    yield from (package for package in packages if package.is_relative_to(root) and package.is_file())
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from module_files(root, alias.name.split("."))
        elif isinstance(node, ast.ImportFrom):
            base = path.parents[node.level - 1] if node.level else root
            parts = node.module.split(".") if node.module else []
            for alias in node.names:
                yield from module_files(base, [*parts, alias.name])


def parsed(path: Path) -> ast.Module:
    """Return the syntax tree of a source file.

    Raises
    ------
    InvalidInput
        If it is not valid Python.
    """
    try:
        return ast.parse(path.read_bytes(), str(path))
    except OSError as error:
        raise InvalidInput(
            f"{path.name} cannot be read: {error.strerror}; check the file and its permissions"
        ) from None
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:  # the last two are of what is nested deeply
        line = getattr(error, "lineno", None)  # that is unknown where the file is no text
        where = f", line {line}" if line else ""
        raise InvalidInput(f"{path.name}{where} is not valid Python: {error}; fix it") from None


def module_files(folder: Path, parts: Iterable[str]) -> Iterator[Path]:
    """Yield the files of a module a.b.c below a folder: a.py or a/__init__.py, then the same for b within a, ...

    c may be no module but a name in b.
    """
    for part in parts:
        for candidate in (folder / f"{part}.py", folder / part / "__init__.py"):
            if candidate.is_file():
                yield candidate
        folder = folder / part


def copy_files(files: Iterable[Path], source: Path, target: Path) -> None:
    """Copy files from one folder to another, keeping their places in it.

    Raises
    ------
    InvalidInput
        If together they are larger than any code: a data folder was given.
    """
    files = list(files)
    if (size := sum(path.stat().st_size for path in files)) > LARGEST_FOLDER:
        raise InvalidInput(
            f"{source.name} holds {size_text(size)} beside the analysis, and all of it would go to every job; "
            "put the analysis into a folder of its own"
        )
    for path in files:
        place = target / relative_name(path, source)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)


def pack(folder: Path, target: Path) -> None:
    """Pack a folder into a tar file whose bytes tell nothing but names and contents: no times, no owners.

    Nextflow compares a folder by its path and time, and a file by its content if asked to. As a folder, the
    same code would be another input of ANALYZE in each launch, and `-resume` would compute everything again.
    """
    import tarfile

    with tarfile.open(target, "w") as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = tarfile.TarInfo(f"{folder.name}/{relative_name(path, folder)}")
            entry.size = path.stat().st_size
            with path.open("rb") as content:
                archive.addfile(entry, content)
