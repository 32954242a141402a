"""Where the code of an analysis lies, what identifies it, and the copy of it that jobs run.

Imports within functions are for a quick start: jobs only load what was exported.
"""

import importlib
import importlib.util
import json
import os
import re
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from analysis_jobs.documents import CodeIdentity, SourceKind
from analysis_jobs.errors import InvalidInput
from analysis_jobs.wording import relative_name, shown, similar_path

DESCRIPTION = "analysis.json"
_MODULE_NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


@dataclass(frozen=True)
class Source:
    """Where the code of an analysis lies.

    Attributes
    ----------
    kind
        A file, a folder, or an installed module.
    entry
        The file that defines the three names.
    root
        The folder that names are relative to, and that imports of siblings are looked up in.
    module
        The name to import it by; of an installed module the whole dotted name.
    is_copy
        Of a module: whether it lies in a folder by itself, as out of an archive, and so is not found by its name.
    """

    kind: SourceKind
    entry: Path
    root: Path
    module: str
    is_copy: bool = False

    @cached_property
    def files(self) -> tuple[Path, ...]:
        """The source files that the digest covers; looked for when asked, as jobs only load what was exported.

        Raises
        ------
        InvalidInput
            If one of them is not valid Python.
        """
        from analysis_jobs.analysis.code_files import code_files, imported_files

        if self.kind == "folder" or self.entry == self.root / "__init__.py":
            return tuple(code_files(self.entry, self.root))
        imported = imported_files(self.entry, self.root)
        if self.kind == "file":
            return tuple(imported)
        top = self.root / self.module.partition(".")[0]
        return tuple(path for path in imported if path == self.entry or path.is_relative_to(top))

    @property
    def package(self) -> str:
        """The name of the package that a folder is, or an empty text."""
        is_package = self.kind == "folder" and (self.root / "__init__.py").is_file()
        return self.module.partition(".")[0] if is_package else ""

    @property
    def top(self) -> Path:
        """The folder that its absolute imports start at: its own or, of a module, where its package lies."""
        if self.kind != "module":
            return self.root
        return self.entry.parents[self.module.count(".") + (self.entry.name == "__init__.py")]

    def digest(self) -> str:
        """Return the SHA-256 of the source files, wherever they lie and whatever the entry file is called."""
        return self._digest

    def identity(self, code_version: str | None = None, by: CodeIdentity = "files") -> str:
        """Return the identity of the code that keys are computed from: a digest of it, or the user's own words for it.

        The two digests are of its files, and of what they say to Python; see `analysis_jobs.analysis.syntax`.
        """
        if code_version:
            return f"version:{code_version}"
        return f"syntax:{self._syntax_digest}" if by == "syntax" else f"sha256:{self.digest()}"

    def named_files(self) -> list[tuple[str, Path]]:
        """Return the source files with their names in digests: a file that is the analysis has none."""
        anonymous = self.entry if self.kind == "file" else None
        return [("" if path == anonymous else relative_name(path, self.root), path) for path in self.files]

    @cached_property
    def _digest(self) -> str:
        from analysis_jobs.analysis.code_files import digest

        return digest(self.named_files())

    @cached_property
    def _syntax_digest(self) -> str:
        from analysis_jobs.analysis.syntax import syntax_digest

        return syntax_digest((name, path.read_bytes()) for name, path in self.named_files())

    def export(self, target: Path) -> None:
        """Copy what `load_exported` needs into a folder: the source files; of a folder, all its files.

        What runs is thus what the digest covers, whatever happens to the original meanwhile. A file or package lies
        there under the name of its module, by which processes that a job spawns import it. An installed module is not
        copied, only named with its digest; one that is a copy already is copied again, with the packages around it.
        """
        from analysis_jobs.analysis.code_files import copy_files, folder_files

        target.mkdir(parents=True)
        description = {"kind": self.kind, "module": self.module, "digest": self.digest()}
        if self.kind == "file":
            description["path"] = f"{self.module}.py"
            copy_files(self.files, self.root, target / "source")
            copied = target / "source" / relative_name(self.entry, self.root)
            copied.rename(copied.with_name(description["path"]))
        elif self.kind == "folder":
            description["path"] = self.package or self.root.name
            copy_files(folder_files(self.root), self.root, target / "source" / description["path"])
        elif self.is_copy:
            description["path"] = relative_name(self.entry, self.top)
            copy_files(self.files, self.root, target / "source" / relative_name(self.root, self.top))
            _make_packages(target / "source", self.module)
        (target / DESCRIPTION).write_text(json.dumps(description, sort_keys=True))


