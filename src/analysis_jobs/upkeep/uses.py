"""Which results others rest on: as an input of their jobs, or by adoption."""

from collections import defaultdict
from collections.abc import Collection, Iterable

from analysis_jobs.bucket.names import KEY
from analysis_jobs.results.listing import JobLine
from analysis_jobs.wording import plural


class Uses:
    """What jobs have of the results of others.

    Attributes
    ----------
    inputs
        By the key of a result the keys of the jobs, done or not, whose inputs lie in it. A location is known by the key
        that is one of its folders, wherever the bucket is today.
    adopted
        By the key of a result the keys of the jobs that count as done by it.
    """

    def __init__(self, lines: Iterable[JobLine]) -> None:
        """Take all jobs that a store knows."""
        self.inputs: dict[str, set[str]] = defaultdict(set)
        self.adopted: dict[str, set[str]] = defaultdict(set)
        for line in lines:
            for location in line.locations:
                for part in filter(KEY.fullmatch, location.split("/")):
                    self.inputs[part].add(line.key)
            if line.record and line.record.id != line.key:
                self.adopted[line.record.id].add(line.key)

    def warnings(self, keys: Collection[str]) -> list[str]:
        """Return in words which other jobs rest on some results."""
        going = set(keys)
        using = set[str]().union(*(self.inputs.get(key, ()) for key in going)) - going
        adopting = set[str]().union(*(self.adopted.get(key, ()) for key in going)) - going
        warnings = [f"{plural(len(using), 'other job')} of the store read these results as inputs"] if using else []
        if adopting:
            done = "counts" if len(adopting) == 1 else "count"
            warnings.append(f"{plural(len(adopting), 'other job')} {done} as done by these results, by adoption")
        return warnings
