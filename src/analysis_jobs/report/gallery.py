"""The figures of jobs, one beside the other: which there are, and why others are not."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from analysis_jobs.report.account import Row
from analysis_jobs.report.row_labels import label_of
from analysis_jobs.report.thumbnails import Image, Images
from analysis_jobs.wording import visible


@dataclass(frozen=True)
class Figure:
    """A picture of a job: the number of its row, what the job and the file are called, and the picture."""

    row: int
    label: str
    name: str
    image: Image


@dataclass
class Gallery:
    """All figures, their names with how many there are of each, of how many jobs they are of before, what was left out.

    `missing` says by the number of the row and the name of a figure why there is none; under an empty name, why there
    is none of the job at all.
    """

    figures: list[Figure] = field(default_factory=list)
    names: list[tuple[str, int]] = field(default_factory=list)
    before: int = 0
    left_out: list[str] = field(default_factory=list)
    missing: dict[int, dict[str, str]] = field(default_factory=dict)


def gallery_of(rows: Sequence[Row], images: Images) -> Gallery:
    """Return the figures of jobs in the order of the rows; the names of which there are most come first."""
    numbers = {row["key"]: number for number, row in reversed(list(enumerate(rows))) if row["state"] != "repeat"}
    found = [
        Figure(numbers[row["key"]], visible(label_of(rows[numbers[row["key"]]])), visible(image.name), image)
        for row, pictures in images.jobs
        if row["key"] in numbers
        for image in pictures
    ]
    found.sort(key=lambda figure: (figure.row, figure.name))
    names = Counter(figure.name for figure in found).most_common()
    before = {figure.row for figure in found if rows[figure.row].get("decision") == "done"}
    return Gallery(found, names, len(before), images.left_out, _missing(images.missing, numbers))


def _missing(missing: Mapping[str, dict[str, str]], numbers: Mapping[str, int]) -> dict[int, dict[str, str]]:
    return {
        numbers[key]: {visible(name): visible(why) for name, why in names.items()}
        for key, names in missing.items()
        if key in numbers
    }
