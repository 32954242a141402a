"""A user's analysis: finding its source, loading it, and checking that it keeps the contract."""

import importlib
import importlib.util
import json
import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from pydantic import BaseModel

from analysis_jobs.contract_check import contract_problems
from analysis_jobs.errors import InvalidInput
from analysis_jobs.wording import relative_name, shown

DESCRIPTION = "analysis.json"
_MODULE_NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


@dataclass(frozen=True)
class Analysis:
    """A loaded analysis: its three names, and what messages and records call it."""

    name: str
    specification: type[BaseModel]
    outputs: type[BaseModel]
    run: Callable[..., Any]


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
    """

    kind: Literal["file", "folder", "module"]
    entry: Path
    root: Path
    module: str

    @cached_property
    def files(self) -> tuple[Path, ...]:
        """The source files that the digest covers; looked for when asked, as jobs only load what was exported.

        Raises
        ------
        InvalidInput
            If one of them is not valid Python.
        """
        from analysis_jobs import code

        if self.kind == "folder" or self.entry == self.root / "__init__.py":
            return tuple(code.code_files(self.entry, self.root))
        imported = code.imported_files(self.entry, self.root)
        if self.kind == "file":
            return tuple(imported)
        top = self.root / self.module.partition(".")[0]
        return tuple(path for path in imported if path == self.entry or path.is_relative_to(top))

    def digest(self) -> str:
        """Return the SHA-256 of the source files, wherever they lie and whatever the entry file is called."""
        return self._digest

    def identity(self, code_version: str | None = None) -> str:
        """Return the identity of the code that keys are computed from: its digest, or the user's own words for it."""
        return f"version:{code_version}" if code_version else f"sha256:{self.digest()}"

    @cached_property
    def _digest(self) -> str:
        from analysis_jobs import code

        anonymous = self.entry if self.kind == "file" else None
        return code.digest(("" if path == anonymous else relative_name(path, self.root), path) for path in self.files)

    def export(self, target: Path) -> None:
        """Copy what `load_exported` needs into a folder: the source files; of a folder, all its files.

        What runs is thus what the digest covers, whatever happens to the original meanwhile. An installed
        module is not copied, only named with its digest.
        """
        from analysis_jobs import code

        target.mkdir(parents=True)
        description = {"kind": self.kind, "module": self.module, "digest": self.digest()}
        if self.kind == "file":
            code.copy_files(self.files, self.root, target / "source")
            description["path"] = relative_name(self.entry, self.root)
        elif self.kind == "folder":
            code.copy_files(code.folder_files(self.root), self.root, target / "source" / self.root.name)
            description["path"] = self.root.name
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
    if path.is_dir():
        return _folder(path)
    if path.is_file():
        return _file(path)
    if _MODULE_NAME.fullmatch(analysis) and not analysis.endswith(".py"):
        return _installed(analysis)
    raise InvalidInput(f"there is no analysis at {shown(analysis)}; give a Python file, a folder or a module's name")


def load(source: Source) -> Analysis:
    """Import an analysis and check the contract.

    Raises
    ------
    InvalidInput
        If it cannot be imported, or a name is missing or wrong.
    """
    return check_contract(import_source(source), source.module)


def load_exported(folder: Path) -> Analysis:
    """Load an analysis that `Source.export` wrote; see `exported_source` and `load`."""
    return load(exported_source(folder))


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


def import_source(source: Source) -> ModuleType:
    """Import the module that defines the three names, whatever it defines.

    Raises
    ------
    InvalidInput
        If it cannot be imported: names the error, its place, and what to do.
    """
    package = source.root / "__init__.py"
    # sys.path[0] is the folder of the running script, whose modules are not the analysis' business.
    sys.path[0] = str(_top_folder(source))
    try:
        if source.kind == "file":
            return _import_file(source.module, source.entry)
        if source.kind == "folder" and package.is_file():
            # As a package under a name of its own, whatever the folder is called.
            _import_file(source.module.partition(".")[0], package)
        return importlib.import_module(source.module)
    except (Exception, SystemExit) as error:
        raise InvalidInput(_import_problem(source, error)) from error


def _top_folder(source: Source) -> Path:
    """Return the folder that the analysis' absolute imports start at: its own, or where its package lies."""
    if source.kind != "module":
        return source.root
    package = source.entry.name == "__init__.py"
    return source.entry.parents[source.module.count(".") + package]


def _import_file(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None  # as of any file that ends in .py
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # where pickle and pydantic look a class up
    spec.loader.exec_module(module)
    return module


def _import_problem(source: Source, error: BaseException) -> str:
    import traceback

    ours = (__file__, "<frozen importlib", importlib.__file__)
    frames = [one for one in traceback.extract_tb(error.__traceback__) if not one.filename.startswith(ours)]
    place = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    remedy = "mend it"
    if isinstance(error, ModuleNotFoundError):
        remedy = f"install {error.name} into {sys.prefix}, or put it beside the analysis"
    return f"the analysis {source.entry.name} cannot be imported: {type(error).__name__}: {error}{place}; {remedy}"


def check_contract(module: ModuleType, name: str) -> Analysis:
    """Check the three names of an analysis.

    Raises
    ------
    InvalidInput
        Names every name that is missing or of the wrong type, with what is wanted.
    """
    if problems := contract_problems(module):
        raise InvalidInput(f"the analysis {Path(str(module.__file__)).name} {'; and '.join(problems)}")
    return Analysis(name, module.AnalysisSpecification, module.AnalysisOutputs, module.run_analysis)
