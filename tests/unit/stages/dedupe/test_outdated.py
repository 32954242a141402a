"""Jobs that rest on results which newer ones have replaced."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from support.samples import decide, job_text, write_files
from support.shelf import RATES, Shelf

from analysis_jobs.stages.dedupe.outdated import outdated, outdated_note
from analysis_jobs.store.sqlite import SqliteStore

NEWER = {"code": "sha256:n3w", "ended": "2026-02-02T00:00:00+00:00"}


def test_what_is_said_of_a_job_whose_sources_are_replaced(shelf: Shelf) -> None:
    old = [shelf.done([f"s3://in/{number}"], RATES) for number in range(5)]
    places = [shelf.bucket.location(key) for key in old]
    jobs = {"all": places, "first": [f"{places[0]}/a.json"], "last": places[-1:], "none": ["s3://in/1"]}
    assert outdated(jobs, shelf.store) == {}
    newer = [shelf.done([f"s3://in/{number}"], RATES, **NEWER) for number in range(4)]
    pairs = [f"{key[:12]} by {other[:12]}" for key, other in zip(old, newer, strict=False)]
    assert outdated(jobs, shelf.store) == {
        "all": f"made from 5 results, of which newer ones have replaced 4: {', '.join(pairs[:3])} and 1 more",
        "first": f"made from 1 result, of which newer ones have replaced 1: {pairs[0]}",
    }


def test_the_note_of_a_launch() -> None:
    assert outdated_note(0) == []
    (note,) = outdated_note(1)
    assert note.startswith("1 job made from results that newer ones have replaced: `analysis-jobs dispatch")


class Counting(SqliteStore):
    """A store that counts how often it is asked about sources."""

    asked = 0

    def summaries_of(self, keys: Sequence[str]) -> Any:
        self.asked += 1
        return super().summaries_of(keys)


def test_a_plan_says_so_and_asks_once(tmp_path: Path, shelf: Shelf) -> None:
    old = [shelf.done([f"s3://in/{number}"], RATES) for number in range(30)]
    files = {f"{number}.json": job_text(shelf.bucket.location(key)) for number, key in enumerate(old)}
    jobs = write_files(tmp_path / "jobs", {**files, "plain.json": job_text("s3://in/1"), "bad.json": "{"})
    newer = shelf.done(["s3://in/7"], RATES, **NEWER)
    decided = decide(jobs, shelf.store, claim=False)
    said = {line["file"]: line["reason"] for line in decided.lines if "replaced" in line["reason"]}
    assert said == {
        "7.json": f"new; made from 1 result, of which newer ones have replaced 1: {old[7][:12]} by {newer[:12]}"
    }
    assert len(decided.planned.outdated) == 1
    if isinstance(shelf.store, SqliteStore):
        counting = Counting(shelf.store.path)
        decide(jobs, counting, claim=False)
        decide(write_files(tmp_path / "others", {"plain.json": job_text("s3://in/1")}), counting, claim=False)
        assert counting.asked == 1


def test_a_job_that_goes_by_what_is_in_its_inputs(tmp_path: Path, shelf: Shelf) -> None:
    place = shelf.bucket.location(shelf.done(["s3://in/a"], RATES))
    shelf.done(["s3://in/a"], RATES, **NEWER)
    jobs = write_files(tmp_path / "jobs", {"a.json": job_text(place)})
    (line,) = decide(jobs, shelf.store, claim=False, contents={place: {"digest": "sha256:c0ffee"}}).lines
    assert "made from 1 result, of which newer ones have replaced 1" in line["reason"]


def test_a_done_job_that_rests_on_a_replaced_result(tmp_path: Path, shelf: Shelf) -> None:
    old = shelf.done(["s3://in/a"], RATES)
    jobs = write_files(tmp_path / "jobs", {"a.json": job_text(shelf.bucket.location(old))})
    (line,) = decide(jobs, shelf.store, claim=False).lines
    shelf.store.insert([{"_id": line["key"], "location": f"/b/{line['key']}"}])
    shelf.done(["s3://in/a"], RATES, **NEWER)
    (line,) = decide(jobs, shelf.store, claim=False).lines
    assert line["decision"] == "done"
    assert line["reason"].startswith("done before: the store has its record; made from 1 result, of which newer ones")
