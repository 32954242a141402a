"""What is noted of documents that a store cannot use."""

import pytest

from analysis_jobs.errors import InvalidInput
from analysis_jobs.shapes import Damaged
from analysis_jobs.store.damaged import DamagedDocuments


def test_a_document_is_named_once(caplog: pytest.LogCaptureFixture) -> None:
    damaged = DamagedDocuments("here", "there", "elsewhere", "nowhere")
    assert not damaged
    for _ in range(2):
        with damaged.of_record("k"):
            raise Damaged("it is empty")
        with damaged.of_state("k"):
            raise Damaged("it has no parts")
    end = "; restore it, or remove it to have the job run again"
    assert damaged.records == {"k": f"the record k in here is damaged: it is empty{end}"}
    assert damaged.states == {"k": f"the job state k in there is damaged: it has no parts{end}"}
    assert [record.getMessage() for record in caplog.records] == [damaged.records["k"], damaged.states["k"]]
    assert damaged


@pytest.mark.parametrize(("key", "shown"), [(None, "None"), (b"k", "b'k'"), ("a\nb", r"'a\nb'")])
def test_keys_that_are_none(key: object, shown: str) -> None:
    damaged = DamagedDocuments("here", "there", "elsewhere", "nowhere")
    with damaged.of_record(key):
        raise Damaged("it is empty")
    assert f"the record {shown} in here is damaged" in damaged.records[str(key)]


def test_a_launch_has_no_job_to_run_again(caplog: pytest.LogCaptureFixture) -> None:
    damaged = DamagedDocuments("here", "there", "elsewhere", "nowhere")
    with damaged.of_launch("s"):
        raise Damaged("it is empty")
    assert damaged
    assert damaged.launches == {"s": "the launch s in elsewhere is damaged: it is empty; restore it, or remove it"}
    assert caplog.messages == [damaged.launches["s"]]
    damaged.refuse("s")


def test_a_note_is_named() -> None:
    damaged = DamagedDocuments("here", "there", "elsewhere", "nowhere")
    with damaged.of_note("k.1"):
        raise Damaged("it is empty")
    assert damaged
    assert damaged.notes == {"k.1": "the note k.1 in nowhere is damaged: it is empty; restore it, or remove it"}


def test_what_is_fine_is_fine() -> None:
    damaged = DamagedDocuments("here", "there", "elsewhere", "nowhere")
    with damaged.of_record("k"):
        pass
    damaged.refuse("k")
    with damaged.of_state("k"):
        raise Damaged("it has no parts")
    with pytest.raises(InvalidInput, match=r"^k cannot be used: the job state k in there is damaged: it has no parts;"):
        damaged.refuse("k")


def test_other_errors_are_not_taken_for_damage() -> None:
    with pytest.raises(KeyError), DamagedDocuments("here", "there", "elsewhere", "nowhere").of_record("k"):
        raise KeyError
