"""Names that the pipeline keeps for itself beside the files of an analysis."""

from analysis_jobs.bucket.names import MANIFEST, RESERVED, without_case
from analysis_jobs.stages.record import RECORD_FILE


def test_reserved_names_are_those_that_are_written() -> None:
    assert MANIFEST in RESERVED
    assert all(name == name.lower() for name in RESERVED)  # they are compared so


def test_no_result_takes_the_place_of_a_record() -> None:
    assert RECORD_FILE in RESERVED


def test_names_that_some_disk_takes_for_one() -> None:
    assert without_case("Größe.txt") == without_case("GRO\u0308SSE.TXT")  # capitals, and how a letter is composed
    assert without_case("a.txt") != without_case("b.txt")
