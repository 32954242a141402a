"""A bucket and a store that are looked after together."""

import pytest
from fakes.docdb import DocDBServer
from support.upkeep import World

from analysis_jobs.errors import InvalidInput


def test_what_is_recorded_and_what_lies_there(world: World) -> None:
    key, pair = world.keys["second"], world.pair
    assert pair.is_recorded(key)
    assert pair.folder(key).known.recorded
    assert len(pair.folder(key).files) == 5
    assert not world.connect().remove("record", [key])
    assert not pair.is_recorded(key)
    assert not pair.folder(key).known.recorded


@pytest.mark.slow
@pytest.mark.parametrize("connect", ["docdb"], indirect=True)
@pytest.mark.parametrize("files", ["disk"], indirect=True)
def test_a_history_that_may_not_be_written_is_said_before_anything_is_done(world: World, docdb: DocDBServer) -> None:
    world.files.remove(world.inside("second", "one.txt"))
    docdb.faults.fail(403, 10, collection="results_history", endpoint="bulk_write")
    with pytest.raises(
        InvalidInput, match="nothing was changed, because the history of the store cannot be written: the doc"
    ):
        world.fsck(repair=True)
    docdb.faults.clear()
    assert world.record("second")
    world.pair.check_history()
