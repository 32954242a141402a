"""What attempts have left, and when they are dead."""

from datetime import UTC, datetime, timedelta

import pytest
from support.upkeep import World

from analysis_jobs.bucket.protocol import StoredFile
from analysis_jobs.upkeep.attempts import DEAD_AFTER, dead_files, left_over, of_attempts
from analysis_jobs.upkeep.folder import Folder
from analysis_jobs.upkeep.known import Known

NOW = datetime.now(UTC)
KEY = "b" * 64


def folder(world: World, ages: dict[str, timedelta], **known: bool) -> Folder:
    begins = f"{KEY}/" if not world.is_s3 else ""
    names = {f".arriving/{begins}{name}" if not world.is_s3 else name: NOW - age for name, age in ages.items()}
    files = {name: StoredFile(1, changed) for name, changed in names.items()}
    return Folder(KEY, files, Known(**known), world.bucket)  # type: ignore[arg-type]


@pytest.mark.parametrize("connect", ["sqlite"], indirect=True)
def test_files_of_an_attempt_go_together(world: World) -> None:
    old, young = DEAD_AFTER + timedelta(hours=1), DEAD_AFTER - timedelta(hours=1)
    digest = "0123456789abcdef"
    together = folder(world, {f"{digest}/a": old, f"{digest}/b": young})
    left = left_over(together, None)
    assert len(left) == 2
    assert dead_files(together, left, NOW) == []
    dead = folder(world, {f"{digest}/a": old, f"{digest}/b": old})
    assert len(dead_files(dead, left_over(dead, None), NOW)) == 2


@pytest.mark.parametrize("connect", ["sqlite"], indirect=True)
def test_what_is_dead_is_to_be_removed_and_what_is_young_told(world: World) -> None:
    digest, old = "0123456789abcdef", DEAD_AFTER + timedelta(hours=1)
    for age, kind in ((old, "leftovers"), (timedelta(0), "on its way")):
        there = folder(world, {f"{digest}/a": age})
        assert [one.kind for one in of_attempts(there, left_over(there, None), NOW)] == [kind]
    claimed = folder(world, {f"{digest}/a": old}, claimed=True)
    assert list(of_attempts(claimed, left_over(claimed, None), NOW)) == []
