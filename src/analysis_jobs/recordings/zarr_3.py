"""Recordings in Zarr by zarr 3 and hdmf-zarr 0.14 or newer: versions 2 and 3 of the format.

Not imported before a recording needs it, as it imports what is heavy.
"""

import json
import re
import warnings
from collections.abc import AsyncIterator
from contextlib import ExitStack
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import zarr
from fsspec.implementations.asyn_wrapper import AsyncFileSystemWrapper
from hdmf.build import BuildManager
from hdmf_zarr import NWBZarrIO, NWBZarrV2IO
from hdmf_zarr.backend_zarrv2 import UnsafePickleCodecError, ZarrV2SpecReader
from hdmf_zarr.utils import ZarrSpecReader
from pynwb import get_type_map
from zarr.abc.store import RangeByteRequest, SuffixByteRequest
from zarr.core.buffer import default_buffer_prototype
from zarr.core.sync import sync
from zarr.storage import FsspecStore, LocalStore

from analysis_jobs.recordings.completeness import Incomplete, check_documents, incomplete_text
from analysis_jobs.recordings.folders import LocalFolder, RemoteFolder
from analysis_jobs.recordings.remote_file import shown_location
from analysis_jobs.recordings.traffic import count_fetched
from analysis_jobs.recordings.zarr_metadata import CHUNK_NAME, Root, is_document, pickled_text

if TYPE_CHECKING:
    from pynwb import NWBFile

_CHUNK = re.compile(r"(?:(?P<array>.*?)/)?(?P<place>c|(?:c[./])?\d+(?:[./]\d+)*)")
# How hdmf-zarr reads version 2, and what it and zarr leave out, which is an error here
_NO_NEWS = "Read '|Could not read spec dataset|Inferred dtype from zarr v2|Skipping '|Object at .* is not recognized"


def read_by_zarr_3(
    folder: LocalFolder | RemoteFolder, root: Root, allow_missing: bool | None, allow_pickle: bool, stack: ExitStack
) -> "NWBFile":
    """Read a recording; see `analysis_jobs.recordings.zarr.read_zarr`."""
    location = folder.location
    store: Any
    if isinstance(folder, LocalFolder):
        store = LocalStore(location, read_only=True)  # a plain path with "::" in it would be taken for a URL
    else:
        store = RemoteStore(folder, root, allow_missing)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", _NO_NEWS, UserWarning)
        manager = _manager(store, root)
        if root.version == 2:
            if allow_pickle:
                stack.enter_context(zarr.config.set({"array.allow_unsafe_pickle_decode": True}))
            # hdmf-zarr looks for the schemas where consolidated metadata may lack them: r- is without.
            mode = "r" if _place_of_schemas(root) in {node.path for node in root.nodes or ()} else "r-"
            io = Version2IO(store, mode=mode, manager=manager, allow_pickle=allow_pickle)
        else:
            io = NWBZarrIO(store, mode="r", manager=manager)
        stack.enter_context(io)
        try:
            recording = io.read()
        except UnsafePickleCodecError as error:  # of a store whose documents were not read before
            named = re.search(r"'(.+?)'", str(error))
            raise ValueError(pickled_text(location, named[1] if named else "/")) from None
        except Exception as error:
            _refuse_parts(io, store, location, error)
            raise
    _refuse_parts(io, store, location)
    if root.version == 3 and isinstance(folder, RemoteFolder) and not allow_missing:  # of version 2 hdmf-zarr tells
        check_documents(folder, store.unknown)
    return cast("NWBFile", recording)


def _refuse_parts(io: Any, store: Any, location: str, cause: Exception | None = None) -> None:
    """Raise for what was lost or skipped, whatever came of that."""
    if lost := getattr(store, "lost", None):
        raise lost from cause
    if skipped := getattr(io, "skipped_entries", ()):
        path, reason = skipped[0]
        raise ValueError(
            f"{shown_location(location)} cannot be read whole: of {path}, {' '.join(reason.split())}; copy it again if "
            "that is damaged, otherwise write it with another codec or type"
        ) from cause


