"""The source files in an archive, unpacked so that they run as they did: under the names that their launch had."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath, PurePosixPath

from analysis_jobs.analysis.archive import ArchivedCode
from analysis_jobs.analysis.source import Source, copied_module, locate
from analysis_jobs.documents import LaunchDocument
from analysis_jobs.errors import InvalidInput
from analysis_jobs.wording import shown

_PACKAGE = "__init__.py"


def unpacked_source(code: ArchivedCode, run: LaunchDocument, target: Path) -> Source:
    """Write source files into a folder, and return where the analysis then lies.

    Parameters
    ----------
    code
        The files. Another launch may have been the first to have them, under other names.
    run
        The launch that is repeated.
    target
        The folder, which is made.

    Raises
    ------
    InvalidInput
        If they cannot run without what lay around them; then nothing is written.
    """
    kind = run["source"]["kind"] if "source" in run else code.kind
    if kind == "file":
        return _file(code, run["entry"], target)
    if kind == "module":
        return _module(code, run["analysis"], target)
    name = PurePath(run["source"]["path"] if "source" in run else "").name.strip(".") or "analysis"
    code.write(target / name)
    return locate(str(target / name))


def _file(code: ArchivedCode, entry: str, target: Path) -> Source:
    is_free = PurePath(entry).name == entry not in code.files and PurePath(entry).suffix == ".py"
    code = code.renamed(entry) if is_free else code
    code.write(target)
    return locate(str(target / code.entry))


def _module(code: ArchivedCode, name: str, target: Path) -> Source:
    """Write an installed module with its package; of a module that is a package the archive has names within that."""
    parts = tuple(name.split("."))
    if not all(part.isidentifier() for part in parts):
        raise InvalidInput(f"{shown(name)}, which its manifest says was the module, is not the name of one")
    around = PurePosixPath(*parts) if code.entry == _PACKAGE else PurePosixPath()
    files = {str(around / inside): content for inside, content in code.files.items()}
    entry = str(around / code.entry)
    if entry not in (f"{'/'.join(parts)}.py", f"{'/'.join(parts)}/{_PACKAGE}"):
        raise InvalidInput(f"its manifest says that {name} was the module, and its archive has {shown(entry)}")
    if outside := next(_imported_from_around(files, parts), None):
        raise InvalidInput(
            f"{name} was an installed module, and its archive has nothing of the package around it, of which it "
            f"imports {outside}: install that one here"
        )
    ArchivedCode("module", entry, files).write(target)
    return copied_module(target, entry, name)


def _imported_from_around(files: Mapping[str, bytes], name: tuple[str, ...]) -> Iterator[str]:
    """Yield what a package that lies in another one imports of that one, beside itself."""
    for path, content in files.items() if f"{name[0]}/{_PACKAGE}" not in files else ():
        for imported in _imports(PurePosixPath(path), content):
            shorter = min(len(imported), len(name))
            if imported[0] == name[0] and imported[:shorter] != name[:shorter] and not _has(files, imported):
                yield ".".join(imported)


def _has(files: Mapping[str, bytes], imported: tuple[str, ...]) -> bool:
    places = ("/".join(imported[:length]) for length in range(1, len(imported) + 1))
    return any(f"{place}.py" in files or f"{place}/{_PACKAGE}" in files for place in places)


def _imports(path: PurePosixPath, content: bytes) -> Iterator[tuple[str, ...]]:
    """Yield what a source file imports, modules and names in them, by the parts of their whole names."""
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError):  # of another Python than this one
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (tuple(alias.name.split(".")) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = path.parents[node.level - 1].parts if 0 < node.level <= len(path.parents) else ()
            module = node.module.split(".") if node.module else []
            yield from ((*base, *module, alias.name) for alias in node.names)
