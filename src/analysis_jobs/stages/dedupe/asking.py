"""What tasks ask for where a launch leaves that to what jobs took before (``auto``), and to what jobs ran out of."""

import json
import logging
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal

from analysis_jobs.documents import AskedResources, Entry, JobState
from analysis_jobs.errors import ServiceUnavailable
from analysis_jobs.jobs.addresses import addresses_of, opened_inputs
from analysis_jobs.jobs.outcome import OF_MEMORY, TIME_LIMIT
from analysis_jobs.recordings.inputs import Inputs
from analysis_jobs.report.asked import ENOUGH_MEMORY, ENOUGH_TIME, Enough, limit_text
from analysis_jobs.stages.dedupe.estimate import SHARE, Estimate, estimate
from analysis_jobs.stages.dedupe.input_check import LOOKED_AT_BY_DEFAULT
from analysis_jobs.stages.experience import Experience
from analysis_jobs.wording import memory_text, plural

log = logging.getLogger(__name__)

Resource = Literal["memory_bytes", "seconds"]  # columns of batches.csv, and fields of AskedResources
# Bytes of a task of which nothing is known, as without `auto`
DEFAULT_MEMORY = 2**31


@dataclass(frozen=True)
class _Rule:
    """How much of a resource is asked for."""

    measured: Literal["peak_memory_bytes", "seconds"]
    enough: Enough
    unknown: int | None  # where nothing is known; None for no limit
    name: str
    text: Callable[[int], str]


RULES: dict[Resource, _Rule] = {
    "memory_bytes": _Rule("peak_memory_bytes", ENOUGH_MEMORY, DEFAULT_MEMORY, "memory of a task", memory_text),
    "seconds": _Rule("seconds", ENOUGH_TIME, None, "time of a job", limit_text),
}


@dataclass(frozen=True)
class Ask:
    """What tasks ask for of a resource.

    Attributes
    ----------
    rule
        Of the resource.
    estimate
        Of what jobs take of it; None where nothing is known.
    needs
        By key, what jobs need at least.
    sizes
        By key, bytes of the inputs of jobs, where somebody has looked.
    """

    rule: _Rule
    estimate: Estimate | None
    needs: Mapping[str, int] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)

    def of(self, keys: Iterable[str]) -> int | None:
        """Return what the task of some jobs asks for, enough for each of them; None for no limit."""
        asked = list(map(self._of_job, keys))
        return None if None in asked else max(filter(None, asked), default=None)

    def _of_job(self, key: str) -> int | None:
        rule, need = self.rule, self.needs.get(key)
        if self.estimate is None:
            return need if rule.unknown is None else max(rule.unknown, need or 0)
        return max(rule.enough.of(self.estimate.of(self.sizes.get(key, 0))), need or 0)

    def note(self, known: Experience, keys: Sequence[str]) -> str:
        """Return in a line what the tasks of jobs ask for, and why."""
        rule, asked = self.rule, [asked for key in keys if (asked := self._of_job(key))]
        least, most = (rule.text(each) for each in (min(asked), max(asked))) if asked else ("no limit", "no limit")
        return f"{rule.name}: {least}{f' to {most}' if most != least else ''}, {'; '.join(self._why(known, keys))}"

    def _why(self, known: Experience, keys: Sequence[str]) -> Iterator[str]:
        of = "of this analysis" if known.basis != "name" else "of this analysis with other code"
        if self.estimate is None:
            yield f"as no job {of} has been measured yet"
        elif self.estimate.line and self.sizes:
            yield f"by the size of the inputs, as in {plural(known.jobs, 'job')} {of}"
        else:
            share = f"{SHARE:.0%} of " if known.jobs * (1 - SHARE) >= 1 else ""
            most = self.rule.text(round(self.estimate.most))
            yield f"as {share}{plural(known.jobs, 'job')} {of} took at most {most}"
        if again := sum(key in self.needs for key in keys):
            yield f"{plural(again, 'job')} ran out of it before"


def asks_of(
    known: Experience,
    resources: Iterable[Resource],
    needs: Mapping[str, AskedResources],
    size_of: Callable[[], Mapping[str, int]],
) -> dict[Resource, Ask]:
    """Return what tasks ask for of each resource that a launch leaves to this.

    Parameters
    ----------
    known
        Of the analysis.
    resources
        Those that the launch leaves to this.
    needs
        By key, what jobs need at least; see `needed`.
    size_of
        Looks at the inputs of the jobs, if it matters, and returns their bytes by key, as far as they can be told.
    """
    found = {name: estimate(known, RULES[name].measured) for name in resources}
    sizes = size_of() if any(one and one.line for one in found.values()) else {}
    return {
        name: Ask(RULES[name], one, {key: math.ceil(need[name]) for key, need in needs.items() if name in need}, sizes)
        for name, one in found.items()
    }


def needed(state: JobState | None) -> AskedResources:
    """Return what a job needs at least by its last state: twice what it had, of what it ran out of.

    A launch that has claimed it, and died, has left the same in its claim.
    """
    asked = state.get("asked", {}) if state else {}
    if state is None or state["state"] not in ("failed", "pending"):
        return {}
    kind = state["error"].get("type") if state["state"] == "failed" else None
    if state["state"] == "failed" and kind not in (*OF_MEMORY, TIME_LIMIT):
        return {}
    needs: AskedResources = {}
    if "memory_bytes" in asked or kind in OF_MEMORY:  # of an old version it is not known
        needs["memory_bytes"] = asked.get("memory_bytes", DEFAULT_MEMORY) * (2 if kind in OF_MEMORY else 1)
    if "seconds" in asked:
        needs["seconds"] = asked["seconds"] * (2 if kind == TIME_LIMIT else 1)
    return needs


def input_sizes(entries: Iterable[str]) -> dict[str, int]:
    """Return by key the bytes of the inputs of jobs, of those whose inputs all can be told of; the first ones only.

    Parameters
    ----------
    entries
        Of batches, as JSON.
    """
    some: list[Entry] = list(map(json.loads, islice(entries, LOOKED_AT_BY_DEFAULT)))
    places = {entry["key"]: list(_places(entry)) for entry in some}
    try:
        looked = Inputs().look(
            list(dict.fromkeys(place for all_of in places.values() for place in all_of)), identify=True
        )
    except ServiceUnavailable as error:
        log.warning("how large the inputs are is not known: %s", error)
        return {}
    identities = {key: [looked[place].identity for place in all_of] for key, all_of in places.items()}
    return {key: sum(one["size"] for one in known if one) for key, known in identities.items() if all(known)}


def _places(entry: Entry) -> Iterable[str]:
    return opened_inputs(entry["job"], addresses_of(entry)).values()
