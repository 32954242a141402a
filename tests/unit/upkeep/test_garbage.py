"""What is garbage by what the store knows."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from support.shelf import RATES, Shelf
from support.upkeep import LAUNCH

from analysis_jobs.bucket.protocol import StoredFile
from analysis_jobs.store.history import new_note
from analysis_jobs.upkeep.garbage import Ages, Snapshot, age_of, published_by

NOW = datetime(2026, 6, 1, tzinfo=UTC)
DAYS = [f"2026-0{month}-01T00:00:00+00:00" for month in (1, 3, 5)]


def versions(shelf: Shelf, *ended: str) -> list[str]:
    """Compute one job by one version of the code after another."""
    return [
        shelf.done(["/in/a"], RATES, code=f"version:{number}", ended=when, run=LAUNCH)
        for number, when in enumerate(ended)
    ]


def test_what_a_newer_version_has_replaced(shelf: Shelf) -> None:
    """Since that was there, not since it was computed itself."""
    one, two, three = versions(shelf, *DAYS)
    shelf.done(["/in/a"], {**RATES, "cutoff": 7}, ended="2026-05-20T00:00:00+00:00", run=LAUNCH)
    known = Snapshot(shelf.store)
    assert [known.replaced_by(key, NOW, Ages()) for key in (one, two, three)] == [two, three, ""]
    fortnight = Ages(timedelta(days=32))
    assert [known.replaced_by(key, NOW, fortnight) for key in (one, two, three)] == [two, "", ""]


def test_of_two_of_the_same_moment_none_has_replaced_the_other(shelf: Shelf) -> None:
    keys = versions(shelf, DAYS[0], DAYS[0])
    assert [Snapshot(shelf.store).replaced_by(key, NOW, Ages()) for key in keys] == ["", ""]


def test_what_has_no_record_is_ours_if_the_store_has_heard_of_it(shelf: Shelf) -> None:
    key, claimed = shelf.settled("done", ["/in/a"], RATES), shelf.claimed(["/in/b"])
    shelf.store.add_history([new_note("e" * 64, "forgotten", "me", "x")])
    done = shelf.done(["/in/c"], RATES)
    known = Snapshot(shelf.store)
    assert [known.is_unrecorded(one) for one in (key, "e" * 64, claimed, done, "f" * 64)] == [True, True] + [False] * 3
    assert [known.is_of_another_store(one) for one in (key, "e" * 64, claimed, done, "f" * 64)] == [False] * 4 + [True]


@pytest.mark.parametrize(
    ("given", "replaced", "unrecorded"), [(None, 30, 7), (timedelta(days=1), 1, 7), (timedelta(days=90), 90, 90)]
)
def test_ages(given: timedelta | None, replaced: int, unrecorded: int) -> None:
    ages = Ages(given)
    assert (ages.replaced, ages.unrecorded) == (timedelta(days=replaced), timedelta(days=unrecorded))


def test_a_manifest_that_is_ours_says_that_it_is_published(shelf: Shelf) -> None:
    key = shelf.done(["/in/a"], RATES)
    files = shelf.bucket.files(key)
    assert published_by(key, files, shelf.bucket) == "this-run"
    assert published_by(key, {}, shelf.bucket) is None
    assert published_by("notes", files, shelf.bucket) is None
    (shelf.bucket.folder / key / "manifest.json").write_text("[]")  # type: ignore[attr-defined]
    assert published_by(key, files, shelf.bucket) is None
    (shelf.bucket.folder / key / "manifest.json").write_text(  # type: ignore[attr-defined]
        json.dumps({"location": shelf.bucket.location(key), "files": []})
    )
    assert published_by(key, files, shelf.bucket) == ""


def test_the_youngest_file_counts() -> None:
    files = {str(days): StoredFile(1, NOW - timedelta(days=days)) for days in (3, 9)}
    assert age_of(files, NOW) == timedelta(days=3)
