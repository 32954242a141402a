"""The quick end of a job: where nothing is left that Python would write at its end, it is not asked to take all apart.

Taking apart what is imported touches all of its memory, of which a forked process must copy each page first. That takes
longer than a short job. What has been seen to hold nothing back is listed here; for all else, Python ends as ever.
"""

import atexit
import ctypes
import gc
import io
import socket
import sys
import threading
import weakref
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from importlib.machinery import ExtensionFileLoader
from types import BuiltinFunctionType, FunctionType, GeneratorType, MethodType, ModuleType
from typing import Any

from analysis_jobs.stages.analyze.job import OWN_CODE
from analysis_jobs.stages.analyze.kinds import has, is_a, namespace_of, of_kinds, types_of

# Native code of Python that writes or removes something when the last of its objects goes
_CLOSING = {"_curses", "_dbm", "_gdbm", "_sqlite3", "_tkinter", "readline"}
# Packages whose native objects hold nothing but memory
_ONLY_MEMORY = {"contourpy", "kiwisolver", "matplotlib", "numpy", "pandas", "PIL", "pydantic_core", "scipy"}
# Kinds of objects that close a descriptor when they go, which happens anyhow; what files have in buffers is written
_CLOSED_ANYHOW = {
    io.BufferedRandom, io.BufferedReader, io.BufferedRWPair, io.BufferedWriter, io.BytesIO, io.FileIO, io.StringIO,
    io.TextIOWrapper, socket.socket,
}  # fmt: skip
# Of these, kinds that may hold what is not written yet
_WRITING = (io.TextIOWrapper, io.BufferedWriter, io.BufferedRandom, io.BufferedRWPair)
# Kinds of objects whose native methods do nothing but change them, and the module of those of pybind11's functions
_CONTAINERS = (dict, list, set, tuple, deque, weakref.ref)
_PYBIND11 = "pybind11_builtins"
# Packages whose code does nothing at the end, but for what is named above
_KNOWN = sys.stdlib_module_names | _ONLY_MEMORY


class QuickEnd:
    """Whether the processes of jobs may end quickly: by what was imported, and by what each of them leaves."""

    def __init__(self, frozen: int) -> None:
        """Look at what an analysis has made at its import.

        Parameters
        ----------
        frozen
            How many objects were frozen before: these are ours, and not looked at.
        """
        self._imported, self._frozen = set(sys.modules), frozen
        objects = gc.get_objects()
        # In development mode Python tells at its end of files that were left open. And files of an import are not among
        # what a job makes, though it may have written into them.
        self._may_be = not (sys.flags.dev_mode or self._is_hidden() or of_kinds(objects, _WRITING))
        self._may_be = self._may_be and not _in_the_way(list(sys.modules.values()), objects)

    def prepare(self) -> None:
        """Let each job look at what it makes itself; called in the process that they are forked from."""
        if self._may_be:
            gc.collect()  # what is there is of the oldest generation now
            self._promotions = _promotions()

    def take(self) -> None:
        """End this process with status 0 if nothing is in the way; return otherwise, for Python to end as ever.

        Python's exit handlers have run then, and what is still in files and standard streams is written. Native exit
        handlers run, too.
        """
        if not self._may_be:
            return
        atexit._run_exitfuncs()
        imported = [sys.modules[name] for name in sys.modules.keys() - self._imported]
        if threading.active_count() > 1 or self._is_hidden():
            return
        objects = self._objects_of_the_job()
        if not _in_the_way(imported, objects):
            with suppress(Exception):  # a stream that cannot be written: Python says so at its end
                _flush(objects)
                ctypes.PyDLL(None).exit(0)  # with the interpreter's lock, as it ends

    def _is_hidden(self) -> bool:
        """Return whether the analysis has hidden objects from the garbage collector, or mixed ours with them."""
        frozen = gc.get_freeze_count()
        return frozen > self._frozen or frozen == 0 < self._frozen

    def _objects_of_the_job(self) -> list[Any]:
        if _promotions() > self._promotions:
            return gc.get_objects()  # looking at so many takes a while, as at the end of Python
        return gc.get_objects(0) + gc.get_objects(1)


def _promotions() -> int:
    """Return how often objects may have come to be of the oldest generation."""
    return sum(generation["collections"] for generation in gc.get_stats()[1:])


def _flush(objects: list[Any]) -> None:
    """Write what files have in their buffers, texts first, and standard streams, those of the task as well."""
    files = of_kinds(objects, _WRITING)
    for file in (*of_kinds(files, _WRITING[:1]), *files):
        if not file.closed and file.writable():
            file.flush()
    sys.stdout.flush()
    sys.stderr.flush()
    for stream in (sys.__stdout__, sys.__stderr__):  # which what was imported may have taken as its own
        if stream is not None and not stream.closed:
            stream.flush()


def _in_the_way(modules: Iterable[object], objects: list[Any]) -> str:
    """Return what may have something to do at the end: a module, or a kind of object; empty for none."""
    try:
        return next(filter(None, map(_may_close, modules)), "") or _deleted(objects) or _called(objects)
    except Exception as error:  # of something that looks as nothing else does
        return type(error).__name__


def _may_close(module: object) -> str:
    """Return the name of a module if its objects may do something in native code when they go."""
    if not is_a(type(module), ModuleType):
        return ""
    name, spec = (vars(module).get(each) for each in ("__name__", "__spec__"))
    native = is_a(type(getattr(spec, "loader", None)), ExtensionFileLoader)
    return str(name) if name in _CLOSING or (native and not _is_known(str(name))) else ""


def _deleted(objects: list[Any]) -> str:
    """Return a kind of object that is told when it goes."""
    for kind in types_of(objects):
        if has(kind, "__del__") and not any(kind is each for each in (*_CLOSED_ANYHOW, GeneratorType)):
            return f"objects of {type.__repr__(kind)}"
    for each in of_kinds(objects, [GeneratorType]):
        # The task waits in some of ours, with nothing to be undone
        if not each.gi_code.co_filename.startswith(OWN_CODE):
            return f"a generator of {each.gi_code.co_filename}"
    return ""


def _called(objects: list[Any]) -> str:
    """Return a weak reference that calls something when its object goes."""
    references = (kind for kind in types_of(objects) if is_a(kind, weakref.ref, *weakref.ProxyTypes))
    for each in of_kinds(objects, references):
        for callback in _callbacks(each):
            if not _is_harmless(callback):
                return f"a weak reference that calls {object.__repr__(callback)}"
    return ""


def _callbacks(reference: Any) -> list[Any]:
    if not is_a(type(reference), weakref.ref):  # a proxy, which answers as its object
        return gc.get_referents(reference)
    callback = reference.__callback__
    if is_a(type(reference), weakref.WeakMethod):  # which has one of its own, around that of whoever made it
        cells = dict(zip(callback.__code__.co_freevars, callback.__closure__, strict=True)) if callback else {}
        callback = cells["callback"].cell_contents if cells else None
    return [callback] if callback is not None else []


def _is_harmless(function: Any) -> bool:
    while type(function) in (MethodType, partial):
        function = function.__func__ if type(function) is MethodType else function.func
    if type(function) is BuiltinFunctionType:
        owner = type(function.__self__)
        return is_a(owner, *_CONTAINERS) or namespace_of(owner).get("__module__") == _PYBIND11
    return type(function) is FunctionType and _is_known(str(function.__module__))


def _is_known(module: str) -> bool:
    return module.partition(".")[0] in _KNOWN