class Version2IO(NWBZarrV2IO):  # type: ignore[misc]
    """Reads version 2, also what hdmf-zarr 0.14 skips or does not find of arrays that zarr 3 does not open.

    Those are of pickled objects: references to them, and tables that hdmf-zarr up to 0.6 has written row by row.
    """

    def _open_file(self, store: Any, mode: str, storage_options: Any = None) -> Any:
        return zarr.open_group(store, mode="r", use_consolidated=False)

    def _read_v2_dataset(self, store: Any, group_path: str, name: str) -> Any:
        builders: dict[str, Any] = self.__dict__.setdefault("_builders", {})  # references want the same one
        path = f"{group_path}/{name}".strip("/")
        if path not in builders:
            builders[path] = super()._read_v2_dataset(store, group_path, name)
        return builders[path]

    @staticmethod
    def _decode_v2_dataset(store: Any, dataset_key: str, zarray_meta: Any, allow_pickle: bool = False) -> Any:
        data = NWBZarrV2IO._decode_v2_dataset(store, dataset_key, zarray_meta, allow_pickle)
        if data.dtype == object and (content := _content(store, f"{dataset_key}/.zattrs")):
            fields = json.loads(content).get("zarr_dtype")
            if isinstance(fields, list):
                return np.array([tuple(row) for row in data], [(each["name"], _type(each["dtype"])) for each in fields])
        return data

    def resolve_ref(self, zarr_ref: Any) -> tuple[str, Any]:
        """Return the name of what a reference names, and that itself, or what hdmf-zarr finds it by once it is read."""
        try:
            found: tuple[str, Any] = super().resolve_ref(zarr_ref)
        except ValueError:
            path = str(zarr_ref["path"]).strip("/") if isinstance(zarr_ref, dict) else ""
            group, _, name = path.rpartition("/")
            store = self._file.store
            if not path or zarr_ref.get("source") != "." or not _content(store, f"{path}/.zarray"):
                raise
            target = SimpleNamespace(store=store, path=path, name=f"/{path}")
            self._ZarrIO__set_built(target, self._read_v2_dataset(store, group, name))
            return name, target
        return found


def _content(store: Any, key: str) -> bytes | None:
    content = sync(store.get(key, default_buffer_prototype()))
    return None if content is None else content.to_bytes()


def _type(name: Any) -> np.dtype[Any]:
    """Return the type of a field of a table; references and texts are objects."""
    try:
        return np.dtype(str(name))
    except TypeError:
        return np.dtype(object)


def _manager(store: Any, root: Root) -> BuildManager:
    """Return a build manager that knows the extensions in the store.

    hdmf-zarr would read every schema in it, file by file. The core ones are those of the installed pynwb in any case.
    """
    types = get_type_map()
    known = set(types.namespace_catalog.namespaces)
    reader = ZarrV2SpecReader if root.version == 2 else ZarrSpecReader
    group = _schemas(store, root)
    if group is not None and (new := set(group.group_keys()) - known):
        versions = {namespace: sorted(group[namespace].group_keys())[-1] for namespace in new}
        readers = {namespace: reader(group[f"{namespace}/{version}"]) for namespace, version in versions.items()}
        types.load_namespaces("namespace", reader=readers)
    return BuildManager(types)


def _schemas(store: Any, root: Root) -> Any | None:
    place = _place_of_schemas(root)
    try:
        # Past consolidated metadata, of which zarr 3 does not understand all that zarr 2 has written
        group = zarr.open_group(store, mode="r", path=place, use_consolidated=False)
    except FileNotFoundError:
        return None
    return group


def _place_of_schemas(root: Root) -> str:
    place = root.attributes.get(".specloc", "specifications")
    return str(place if isinstance(place, str) else place["_REFERENCE"]["path"]).strip("/")


