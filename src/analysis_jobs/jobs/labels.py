"""What people call jobs: the recording, and the parameters in which jobs that are seen together differ."""

import itertools
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from analysis_jobs.documents import Entry
from analysis_jobs.json_values import distinct_text, leaf_at, leaves, path_names
from analysis_jobs.wording import shortened

BETWEEN = " · "
_LONGEST_VALUE = 40  # characters of a parameter's value
_LONGEST_RECORDING = 100
LONGEST_LABEL = 200
_SHORT_CODE = 8  # characters of a digest
_LOCATIONS = 2  # from this depth on, inputs are called by their locations

Path = tuple[str, ...]


@dataclass(frozen=True)
class Named:
    """What a label is made of: a job's input locations, the names of its assets where they are known, parameters, code.

    `code` is left empty where all jobs have the same.
    """

    inputs: Sequence[str]
    assets: Sequence[str] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    code: str = ""


def labels(jobs: Sequence[Named]) -> list[str]:
    """Return the label of each job, such as ``session_1 · cutoff=0.002``.

    Recordings that are called alike are told apart by the folders that they lie in; jobs of one recording by the
    parameters that are not the same in all `jobs`, and those that differ in code alone by `code_word`. So a label is
    that of a job among others, and may change with them.

    Parameters
    ----------
    jobs
        Those that are seen together: of a launch, a list, a page.

    Returns
    -------
    list of str
        In the same order, each of one line and at most `LONGEST_LABEL` characters.
    """
    labelling = Labelling()
    for job in jobs:
        labelling.see(job)
    return [labelling.label(job) for job in jobs]


def name_in_log(entry: Entry) -> str:
    """Return what a log calls a job of which the others of its launch are not known: the recording, and the key."""
    job, parts = entry["job"], entry["parts"]
    # Not those of its key, which may go by contents
    inputs = job.get("file_location") or job.get("s3_location") or parts.get("inputs", ())
    (recording,) = labels([Named(sorted(inputs), job.get("asset_name", ()))])
    return f"{recording} ({entry['key']})"


class Labelling:
    """The labels of jobs that are too many to be kept: first each is seen, then each has its label.

    Kept are those of which the code is told.
    """

    def __init__(self) -> None:
        """Begin with no job."""
        self._assets: dict[tuple[str, ...], Sequence[str]] = {}
        self._varying = Varying()
        self._alike: dict[Path, tuple[str, str]] = {}
        self._of_code: dict[tuple[str, ...], list[Named]] = defaultdict(list)
        self._shared: dict[tuple[str, ...], set[str]] = {}

    def see(self, job: Named) -> None:
        """Take a job in; of it no more is kept than where its inputs are, and what they are called."""
        inputs = tuple(job.inputs)
        if job.code:
            self._of_code[inputs].append(job)
        self._assets[inputs] = self._assets.get(inputs) or job.assets  # not every job file names its assets
        values = dict(leaves(job.parameters))
        self._varying.see(values)
        for path, value in values.items():
            if isinstance(value, str) and len(value) > _LONGEST_VALUE:
                self._alike[path] = _ends_alike(value, *self._alike.get(path, (value, value)))

    def label(self, job: Named) -> str:
        """Return the label of a job, when all were seen; see `labels`."""
        label = self._label(job)
        if job.code and label in self._shared_labels(tuple(job.inputs)):
            return label_text(f"{label}{BETWEEN}code {code_word(job.code)}")
        return label

    def _shared_labels(self, inputs: tuple[str, ...]) -> set[str]:
        """Return what several jobs of the same inputs and of different code would be called."""
        if inputs not in self._shared:
            jobs = self._of_code[inputs]
            several = len({job.code for job in jobs}) > 1  # which most have not, and is quick
            called = {(self._label(job), job.code) for job in jobs} if several else set()
            self._shared[inputs] = {
                label for label, count in Counter(label for label, _ in called).items() if count > 1
            }
        return self._shared[inputs]

    def _label(self, job: Named) -> str:
        recording = self._recordings[tuple(job.inputs)]
        differences = BETWEEN.join(self._differences(job.parameters) if job.parameters else ())
        room = LONGEST_LABEL - len(recording) - len(BETWEEN)  # what is called so is whole in each of its labels
        return label_text(BETWEEN.join(filter(None, (recording, shortened(differences, room)))))

    def _differences(self, parameters: Mapping[str, Any]) -> Iterator[str]:
        for path, name in self._names.items():
            value = leaf_at(parameters, path)
            text = distinct_text(value)
            text = json.dumps(text, ensure_ascii=False) if BETWEEN in text else text
            alike = self._alike.get(path) if text == value else None
            yield f"{name}={shortened(text, _LONGEST_VALUE, _telling(text, *alike) if alike else None)}"

    @cached_property
    def _recordings(self) -> dict[tuple[str, ...], str]:
        return recording_names(self._assets)

    @cached_property
    def _names(self) -> dict[Path, str]:
        return path_names(self._varying.paths)