def locate(analysis: str) -> Source:
    """Find the source of an analysis.

    Parameters
    ----------
    analysis
        A Python file, a folder with an ``analysis.py`` (or with the three names in its ``__init__.py``), or
        the dotted name of an installed module.

    Raises
    ------
    InvalidInput
        If there is none.
    """
    path = Path(os.path.abspath(analysis))  # without "..", which is no name for a folder's copy
    # Not by `Path`, which raises where a folder may not be entered, or a name is too long
    if analysis and os.path.isdir(path):
        return _folder(path)
    if os.path.isfile(path):
        return _file(path)
    if _MODULE_NAME.fullmatch(analysis) and not analysis.endswith(".py"):
        return _installed(analysis)
    if near := similar_path(analysis, _is_analysis):
        raise InvalidInput(f"there is no analysis at {shown(analysis)}; did you mean {shown(near)}?")
    raise InvalidInput(f"there is no analysis at {shown(analysis)}; give a Python file, a folder or a module's name")


def _is_analysis(path: str) -> bool:
    return any(map(os.path.isfile, (os.path.join(path, "analysis.py"), os.path.join(path, "__init__.py")))) or (
        path.endswith(".py") and os.path.isfile(path)
    )


def copied_module(folder: Path, entry: str, name: str) -> Source:
    """Return the source of a module that lies in a folder, with its package, where it is installed nowhere.

    Parameters
    ----------
    folder
        Where its package lies.
    entry
        Its file, by the name within the folder.
    name
        Its whole dotted name.
    """
    path = folder / entry
    return Source("module", path, path.parent if path.name == "__init__.py" else folder, name, is_copy=True)


def _make_packages(folder: Path, name: str) -> None:
    # What a module lies in: else an installed package of that name would take its place
    for part in name.split(".")[:-1]:
        folder = folder / part
        (folder / "__init__.py").touch()


def exported_source(folder: Path) -> Source:
    """Find the source of an analysis that `Source.export` wrote.

    Raises
    ------
    InvalidInput
        If an installed module is another one here than where the jobs were planned.
    """
    description = json.loads((folder / DESCRIPTION).read_text())
    if description["kind"] != "module":
        return locate(str(folder / "source" / description["path"]))
    if "path" in description:
        return copied_module(folder / "source", description["path"], description["module"])
    source = locate(description["module"])
    if source.digest() != description["digest"]:
        raise InvalidInput(
            f"the module {source.module} installed here ({source.entry}) is not the one that the jobs were "
            "planned with; install the same version in both places"
        )
    return source


def _file(path: Path) -> Source:
    if path.suffix != ".py":
        raise InvalidInput(f"the analysis {path.name} is not a Python file; its name must end in .py")
    return Source("file", path, path.parent, _free_name(path.stem))


def _folder(path: Path) -> Source:
    package = path / "__init__.py"
    entry = path / "analysis.py"
    if not entry.is_file():
        entry = package
    if not entry.is_file():
        raise InvalidInput(
            f"the folder {path.name} has no analysis.py; put the analysis into a file of that name, or give the file"
        )
    name = _free_name(path.name) if package.is_file() else ""
    if entry != package:
        name = f"{name}.analysis".lstrip(".")
    return Source("folder", entry, path, name)


def _installed(name: str) -> Source:
    try:
        spec = importlib.util.find_spec(name)
    except (Exception, SystemExit) as error:  # packages that it lies in are imported, and may raise anything
        raise InvalidInput(
            f"the module {name} cannot be found: {type(error).__name__}: {error}; install it here ({sys.prefix}) "
            "or give its file"
        ) from None
    if spec is None or spec.origin is None or not spec.has_location:
        if near := similar_path(name, _is_analysis):
            raise InvalidInput(
                f"there is no file, folder or installed module called {name!r}; did you mean {shown(near)}?"
            )
        raise InvalidInput(
            f"there is no file, folder or installed module called {name!r}; check the name, or install it into "
            f"{sys.prefix}"
        )
    entry = Path(spec.origin)
    if spec.submodule_search_locations is not None:
        return Source("module", entry, entry.parent, name)
    return Source("module", entry, entry.parents[name.count(".")], name)


def _free_name(stem: str) -> str:
    # A file or folder called json or my.lab must not take the place of a module that others import.
    taken = stem in sys.stdlib_module_names or stem in sys.modules or not stem.isidentifier()
    return "analysis_" + re.sub(r"\W", "_", stem) if taken else stem
