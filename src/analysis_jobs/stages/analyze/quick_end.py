"""The quick end of a job: where nothing is left that Python would write at its end, it is not asked to take all apart.

Taking apart what is imported touches all of its memory, of which a forked process must copy each page first. That takes
longer than a short job. What has been seen to hold nothing back is listed here; for all else, Python ends as ever.
"""

import atexit
import ctypes
import gc
import io
import os
import socket
import sys
import threading
import weakref
from collections.abc import Iterable
from contextlib import suppress
from importlib.machinery import ExtensionFileLoader
from pathlib import Path
from types import BuiltinFunctionType, GeneratorType, ModuleType
from typing import Any

# Native code of Python that writes or removes something when the last of its objects goes
_CLOSING = {"_curses", "_dbm", "_gdbm", "_sqlite3", "_tkinter", "readline"}
# Packages whose native objects hold nothing but memory
_ONLY_MEMORY = {"contourpy", "kiwisolver", "matplotlib", "numpy", "pandas", "PIL", "pydantic_core", "scipy"}
# Kinds of objects that close a descriptor when they go, which happens anyhow; what files have in buffers is written
_CLOSED_ANYHOW = {
    io.BufferedRandom, io.BufferedReader, io.BufferedRWPair, io.BufferedWriter, io.BytesIO, io.FileIO, io.StringIO,
    io.TextIOWrapper, socket.socket,
}  # fmt: skip
_TRACKED = 1 << 14  # of types: the garbage collector knows their objects (Py_TPFLAGS_HAVE_GC)
# Whose generators the task waits in, with nothing to be undone
_OURS = str(Path(__file__).parents[2]) + os.sep


class QuickEnd:
    """Whether the processes of jobs may end quickly: by what was imported, and by what each of them leaves."""

    def __init__(self) -> None:
        """Look at what an analysis has made at its import, and at no object that is frozen before."""
        self._imported = set(sys.modules)
        # In development mode Python tells at its end of files that were left open.
        self._may_be = not sys.flags.dev_mode and not _in_the_way(list(sys.modules.values()), gc.get_objects())

    def prepare(self) -> None:
        """Let each job look at what it makes itself; called in the process that they are forked from."""
        if self._may_be:
            gc.collect()  # what is there is of the oldest generation now
            self._promotions = _promotions()

    def take(self) -> None:
        """End this process with status 0 if nothing is in the way; return otherwise, for Python to end as ever.

        Python's exit handlers have run then, and standard streams are flushed. Native exit handlers run, too.
        """
        if not self._may_be:
            return
        atexit._run_exitfuncs()
        imported = [sys.modules[name] for name in sys.modules.keys() - self._imported]
        if threading.active_count() == 1 and not _in_the_way(imported, self._objects_of_the_job()):
            with suppress(Exception):  # a stream that cannot be written: Python says so at its end
                sys.stdout.flush()
                sys.stderr.flush()
                ctypes.PyDLL(None).exit(0)  # with the interpreter's lock, as it ends

    def _objects_of_the_job(self) -> list[Any]:
        if _promotions() > self._promotions:
            return gc.get_objects()  # looking at so many takes a while, as at the end of Python
        return gc.get_objects(0) + gc.get_objects(1)


def _promotions() -> int:
    """Return how often objects may have come to be of the oldest generation."""
    return sum(generation["collections"] for generation in gc.get_stats()[1:])


def _in_the_way(modules: Iterable[ModuleType], objects: list[Any]) -> str:
    """Return the name of a module, or a kind of object, that may have something to do at the end; empty for none."""
    for module in modules:
        if _may_close(module):
            return module.__name__
    for kind in set(map(type, objects)) - _CLOSED_ANYHOW - {GeneratorType}:
        if hasattr(kind, "__del__"):
            return f"{kind.__module__}.{kind.__qualname__}"
    for each in objects:
        if isinstance(each, type) and hasattr(each, "__del__") and not each.__flags__ & _TRACKED:
            return f"objects of {each.__qualname__}, which cannot be found"
        if type(each) is GeneratorType and not each.gi_code.co_filename.startswith(_OURS):
            return repr(each)
        if isinstance(each, weakref.ref) and each.__callback__ is not None and not _is_harmless(each.__callback__):
            return f"a weak reference that calls {each.__callback__!r}"
    return ""


def _may_close(module: ModuleType) -> bool:
    """Return whether objects of a module may do something in native code when they go."""
    if not isinstance(module, ModuleType):
        return False
    loader = getattr(vars(module).get("__spec__"), "loader", None)
    return (isinstance(loader, ExtensionFileLoader) and not _is_known(module.__name__)) or module.__name__ in _CLOSING


def _is_known(module: str) -> bool:
    return module.partition(".")[0] in sys.stdlib_module_names | _ONLY_MEMORY


def _is_harmless(function: Any) -> bool:
    if isinstance(function, BuiltinFunctionType):  # of the native code of a module, of which there is none that closes
        return True
    return _is_known(str(getattr(function, "__module__", "")))
