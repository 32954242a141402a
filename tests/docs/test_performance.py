"""The parts that docs/performance.md lets a user add up come to what was measured."""

import re

import pytest

from .blocks import PROJECT

TEXT = (PROJECT / "docs" / "performance.md").read_text()
PROCESSORS = 2  # of the machine that measured
WITHIN = 1.5  # times


def part(name: str) -> float:
    return cell(TEXT.partition("## The measurements")[0], name)


def measured(name: str) -> float:
    return cell(TEXT.partition("## The measurements")[2], name)


def cell(text: str, name: str) -> float:
    """Return the first figure in the row of this name."""
    found = re.findall(rf"^\| {re.escape(name)} \| ([\d.,]+) ", text, re.MULTILINE)
    assert len(found) == 1, name
    return float(found[0].replace(",", ""))


def estimate(new: int = 0, tasks: int = 0, done: int = 0, seconds: float = 0, processors: int = PROCESSORS) -> float:
    """Return the seconds of a launch, as the page says to add them up."""
    work = new * (seconds + part("a new job, in addition to its analysis")) + tasks * part("a task")
    return part("start and end of a launch") + work / processors + done * part("a job that was done before")


@pytest.mark.parametrize(
    ("estimated", "took"),
    [
        (estimate(new=100, tasks=4), measured("100 jobs, `--jobs_per_task 25`")),
        (estimate(new=1000, tasks=40), 1000 * measured("of 1,000, folder and SQLite, new, `--jobs_per_task 25`")),
        (
            estimate(new=1000, tasks=40) + 1000 * part("a new job with S3 and DocDB"),
            1000 * measured("of 1,000, S3 and DocDB, new, `--jobs_per_task 25`"),
        ),
        (estimate(done=1000), measured("1,000 jobs, all done")),
        (estimate(done=10_000), measured("10,000 jobs, all done")),
    ],
    ids=["100 new", "1,000 new", "1,000 new, S3 and DocDB", "1,000 done", "10,000 done"],
)
def test_the_parts_add_up_to_what_was_measured(estimated: float, took: float):
    assert took / WITHIN <= estimated <= took * WITHIN


def test_the_example_is_added_up_right():
    text = " ".join(TEXT.split())
    launch = estimate(new=2000, tasks=1000, seconds=30, processors=8)
    assert f"they take about {round(launch, -1):,.0f} s" in text
    assert f"part of that is {launch - 2000 * 30 / 8:.0f} s" in text
    assert f"it is {2000 * part('a new job with S3 and DocDB'):.0f} s more" in text
    assert f"it takes about {estimate(done=2000):.0f} s" in text


def test_every_measurement_says_what_took_it():
    """A heading of the measurements has tables of one script in `benchmarks/`, which it names."""
    sections = TEXT.partition("## The measurements")[2].split("\n### ")[1:]
    tables = {text.partition("\n")[0]: text for text in sections if "\n| --- " in text}
    assert len(tables) > 10
    for heading, text in tables.items():
        scripts = re.findall(r"benchmarks/(\w+\.py)", text)
        assert scripts, heading
        assert all((PROJECT / "benchmarks" / name).exists() for name in scripts), heading