def code_word(code: str) -> str:
    """Return the code of a job in short: the beginning of a digest, or the word that its user gave it."""
    kind, _, rest = code.partition(":")
    return (
        rest[:_SHORT_CODE] if kind in ("sha256", "syntax") else shortened(code.removeprefix("version:"), _LONGEST_VALUE)
    )


class Varying:
    """Which parameters differ among jobs, of which no more is kept than the first value of each."""

    def __init__(self) -> None:
        """Begin with no job."""
        self._count = 0
        self._first: dict[Path, Any] = {}
        self._having: Counter[Path] = Counter()
        self._differing: set[Path] = set()

    def see(self, values: Mapping[Path, Any]) -> None:
        """Take the parameters of a job in; of one that has none nothing is known, as of an invalid job."""
        self._count += bool(values)
        self._having.update(values.keys())
        for path, value in values.items():
            if path not in self._differing and not _same(self._first.setdefault(path, value), value):
                self._differing.add(path)

    @property
    def paths(self) -> list[Path]:
        """Those that have not the same value in all jobs, in the order in which they came."""
        return [path for path in self._first if path in self._differing or self._having[path] < self._count]


def varying_paths(flat: Iterable[Mapping[Path, Any]]) -> list[Path]:
    """Return the parameters that have not the same value in all jobs, in the order in which they came.

    Parameters
    ----------
    flat
        The parameters of each job, by the path of each value; see `analysis_jobs.json_values.leaves`.
    """
    varying = Varying()
    for values in flat:
        varying.see(values)
    return varying.paths


def _same(value: Any, other: Any) -> bool:
    if value is other or (type(value) is type(other) and isinstance(value, str | int | float)):
        return bool(value == other)
    return json.dumps(value, sort_keys=True) == json.dumps(other, sort_keys=True)


def _ends_alike(text: str, beginning: str, end: str) -> tuple[str, str]:
    """Return how a text begins and ends as others do."""
    return _beginning(text, beginning), _beginning(text[::-1], end[::-1])[::-1]


def _beginning(text: str, other: str) -> str:
    if text.startswith(other):
        return other
    same = itertools.takewhile(lambda both: both[0] == both[1], zip(text, other, strict=False))
    return text[: sum(1 for _ in same)]


def _telling(text: str, beginning: str, end: str) -> slice | None:
    """Return which part of a text is not in others, if there is one."""
    start, stop = len(beginning), len(text) - len(end)
    return slice(start, stop) if start < stop else None


def label_text(text: str) -> str:
    """Return a text as a label: of one line, without what cannot be seen, and not too long."""
    if not text.isprintable():
        text = "".join(character if character.isprintable() else " " for character in text)
    return shortened(" ".join(text.split()), LONGEST_LABEL)


def recording_names(assets: Mapping[tuple[str, ...], Sequence[str]]) -> dict[tuple[str, ...], str]:
    """Return what inputs are called, which no others are.

    Parameters
    ----------
    assets
        What the assets of each inputs are called, as far as that is known.
    """
    called: dict[tuple[str, ...], str] = {}
    undecided, depth = list(assets), 0
    while undecided:
        alike = defaultdict(list)
        for inputs in undecided:
            alike[_called(inputs, assets[inputs], depth)].append(inputs)
        taken = set(called.values())
        for name, some in alike.items():
            if (len(some) == 1 and name not in taken) or all(_is_whole(inputs, depth) for inputs in some):
                called |= dict.fromkeys(some, name)
        undecided = [inputs for inputs in undecided if inputs not in called]
        depth = (
            depth + 1 if any(len(inputs) > 1 or assets[inputs] for inputs in undecided) else max(depth, _LOCATIONS) + 1
        )
    return {inputs: shortened(name, _LONGEST_RECORDING) for inputs, name in called.items()}


def _called(inputs: Sequence[str], assets: Sequence[str], depth: int) -> str:
    """Return a name for inputs: of the first and a count; of all; then with more and more of their locations."""
    if depth < _LOCATIONS:
        names = list(dict.fromkeys(assets or [_last(location, 1) for location in inputs])) or ["no input"]
        return ", ".join(names) if depth else f"{names[0]}{f' + {len(names) - 1} more' if names[1:] else ''}"
    return ", ".join(_last(location, depth - _LOCATIONS + 1) for location in inputs)


def _last(location: str, count: int) -> str:
    return "/".join(location.rstrip("/").split("/")[-count:])


def _is_whole(inputs: Sequence[str], depth: int) -> bool:
    return all(depth - _LOCATIONS >= len(location.split("/")) for location in inputs)
