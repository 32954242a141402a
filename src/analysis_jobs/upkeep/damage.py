"""What fsck tells: what is wrong, what is to be done about it, and what was looked at."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from analysis_jobs.wording import plural, size_text

Kind = Literal[
    "published without record", "no record beside the files", "another record beside the files",
    "record without files", "record differs", "no manifest", "damaged manifest", "damaged file", "unreadable file",
    "link", "damaged record", "damaged job state", "renamed folder", "leftovers", "half forgotten", "on its way",
    "not ours",
]  # fmt: skip


@dataclass(frozen=True)
class Damage:
    """What is wrong with one key: of what kind, in words, and what becomes of it.

    Attributes
    ----------
    remedy
        What is to be done, or what `--repair` has done.
    repairable, repaired
        Whether `--repair` does something about it, and has.
    harmless
        Whether nothing is lost and nothing is to be done: it is only told.
    other
        Of a folder that was renamed, the key whose results it holds.
    """

    key: str
    kind: Kind
    detail: str
    remedy: str
    repairable: bool = False
    repaired: bool = False
    harmless: bool = False
    other: str = ""


@dataclass
class LookedAt:
    """What fsck has looked at.

    Attributes
    ----------
    place
        The bucket.
    records, found
        Records of this pipeline, and of results in this bucket; and for how many of them the bucket has something.
    elsewhere
        How many of the records are of results in other buckets, by those.
    results, files, size
        Published results of this bucket, and how many files and bytes of those were compared with their manifests.
    """

    place: str
    records: int = 0
    found: int = 0
    elsewhere: Counter[str] = field(default_factory=Counter)
    results: int = 0
    files: int = 0
    size: int = 0

    def __str__(self) -> str:
        """Return it as a sentence."""
        records = f"{plural(self.records, 'record')} {'is' if self.records == 1 else 'are'}"
        others = "".join(f", {count:,} in {place}" for place, count in self.elsewhere.most_common())
        return (
            f"looked at {plural(self.results, 'result')} ({plural(self.files, 'file')}, {size_text(self.size)}) in "
            f"{self.place}; {self.found:,} of {records} in this bucket{others}"
        )

    @property
    def problem(self) -> str:
        """Why that says nothing of what the store names; an empty text where it does."""
        if not self.records and not self.results:
            return (
                f"there is nothing to compare: the store has no record, and the bucket {self.place} no result; give "
                "--outdir, --store and --bucket as in the launch"
            )
        if self.records and self.elsewhere.total() == self.records:
            return f"none of the results that the store names is in {self.place}; give --bucket as in the launch"
        return ""
