"""All that one store has, into another: records, states with their claims, launches and notes; to be taken up again."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal, Protocol, TypeVar

from analysis_jobs.documents import HistoryNote, JobState, LaunchRecord
from analysis_jobs.json_values import canonical_json
from analysis_jobs.records.wanted import Wanted
from analysis_jobs.store.protocol import Store

_Document = TypeVar("_Document", bound=Mapping[str, Any])
CopiedKind = Literal["records", "states", "launches", "notes"]
_ONE: dict[CopiedKind, str] = {"records": "record", "states": "state", "launches": "launch", "notes": "note"}
# Documents that are held and written at once
COPIED_TOGETHER = 500


@dataclass(frozen=True)
class Copied:
    """What became of the documents of a store.

    Attributes
    ----------
    written, there
        How many of each kind were written now, and how many were there before, as they are.
    different
        By kind, the documents that are there as something else, which stay as they are.
    refused
        By name, why the other store did not take a document.
    digests
        Of each kind a digest of all that was read, and one of the same documents as the other store has them now.
    """

    written: Counter[str] = field(default_factory=Counter)
    there: Counter[str] = field(default_factory=Counter)
    different: dict[str, list[str]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    digests: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Whether the other store has all of it, as it was read."""
        return not self.different and not self.refused and all(one == other for one, other in self.digests.values())


def copy_store(source: Store, target: Store, say: Callable[[str], object]) -> Copied:
    """Copy all that a store has into another one; what is there already stays, so that it may be done again.

    Parameters
    ----------
    source
        Where to read. What is damaged in it is left out, and noted in its `damaged`.
    target
        Where to write, which may have documents of its own. A state that was written later there than here stays.
    say
        Is told of each kind, when it is copied.

    Returns
    -------
    Copied
        What became of each document: read again where it was written.

    Raises
    ------
    ServiceUnavailable
        If a store does not answer. What was copied until then is found again.
    """
    copied = Copied()
    # Records first: that one is there means that its job is done
    kinds: list[tuple[CopiedKind, Iterator[Any], _Target]] = [
        ("records", source.search(Wanted()), _Records(target)),
        ("states", source.states(), _States(target)),
        ("launches", source.launches(), _Launches(target)),
        ("notes", source.history(whole=True), _Notes(target)),
    ]
    for kind, documents, of_target in kinds:
        _copy(copied, kind, documents, of_target)
        say(_line(copied, kind))
    return copied


class _Target(Protocol):
    """How the documents of a kind are read and written."""

    def read(self, names: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        """Return those that are there, by name."""

    def write(self, documents: Sequence[Any], there: Mapping[str, Any]) -> dict[str, str]:
        """Write those that may be written, with what is there; return why others were refused."""


class _Records:
    """How records are read and written."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def read(self, names: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        return dict(self.store.records(names))

    def write(self, documents: Sequence[Mapping[str, Any]], there: Mapping[str, Any]) -> dict[str, str]:
        return self.store.insert([document for document in documents if document["_id"] not in there])


class _States:
    """How job states are read and written: under the condition that nobody changed them since they were read."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def read(self, names: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        return dict(self.store.job_states(names, whole=True))

    def write(self, documents: Sequence[JobState], there: Mapping[str, JobState]) -> dict[str, str]:
        older = [one for one in documents if one["key"] not in there or there[one["key"]]["changed"] < one["changed"]]
        won = self.store.claim(older, there) if older else set()
        return {one["key"]: "somebody else changed it at the same moment" for one in older if one["key"] not in won}


class _Launches:
    """How launches are read and written: one that is there, and has not ended, is completed."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def read(self, names: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        return {launch["_id"]: launch for launch in self.store.launches(names)}

    def write(self, documents: Sequence[LaunchRecord], there: Mapping[str, LaunchRecord]) -> dict[str, str]:
        ahead = [one for one in documents if one["_id"] not in there or there[one["_id"]]["state"] == "running"]
        refused = {launch["_id"]: self.store.put_launch(launch) for launch in ahead}
        return {name: reason for name, reason in refused.items() if reason}


class _Notes:
    """How notes are read and written."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def read(self, names: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        wanted, keys = set(names), {name.partition(".")[0] for name in names}
        notes = (note for key in sorted(keys) for note in self.store.history(key, whole=True))
        return {note["_id"]: note for note in notes if note["_id"] in wanted}

    def write(self, documents: Sequence[HistoryNote], there: Mapping[str, Any]) -> dict[str, str]:
        return self.store.add_history([document for document in documents if document["_id"] not in there])


def _copy(copied: Copied, kind: CopiedKind, documents: Iterator[Any], target: _Target) -> None:
    ours, theirs = hashlib.sha256(), hashlib.sha256()
    for chunk in _chunks(documents):
        names = [document["_id"] for document in chunk]
        texts = dict(zip(names, map(_text, chunk), strict=True))
        before = target.read(names)
        there = _texts(before)
        new = [document for document in chunk if texts[document["_id"]] != there.get(document["_id"])]
        copied.refused.update(target.write(new, before))
        now = _texts(target.read(names)) if new else there
        unlike = [one["_id"] for one in new if now.get(one["_id"]) not in (None, texts[one["_id"]])]
        copied.there[kind] += len(chunk) - len(new)
        copied.written[kind] += sum(now.get(one["_id"]) == texts[one["_id"]] for one in new)
        if unlike:
            copied.different.setdefault(kind, []).extend(unlike)
        for name, text in texts.items():
            ours.update(text)
            theirs.update(now.get(name, b""))
    copied.digests[kind] = ours.hexdigest(), theirs.hexdigest()


def _chunks(documents: Iterable[_Document]) -> Iterator[list[_Document]]:
    left = iter(documents)
    while chunk := list(islice(left, COPIED_TOGETHER)):
        yield chunk


def _texts(documents: Mapping[str, Mapping[str, Any]]) -> dict[str, bytes]:
    return {name: _text(document) for name, document in documents.items()}


def _text(document: Mapping[str, Any]) -> bytes:
    return canonical_json(document).encode(errors="surrogatepass")


def _line(copied: Copied, kind: CopiedKind) -> str:
    parts = [f"{copied.written[kind]} copied"]
    if copied.there[kind]:
        parts.append(f"{copied.there[kind]} there before")
    if different := len(copied.different.get(kind, ())):
        parts.append(f"{different} there as something else, which stay as they are")
    count = copied.written[kind] + copied.there[kind] + different
    return f"{count:,} {_ONE[kind] if count == 1 else kind}: {', '.join(parts)}"
