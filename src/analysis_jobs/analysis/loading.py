"""Importing the code of an analysis, and checking that it keeps the contract.

Imports within functions are for a quick start.
"""

import atexit
import importlib
import importlib.util
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

from pydantic import BaseModel

from analysis_jobs.analysis.contract_problems import contract_of, contract_problems
from analysis_jobs.analysis.source import Source, exported_source
from analysis_jobs.errors import InvalidInput
from analysis_jobs.redaction.known import withhold
from analysis_jobs.wording import message_of

# In an environment that was made for an analysis: which file declares its packages
DECLARED_BY = "ANALYSIS_DECLARED_BY"


@dataclass(frozen=True)
class Analysis:
    """A loaded analysis: its three names, and what messages and records call it.

    `root` is the folder of its files; None of an installed module.
    """

    name: str
    specification: type[BaseModel]
    outputs: type[BaseModel]
    run: Callable[..., Any]
    module: ModuleType
    root: Path | None = None

    def modules(self) -> list[ModuleType]:
        """Return the modules that are the analysis, of those that are imported now."""
        return modules_of(self.module, self.root)


def modules_of(module: ModuleType, root: Path | None) -> list[ModuleType]:
    """Return the modules that are the analysis which a module defines; see `Analysis`."""
    if root is None:
        top = module.__name__.partition(".")[0]
        return [module for name, module in list(sys.modules.items()) if name.partition(".")[0] == top]
    files = ((module, getattr(module, "__file__", None)) for module in list(sys.modules.values()))
    inside = os.path.join(root, "")  # compared as texts: there are hundreds of modules, and this is asked for every job
    return [module for module, file in files if isinstance(file, str) and file.startswith(inside)]


def load(source: Source) -> Analysis:
    """Import an analysis and check the contract.

    Raises
    ------
    InvalidInput
        If it cannot be imported, or a name is missing or wrong.
    """
    analysis = check_contract(import_source(source), source.module)
    return analysis if source.kind == "module" else replace(analysis, root=source.root)


def load_exported(folder: Path) -> Analysis:
    """Load an analysis that `Source.export` wrote; see `exported_source` and `load`."""
    return load(exported_source(folder))


def import_source(source: Source) -> ModuleType:
    """Import the module that defines the three names, whatever it defines.

    Raises
    ------
    InvalidInput
        If it cannot be imported: names the error, its place, and what to do.
    """
    withhold()  # what is imported is the analysis' code, and runs
    # sys.path[0] is the folder of the running script, whose modules are not the analysis' business.
    sys.path[0] = str(source.top)
    _let_others_find(source)
    _forget_installed(source)
    try:
        with _exit_raises():
            if source.kind == "file":
                return _import_file(source.module, source.entry)
            if source.package:
                # As a package under a name of its own, whatever the folder is called.
                _import_file(source.package, source.root / "__init__.py")
            return importlib.import_module(source.module)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # also those of libraries that are no Exception, as pytest's skip is
        raise InvalidInput(_import_problem(source, error)) from error


@contextmanager
def _exit_raises() -> Iterator[None]:
    """Let `os._exit` raise as `sys.exit` does, which would end this process without a word; not in its children."""
    end, process = os._exit, os.getpid()

    def leave(status: int) -> NoReturn:
        if os.getpid() != process:
            end(status)
        raise SystemExit(f"os._exit({status})")

    os._exit = leave
    try:
        yield
    finally:
        os._exit = end


def _forget_installed(source: Source) -> None:
    """Forget the modules of an installed package that a copy is of, whose name was looked up before."""
    if source.is_copy:
        top = source.module.partition(".")[0]
        for name in [name for name in sys.modules if name.partition(".")[0] == top]:
            del sys.modules[name]


def _let_others_find(source: Source) -> None:
    """Let processes that the analysis spawns import it by the name of its module, whatever its file is called."""
    name = source.package or source.module
    place = source.root if source.package else source.entry
    if source.kind == "module" or (source.kind == "folder" and not source.package):
        return
    folder = place.parent
    if place.stem != name:  # as exported, it is called like its module
        folder = Path(tempfile.mkdtemp(prefix="analysis-jobs-"))
        (folder / f"{name}{'' if source.package else '.py'}").symlink_to(place)
        atexit.register(_remove, folder, os.getpid())
    if str(folder) not in sys.path:
        sys.path.append(str(folder))


def _remove(folder: Path, process: int) -> None:
    if os.getpid() == process:
        shutil.rmtree(folder, ignore_errors=True)


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
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith(ours)]
    place = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    remedy = "fix it"
    if isinstance(error, ModuleNotFoundError):
        remedy = f"{how_to_have(str(error.name))}, or put it beside the analysis"
    said = f"{type(error).__name__}: {message_of(error)}".replace(f"{source.root}/", "")  # of a copy
    return f"the analysis {_called(source.entry, source.module)} cannot be imported: {said}{place}; {remedy}"


def how_to_have(module: str) -> str:
    """Return what gives the environment of this process a module: a declaration where it was made of one."""
    declared = os.environ.get(DECLARED_BY)
    return f"add what provides {module} to {declared}" if declared else f"install {module} into {sys.prefix}"


def _called(entry: Path, module: str) -> str:
    """Return what messages call an analysis: its file, or its module where every one has a file of that name."""
    return module if entry.name == "__init__.py" else entry.name


def check_contract(module: ModuleType, name: str) -> Analysis:
    """Check the three names of an analysis; see `analysis_jobs.analysis.contract_problems.contract_of`.

    Raises
    ------
    InvalidInput
        Names every name that is missing or of the wrong type, with what is wanted.
    """
    if problems := contract_problems(module):
        raise InvalidInput(f"the analysis {_called(Path(str(module.__file__)), name)} {'; and '.join(problems)}")
    contract = contract_of(module)
    return Analysis(
        name, contract["AnalysisSpecification"], contract["AnalysisOutputs"], contract["run_analysis"], module
    )