class RemoteStore(FsspecStore):
    """A store elsewhere, of which consolidated documents are read once, and what is lost is no fill value.

    hdmf-zarr wants this kind of store, and asks it for each document and folder.
    """

    def __init__(self, folder: RemoteFolder, root: Root, allow_missing: bool | None) -> None:
        """Take the folder, the root that was read from it, and whether chunks may be missing (see `read_zarr`)."""
        files = folder.filesystem
        super().__init__(
            AsyncFileSystemWrapper(files, asynchronous=True),
            read_only=True,
            path=files._strip_protocol(folder.location),
            allowed_exceptions=(FileNotFoundError,),
        )
        self._location, self._allow_missing = folder.location, allow_missing
        self._documents, self._is_consolidated = root.documents or {}, root.documents is not None
        schemas = f"{_place_of_schemas(root)}/"
        # Stores of older hdmf-zarr were consolidated before the schemas were added.
        self._beside = () if any(key.startswith(schemas) for key in root.documents or ()) else (schemas,)
        self._references = {node.path for node in root.nodes or () if node.has_references}
        self._whole = set[str]()  # arrays of which chunks are missing, and nothing else
        # Of what is not consolidated: the paths of what was listed, but of chunks, and of what has a document
        self._listed, self._found = set[str](), set[str]()
        self.lost: Incomplete | None = None

    def __str__(self) -> str:
        """Return the URL as messages show it, which hdmf-zarr notes as the source of what it reads."""
        return shown_location(self._location).strip("'")

    @property
    def unknown(self) -> set[str]:
        """The paths of what was listed in groups, and has no document that was read."""
        return self._listed - self._found

    async def get(self, key: str, prototype: Any, byte_range: Any = None) -> Any | None:
        """Return the content of a file; None for a document, or a chunk of fill values, that is not there."""
        if is_document(key) and self._knows(key):
            document = self._documents.get(key)
            return None if document is None else prototype.buffer.from_bytes(document)
        content = await super().get(key, prototype, byte_range)
        if content is None:
            if not is_document(key) and not self._allow_missing:
                await self._refuse(key, prototype)
            return None
        count_fetched(len(content))
        if is_document(key):
            self._found.add(key.rpartition("/")[0])
        # A server that knows no ranges sends the whole file.
        if isinstance(byte_range, RangeByteRequest) and len(content) > byte_range.end - byte_range.start:
            return content[byte_range.start : byte_range.end]
        if isinstance(byte_range, SuffixByteRequest) and len(content) > byte_range.suffix:
            return content[-byte_range.suffix :]
        return content

    async def exists(self, key: str) -> bool:
        """Return whether a file is there."""
        if is_document(key) and self._knows(key):
            return key in self._documents
        return bool(await super().exists(key))

    async def list_dir(self, prefix: str) -> AsyncIterator[str]:
        """Yield the names in a folder; where documents are consolidated, only of groups and arrays."""
        folder = f"{prefix.strip('/')}/".lstrip("/")
        if not self._knows(folder):
            async for name in super().list_dir(prefix):
                if not is_document(name) and not CHUNK_NAME.fullmatch(name):
                    self._listed.add(f"{folder}{name}")
                yield name
            return
        below = (key.removeprefix(folder) for key in self._documents if key.startswith(folder))
        for name in sorted({key.partition("/")[0] for key in below}):
            yield name

    def _knows(self, key: str) -> bool:
        return self._is_consolidated and not key.startswith(self._beside)

    async def _refuse(self, key: str, prototype: Any) -> None:
        """Raise for a chunk that is missing, unless it is one of fill values, as far as can be told."""
        if not (chunk := _CHUNK.fullmatch(key)):
            return
        array = chunk["array"] or ""
        if self._allow_missing is None and array not in self._references and await self._is_whole(array, prototype):
            return
        what = f"the chunk {chunk['place']} of {array} is not there"
        self.lost = Incomplete(incomplete_text(self._location, what))
        raise self.lost

    async def _is_whole(self, array: str, prototype: Any) -> bool:
        """Return whether an array's own document is there, and not only the consolidated one, as in part of a copy."""
        if array not in self._whole and await super().get(f"{array}/zarr.json", prototype) is not None:
            self._whole.add(array)
        return array in self._whole
