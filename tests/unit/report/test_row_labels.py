"""What jobs and recordings are called in a report."""

from support.reports import invalid, job

from analysis_jobs.report.account import Row
from analysis_jobs.report.row_labels import label_of, recordings, with_labels


def plain(number: int, **more: object) -> Row:
    """Return the row of a job that nobody has given a label."""
    row = job(number, **more)
    del row["label"]
    return row


def test_a_label_that_is_there_stays() -> None:
    assert [label_of(row) for row in with_labels([job(1), job(2, label="mine")])] == ["session_001", "mine"]


def test_without_one_it_is_made_of_inputs_and_parameters() -> None:
    rows = [plain(n, inputs=[f"s3://recordings/{n // 2}"], parameters={"cutoff": n % 2}) for n in range(3)]
    assert [label_of(row) for row in with_labels(rows)] == ["0 · cutoff=0", "0 · cutoff=1", "1 · cutoff=0"]


def test_a_job_of_which_nothing_is_known_is_called_as_its_file() -> None:
    assert [label_of(row) for row in with_labels([invalid(7)])] == ["bad_007.json"]


def test_recordings() -> None:
    rows = [
        job(1, label="a · cutoff=1", inputs=["s3://x/a"]),
        job(2, label="a · cutoff=2", inputs=["s3://x/a"]),
        invalid(3),
    ]
    assert recordings(rows) == ["a", "a", ""]


def test_recordings_whose_names_have_what_parts_a_label() -> None:
    rows = [job(1, label="a · b", inputs=["s3://x/a · b"]), job(2, label="a · c", inputs=["s3://x/a · c"])]
    assert recordings(rows) == ["a · b", "a · c"]
